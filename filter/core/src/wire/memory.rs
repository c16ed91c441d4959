//! What an answer's translation needs to know: of the request ([`Memory`]) and of the exchange ([`Context`]).

use serde_json::{Map, Value};

use super::ir::{Input, Request};
use super::names::Names;

/// What is remembered of a request until it is answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    /// Whose seals the target's answer carries.
    pub(super) provider: String,
    /// Whether the client wants to read usage in a chat stream.
    pub usage_asked: bool,
    /// Whether the target was asked to stream.
    pub stream: bool,
    /// The input's tokens, estimated: some clients are told before the target has counted.
    pub estimate: u64,
    /// Tools whose names the target could not take.
    pub(super) names: Names,
    /// Tools that take free text, by the names the client gave them.
    pub(super) free: Vec<String>,
    /// What the answer says again of the request.
    pub(super) echo: Map<String, Value>,
}

impl Memory {
    /// A memory of nothing but whose seals to expect.
    pub fn new(provider: &str) -> Memory {
        Memory { provider: provider.to_owned(), usage_asked: true, ..Memory::default() }
    }

    pub(super) fn note(&mut self, request: &Request, bytes: usize) {
        self.usage_asked = request.usage_asked;
        self.stream = request.stream;
        self.echo = request.echo.clone();
        self.estimate = super::estimate::of_request(request, bytes);
        self.free = request
            .tools
            .iter()
            .filter(|tool| matches!(tool.input, Input::Free(_)))
            .map(|tool| tool.name.clone())
            .collect();
    }
}

/// What the exchange knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The model's name as the client is to read it; `None` leaves the target's.
    pub model: Option<String>,
    /// What the answer's ids are made of: the request's id.
    pub seed: String,
    /// When the answer began, in seconds since 1970.
    pub created: u64,
}
