//! Tool calls read from the JSON, or nearly JSON, that models write: a call's name as soon as it stands, then its arguments
//! as they come and as they are written. Where a call begins and which are offered is told by the reader.

use std::sync::Arc;

use serde_json::Value;

use super::{Part, scan::Balance, shape::Shape};

/// Reads the calls that stand together.
pub(super) struct Calls {
    /// What ends them, where something must.
    closing: Option<&'static str>,
    /// The tools there are, where nothing but their names tells a call from other JSON.
    names: Option<Arc<[String]>>,
    place: Place,
    list: bool,
    begun: bool,
    /// Text before the first call, what opened it included: content after all if there is none.
    passed: String,
}

enum Place {
    /// A call may begin.
    Before,
    /// In an object that is read when it is whole; so much of it was looked at.
    Whole(Balance, usize),
    /// In arguments; and whether an object is around them.
    Arguments(Balance, bool),
    /// In what an object holds after its arguments.
    Rest(Balance),
    /// A call has ended.
    After,
}

/// How far the text could be read.
#[derive(PartialEq, Eq)]
pub(super) enum Step {
    /// Something was read, and more may follow.
    Again,
    /// More text is needed.
    Wait,
    /// The calls have ended; what is held follows them.
    Ended,
    /// What is held is no call.
    Text,
}

impl Calls {
    /// After `opening`, up to `closing`.
    pub(super) fn new(opening: &str, closing: Option<&'static str>, names: Option<Arc<[String]>>) -> Self {
        Self { closing, names, place: Place::Before, list: false, begun: false, passed: opening.into() }
    }

    /// Reads on in `held`.
    pub(super) fn read(&mut self, held: &mut String, parts: &mut Vec<Part>) -> Step {
        match &mut self.place {
            Place::Before => self.begin(held, parts),
            Place::Whole(balance, seen) => {
                let Some(end) = balance.end(held.get(*seen..).unwrap_or_default()) else {
                    *seen = held.len();
                    return Step::Wait;
                };
                let end = *seen + end;
                let call =
                    Call::read(held.get(..end).unwrap_or_default()).filter(|call| offered(&self.names, &call.name));
                let Some(call) = call else {
                    return Step::Text;
                };
                held.drain(..end);
                self.call(call.name, parts);
                parts.push(Part::Arguments(call.arguments));
                self.place = Place::After;
                Step::Again
            }
            Place::Arguments(balance, inside) => {
                let ended = balance.end(held);
                let text: String = held.drain(..ended.unwrap_or(held.len())).collect();
                if !text.is_empty() {
                    parts.push(Part::Arguments(text));
                }
                if ended.is_none() {
                    return Step::Wait;
                }
                self.place = if *inside { Place::Rest(Balance::within(1)) } else { Place::After };
                Step::Again
            }
            Place::Rest(balance) => {
                let ended = balance.end(held);
                held.drain(..ended.unwrap_or(held.len()));
                if ended.is_none() {
                    return Step::Wait;
                }
                self.place = Place::After;
                Step::Again
            }
            Place::After => self.go_on(held),
        }
    }

    /// What is left that was no call, now that the text has ended.
    pub(super) fn finish(&mut self, held: &str) -> String {
        match self.place {
            Place::Before | Place::Whole(..) => self.passed() + held,
            Place::Arguments(..) | Place::Rest(_) | Place::After => String::new(),
        }
    }

    /// What came before what turned out to be no call.
    pub(super) fn passed(&mut self) -> String {
        std::mem::take(&mut self.passed)
    }

    fn begin(&mut self, held: &mut String, parts: &mut Vec<Part>) -> Step {
        match Shape::of(held, self.list) {
            Shape::Unsure => return Step::Wait,
            Shape::List(end) => {
                self.list = true;
                self.pass(held, end);
            }
            Shape::Object => self.place = Place::Whole(Balance::default(), 0),
            Shape::Call { name, end, inside } if offered(&self.names, &name) => {
                held.drain(..end);
                self.call(name, parts);
                self.place = Place::Arguments(Balance::default(), inside);
            }
            Shape::Call { .. } | Shape::Text => return Step::Text,
        }
        Step::Again
    }

    fn pass(&mut self, held: &mut String, end: usize) {
        let text = held.drain(..end);
        if !self.begun {
            self.passed.extend(text);
        }
    }

    fn call(&mut self, name: String, parts: &mut Vec<Part>) {
        self.begun = true;
        self.passed.clear();
        parts.push(Part::Call(name));
    }

    /// After a call: another of the list, or the end.
    fn go_on(&mut self, held: &mut String) -> Step {
        if self.closing.is_none() && !self.list {
            return Step::Ended;
        }
        let text = held.trim_start();
        let space = held.len() - text.len();
        if self.list {
            match text.chars().next() {
                None => return Step::Wait,
                Some(',') => self.place = Place::Before,
                Some(']') => self.list = false,
                Some(_) => return Step::Ended,
            }
            held.drain(..=space);
            return Step::Again;
        }
        let closing = self.closing.unwrap_or_default();
        if text.starts_with(closing) {
            held.drain(..space + closing.len());
            return Step::Ended;
        }
        if closing.starts_with(text) { Step::Wait } else { Step::Ended }
    }
}

fn offered(names: &Option<Arc<[String]>>, name: &str) -> bool {
    names.as_ref().is_none_or(|names| names.iter().any(|offered| offered == name))
}

/// A call in an object of another shape than is streamed.
struct Call {
    name: String,
    /// JSON text.
    arguments: String,
}

impl Call {
    fn read(text: &str) -> Option<Self> {
        let call: Value = serde_json::from_str(text).ok()?;
        let call = call.get("function").filter(|function| function.is_object()).unwrap_or(&call);
        let name = call.get("name")?.as_str()?.to_string();
        let arguments = match call.get("arguments").or_else(|| call.get("parameters")) {
            Some(Value::String(text)) => text.clone(),
            Some(arguments @ Value::Object(_)) => arguments.to_string(),
            None => "{}".into(),
            Some(_) => return None,
        };
        Some(Self { name, arguments })
    }
}
