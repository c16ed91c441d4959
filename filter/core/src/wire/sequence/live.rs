//! The part that is being written, and those that wait behind it.

use serde_json::Value;

use super::Sink;
use super::balance::Balance;
use crate::wire::blob::Blob;
use crate::wire::ir::{Citation, Opening, Step};

/// What kind of part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Refusal,
    Reasoning,
    /// With the target's number for it.
    Call(u64),
}

/// The part that is open.
pub(super) enum Live {
    Plain(Kind),
    Sealed,
    Call(LiveCall),
}

impl Live {
    pub(super) fn call(slot: u64, id: String, name: String, custom: bool, unwraps: bool) -> Live {
        let unwrapping = unwraps.then(String::new);
        Live::Call(LiveCall { slot, id, name, custom, unwrapping, balance: Balance::default(), said: false })
    }

    pub(super) fn is_call(&self) -> bool {
        matches!(self, Live::Call(_))
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Live::Plain(kind) => *kind,
            Live::Sealed => Kind::Reasoning,
            Live::Call(call) => Kind::Call(call.slot),
        }
    }
}

/// A call that is being written.
pub(super) struct LiveCall {
    pub(super) slot: u64,
    id: String,
    name: String,
    custom: bool,
    /// Its arguments so far, where the free text inside them is all that the client is to see.
    unwrapping: Option<String>,
    balance: Balance,
    said: bool,
}

impl LiveCall {
    pub(super) fn opening(&self) -> Opening<'_> {
        Opening::Call { id: &self.id, name: &self.name, custom: self.custom || self.unwrapping.is_some() }
    }

    /// Takes more arguments; tells how many bytes are kept of them.
    pub(super) fn push(&mut self, text: &str, sink: Sink<'_>) -> usize {
        if text.is_empty() {
            return 0;
        }
        self.balance.push(text);
        if let Some(whole) = &mut self.unwrapping {
            whole.push_str(text);
            return text.len();
        }
        self.said = true;
        sink(Step::Delta(text));
        0
    }

    /// Whether its arguments are a whole object. Free text may always go on.
    pub(super) fn is_whole(&self) -> bool {
        !self.custom && self.balance.is_whole()
    }

    /// Says what is left; tells how many bytes were kept.
    pub(super) fn finish(self, sink: Sink<'_>) -> usize {
        match self.unwrapping {
            Some(whole) => {
                let input = unwrapped(&whole);
                if !input.is_empty() {
                    sink(Step::Delta(&input));
                }
                whole.len()
            }
            None => {
                // Every reader takes an empty object; not every reader takes nothing for one.
                if !self.said && !self.custom {
                    sink(Step::Delta("{}"));
                }
                0
            }
        }
    }
}

/// The free text in the arguments of a function that stands for a free-text tool.
fn unwrapped(arguments: &str) -> String {
    match serde_json::from_str(arguments) {
        Ok(Value::Object(mut map)) if map.len() == 1 => match map.remove("input") {
            Some(Value::String(input)) => input,
            _ => arguments.to_owned(),
        },
        _ => arguments.to_owned(),
    }
}

/// A part that waits for the call in front of it.
pub(super) struct Waiting {
    pub(super) kind: Kind,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) custom: bool,
    pub(super) text: String,
    pub(super) citations: Vec<Citation>,
    pub(super) seal: Option<Blob>,
    pub(super) ended: bool,
}

impl Waiting {
    pub(super) fn new(kind: Kind) -> Waiting {
        Waiting {
            kind,
            id: String::new(),
            name: String::new(),
            custom: false,
            text: String::new(),
            citations: Vec::new(),
            seal: None,
            ended: false,
        }
    }

    pub(super) fn is_call(&self) -> bool {
        matches!(self.kind, Kind::Call(_))
    }
}
