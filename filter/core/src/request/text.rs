//! The part of a request body that rewriting reaches. What lies behind it is never kept, and what lies before the first
//! place is never copied: a megabyte of messages with the model behind it moves once, into the host.

use crate::json::{self, Edit, Span, Splice};

/// A body's beginning, as the client wrote it or as the last attempt was sent it. Not `Debug`: it is content.
pub struct Text {
    /// The beginning; up to `fixed` it is the client's for good.
    bytes: Vec<u8>,
    fixed: usize,
    /// What the client wrote from `fixed` on, up to where rewriting reaches.
    original: Vec<u8>,
    /// The model's value in `original`; `None` where a path names it.
    model: Option<Span>,
    /// Whether that value is a JSON string (else it is bare, in a form).
    quoted: bool,
    /// The edit of `original` that asks for the usage event; `None` if it is asked for already, or cannot be.
    usage: Option<Edit>,
    rewritten: bool,
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

impl Text {
    /// A body in which these places may be rewritten.
    pub fn new(mut body: Vec<u8>, places: Places) -> Text {
        let Places { model, quoted, usage } = places;
        let spans = || usage.iter().map(|edit| edit.span).chain(model);
        let fixed = spans().map(|span| span.start).min().unwrap_or(0);
        let reach = spans().map(|span| span.end).max().unwrap_or(0);
        body.truncate(reach);
        let original = body.get(fixed..).unwrap_or_default().to_vec();
        // A long body whose model stands in front is not kept for its first bytes' sake.
        if body.len() < body.capacity() / 2 {
            body.shrink_to_fit();
        }
        let within = |span: Span| Span { start: span.start - fixed, end: span.end - fixed };
        let usage = usage.map(|edit| Edit { span: within(edit.span), ..edit });
        Text { bytes: body, fixed, original, model: model.map(within), quoted, usage, rewritten: false }
    }

    /// Whether the usage event is asked for only if Dragoman does.
    pub fn may_ask_for_usage(&self) -> bool {
        self.usage.is_some()
    }

    /// How many bytes of the client's body it stands for.
    pub fn reach(&self) -> usize {
        self.fixed + self.original.len()
    }

    /// Writes it for a target that calls the model so, whatever an earlier attempt made of it.
    pub fn rewrite(&mut self, model: &str, asked: &str, with_usage: bool) {
        let mut splice = Splice::new();
        if let Some(place) = self.model.filter(|_| model != asked) {
            splice.replace(place, if self.quoted { json::quote(model) } else { model.to_owned() });
        }
        if let Some(edit) = self.usage.as_ref().filter(|_| with_usage) {
            splice.push(edit.clone());
        }
        if splice.is_empty() && !self.rewritten {
            return;
        }
        self.rewritten = !splice.is_empty();
        self.bytes.truncate(self.fixed);
        self.bytes.extend(splice.apply(&self.original).unwrap_or_else(|| self.original.clone()));
    }

    /// What the body begins with instead of its first [`Text::reach`] bytes; `None` where nothing changes.
    pub fn rewritten(&self) -> Option<&[u8]> {
        self.rewritten.then_some(self.bytes.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(body: &str, quoted: bool) -> Text {
        let start = body.find("\"m\"").unwrap();
        let model = Some(Span { start, end: start + 3 });
        Text::new(body.as_bytes().to_vec(), Places { model, quoted, usage: None })
    }

    #[test]
    fn each_attempt_starts_from_what_the_client_wrote() {
        let mut text = text(r#"{"a":1,"model":"m","b":2}"#, true);
        assert_eq!(text.rewritten(), None);
        text.rewrite("longer", "m", false);
        assert_eq!(text.rewritten().unwrap(), br#"{"a":1,"model":"longer""#);
        text.rewrite("x", "m", false);
        assert_eq!(text.rewritten().unwrap(), br#"{"a":1,"model":"x""#);
        text.rewrite("m", "m", false);
        assert_eq!(text.rewritten(), None);
        assert_eq!(text.reach(), br#"{"a":1,"model":"m""#.len());
    }

    #[test]
    fn usage_is_asked_for_wherever_it_stands() {
        for (body, expected) in [
            (r#"{"model":"m","stream_options":{}}"#, r#"{"model":"x","stream_options":{"include_usage":true"#),
            (r#"{"stream_options":null,"model":"m"}"#, r#"{"stream_options":{"include_usage":true},"model":"x""#),
        ] {
            let object = json::object(body.as_bytes(), &[]).unwrap();
            let model = Some(object.find("model").unwrap().span());
            let usage = json::include_usage(&object).unwrap().edit;
            let mut text = Text::new(body.as_bytes().to_vec(), Places { model, quoted: true, usage });
            text.rewrite("x", "m", true);
            assert_eq!(String::from_utf8_lossy(text.rewritten().unwrap()), expected);
        }
    }
}
