//! `multipart/form-data` bodies (RFC 7578) as spans: which parts there are and where their values stand, so that the
//! `model` part can be read and replaced and the rest, often an audio or image file, passes untouched.
//!
//! Stricter than the RFC on purpose. Servers disagree on whatever is unusual here (delimiters behind a bare LF, padding,
//! text around the parts, escaped quotes, transfer encodings), and each disagreement is a way to show Dragoman one
//! model and the target another. What every common client sends is accepted; the rest is refused with its mend.
//!
//! Not a decoder: file contents are only searched for the delimiter.

mod flaw;
mod header;

use std::str;

use memchr::memmem;

pub use flaw::Flaw;

use crate::json::{Span, twin};

const MAX_PARTS: usize = 1024;
/// Of one part, its lines' ends included.
const MAX_HEADER_BYTES: usize = 8 * 1024;

/// The parts of a form, in their order.
#[derive(Debug)]
pub struct Form<'b> {
    parts: Vec<Part<'b>>,
}

/// One part.
#[derive(Clone, Copy, Debug)]
pub struct Part<'b> {
    /// Its name.
    pub name: &'b str,
    /// Where its headers stand in the body, each with its line's end.
    pub head: Span,
    /// Where its value stands in the body.
    pub value: Span,
    /// It is a file: it has a file name.
    pub file: bool,
}

/// Reads the form in a body.
///
/// `known` are the names that the caller will ask for: a second part with such a name, a file under it, and a part
/// whose name differs from it only in case are flaws. Other names may come again (`image[]`).
pub fn form<'b>(body: &'b [u8], content_type: &[u8], known: &[&str]) -> Result<Form<'b>, Flaw> {
    let delimiter = [b"--", header::boundary(content_type)?].concat();
    let mut parts = Vec::new();
    let mut start = None;
    for at in memmem::find_iter(body, &delimiter) {
        let (before, rest) = body.split_at_checked(at).unwrap_or((body, &[]));
        let after = rest.get(delimiter.len()..).unwrap_or_default();
        match before {
            [] | [.., b'\r', b'\n'] => {}
            [.., b'\r' | b'\n'] => return Err(Flaw::Delimiter { offset: at }),
            _ => continue,
        }
        match start {
            None if matches!(before, b"" | b"\r\n") => {}
            None => return Err(Flaw::Preamble),
            Some(start) if parts.len() < MAX_PARTS => {
                // The line end belongs to the delimiter, and only once: a part without headers and value has none left.
                let end = at.checked_sub(2).filter(|&end| start <= end).ok_or(Flaw::Delimiter { offset: at })?;
                parts.push(part(body, Span { start, end }, known)?);
            }
            Some(_) => return Err(Flaw::TooManyParts),
        }
        if after.starts_with(b"\r\n") {
            start = Some(at + delimiter.len() + 2);
            continue;
        }
        return match after.strip_prefix(b"--") {
            Some(b"" | b"\r\n") => checked(Form { parts }, known),
            Some(_) => Err(Flaw::TrailingData { offset: at + delimiter.len() + 2 }),
            None => Err(Flaw::Delimiter { offset: at }),
        };
    }
    Err(Flaw::Unfinished)
}

/// Where the value of the only part named `model` stands. `None` without such a part.
pub fn model_part(body: &[u8], content_type: &[u8]) -> Result<Option<Span>, Flaw> {
    Ok(form(body, content_type, &["model"])?.find("model").map(|part| part.value))
}

impl<'b> Form<'b> {
    /// The first part with this name.
    pub fn find(&self, name: &str) -> Option<Part<'b>> {
        self.parts().find(|part| part.name == name)
    }

    /// All parts.
    pub fn parts(&self) -> impl Iterator<Item = Part<'b>> {
        self.parts.iter().copied()
    }
}

/// The part in this span: headers, a blank line, the value.
fn part<'b>(body: &'b [u8], span: Span, known: &[&str]) -> Result<Part<'b>, Flaw> {
    let malformed = Flaw::Headers { offset: span.start };
    let bytes = span.of(body).unwrap_or_default();
    let searched = bytes.get(..MAX_HEADER_BYTES).unwrap_or(bytes);
    let length = memmem::find(searched, b"\r\n\r\n").ok_or(malformed)? + 2;
    let headers = header::part(bytes.get(..length).unwrap_or_default(), span.start)?;
    let head = Span { start: span.start, end: span.start + length };
    let value = Span { start: head.end + 2, end: span.end };
    let part = Part { name: headers.name, head, value, file: headers.file };
    if known.contains(&part.name) {
        if part.file {
            return Err(Flaw::File(part.name.to_owned()));
        }
        if !headers.utf8 || str::from_utf8(part.value.of(body).unwrap_or_default()).is_err() {
            return Err(Flaw::NotUtf8(part.name.to_owned()));
        }
    }
    Ok(part)
}

fn checked<'b>(form: Form<'b>, known: &[&str]) -> Result<Form<'b>, Flaw> {
    for part in form.parts() {
        if let Some(known) = twin(part.name, known) {
            return Err(Flaw::ambiguous(part.name, known));
        }
    }
    for name in known {
        if form.parts().filter(|part| part.name == *name).nth(1).is_some() {
            return Err(Flaw::Duplicate((*name).to_owned()));
        }
    }
    Ok(form)
}
