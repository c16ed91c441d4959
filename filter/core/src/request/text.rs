//! What an attempt's body is made of: the client's, rewritten in places, or another one. It stays with the host, which
//! keeps for other attempts what the first one is sent: here are only the places, however long it is.

use crate::json::{self, Edit, Span, Splice};

/// The places in a body that may be rewritten, and what stands there. Not `Debug`: it is content.
pub struct Text {
    /// How long the body is that the host keeps.
    length: usize,
    model: Option<Place>,
    /// Whether the model is a JSON string (else it is bare, in a form).
    quoted: bool,
    usage: Option<Place>,
    /// The text that asks for the usage event.
    asks_for_usage: String,
    splice: Splice,
}

/// The places in a body that may be rewritten.
#[derive(Debug)]
pub struct Places {
    /// The model's value; `None` where a path names it.
    pub model: Option<Span>,
    /// Whether that value is a JSON string (else it is bare, in a form).
    pub quoted: bool,
    /// The edit that asks for the usage event; `None` if it is asked for already, or cannot be.
    pub usage: Option<Edit>,
}

/// A place in the body that the host keeps.
struct Place {
    span: Span,
    /// What stands there.
    kept: String,
    /// What the client wrote there.
    own: String,
}

/// What an attempt's body begins with, in the place of the beginning that the host keeps.
pub enum Rewritten<'a> {
    /// So many bytes give way to these.
    Instead(usize, &'a [u8]),
    /// The same, edited.
    Edited(&'a Splice),
}

/// What the host is to keep in the place of a body's beginning. Not `Debug`: it is content.
pub struct Beginning {
    reach: usize,
    text: Vec<u8>,
    splice: Splice,
}

impl Text {
    /// A body in which these places may be rewritten.
    pub fn new(places: Places, body: &[u8]) -> Text {
        let place = |span: Span| {
            let own = String::from_utf8_lossy(span.of(body).unwrap_or_default()).into_owned();
            Place { span, kept: own.clone(), own }
        };
        let usage = places.usage.as_ref().map(|edit| place(edit.span));
        let asks_for_usage = places.usage.map(|edit| edit.text).unwrap_or_default();
        let model = places.model.map(place);
        Text { length: body.len(), model, quoted: places.quoted, usage, asks_for_usage, splice: Splice::new() }
    }

    /// Whether the usage event is asked for only if Dragoman does.
    pub fn may_ask_for_usage(&self) -> bool {
        self.usage.is_some()
    }

    /// How long the body is that the host keeps.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Edits it for a target that calls the model so, whatever an earlier attempt made of it.
    pub fn rewrite(&mut self, model: &str, asked: &str, with_usage: bool) {
        self.splice = Splice::new();
        if let Some(place) = &self.model {
            match model {
                _ if model == asked => place.put(&place.own, &mut self.splice),
                _ if self.quoted => place.put(&json::quote(model), &mut self.splice),
                _ => place.put(model, &mut self.splice),
            }
        }
        if let Some(place) = &self.usage {
            place.put(if with_usage { &self.asks_for_usage } else { &place.own }, &mut self.splice);
        }
    }

    /// The edits; `None` where nothing changes.
    pub fn rewritten(&self) -> Option<&Splice> {
        Some(&self.splice).filter(|splice| !splice.is_empty())
    }

    /// The edits, to be made on the body that the host keeps: other attempts start from that.
    pub fn keep(&mut self) -> Splice {
        let splice = std::mem::take(&mut self.splice);
        for place in [&mut self.model, &mut self.usage].into_iter().flatten() {
            place.follow(&splice);
        }
        self.length = self.length.saturating_add_signed(splice.grown_by());
        splice
    }
}

impl Place {
    fn put(&self, text: &str, splice: &mut Splice) {
        if text != self.kept {
            splice.replace(self.span, text);
        }
    }

    fn follow(&mut self, splice: &Splice) {
        if let Some(text) = splice.text_at(self.span) {
            self.kept = text.to_owned();
        }
        self.span = splice.moved(self.span);
    }
}

impl<'a> Rewritten<'a> {
    /// How many bytes of the body give way.
    pub fn reach(&self) -> usize {
        match self {
            Rewritten::Instead(reach, _) => *reach,
            Rewritten::Edited(splice) => splice.reach(),
        }
    }

    /// How many of them have to be shown to [`Rewritten::pieces`].
    pub fn reads(&self) -> usize {
        match self {
            Rewritten::Instead(..) => 0,
            Rewritten::Edited(splice) => splice.reach(),
        }
    }

    /// What takes their place; `None` if the edits were made for another body.
    pub fn pieces(&self, beginning: &'a [u8]) -> Option<Vec<&'a [u8]>> {
        match self {
            Rewritten::Instead(_, with) => Some(vec![with]),
            Rewritten::Edited(splice) => splice.pieces(beginning),
        }
    }
}

impl Beginning {
    /// The body's own, edited.
    pub fn edited(mut body: Vec<u8>, splice: Splice) -> Beginning {
        let reach = splice.reach();
        body.truncate(reach);
        Beginning { reach, text: body, splice }
    }

    /// Another body, edited, in the place of one that is so long.
    pub fn instead(reach: usize, body: Vec<u8>, splice: Splice) -> Beginning {
        Beginning { reach, text: body, splice }
    }

    /// How many bytes of the body give way.
    pub fn reach(&self) -> usize {
        self.reach
    }

    /// What takes their place; `None` if the edits were made for another body.
    pub fn pieces(&self) -> Option<Vec<&[u8]>> {
        self.splice.pieces(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(body: &str) -> Text {
        let object = json::object(body.as_bytes(), &[]).unwrap();
        let model = Some(object.find("model").unwrap().span());
        let usage = json::include_usage(&object).unwrap().edit;
        Text::new(Places { model, quoted: true, usage }, body.as_bytes())
    }

    fn written(text: &Text, body: &str) -> Option<String> {
        let rewritten = Rewritten::Edited(text.rewritten()?);
        let beginning = rewritten.pieces(&body.as_bytes()[..rewritten.reads()]).unwrap().concat();
        Some(String::from_utf8([&*beginning, &body.as_bytes()[rewritten.reach()..]].concat()).unwrap())
    }

    #[test]
    fn each_attempt_starts_from_what_the_client_wrote() {
        let body = r#"{"a":1,"model":"m","b":2}"#;
        let mut text = text(body);
        assert_eq!(written(&text, body), None);
        text.rewrite("longer", "m", false);
        assert_eq!(written(&text, body).unwrap(), r#"{"a":1,"model":"longer","b":2}"#);
        text.rewrite("x", "m", false);
        assert_eq!(written(&text, body).unwrap(), r#"{"a":1,"model":"x","b":2}"#);
        text.rewrite("m", "m", false);
        assert_eq!(written(&text, body), None);
    }

    #[test]
    fn usage_is_asked_for_wherever_it_stands() {
        for (body, expected) in [
            (r#"{"model":"m","stream_options":{}}"#, r#"{"model":"x","stream_options":{"include_usage":true}}"#),
            (r#"{"stream_options":null,"model":"m"}"#, r#"{"stream_options":{"include_usage":true},"model":"x"}"#),
        ] {
            let mut text = text(body);
            text.rewrite("x", "m", true);
            assert_eq!(written(&text, body).unwrap(), expected);
        }
    }

    #[test]
    fn what_is_kept_for_the_first_attempt_can_be_made_what_any_other_is_sent() {
        let bodies = [
            r#"{"a":1,"model":"\u006d","b":2}"#,
            r#"{"model":"\u006d","stream_options":{"x":1}}"#,
            r#"{"stream_options":{"include_usage": null} , "model" : "\u006d" }"#,
        ];
        let attempts = ["m", "x", "much-longer"].into_iter().flat_map(|model| [(model, false), (model, true)]);
        for (body, first) in bodies.into_iter().flat_map(|body| attempts.clone().map(move |first| (body, first))) {
            let mut kept = text(body);
            kept.rewrite(first.0, "m", first.1);
            let host = String::from_utf8(kept.keep().apply(body.as_bytes()).unwrap()).unwrap();
            assert_eq!(kept.length(), host.len());
            for (model, with_usage) in attempts.clone() {
                let mut alone = text(body);
                alone.rewrite(model, "m", with_usage);
                let expected = written(&alone, body).unwrap_or(body.to_owned());
                kept.rewrite(model, "m", with_usage);
                assert_eq!(written(&kept, &host).unwrap_or(host.clone()), expected, "{first:?} {model} {with_usage}");
                assert_eq!(kept.rewritten().is_none(), host == expected, "what is there already is left alone");
            }
        }
    }
}
