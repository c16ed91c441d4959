//! One text as it arrives, cut anywhere: what is decided leaves at once, what may still become a match is held. Which
//! texts of an answer are lanes, and when each ends, is `response`'s.

use super::detector::{Detector, Kind};
use super::entity::{Edge, Tail};
use super::escape;
use super::fold::{Depth, Folded, Unseen, read};
use super::scan::{Found, Next, Text};
use super::walk::{CONTEXT, Ends};

/// A longer piece is taken in parts of this size.
const BLOCK: usize = 8 * 1024;

/// What to do with something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// It stays.
    Keep,
    /// This takes its place. Nothing in it needs an escape in JSON.
    Replace(String),
    /// This takes its place, escaped as its place demands.
    Restore(String),
}

/// Decides what becomes of something: its kind, its text, and its text as patterns see it.
pub type Decide<'d, E> = dyn FnMut(Kind, &str, &[u8]) -> Result<Edit, E> + 'd;

/// Room to work in, shared by lanes that take turns.
#[derive(Default)]
pub struct Scratch {
    folded: Folded,
    ends: Ends,
    /// Where in its text each thing stood that was decided on, in raw bytes; kept for who asks.
    places: Option<Vec<std::ops::Range<usize>>>,
}

impl Scratch {
    /// Keeps from now on where things stood, for [`Scratch::take_places`].
    pub fn keep_places(&mut self) {
        self.places = Some(Vec::new());
    }

    /// Where each thing stood that was decided on, in the order of the decisions.
    pub fn take_places(&mut self) -> Vec<std::ops::Range<usize>> {
        self.places.as_mut().map(std::mem::take).unwrap_or_default()
    }
}

/// A text on its way.
pub struct Lane {
    depth: Depth,
    /// The end of what was decided, folded.
    context: Vec<u8>,
    /// What is not decided, raw.
    held: Vec<u8>,
    unseen: Unseen,
    /// At [`Depth::JsonInJson`]: whether the place is inside a string of the inner JSON.
    in_string: bool,
    swallow: Option<Swallow>,
    /// How much of the text is decided, in raw bytes.
    passed: usize,
}

/// Text that belongs to what was replaced before it.
struct Swallow {
    tail: &'static Tail,
    /// How much of the text that ends it has been seen.
    matched: usize,
}

impl Lane {
    /// A text that begins here.
    pub fn new(depth: Depth) -> Lane {
        Lane {
            depth,
            context: Vec::new(),
            held: Vec::new(),
            unseen: Unseen::default(),
            in_string: false,
            swallow: None,
            passed: 0,
        }
    }

    /// A text that begins behind this, which has been said already.
    pub fn behind(depth: Depth, before: &[u8]) -> Lane {
        let mut folded = Folded::default();
        folded.fold(before, Depth::Plain, &mut Unseen::default(), true);
        Lane { context: folded.bytes, ..Lane::new(depth) }
    }

    /// How many bytes are held.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// Takes more of the text and writes what is decided. If it is the `last` piece, that is everything. An error of
    /// `decide` ends the lane where it stands.
    pub fn push<E>(
        &mut self,
        detector: &Detector,
        raw: &[u8],
        last: bool,
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
        decide: &mut Decide<'_, E>,
    ) -> Result<(), E> {
        let mut blocks = raw.chunks(BLOCK).peekable();
        if blocks.peek().is_none() && last {
            return self.take(detector, &[], true, scratch, out, decide);
        }
        while let Some(block) = blocks.next() {
            let last = last && blocks.peek().is_none();
            self.take(detector, block, last, scratch, out, decide)?;
        }
        Ok(())
    }

