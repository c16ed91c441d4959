//! Reads an answer's text as it comes: thoughts, content and tool calls apart. Streamed or whole, the same reader reads it.

mod call;
mod scan;
mod shape;

use std::sync::Arc;

use call::{Calls, Step};
use scan::until;

use super::dialect::Dialect;

/// A part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// More of the content.
    Content(String),
    /// More of the thoughts.
    Thought(String),
    /// A tool is called.
    Call(String),
    /// More of its arguments' JSON.
    Arguments(String),
}

/// What may be called, and how a call is written.
#[derive(Clone, Debug)]
pub struct Callable {
    /// How.
    pub dialect: Dialect,
    /// The tools' names. Where nothing marks a call, JSON that names none of them is no call.
    pub names: Arc<[String]>,
}

/// Reads one answer.
pub struct Reader {
    state: State,
    /// Which calls there may be, if any.
    callable: Option<Callable>,
    /// Text not decided on.
    held: String,
    /// White space that is content only if content follows.
    space: String,
    called: bool,
}

enum State {
    /// Nothing but white space so far: thoughts or a call may begin.
    Start {
        thinks: bool,
        after: bool,
    },
    Thinking,
    Content,
    /// In calls, perhaps.
    Calling(Calls),
}

const THINK: &str = "<think>";
const THOUGHT: &str = "</think>";
const TAG: &str = "<|python_tag|>";

impl Reader {
    /// For an answer that `thinks`, perhaps having begun to in the prompt, and may call.
    #[must_use]
    pub fn new(thinks: bool, thinking: bool, callable: Option<Callable>) -> Self {
        let unmarked = callable.as_ref().is_some_and(|callable| callable.dialect.opening().is_none());
        let state = match (thinking, thinks || unmarked) {
            (true, _) => State::Thinking,
            (false, true) => State::Start { thinks, after: false },
            (false, false) => State::Content,
        };
        Self { state, callable, held: String::new(), space: String::new(), called: false }
    }

    /// Takes more text.
    pub fn push(&mut self, text: &str) -> Vec<Part> {
        self.held.push_str(text);
        let mut parts = Vec::new();
        while self.read(&mut parts) {}
        parts
    }

    /// What was not decided on, now that the text has ended.
    pub fn finish(&mut self) -> Vec<Part> {
        let mut parts = Vec::new();
        let rest = std::mem::take(&mut self.held);
        match &mut self.state {
            State::Thinking => thought(&mut parts, rest),
            State::Calling(calls) => {
                let rest = calls.finish(&rest);
                self.content(&rest, &mut parts);
            }
            State::Start { .. } | State::Content => self.content(&rest, &mut parts),
        }
        if !self.called && !self.space.is_empty() {
            parts.push(Part::Content(std::mem::take(&mut self.space)));
        }
        parts
    }

    /// Whether a tool was called.
    #[must_use]
    pub fn called(&self) -> bool {
        self.called
    }

    fn dialect(&self) -> Option<Dialect> {
        self.callable.as_ref().map(|callable| callable.dialect)
    }

    fn opening(&self) -> Option<&'static str> {
        self.dialect().and_then(Dialect::opening)
    }

    /// Reads as far as can be told. True when something changed and more may follow.
    fn read(&mut self, parts: &mut Vec<Part>) -> bool {
        match &mut self.state {
            State::Start { thinks, after } => {
                let (thinks, after) = (*thinks, *after);
                self.start(thinks, after)
            }
            State::Thinking => {
                let (before, met) = until(&mut self.held, THOUGHT);
                thought(parts, before);
                if met {
                    self.state = State::Start { thinks: false, after: true };
                }
                met
            }
            State::Content => self.speak(parts),
            State::Calling(calls) => {
                let step = calls.read(&mut self.held, parts);
                let passed = if step == Step::Text { calls.passed() } else { String::new() };
                self.content(&passed, parts);
                if parts.iter().any(|part| matches!(part, Part::Call(_))) {
                    self.called = true;
                    self.space.clear();
                }
                match step {
                    Step::Again => {}
                    Step::Wait => return false,
                    Step::Ended => self.state = State::Start { thinks: false, after: true },
                    Step::Text => self.state = State::Content,
                }
                true
            }
        }
    }

    /// Tells what the answer, or what comes after a part of it, begins with. White space after a part is dropped.
    fn start(&mut self, thinks: bool, after: bool) -> bool {
        let text = self.held.trim_start();
        if text.is_empty() || (thinks && text.len() < THINK.len() && THINK.starts_with(text)) {
            return false;
        }
        if thinks && let Some(rest) = text.strip_prefix(THINK) {
            self.held = rest.to_string();
            self.state = State::Thinking;
            return true;
        }
        if self.called && self.opening().is_none() && text.starts_with([';', ',']) {
            self.held = text.split_at(1).1.to_string();
            return true;
        }
        let llama = self.dialect() == Some(Dialect::Llama3);
        if llama && text.len() < TAG.len() && TAG.starts_with(text) {
            return false;
        }
        let (call, opens): (&str, &[char]) = match self.dialect() {
            Some(Dialect::Llama3) => (text.strip_prefix(TAG).unwrap_or(text).trim_start(), &['{']),
            Some(Dialect::Json) => (text, &['{', '[']),
            _ => ("", &[]),
        };
        if llama && call.is_empty() {
            return false;
        }
        if call.starts_with(opens) {
            self.held = call.to_string();
            self.state = self.calling();
        } else {
            if after {
                self.held = text.to_string();
            }
            self.state = State::Content;
        }
        true
    }

    fn speak(&mut self, parts: &mut Vec<Part>) -> bool {
        let Some(mark) = self.opening() else {
            let text = std::mem::take(&mut self.held);
            self.content(&text, parts);
            return false;
        };
        let (before, met) = until(&mut self.held, mark);
        self.content(&before, parts);
        if met {
            self.state = self.calling();
        }
        met
    }

    fn calling(&self) -> State {
        let closing = self.dialect().and_then(Dialect::closing);
        let names = self.callable.as_ref().filter(|callable| callable.dialect.opening().is_none());
        let names = names.map(|callable| Arc::clone(&callable.names));
        State::Calling(Calls::new(self.opening().unwrap_or_default(), closing, names))
    }

    /// Content. Where calls may come, the white space at its end is kept back: before a call it is none.
    fn content(&mut self, text: &str, parts: &mut Vec<Part>) {
        let end = if self.callable.is_some() { text.trim_end().len() } else { text.len() };
        let (text, space) = text.split_at(end);
        if !text.is_empty() {
            let before = std::mem::take(&mut self.space);
            parts.push(Part::Content(before + text));
        }
        self.space.push_str(space);
    }
}

fn thought(parts: &mut Vec<Part>, text: String) {
    if !text.is_empty() {
        parts.push(Part::Thought(text));
    }
}

#[cfg(test)]
mod tests;
