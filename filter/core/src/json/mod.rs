//! JSON as bytes: requests are scanned once for spans and edited in place ([`object`], [`Splice`]).
//!
//! A request is read strictly: RFC 8259, one object, nothing around it but whitespace, UTF-8 without a byte order mark.
//! Wherever Dragoman looks at an object, a duplicate key and a key that another reader might take for a known one are
//! flaws, because two readers could disagree about what was asked.
//!
//! An answer is walked leniently while it streams by ([`Rewriter`], on top of [`walk`]).
//!
//! Not a document model: what is not looked at is checked and stepped over, never decoded.

pub(crate) mod case;
mod flaw;
mod include_usage;
pub mod leaves;
mod object;
mod rewrite;
mod scan;
mod splice;
mod text;
mod tree;
pub mod walk;

pub(crate) use case::twin;
pub use flaw::Flaw;
pub(crate) use flaw::shown_key;
pub use include_usage::{IncludeUsage, include_usage};
pub use object::{Elements, Object, Value, object};
pub use rewrite::Rewriter;
pub(crate) use scan::inside_string;
pub use splice::{Edit, Splice};
pub use text::{push_quoted, quote, text};

/// A range of bytes, from `start` up to but not including `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// The empty span before the byte at `at`.
    pub fn before(at: usize) -> Span {
        Span { start: at, end: at }
    }

    /// Its bytes, if the span lies within.
    pub fn of(self, bytes: &[u8]) -> Option<&[u8]> {
        bytes.get(self.start..self.end)
    }

    /// What stands between a string's quotes.
    pub fn inside(self) -> Span {
        Span { start: self.start + 1, end: self.end.saturating_sub(1) }
    }

    /// How many bytes it spans.
    pub fn len(self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// Whether it spans none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

/// What kind of value a JSON text holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "JSON's own names")]
pub enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

impl Kind {
    /// The kind that a valid value's first byte announces.
    pub fn of(first: u8) -> Option<Kind> {
        match first {
            b'n' => Some(Kind::Null),
            b't' | b'f' => Some(Kind::Bool),
            b'-' | b'0'..=b'9' => Some(Kind::Number),
            b'"' => Some(Kind::String),
            b'[' => Some(Kind::Array),
            b'{' => Some(Kind::Object),
            _ => None,
        }
    }

    /// The kind in words: `an object`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Null => "null",
            Kind::Bool => "a boolean",
            Kind::Number => "a number",
            Kind::String => "a string",
            Kind::Array => "an array",
            Kind::Object => "an object",
        }
    }
}
