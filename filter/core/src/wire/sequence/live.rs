//! The part that is being written, and those that wait behind it.

use serde_json::{Value, json};

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
    pub(super) fn call(slot: u64, id: String, name: String, way: Way) -> Live {
        Live::Call(LiveCall { slot, id, name, way, balance: Balance::default(), said: false })
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
    way: Way,
    balance: Balance,
    said: bool,
}

/// How a call's arguments become what the client knows; what has to be whole for that is kept.
pub(super) enum Way {
    /// An object, as it comes.
    Object,
    /// Free text, as it comes.
    Free,
    /// An object, for the free text inside it.
    Unwrap(String),
    /// Free text, in an object: the client offered no tool that takes it bare.
    Wrap(String),
}

impl Way {
    /// By whether the target sends free text, and whether the client offered a tool that takes it.
    pub(super) fn of(custom: bool, offered: bool) -> Way {
        match (custom, offered) {
            (false, false) => Way::Object,
            (true, true) => Way::Free,
            (false, true) => Way::Unwrap(String::new()),
            (true, false) => Way::Wrap(String::new()),
        }
    }
}

impl LiveCall {
    pub(super) fn opening(&self) -> Opening<'_> {
        let custom = matches!(self.way, Way::Free | Way::Unwrap(_));
        Opening::Call { id: &self.id, name: &self.name, custom }
    }

    /// Takes more arguments; tells how many bytes are kept of them.
    pub(super) fn push(&mut self, text: &str, sink: Sink<'_>) -> usize {
        if text.is_empty() {
            return 0;
        }
        self.balance.push(text);
        if let Way::Unwrap(whole) | Way::Wrap(whole) = &mut self.way {
            whole.push_str(text);
            return text.len();
        }
        self.said = true;
        sink(Step::Delta(text));
        0
    }

    /// Whether its arguments are a whole object. Free text may always go on.
    pub(super) fn is_whole(&self) -> bool {
        matches!(self.way, Way::Object | Way::Unwrap(_)) && self.balance.is_whole()
    }

    /// Says what is left; tells how many bytes were kept.
    pub(super) fn finish(self, sink: Sink<'_>) -> usize {
        match self.way {
            Way::Unwrap(whole) => {
                let input = unwrapped(&whole);
                if !input.is_empty() {
                    sink(Step::Delta(&input));
                }
                whole.len()
            }
            Way::Wrap(whole) => {
                sink(Step::Delta(&json!({"input": whole}).to_string()));
                whole.len()
            }
            // Every reader takes an empty object; not every reader takes nothing for one.
            Way::Object if !self.said => {
                sink(Step::Delta("{}"));
                0
            }
            Way::Object | Way::Free => 0,
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
