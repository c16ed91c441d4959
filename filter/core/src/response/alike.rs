//! Events that say in other words what the one before them said: most of a stream is such, and what they mean need not be
//! read again. An event is told by its bytes: where all but the words (and numbers that only count) are the same, a reader
//! of JSON, or of events, takes the same steps. Not a guess, and not a place where text is kept for longer than one event.

use crate::json::{self, Span};
use crate::sse::Event;

/// A longer event is not worth remembering.
const LONGEST: usize = 4096;

/// The event that others are held against.
#[derive(Default)]
pub(super) struct Alike {
    raw: Vec<u8>,
    /// What of it may differ, in its order. Where there is nothing, nothing is alike.
    free: Vec<Span>,
    /// Where that stands in the event that was taken last.
    places: Vec<Span>,
}

impl Alike {
    /// Remembers an event in whose bytes these spans may differ: the inside of a string, or all of a number.
    pub(super) fn remember(&mut self, event: &Event<'_>, free: impl Iterator<Item = Span>) {
        self.free.clear();
        // A byte order mark means nothing but in front of the first event.
        if event.raw().len() <= LONGEST && !event.is_marked() {
            self.free.extend(free);
            self.raw.clear();
            self.raw.extend_from_slice(event.raw());
        }
    }

    /// Whether an event says in other words what the remembered one says.
    pub(super) fn takes(&mut self, event: &Event<'_>) -> bool {
        !self.free.is_empty() && self.differs_only_in_words(event.raw()).is_some()
    }

    /// Where the event that was taken says what it says in other words.
    pub(super) fn places(&self) -> &[Span] {
        &self.places
    }

    fn differs_only_in_words(&mut self, event: &[u8]) -> Option<()> {
        self.places.clear();
        let (mut at, mut rest) = (0, event);
        for free in &self.free {
            let same = self.raw.get(at..free.start)?;
            rest = strip(rest, same)?;
            let start = event.len() - rest.len();
            let length = if same.ends_with(b"\"") { json::inside_string(rest)? } else { number(rest, free.len())? };
            self.places.push(Span { start, end: start + length });
            (at, rest) = (free.end, rest.get(length..)?);
        }
        memchr::arch::all::is_equal(rest, self.raw.get(at..)?).then_some(())
    }
}

fn strip<'a>(bytes: &'a [u8], start: &[u8]) -> Option<&'a [u8]> {
    memchr::arch::all::is_prefix(bytes, start).then(|| bytes.get(start.len()..))?
}

/// A number of as many digits: one that is long may be somebody's.
fn number(bytes: &[u8], length: usize) -> Option<usize> {
    bytes.get(..length)?.iter().all(u8::is_ascii_digit).then_some(length)
}
