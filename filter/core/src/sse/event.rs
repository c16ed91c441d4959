//! One event: what it says, and how to say it with other data.

use std::borrow::Cow;

use memchr::memchr2;

use crate::json::Span;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// One event of a stream, with every byte that belongs to it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Event<'a> {
    raw: &'a [u8],
    /// How many bytes at the start are the stream's byte order mark.
    mark: usize,
}

impl<'a> Event<'a> {
    pub(super) fn new(raw: &'a [u8], first_of_stream: bool) -> Event<'a> {
        let mark = if first_of_stream && raw.starts_with(BOM) { BOM.len() } else { 0 };
        Event { raw, mark }
    }

    /// Every byte of it: comments, unknown fields, the blank line that ends it.
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The last `event` field; empty where there is none, which clients read as `message`.
    pub fn name(&self) -> &'a [u8] {
        self.fields().filter_map(|(name, value)| (name == b"event").then_some(value)).last().unwrap_or_default()
    }

    /// The `data` fields, joined by LF. Borrowed where there is only one.
    pub fn data(&self) -> Cow<'a, [u8]> {
        let mut data = self.data_fields();
        let first = data.next().unwrap_or_default();
        data.fold(Cow::Borrowed(first), |mut joined, next| {
            joined.to_mut().push(b'\n');
            joined.to_mut().extend_from_slice(next);
            joined
        })
    }

    /// Whether it has a `data` field, be it empty. The standard dispatches no other events.
    pub fn has_data(&self) -> bool {
        self.data_fields().next().is_some()
    }

    /// Its fields, in their order; comments are not fields.
    pub fn fields(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a> {
        self.lines().map(|line| line.field()).filter(|(name, _)| !name.is_empty())
    }

    /// Writes the event with other data. The new `data` lines stand where the first old one stood (at the end, if there
    /// was none); every other line keeps its place, its bytes and its line ending.
    pub fn with_data(&self, data: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(self.raw.get(..self.mark).unwrap_or_default());
        let mut written = false;
        let mut lines = self.lines();
        while let Some(line) = lines.next() {
            let (name, _) = line.field();
            if !written && (name == b"data" || lines.rest.is_empty()) {
                write_data(data, line, out);
                written = true;
            }
            if name != b"data" {
                if line.text.is_empty() && line.ending == b"\n" && out.ends_with(b"\r") {
                    // The lines between the two were data. Together they would be one line's end.
                    out.push(b'\r');
                }
                out.extend_from_slice(line.text);
                out.extend_from_slice(line.ending);
            }
        }
    }

    /// Writes the event with other text in one span of its data, which [`data`](Event::data) gave. The text holds no line
    /// break.
    pub fn with_span(&self, data: &[u8], span: Span, text: &str, out: &mut Vec<u8>) {
        match self.place_of(data) {
            // One line of the event: all around the span stays where it is.
            Some(at) => self.with_raw_span(Span { start: at + span.start, end: at + span.end }, text, out),
            None => {
                let mut joined = Vec::with_capacity(data.len() + text.len());
                write_around(data, span, text, &mut joined);
                self.with_data(&joined, out);
            }
        }
    }

    /// Writes the event with other text in one span of its bytes.
    pub fn with_raw_span(&self, span: Span, text: &str, out: &mut Vec<u8>) {
        write_around(self.raw, span, text, out);
    }

    /// Where in its bytes the data stands that [`data`](Event::data) gave; `None` where it was put together from lines.
    pub fn place_of(&self, data: &[u8]) -> Option<usize> {
        let at = data.as_ptr().addr().checked_sub(self.raw.as_ptr().addr())?;
        (at + data.len() <= self.raw.len()).then_some(at)
    }

    /// Whether its bytes begin with the stream's byte order mark, which means nothing in front of another event.
    pub fn is_marked(&self) -> bool {
        self.mark > 0
    }

    fn data_fields(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.fields().filter_map(|(name, value)| (name == b"data").then_some(value))
    }

    fn lines(&self) -> Lines<'a> {
        Lines { rest: self.raw.get(self.mark..).unwrap_or_default() }
    }
}

/// Shows no content.
impl std::fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Event").field("bytes", &self.raw.len()).finish_non_exhaustive()
    }
}

fn write_around(bytes: &[u8], span: Span, text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(bytes.get(..span.start).unwrap_or_default());
    out.extend_from_slice(text.as_bytes());
    out.extend_from_slice(bytes.get(span.end..).unwrap_or_default());
}

/// Writes `data` lines in the manner of `like`: its line ending, and its blank after the colon or not.
fn write_data(data: &[u8], like: Line<'_>, out: &mut Vec<u8>) {
    let spaced = !like.text.starts_with(b"data:") || like.text.starts_with(b"data: ");
    let mut rest = data;
    loop {
        // A CR in the data would end the line just as well.
        let end = memchr2(b'\n', b'\r', rest);
        let (text, after) = rest.split_at_checked(end.unwrap_or(rest.len())).unwrap_or((rest, &[]));
        out.extend_from_slice(b"data:");
        if spaced || text.starts_with(b" ") {
            out.push(b' ');
        }
        out.extend_from_slice(text);
        out.extend_from_slice(like.ending);
        if end.is_none() {
            return;
        }
        rest = after.strip_prefix(b"\r\n").or_else(|| after.get(1..)).unwrap_or_default();
    }
}

#[derive(Clone, Copy)]
struct Line<'a> {
    text: &'a [u8],
    ending: &'a [u8],
}

impl<'a> Line<'a> {
    /// Name and value; both empty for a blank line, the name empty for a comment.
    fn field(self) -> (&'a [u8], &'a [u8]) {
        match memchr::memchr(b':', self.text).and_then(|colon| self.text.split_at_checked(colon)) {
            Some((name, value)) => {
                let value = value.strip_prefix(b":").unwrap_or_default();
                (name, value.strip_prefix(b" ").unwrap_or(value))
            }
            None => (self.text, &[]),
        }
    }
}

struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let end = memchr2(b'\n', b'\r', self.rest).unwrap_or(self.rest.len());
        let (text, after) = self.rest.split_at_checked(end)?;
        let (ending, rest) = after.split_at_checked(if after.starts_with(b"\r\n") { 2 } else { after.len().min(1) })?;
        self.rest = rest;
        Some(Line { text, ending })
    }
}
