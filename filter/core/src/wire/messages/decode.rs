//! Messages answers, read: a stream's events, and whole answers as the events they would have been.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::usage::Told;
use crate::wire::borrowed::Text;
use crate::wire::error::ApiError;
use crate::wire::ir::{Citation, Event, Stop};
use crate::wire::parts::REDACTED;
use crate::wire::stream;

/// Reads messages answers.
pub(in crate::wire) fn decoder() -> Decoder {
    Decoder::default()
}

#[derive(Default)]
pub(in crate::wire) struct Decoder {
    told: Told,
    begun: bool,
    /// Characters of text in the open block: a citation stands for all of it, and may come before it.
    length: u64,
    citations: Vec<Citation>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
    #[serde(default)]
    index: u64,
    #[serde(borrow, default)]
    message: Option<Message<'a>>,
    #[serde(borrow, default)]
    content_block: Option<Block<'a>>,
    #[serde(borrow, default)]
    delta: Option<Delta<'a>>,
    #[serde(borrow, default)]
    usage: Option<&'a RawValue>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, default)]
    model: Text<'a>,
    #[serde(borrow, default)]
    usage: Option<&'a RawValue>,
    #[serde(borrow, default)]
    content: Option<Vec<Block<'a>>>,
    #[serde(borrow, default)]
    stop_reason: Text<'a>,
    #[serde(borrow, default)]
    stop_sequence: Text<'a>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Block<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    text: Text<'a>,
    #[serde(borrow, default)]
    thinking: Text<'a>,
    #[serde(borrow, default)]
    signature: Text<'a>,
    #[serde(borrow, default)]
    data: Text<'a>,
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(default)]
    input: Option<Value>,
    #[serde(default)]
    citations: Option<Vec<Value>>,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    text: Text<'a>,
    #[serde(borrow, default)]
    thinking: Text<'a>,
    #[serde(borrow, default)]
    signature: Text<'a>,
    #[serde(borrow, default)]
    partial_json: Text<'a>,
    #[serde(default)]
    citation: Option<Value>,
    #[serde(borrow, default)]
    stop_reason: Text<'a>,
    #[serde(borrow, default)]
    stop_sequence: Text<'a>,
}

impl stream::Decoder for Decoder {
    fn event(&mut self, data: &[u8], emit: &mut dyn FnMut(Event<'_>)) {
        let data: Data<'_> = match serde_json::from_slice(data) {
            Ok(data) => data,
            // Some gateways end every stream so.
            Err(_) if data.trim_ascii() == b"[DONE]" => return,
            Err(_) => return emit(Event::Fail(ApiError::unreadable())),
        };
        match &*data.kind {
            // A second start is a proxy's mistake; what follows belongs to the same answer.
            "message_start" => {
                if let Some(message) = data.message.filter(|_| !std::mem::replace(&mut self.begun, true)) {
                    emit(Event::Model(&message.model));
                    self.usage(message.usage, emit);
                }
            }
            "content_block_start" => {
                if let Some(block) = data.content_block {
                    self.block(data.index, &block, emit);
                }
            }
            "content_block_delta" => {
                if let Some(delta) = data.delta {
                    self.delta(data.index, delta, emit);
                }
            }
            "content_block_stop" => {
                self.cited(emit);
                emit(Event::CallEnd { slot: data.index });
                emit(Event::Break);
            }
            "message_delta" => {
                self.usage(data.usage, emit);
                if let Some(delta) = data.delta {
                    stopped(&delta.stop_reason, &delta.stop_sequence, emit);
                }
            }
            "message_stop" => emit(Event::End),
            "error" => {
                let error = data.error.and_then(|error| ApiError::of_value(None, error));
                emit(Event::Fail(error.unwrap_or_else(|| ApiError::bad_gateway("The target failed."))));
            }
            _ => {
                if let Some(error) = data.error.and_then(|error| ApiError::of_value(None, error)) {
                    emit(Event::Fail(error));
                }
            }
        }
    }

