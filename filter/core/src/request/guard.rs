//! Stage 4: what of a request's text its policy does not let through. Strings are edited in place; every other byte
//! stays the client's. Which strings are text is `pii::fields`' to say.

use crate::json::leaves::{Frame, Visitor, leaves};
use crate::json::{Kind, Span};
use crate::multipart;
use crate::pii::fields::{self, Field};
use crate::pii::policy::Reasoning;
use crate::pii::{Blocked, Depth, Lane, Redactor};
use crate::refusal::Refusal;

/// Guards a JSON body; `None` where nothing changes.
pub fn json(redactor: &mut Redactor, body: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
    let (edited, keys) = (Edited::new(body), Keys::default());
    let mut guard = Guard { redactor, text: body, edited, keys, blocked: None, disguised: false };
    // It was read before: this cannot fail, and is not trusted to.
    let readable = leaves(body, &mut guard).is_ok();
    match (guard.blocked, readable) {
        (None, true) if guard.disguised => {
            let what =
                "A key is written with escapes that it does not need, and a redaction policy holds for the request.";
            Err(Refusal::new(400, "invalid_json", what))
        }
        (Some(blocked), _) => Err(refuse(&blocked, &guard.redactor.policy().name)),
        (None, true) => Ok(guard.edited.finish()),
        (None, false) => Err(Refusal::new(400, "invalid_json", "The body cannot be read.")),
    }
}

/// Guards a form: its parts' values, those of files too where they are text, and what their headers say.
pub fn form(redactor: &mut Redactor, body: &[u8], content_type: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
    let form = multipart::form(body, content_type, &["model"])
        .map_err(|flaw| Refusal::new(400, "invalid_form", flaw.to_string()))?;
    let mut edited = Edited::new(body);
    for part in form.parts().filter(|part| part.name != "model") {
        let value = part.value.of(body).unwrap_or_default();
        let is_text = !part.file || std::str::from_utf8(value).is_ok();
        for text in [Some(part.head), is_text.then_some(part.value)].into_iter().flatten() {
            let raw = text.of(body).unwrap_or_default();
            let mut out = Vec::new();
            let redacted = redactor.push(&mut Lane::new(Depth::Plain), raw, true, &mut out);
            redacted.map_err(|blocked| refuse(&blocked, &redactor.policy().name))?;
            if out != raw {
                edited.replace(text, &if text == part.head { as_header(&out) } else { out });
            }
        }
    }
    Ok(edited.finish())
}

/// A header may have brackets in quotes only: `filename="[EMAIL]"`, but `filename*=%5BEMAIL%5D`.
fn as_header(redacted: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(redacted.len());
    let mut quoted = false;
    for byte in redacted {
        quoted ^= *byte == b'"';
        match byte {
            b'[' if !quoted => out.extend_from_slice(b"%5B"),
            b']' if !quoted => out.extend_from_slice(b"%5D"),
            _ => out.push(*byte),
        }
    }
    out
}

fn refuse(blocked: &Blocked, policy: &str) -> Refusal {
    let what = format!("The request holds what the policy `{policy}` does not let through: {}.", blocked.label);
    Refusal::new(400, "pii_blocked", what)
}

struct Guard<'g, 'a> {
    redactor: &'g mut Redactor,
    text: &'a [u8],
    edited: Edited<'a>,
    keys: Keys,
    blocked: Option<Blocked>,
    /// Whether a key may be read in two ways.
    disguised: bool,
}

