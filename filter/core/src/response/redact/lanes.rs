//! The texts of a stream that go on from event to event: which there are, and what each holds back.

use crate::pii::{Depth, Lane};

/// More texts than a stream has; beyond, nothing could be promised.
const MOST: usize = 128;

/// What kind of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Channel {
    Text,
    Refusal,
    Reasoning,
    Arguments,
    /// What a tool is given that is not JSON.
    Input,
    Transcript,
    /// What a delta says under a key that nobody knows.
    Unknown,
}

/// Which text: of which choice, block or item, which part of it, and what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Id {
    pub(super) outer: u32,
    pub(super) inner: u32,
    pub(super) channel: Channel,
}

/// A text under way.
pub(super) struct Open {
    pub(super) id: Id,
    pub(super) lane: Lane,
    /// The last event that it came with, while something is held back: its name and its data around the text, redacted.
    pub(super) last: Option<Template>,
}

/// An event to say more of a text with.
pub(super) struct Template {
    pub(super) name: Vec<u8>,
    pub(super) data: Vec<u8>,
    /// Where the text stands in the data, without its quotes.
    pub(super) text: crate::json::Span,
    /// The target's number for the event.
    pub(super) number: Option<u32>,
}

/// Too many texts.
pub(super) struct TooMany;

/// The texts under way.
#[derive(Default)]
pub(super) struct Lanes(Vec<Open>);

/// What has ended, so that nothing may go on with it; after too many everything counts as such.
#[derive(Default)]
pub(super) struct Ended(Vec<Gone>);

/// Something that has ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Gone {
    /// All texts of a choice.
    Choice(u32),
    /// One text.
    Text(Id),
}

impl Ended {
    /// More endings than a stream has.
    const MOST: usize = 8 * MOST;

    pub(super) fn add(&mut self, gone: Gone) {
        if self.0.len() < Ended::MOST && !self.0.contains(&gone) {
            self.0.push(gone);
        }
    }

    pub(super) fn has(&self, id: Id) -> bool {
        self.0.len() == Ended::MOST || self.0.iter().any(|gone| [Gone::Choice(id.outer), Gone::Text(id)].contains(gone))
    }

    /// Texts that may begin anew.
    pub(super) fn reopen(&mut self, begins: impl Fn(Id) -> bool) {
        self.0.retain(|gone| !matches!(gone, Gone::Text(id) if begins(*id)));
    }
}

impl Lanes {
    /// The text with this id.
    pub(super) fn find(&mut self, id: Id) -> Result<&mut Open, TooMany> {
        let known = self.0.iter().position(|open| open.id == id);
        let at = match known {
            Some(at) => at,
            None if self.0.len() == MOST => return Err(TooMany),
            None => {
                let depth = if id.channel == Channel::Arguments { Depth::JsonInJson } else { Depth::Json };
                self.0.push(Open { id, lane: Lane::new(depth), last: None });
                self.0.len() - 1
            }
        };
        self.0.get_mut(at).ok_or(TooMany)
    }

    /// Keeps the event that a text came with last, if it holds something back.
    pub(super) fn keep(&mut self, id: Id, template: impl FnOnce() -> Template) {
        if let Some(open) = self.0.iter_mut().find(|open| open.id == id) {
            open.last = (open.lane.held() > 0).then(template);
        }
    }

    /// Takes out the texts that end.
    pub(super) fn end(&mut self, ends: impl Fn(Id) -> bool) -> Vec<Open> {
        self.0.extract_if(.., |open| ends(open.id)).collect()
    }

    /// Whether any holds something back.
    pub(super) fn hold(&self) -> bool {
        self.0.iter().any(|open| open.lane.held() > 0)
    }
}
