//! Events that say in other words what the one before them said: most of a stream is such, and what they mean need not be
//! read again. An event is told by its bytes: where all but the words (and numbers that only count) are the same, a reader
//! of JSON, or of events, takes the same steps. Not a guess, and not a place where text is kept for longer than one event.

use crate::json::{self, Span};
use crate::response::interpret::Meaning;
use crate::sse::Event;

/// A longer event is not worth remembering.
const LONGEST: usize = 4096;

/// The event that others are held against.
#[derive(Default)]
pub(super) struct Alike {
    raw: Vec<u8>,
    /// What may differ, in its order. Where there is nothing, nothing is alike.
    free: Vec<Span>,
    /// Where the model's name stands, quotes included: in front of all that may differ.
    model: Option<Span>,
}

impl Alike {
    /// Remembers an event by its data and its meaning, if it is one of those in which the model goes on to speak.
    pub(super) fn remember(&mut self, event: &Event<'_>, data: &[u8], meaning: &Meaning) {
        let speaks = meaning.content && !(meaning.error || meaning.last || meaning.finish) && meaning.usage.is_none();
        let fits = event.raw().len() <= LONGEST && !event.is_marked();
        let Some(place) = event.place_of(data).filter(|_| speaks && fits) else { return };
        let within = |span: Span| Span { start: place + span.start, end: place + span.end };
        let (free, model) = (meaning.free.iter().copied().map(within), meaning.model.map(within));
        if free.clone().next().is_some_and(|first| model.is_none_or(|model| model.end <= first.start)) {
            self.free.clear();
            self.free.extend(free);
            self.model = model;
            self.raw.clear();
            self.raw.extend_from_slice(event.raw());
        }
    }

    /// Whether an event says in other words what the remembered one says.
    pub(super) fn takes(&self, event: &Event<'_>) -> bool {
        !self.free.is_empty() && self.differs_only_in_words(event.raw()).is_some()
    }

    /// Where the model's name stands in every event that is alike.
    pub(super) fn model(&self) -> Option<Span> {
        self.model
    }

    fn differs_only_in_words(&self, mut rest: &[u8]) -> Option<()> {
        let mut at = 0;
        for free in &self.free {
            let same = self.raw.get(at..free.start)?;
            rest = strip(rest, same)?;
            let length = if same.ends_with(b"\"") { json::inside_string(rest)? } else { digits(rest)? };
            (at, rest) = (free.end, rest.get(length..)?);
        }
        memchr::arch::all::is_equal(rest, self.raw.get(at..)?).then_some(())
    }
}

fn strip<'a>(bytes: &'a [u8], start: &[u8]) -> Option<&'a [u8]> {
    memchr::arch::all::is_prefix(bytes, start).then(|| bytes.get(start.len()..))?
}

fn digits(bytes: &[u8]) -> Option<usize> {
    Some(bytes.iter().take_while(|byte| byte.is_ascii_digit()).count()).filter(|&digits| digits > 0)
}