impl<'a> Visitor<'a> for Guard<'_, 'a> {
    fn enters(&mut self, _: &[Frame<'a>]) -> bool {
        true
    }

    fn key(&mut self, way: &[Frame<'a>], span: Span) {
        self.disguised |= fields::is_disguised(self.text, way, span);
        let Some(object) = way.last().filter(|_| self.blocked.is_none() && fields::is_key_to_see(way)) else { return };
        self.blocked = self.keys.redact(self.redactor, object.start, span, &mut self.edited).err();
    }

    fn take(&mut self, way: &[Frame<'a>], kind: Kind, span: Span) {
        if self.blocked.is_some() {
            return;
        }
        let outcome = match kind {
            Kind::String => match fields::of(self.text, way, span) {
                Field::Code | Field::Signed => Ok(()),
                Field::Reasoning if self.redactor.policy().reasoning == Reasoning::Pass => Ok(()),
                Field::Reasoning => whole(self.redactor, self.text, span, Depth::Json, &mut self.edited),
                Field::Text(depth) => whole(self.redactor, self.text, span, depth, &mut self.edited),
            },
            _ if fields::is_number_to_see(way, kind, span) => {
                number(self.redactor, self.text, way, span, &mut self.edited)
            }
            _ => Ok(()),
        };
        self.blocked = outcome.err();
    }
}

/// Redacts a string as a whole.
pub(crate) fn whole(
    redactor: &mut Redactor,
    text: &[u8],
    span: Span,
    depth: Depth,
    edited: &mut Edited<'_>,
) -> Result<(), Blocked> {
    let inside = span.inside();
    let raw = inside.of(text).unwrap_or_default();
    let mut out = Vec::with_capacity(raw.len());
    redactor.push(&mut Lane::new(depth), raw, true, &mut out)?;
    edited.replace(inside, &out);
    Ok(())
}

/// Redacts a bare number: what takes its place is a string. Its key is its context.
pub(crate) fn number(
    redactor: &mut Redactor,
    text: &[u8],
    way: &[Frame<'_>],
    span: Span,
    edited: &mut Edited<'_>,
) -> Result<(), Blocked> {
    let raw = span.of(text).unwrap_or_default();
    let key = way.iter().rev().find_map(|frame| frame.key).unwrap_or_default();
    let mut lane = Lane::behind(Depth::Plain, &[key, b": "].concat());
    let mut out = Vec::new();
    redactor.push(&mut lane, raw, true, &mut out)?;
    if out != raw {
        edited.replace(span, &[b"\"", out.as_slice(), b"\""].concat());
    }
    Ok(())
}

/// The keys of a text's objects that were replaced: no two of one object may become the same.
#[derive(Default)]
pub(crate) struct Keys(std::collections::HashMap<(usize, Vec<u8>), usize>);

impl Keys {
    /// Redacts a key of the object that begins at `object`. One that is there already gets a number: `[EMAIL]_2`.
    pub(crate) fn redact(
        &mut self,
        redactor: &mut Redactor,
        object: usize,
        span: Span,
        edited: &mut Edited<'_>,
    ) -> Result<(), Blocked> {
        let inside = span.inside();
        let raw = inside.of(edited.text).unwrap_or_default();
        let mut out = Vec::with_capacity(raw.len());
        redactor.push(&mut Lane::new(Depth::Json), raw, true, &mut out)?;
        if out != raw {
            let times = self.0.entry((object, out.clone())).or_default();
            *times += 1;
            if *times > 1 {
                out.extend_from_slice(format!("_{times}").as_bytes());
            }
            edited.replace(inside, &out);
        }
        Ok(())
    }
}

/// A text with some of its spans replaced.
pub(crate) struct Edited<'a> {
    text: &'a [u8],
    edits: Vec<(Span, Vec<u8>)>,
}

impl<'a> Edited<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Edited<'a> {
        Edited { text, edits: Vec::new() }
    }

    pub(crate) fn replace(&mut self, span: Span, with: &[u8]) {
        if span.of(self.text) != Some(with) {
            self.edits.push((span, with.to_vec()));
        }
    }

    /// Where a span of the text, replaced or not, is to stand in the new one. It holds no part of another that is replaced.
    pub(crate) fn moved(&self, span: Span) -> Span {
        let before = self.edits.iter().filter(|(other, _)| other.start < span.start);
        let (grown, gone) =
            before.fold((0, 0), |(grown, gone), (other, with)| (grown + with.len(), gone + other.len()));
        let own = self.edits.iter().find(|(other, _)| *other == span);
        let start = (span.start + grown).saturating_sub(gone);
        Span { start, end: start + own.map_or(span.len(), |(_, with)| with.len()) }
    }

    /// The new text; `None` where nothing changed.
    pub(crate) fn finish(mut self) -> Option<Vec<u8>> {
        if self.edits.is_empty() {
            return None;
        }
        self.edits.sort_by_key(|(span, _)| span.start);
        let mut out = Vec::with_capacity(self.text.len() + 64);
        let mut done = 0;
        for (span, with) in &self.edits {
            out.extend_from_slice(self.text.get(done..span.start).unwrap_or_default());
            out.extend_from_slice(with);
            done = span.end;
        }
        out.extend_from_slice(self.text.get(done..).unwrap_or_default());
        Some(out)
    }
}
