//! Edits on a body: some spans are replaced, every other byte stays as it is.

use super::{Object, Span};

/// One edit: the new text for a span. An empty span makes it an insertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced.
    pub span: Span,
    /// The new text, JSON already.
    pub text: String,
}

impl Edit {
    /// Puts `"key":value,` where it disturbs least: the edit to add a member to an object that lacks it. `value` is
    /// JSON. Right after the member `after`, if the object has it, else first in the object.
    pub fn add_member(object: &Object<'_>, after: Option<&str>, key: &str, value: &str) -> Edit {
        let member = format!("{}:{value}", super::quote(key));
        match after.and_then(|after| object.find(after)) {
            Some(value) => Edit { span: Span::before(value.span().end), text: format!(",{member}") },
            None => {
                let comma = if object.is_empty() { "" } else { "," };
                Edit { span: Span::before(object.span().start + 1), text: format!("{member}{comma}") }
            }
        }
    }
}

/// Edits, kept in the order of the body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Splice {
    edits: Vec<Edit>,
}

impl Splice {
    /// No edits.
    pub fn new() -> Splice {
        Splice::default()
    }

    /// Replaces a span by a text that is JSON already (see [`quote`](super::quote)).
    pub fn replace(&mut self, span: Span, text: impl Into<String>) {
        self.push(Edit { span, text: text.into() });
    }

    /// Adds an edit. Insertions at the same place stay in the order in which they came.
    pub fn push(&mut self, edit: Edit) {
        let at = self.edits.partition_point(|own| own.span <= edit.span);
        self.edits.insert(at, edit);
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// By how many bytes the body grows; negative if it shrinks.
    pub fn grown_by(&self) -> isize {
        grown(self.edits.iter())
    }

    /// Where the last edit ends in the old body; from there on nothing changes.
    pub fn reach(&self) -> usize {
        self.edits.last().map_or(0, |edit| edit.span.end)
    }

    /// What is put in the place of this span, if it is replaced.
    pub fn text_at(&self, span: Span) -> Option<&str> {
        self.edits.iter().find(|edit| edit.span == span).map(|edit| edit.text.as_str())
    }

    /// Where a span stands in the edited body. An edit replaces all of it, or none touches it.
    pub fn moved(&self, span: Span) -> Span {
        let start = span.start.saturating_add_signed(grown(self.edits.iter().filter(|edit| edit.span < span)));
        let length = self.text_at(span).map_or(span.len(), str::len);
        Span { start, end: start + length }
    }

    /// The edited body, in the pieces that it is made of, which are not copied. `None` if edits overlap or lie outside of
    /// it: they were made for another body. What is behind [`reach`](Splice::reach) may be left out.
    pub fn pieces<'a>(&'a self, body: &'a [u8]) -> Option<Vec<&'a [u8]>> {
        let mut pieces = Vec::with_capacity(2 * self.edits.len() + 1);
        let mut done = 0;
        for edit in &self.edits {
            pieces.extend([body.get(done..edit.span.start)?, edit.text.as_bytes()]);
            done = body.get(edit.span.start..edit.span.end).map(|_| edit.span.end)?;
        }
        pieces.push(body.get(done..)?);
        Some(pieces)
    }

    /// The edited body as a whole; `None` as for its [`pieces`](Splice::pieces).
    pub fn apply(&self, body: &[u8]) -> Option<Vec<u8>> {
        self.pieces(body).map(|pieces| pieces.concat())
    }
}

fn grown<'e>(edits: impl Iterator<Item = &'e Edit>) -> isize {
    edits.fold(0, |grown, edit| grown + signed(edit.text.len()) - signed(edit.span.len()))
}

/// Lengths of things in memory, which never exceed `isize::MAX`.
fn signed(length: usize) -> isize {
    isize::try_from(length).unwrap_or(isize::MAX)
}

impl FromIterator<Edit> for Splice {
    fn from_iter<I: IntoIterator<Item = Edit>>(edits: I) -> Splice {
        let mut splice = Splice::new();
        edits.into_iter().for_each(|edit| splice.push(edit));
        splice
    }
}
