//! Chat answers, read: streams' chunks, and whole answers as one chunk. Servers differ in everything but `choices`.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::think::Think;
use crate::usage::Told;
use crate::wire::borrowed::{Text, TextOr};
use crate::wire::error::ApiError;
use crate::wire::ir::{Citation, Event, Stop};
use crate::wire::stream;

/// Reads chat answers.
pub(in crate::wire) fn decoder() -> Decoder {
    Decoder::default()
}

#[derive(Default)]
pub(in crate::wire) struct Decoder {
    told: Told,
    think: Think,
    calls: Vec<Slot>,
}

/// A call, told from others by its index, or by its id where there is none.
struct Slot {
    index: Option<u64>,
    id: String,
    name: String,
    /// What came before its name did.
    early: String,
}

#[derive(Deserialize)]
struct Chunk<'a> {
    #[serde(borrow, default)]
    model: Text<'a>,
    #[serde(borrow, default)]
    choices: Option<Vec<Choice<'a>>>,
    #[serde(borrow, default)]
    usage: Option<&'a RawValue>,
    #[serde(borrow, default)]
    x_groq: Option<Groq<'a>>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Groq<'a> {
    #[serde(borrow, default)]
    usage: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(default)]
    index: Option<u64>,
    #[serde(borrow, default, alias = "message")]
    delta: Option<Delta<'a>>,
    #[serde(borrow, default)]
    finish_reason: Text<'a>,
    #[serde(borrow, default)]
    usage: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow, default)]
    content: Option<TextOr<'a>>,
    #[serde(borrow, default)]
    refusal: Text<'a>,
    #[serde(borrow, default)]
    reasoning_content: Text<'a>,
    #[serde(borrow, default)]
    reasoning: Option<TextOr<'a>>,
    #[serde(borrow, default)]
    tool_calls: Option<Vec<ToolCall<'a>>>,
    #[serde(borrow, default)]
    function_call: Option<Function<'a>>,
    #[serde(default)]
    annotations: Option<Vec<Annotation>>,
    #[serde(default)]
    audio: Option<Value>,
}

#[derive(Deserialize)]
struct ToolCall<'a> {
    #[serde(default)]
    index: Option<u64>,
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow, default)]
    function: Option<Function<'a>>,
    #[serde(borrow, default)]
    custom: Option<Function<'a>>,
}

#[derive(Deserialize)]
struct Function<'a> {
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default, alias = "input")]
    arguments: Option<TextOr<'a>>,
}

#[derive(Deserialize)]
struct Annotation {
    #[serde(default)]
    url_citation: Option<UrlCitation>,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct UrlCitation {
    url: String,
    title: String,
    start_index: u64,
    end_index: u64,
}

impl stream::Decoder for Decoder {
    fn event(&mut self, data: &[u8], emit: &mut dyn FnMut(Event<'_>)) {
        let data = data.trim_ascii();
        if data == b"[DONE]" {
            self.think.end(emit);
            return emit(Event::End);
        }
        let chunk: Chunk<'_> = match serde_json::from_slice(data) {
            Ok(chunk) => chunk,
            Err(_) => return emit(Event::Fail(ApiError::unreadable())),
        };
        if let Some(error) = chunk.error.and_then(|error| ApiError::of_value(None, error)) {
            return emit(Event::Fail(error));
        }
        if !chunk.model.is_empty() {
            emit(Event::Model(&chunk.model));
        }
        let mut usages = [chunk.usage, chunk.x_groq.and_then(|groq| groq.usage), None];
        for choice in chunk.choices.unwrap_or_default() {
            let [.., last] = &mut usages;
            *last = choice.usage.or(*last);
            if choice.index.is_some_and(|index| index > 0) {
                emit(Event::Lost("answer.choices"));
                continue;
            }
            if let Some(delta) = choice.delta {
                self.delta(delta, emit);
            }
            if !choice.finish_reason.is_empty() {
                self.think.end(emit);
                let stop = stop(&choice.finish_reason, emit);
                emit(Event::Stop(stop));
            }
        }
        for usage in usages.into_iter().flatten() {
            self.told.hear(usage.get().as_bytes());
            if let Some(usage) = self.told.usage() {
                emit(Event::Usage(usage));
            }
        }
    }