    fn whole(&mut self, body: &[u8], emit: &mut dyn FnMut(Event<'_>)) {
        let message: Message<'_> = match serde_json::from_slice(body) {
            Ok(message) => message,
            Err(_) => return emit(Event::Fail(ApiError::unreadable())),
        };
        if let Some(error) = message.error.and_then(|error| ApiError::of_value(None, error)) {
            return emit(Event::Fail(error));
        }
        emit(Event::Model(&message.model));
        self.usage(message.usage, emit);
        let Some(content) = message.content else {
            return emit(Event::Fail(ApiError::unreadable()));
        };
        for (slot, block) in content.iter().enumerate() {
            self.block(slot as u64, block, emit);
            self.cited(emit);
            emit(Event::CallEnd { slot: slot as u64 });
            emit(Event::Break);
        }
        stopped(&message.stop_reason, &message.stop_sequence, emit);
        emit(Event::End);
    }
}

impl Decoder {
    fn usage(&mut self, usage: Option<&RawValue>, emit: &mut dyn FnMut(Event<'_>)) {
        if let Some(usage) = usage {
            self.told.hear(usage.get().as_bytes());
            if let Some(usage) = self.told.usage() {
                emit(Event::Usage(usage));
            }
        }
    }

    /// A block that begins, or all of one.
    fn block(&mut self, slot: u64, block: &Block<'_>, emit: &mut dyn FnMut(Event<'_>)) {
        self.length = 0;
        match &*block.kind {
            "text" => {
                self.text(&block.text, emit);
                for citation in block.citations.iter().flatten() {
                    self.cite(citation);
                }
            }
            "thinking" => {
                emit(Event::Reasoning(&block.thinking));
                if !block.signature.is_empty() {
                    emit(Event::Seal(&block.signature));
                }
            }
            "redacted_thinking" => emit(Event::Seal(&format!("{REDACTED}{}", &*block.data))),
            "tool_use" => {
                emit(Event::Call { slot, id: &block.id, name: &block.name, custom: false });
                // In a stream this is an empty object, and the deltas fill it.
                if let Some(input) = block.input.as_ref().filter(|input| !input.as_object().is_some_and(Map::is_empty))
                {
                    emit(Event::Arguments { slot, text: &input.to_string() });
                }
            }
            _ => emit(Event::Lost("answer.server_tools")),
        }
    }

    fn delta(&mut self, slot: u64, delta: Delta<'_>, emit: &mut dyn FnMut(Event<'_>)) {
        match &*delta.kind {
            "text_delta" => self.text(&delta.text, emit),
            "thinking_delta" => emit(Event::Reasoning(&delta.thinking)),
            "signature_delta" if !delta.signature.is_empty() => emit(Event::Seal(&delta.signature)),
            "input_json_delta" => emit(Event::Arguments { slot, text: &delta.partial_json }),
            "citations_delta" => {
                if let Some(citation) = delta.citation {
                    self.cite(&citation);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str, emit: &mut dyn FnMut(Event<'_>)) {
        self.length += text.chars().count() as u64;
        emit(Event::Text(text));
    }

    fn cite(&mut self, citation: &Value) {
        let text = |key: &str| citation.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let title = text("title");
        self.citations.push(Citation {
            url: text("url"),
            title: if title.is_empty() { text("document_title") } else { title },
            quote: text("cited_text"),
            start: 0,
            end: 0,
        });
    }

    fn cited(&mut self, emit: &mut dyn FnMut(Event<'_>)) {
        for citation in self.citations.drain(..) {
            emit(Event::Citation(Citation { end: self.length, ..citation }));
        }
    }
}

fn stopped(reason: &str, sequence: &str, emit: &mut dyn FnMut(Event<'_>)) {
    let stop = match reason {
        "" => return,
        "end_turn" => Stop::Natural,
        "stop_sequence" => Stop::Text(Some(sequence.to_owned()).filter(|text| !text.is_empty())),
        "max_tokens" => Stop::Length,
        "model_context_window_exceeded" => Stop::ContextFull,
        "tool_use" => Stop::Tools,
        "refusal" => Stop::Refused,
        "pause_turn" => Stop::Pause,
        _ => {
            emit(Event::Lost("answer.stop_reason"));
            Stop::Natural
        }
    };
    emit(Event::Stop(stop));
}