    fn take<E>(
        &mut self,
        detector: &Detector,
        raw: &[u8],
        last: bool,
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
        decide: &mut Decide<'_, E>,
    ) -> Result<(), E> {
        let mut held = std::mem::take(&mut self.held);
        held.extend_from_slice(raw);
        let Scratch { folded, ends, places } = scratch;
        folded.restart(&self.context);
        let base = self.context.len();
        let mut unseen = self.unseen;
        let taken = folded.fold(&held, self.depth, &mut unseen, last);
        let depth = self.depth;
        let raw_of = |range: std::ops::Range<usize>| {
            let end = range.end.checked_sub(1).map_or(0, |before| folded.raw_end(before));
            held.get(folded.raw_start(range.start)..end).unwrap_or_default()
        };
        let text = Text { bytes: &folded.bytes, last, read: &|range| read(raw_of(range), depth) };
        // `at`: what is decided; `written`: how much of the raw text has been written or replaced.
        let (mut at, mut written) = (base, 0);
        loop {
            if let Some(swallow) = &mut self.swallow {
                // No tail leaves the string that it stands in: what follows would be no JSON any more.
                let wall = folded.quote(at).unwrap_or(text.bytes.len());
                let (end, over) = swallow.take(text.bytes.get(..wall).unwrap_or_default(), at);
                at = end;
                written = if at == text.bytes.len() { taken } else { folded.raw_start(at) };
                if let Some(place) = places.as_mut().and_then(|places| places.last_mut()) {
                    place.end = self.passed + written;
                }
                if !over && at == text.bytes.len() {
                    break;
                }
                self.swallow = None;
            }
            match detector.next(&text, at, at, ends) {
                Next::Found(Found { kind, replace, end, tail, .. }) => {
                    let anywhere = kind.entity().is_some_and(|own| own.back.is_some() && own.left == Edge::ANY);
                    let replace = escape::whole(text.bytes, at, replace, anywhere);
                    let value = (text.read)(replace.clone());
                    let seen = text.bytes.get(replace.clone()).unwrap_or_default();
                    if let Some(places) = places {
                        let end = folded.raw_end(replace.end.saturating_sub(1));
                        places.push(self.passed + folded.raw_start(replace.start)..self.passed + end);
                    }
                    let edit = decide(kind, &value, seen)?;
                    let bare =
                        depth == Depth::JsonInJson && self.in_string == (folded.quotes(base..replace.start) % 2 == 1);
                    if edit != Edit::Keep {
                        out.extend_from_slice(held.get(written..folded.raw_start(replace.start)).unwrap_or_default());
                        write(&edit, depth, bare, out);
                        written = folded.raw_end(replace.end.saturating_sub(1));
                        self.swallow = tail.map(|tail| Swallow { tail, matched: 0 });
                    }
                    at = end;
                }
                Next::Clear(clear) => {
                    // What follows may take its backslash with it.
                    let escapes = !last && clear > at && escape::leaves_backslash(head(text.bytes, clear));
                    at = if escapes { clear - 1 } else { clear };
                    break;
                }
            }
        }
        let decided = if at == text.bytes.len() { taken } else { folded.raw_start(at) };
        if let Some(rest) = held.get(written..decided) {
            out.extend_from_slice(rest);
        }
        self.in_string ^= folded.quotes(base..at) % 2 == 1;
        self.unseen = if at == folded.bytes.len() { unseen } else { folded.unseen(at) };
        let from = at.saturating_sub(CONTEXT);
        self.context.clear();
        self.context.extend_from_slice(folded.bytes.get(from..at).unwrap_or_default());
        let gone = decided.max(written).min(held.len());
        self.passed += gone;
        held.drain(..gone);
        self.held = held;
        Ok(())
    }
}

impl Swallow {
    /// Goes on from `at`: to where, and whether it is over.
    fn take(&mut self, text: &[u8], at: usize) -> (usize, bool) {
        let rest = text.get(at..).unwrap_or_default();
        let (of, end) = match self.tail {
            Tail::None => return (at, true),
            Tail::Run(of) => (of, ""),
            Tail::Until(end, of) => (of, *end),
        };
        for (index, byte) in rest.iter().enumerate() {
            // What nobody sees behind the end goes with it, so only the next that is seen is behind it.
            let is_whole = !end.is_empty() && self.matched == end.len();
            if is_whole || !of(*byte) {
                return (at + index, true);
            }
            self.matched = advance(end.as_bytes(), self.matched, *byte);
        }
        (text.len(), false)
    }
}

fn head(text: &[u8], length: usize) -> &[u8] {
    text.get(..length).unwrap_or_default()
}

/// How much of `end` the text ends with, when it ended with so much of it and this byte follows.
fn advance(end: &[u8], matched: usize, byte: u8) -> usize {
    let seen = end.get(..matched).unwrap_or_default();
    let fits = |length: &usize| {
        let (before, last) = (length - 1, end.get(length - 1));
        last == Some(&byte) && end.get(..before).is_some_and(|begin| seen.ends_with(begin))
    };
    (1..=matched + 1).rev().find(fits).unwrap_or(0)
}

/// Writes what takes a value's place. Where the inner JSON has no string open, as at a bare number, it brings quotes.
fn write(edit: &Edit, depth: Depth, bare: bool, out: &mut Vec<u8>) {
    let quote: &[u8] = if bare { b"\\\"" } else { b"" };
    out.extend_from_slice(quote);
    match edit {
        Edit::Keep => {}
        Edit::Replace(text) => out.extend_from_slice(text.as_bytes()),
        Edit::Restore(text) => out.extend_from_slice(escaped(text, depth).as_bytes()),
    }
    out.extend_from_slice(quote);
}

/// A text as it is written at a depth.
fn escaped(text: &str, depth: Depth) -> String {
    let inside = |text: &str| {
        let quoted = crate::json::quote(text);
        quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
    };
    match depth {
        Depth::Plain => text.to_owned(),
        Depth::Json => inside(text),
        Depth::JsonInJson => inside(&inside(text)),
    }
}