    fn whole(&mut self, body: &[u8], emit: &mut dyn FnMut(Event<'_>)) {
        self.event(body, emit);
        self.think.end(emit);
        // One that gives no choices at all is not an answer: it stays without an end.
    }
}

fn stop(reason: &str, emit: &mut dyn FnMut(Event<'_>)) -> Stop {
    match reason {
        "stop" | "eos" | "end_turn" => Stop::Natural,
        "length" | "max_tokens" => Stop::Length,
        "tool_calls" | "function_call" => Stop::Tools,
        "content_filter" | "safety" => Stop::Refused,
        "error" => Stop::Fault("error".to_owned()),
        _ => {
            emit(Event::Lost("answer.finish_reason"));
            Stop::Natural
        }
    }
}

impl Decoder {
    fn delta(&mut self, delta: Delta<'_>, emit: &mut dyn FnMut(Event<'_>)) {
        if delta.audio.is_some() {
            emit(Event::Lost("answer.audio"));
        }
        if !delta.reasoning_content.is_empty() {
            emit(Event::Reasoning(&delta.reasoning_content));
        } else if let Some(reasoning) = delta.reasoning {
            each(&reasoning, &mut |text, _| emit(Event::Reasoning(text)), &mut || {});
        }
        if let Some(content) = delta.content {
            let think = &mut self.think;
            let mut lost = false;
            each(
                &content,
                &mut |text, thought| if thought { emit(Event::Reasoning(text)) } else { think.text(text, emit) },
                &mut || lost = true,
            );
            if lost {
                emit(Event::Lost("answer.content"));
            }
        }
        if !delta.refusal.is_empty() {
            emit(Event::Refusal(&delta.refusal));
        }
        for annotation in delta.annotations.unwrap_or_default() {
            match annotation.url_citation {
                Some(UrlCitation { url, title, start_index: start, end_index: end }) => {
                    emit(Event::Citation(Citation { url, title, quote: String::new(), start, end }));
                }
                None => emit(Event::Lost("answer.annotations")),
            }
        }
        let calls = delta.tool_calls.unwrap_or_default();
        if !calls.is_empty() || delta.function_call.is_some() {
            self.think.end(emit);
        }
        for call in calls {
            let (function, custom) = match (call.function, call.custom) {
                (Some(function), _) => (Some(function), false),
                (None, custom) => (custom, true),
            };
            self.call(call.index, &call.id, function, custom, emit);
        }
        if let Some(function) = delta.function_call {
            self.call(Some(0), "", Some(function), false, emit);
        }
    }

    fn call(
        &mut self,
        index: Option<u64>,
        id: &str,
        function: Option<Function<'_>>,
        custom: bool,
        emit: &mut dyn FnMut(Event<'_>),
    ) {
        let Some(function) = function else { return };
        let place = match index {
            // Some servers give every call the same index: another id and a name make another call.
            Some(_) => self.calls.iter().rposition(|slot| slot.index == index).filter(|&place| {
                let other =
                    |slot: &Slot| !id.is_empty() && !slot.id.is_empty() && slot.id != id && !slot.name.is_empty();
                function.name.is_empty() || !self.calls.get(place).is_some_and(other)
            }),
            None if !id.is_empty() => self.calls.iter().position(|slot| slot.id == id),
            None if !function.name.is_empty() => None,
            None => self.calls.len().checked_sub(1),
        };
        let place = place.unwrap_or_else(|| {
            self.calls.push(Slot { index, id: id.to_owned(), name: String::new(), early: String::new() });
            self.calls.len() - 1
        });
        let Some(slot) = self.calls.get_mut(place) else { return };
        let number = place as u64;
        let begins = slot.name.is_empty() && !function.name.is_empty();
        if begins {
            slot.name = function.name.to_string();
            if slot.id.is_empty() {
                id.clone_into(&mut slot.id);
            }
            emit(Event::Call { slot: number, id: &slot.id, name: &slot.name, custom });
            let early = std::mem::take(&mut slot.early);
            if !early.is_empty() {
                emit(Event::Arguments { slot: number, text: &early });
            }
        }
        let value;
        let text = match &function.arguments {
            None => return,
            Some(TextOr::Text(text)) => &**text,
            Some(TextOr::Value(given)) => {
                value = given.to_string();
                &value
            }
        };
        if slot.name.is_empty() {
            slot.early.push_str(text);
        } else if !text.is_empty() {
            emit(Event::Arguments { slot: number, text });
        }
    }
}

/// Each text of a content, and whether it is a thought; the other callback for what is neither.
fn each(content: &TextOr<'_>, text: &mut dyn FnMut(&str, bool), lost: &mut dyn FnMut()) {
    match content {
        TextOr::Text(whole) => text(whole, false),
        TextOr::Value(Value::Array(parts)) => parts.iter().for_each(|part| part_of(part, false, text, lost)),
        TextOr::Value(_) => lost(),
    }
}

fn part_of(part: &Value, thought: bool, text: &mut dyn FnMut(&str, bool), lost: &mut dyn FnMut()) {
    let found = |key: &str| part.get(key).and_then(Value::as_str);
    if let Some(own) = found("text").or_else(|| part.as_str()) {
        return text(own, thought);
    }
    match part.get("thinking") {
        Some(Value::String(own)) => text(own, true),
        Some(Value::Array(parts)) => parts.iter().for_each(|part| part_of(part, true, text, lost)),
        _ => lost(),
    }
}
