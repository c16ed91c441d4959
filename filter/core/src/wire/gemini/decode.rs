//! generateContent answers, read: a stream's chunks, and whole answers as one.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::partial::{self, put};
use crate::usage::Told;
use crate::wire::borrowed::Text;
use crate::wire::error::ApiError;
use crate::wire::ir::{Citation, Event, Stop};
use crate::wire::stream;

/// Reads generateContent answers.
pub(in crate::wire) fn decoder() -> Decoder {
    Decoder::default()
}

#[derive(Default)]
pub(in crate::wire) struct Decoder {
    told: Told,
    calls: u64,
    /// The call whose arguments come value by value.
    partial: Option<(u64, Value)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Chunk<'a> {
    #[serde(borrow, default)]
    model_version: Text<'a>,
    #[serde(borrow, default)]
    candidates: Option<Vec<Candidate<'a>>>,
    #[serde(borrow, default)]
    usage_metadata: Option<&'a RawValue>,
    #[serde(borrow, default)]
    prompt_feedback: Option<Feedback<'a>>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Feedback<'a> {
    #[serde(borrow, default)]
    block_reason: Text<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate<'a> {
    #[serde(default)]
    index: u64,
    #[serde(borrow, default)]
    content: Option<Content<'a>>,
    #[serde(borrow, default)]
    finish_reason: Text<'a>,
    #[serde(default)]
    grounding_metadata: Option<Grounding>,
}

#[derive(Deserialize)]
struct Content<'a> {
    #[serde(borrow, default)]
    parts: Option<Vec<Part<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part<'a> {
    #[serde(borrow, default)]
    text: Option<Text<'a>>,
    #[serde(default)]
    thought: bool,
    #[serde(borrow, default)]
    thought_signature: Text<'a>,
    #[serde(borrow, default)]
    function_call: Option<Call<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Call<'a> {
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default)]
    args: Option<&'a RawValue>,
    #[serde(default)]
    partial_args: Option<Vec<partial::Piece>>,
    #[serde(default)]
    will_continue: bool,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Grounding {
    grounding_chunks: Vec<Source>,
    grounding_supports: Vec<Support>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Source {
    web: Web,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Web {
    uri: String,
    title: String,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Support {
    segment: Segment,
    grounding_chunk_indices: Vec<usize>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Segment {
    start_index: u64,
    end_index: u64,
    text: String,
}

impl stream::Decoder for Decoder {
    fn event(&mut self, data: &[u8], emit: &mut dyn FnMut(Event<'_>)) {
        let chunk: Chunk<'_> = match serde_json::from_slice(data) {
            Ok(chunk) => chunk,
            Err(_) if data.trim_ascii() == b"[DONE]" => return,
            Err(_) => return emit(Event::Fail(ApiError::read(None, data))),
        };
        if let Some(error) = chunk.error.and_then(|error| ApiError::of_value(None, error)) {
            return emit(Event::Fail(error));
        }
        if !chunk.model_version.is_empty() {
            emit(Event::Model(&chunk.model_version));
        }
        if let Some(usage) = chunk.usage_metadata {
            self.told.hear(usage.get().as_bytes());
            if let Some(usage) = self.told.usage() {
                emit(Event::Usage(usage));
            }
        }
        for candidate in chunk.candidates.unwrap_or_default() {
            if candidate.index > 0 {
                emit(Event::Lost("answer.candidates"));
                continue;
            }
            for part in candidate.content.and_then(|content| content.parts).unwrap_or_default() {
                self.part(part, emit);
            }
            if let Some(grounding) = candidate.grounding_metadata {
                cite(&grounding, emit);
            }
            if !candidate.finish_reason.is_empty() {
                self.end_partial(emit);
                stopped(&candidate.finish_reason, emit);
            }
        }
        if chunk.prompt_feedback.is_some_and(|feedback| !feedback.block_reason.is_empty()) {
            emit(Event::Stop(Stop::Refused));
        }
    }

    fn whole(&mut self, body: &[u8], emit: &mut dyn FnMut(Event<'_>)) {
        // One without a reason to stop is not an answer: it stays without an end.
        self.event(body, emit);
    }
}

impl Decoder {
    fn part(&mut self, part: Part<'_>, emit: &mut dyn FnMut(Event<'_>)) {
        if part.thought {
            emit(Event::Reasoning(part.text.as_deref().unwrap_or_default()));
        }
        if !part.thought_signature.is_empty() {
            emit(Event::Seal(&part.thought_signature));
        }
        match (part.text, part.function_call) {
            _ if part.thought => {}
            (Some(text), _) => emit(Event::Text(&text)),
            (None, Some(call)) => self.call(call, emit),
            (None, None) if part.thought_signature.is_empty() => emit(Event::Lost("answer.parts")),
            (None, None) => {}
        }
    }

    fn call(&mut self, call: Call<'_>, emit: &mut dyn FnMut(Event<'_>)) {
        if !call.name.is_empty() {
            self.end_partial(emit);
            let slot = self.calls;
            self.calls += 1;
            emit(Event::Call { slot, id: &call.id, name: &call.name, custom: false });
            if !call.will_continue && call.partial_args.is_none() {
                let args = call.args.map(RawValue::get).filter(|args| *args != "null").unwrap_or("{}");
                emit(Event::Arguments { slot, text: args });
                return emit(Event::CallEnd { slot });
            }
            self.partial = Some((slot, Value::Object(Map::new())));
        }
        if let Some((_, arguments)) = &mut self.partial {
            for piece in call.partial_args.into_iter().flatten() {
                if !put(arguments, piece) {
                    emit(Event::Lost("answer.function_call"));
                }
            }
        }
        if !call.will_continue {
            self.end_partial(emit);
        }
    }

    fn end_partial(&mut self, emit: &mut dyn FnMut(Event<'_>)) {
        if let Some((slot, arguments)) = self.partial.take() {
            emit(Event::Arguments { slot, text: &arguments.to_string() });
            emit(Event::CallEnd { slot });
        }
    }
}

fn cite(grounding: &Grounding, emit: &mut dyn FnMut(Event<'_>)) {
    for support in &grounding.grounding_supports {
        let sources = support.grounding_chunk_indices.iter().filter_map(|&index| grounding.grounding_chunks.get(index));
        for Source { web: Web { uri, title } } in sources {
            let Segment { start_index: start, end_index: end, text } = &support.segment;
            emit(Event::Citation(Citation {
                url: uri.clone(),
                title: title.clone(),
                quote: text.clone(),
                start: *start,
                end: *end,
            }));
        }
    }
}

fn stopped(reason: &str, emit: &mut dyn FnMut(Event<'_>)) {
    let stop = match reason {
        "STOP" => Stop::Natural,
        "MAX_TOKENS" => Stop::Length,
        "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" | "LANGUAGE" | "MODEL_ARMOR" => {
            Stop::Refused
        }
        image if image.starts_with("IMAGE_") => Stop::Refused,
        "MALFORMED_FUNCTION_CALL"
        | "UNEXPECTED_TOOL_CALL"
        | "MISSING_THOUGHT_SIGNATURE"
        | "TOO_MANY_TOOL_CALLS"
        | "MALFORMED_RESPONSE" => Stop::Fault(reason.to_ascii_lowercase()),
        "FINISH_REASON_UNSPECIFIED" => return,
        _ => {
            emit(Event::Lost("answer.finishReason"));
            Stop::Natural
        }
    };
    emit(Event::Stop(stop));
}
