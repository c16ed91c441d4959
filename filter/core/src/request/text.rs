//! What an attempt's body is made of: the client's, rewritten in places, or another one. The client's own stays with the
//! host, which has to keep it for other attempts anyway: here are only the places, however long it is.

use std::borrow::Cow;

use crate::json::{self, Edit, Span, Splice};

/// The places in a body that may be rewritten, and what the last attempt was sent there. Not `Debug`: it is content.
pub struct Text {
    places: Places,
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

/// What an attempt's body begins with, in the place of the client's beginning.
pub enum Rewritten<'a> {
    /// So many bytes of the client's give way to these.
    Instead(usize, &'a [u8]),
    /// The client's, edited.
    Edited(&'a Splice),
}

impl Text {
    /// A body in which these places may be rewritten.
    pub fn new(places: Places) -> Text {
        Text { places, splice: Splice::new() }
    }

    /// Whether the usage event is asked for only if Dragoman does.
    pub fn may_ask_for_usage(&self) -> bool {
        self.places.usage.is_some()
    }

    /// Edits it for a target that calls the model so, whatever an earlier attempt made of it.
    pub fn rewrite(&mut self, model: &str, asked: &str, with_usage: bool) {
        self.splice = Splice::new();
        if let Some(place) = self.places.model.filter(|_| model != asked) {
            self.splice.replace(place, if self.places.quoted { json::quote(model) } else { model.to_owned() });
        }
        if let Some(edit) = self.places.usage.as_ref().filter(|_| with_usage) {
            self.splice.push(edit.clone());
        }
    }

    /// The edits; `None` where nothing changes.
    pub fn rewritten(&self) -> Option<&Splice> {
        Some(&self.splice).filter(|splice| !splice.is_empty())
    }
}

impl<'a> Rewritten<'a> {
    /// How many bytes of the client's body give way.
    pub fn reach(&self) -> usize {
        match self {
            Rewritten::Instead(reach, _) => *reach,
            Rewritten::Edited(splice) => splice.reach(),
        }
    }

    /// How many of them have to be shown to [`Rewritten::write`].
    pub fn reads(&self) -> usize {
        match self {
            Rewritten::Instead(..) => 0,
            Rewritten::Edited(splice) => splice.reach(),
        }
    }

    /// What takes their place; `None` if the edits were made for another body.
    pub fn write(&self, beginning: &[u8]) -> Option<Cow<'a, [u8]>> {
        match self {
            Rewritten::Instead(_, with) => Some(Cow::Borrowed(with)),
            Rewritten::Edited(splice) => splice.apply_prefix(beginning).map(Cow::Owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &Text, body: &str) -> Option<String> {
        let rewritten = Rewritten::Edited(text.rewritten()?);
        let beginning = rewritten.write(&body.as_bytes()[..rewritten.reads()]).unwrap();
        Some(String::from_utf8([&*beginning, &body.as_bytes()[rewritten.reach()..]].concat()).unwrap())
    }

    #[test]
    fn each_attempt_starts_from_what_the_client_wrote() {
        let body = r#"{"a":1,"model":"m","b":2}"#;
        let model = Some(Span { start: 15, end: 18 });
        let mut text = Text::new(Places { model, quoted: true, usage: None });
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
            let object = json::object(body.as_bytes(), &[]).unwrap();
            let model = Some(object.find("model").unwrap().span());
            let usage = json::include_usage(&object).unwrap().edit;
            let mut text = Text::new(Places { model, quoted: true, usage });
            text.rewrite("x", "m", true);
            assert_eq!(written(&text, body).unwrap(), expected);
        }
    }
}
