//! One message, as each format tells it: asked, answered at once, and answered in events.

use proptest::sample::Index;
use serde_json::{Value, json};

/// A format of conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Format {
    Chat,
    Messages,
    Responses,
    Gemini,
}

pub(crate) const FORMATS: &[Format] = &[Format::Chat, Format::Messages, Format::Responses, Format::Gemini];

/// What a model says.
pub(crate) struct Said<'a> {
    /// A text, or the arguments of a tool call.
    pub(crate) text: &'a str,
    pub(crate) arguments: bool,
    /// Where the text is cut into deltas.
    pub(crate) deltas: &'a [Index],
}

impl Said<'_> {
    fn pieces(&self) -> Vec<String> {
        let chars: Vec<char> = self.text.chars().collect();
        let mut at: Vec<usize> = self.deltas.iter().map(|cut| cut.index(chars.len() + 1)).collect();
        at.extend([0, chars.len()]);
        at.sort_unstable();
        at.windows(2).map(|pair| chars[pair[0]..pair[1]].iter().collect()).collect()
    }

    fn call(&self) -> Value {
        serde_json::from_str(self.text).unwrap_or_default()
    }
}

impl Format {
    /// As the configuration calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Format::Chat => "chat",
            Format::Messages => "messages",
            Format::Responses => "responses",
            Format::Gemini => "gemini",
        }
    }

    pub(crate) fn path(self, streamed: bool) -> &'static str {
        match (self, streamed) {
            (Format::Chat, _) => "/v1/chat/completions",
            (Format::Messages, _) => "/v1/messages",
            (Format::Responses, _) => "/v1/responses",
            (Format::Gemini, false) => "/v1beta/models/asked:generateContent",
            (Format::Gemini, true) => "/v1beta/models/asked:streamGenerateContent?alt=sse",
        }
    }

    pub(crate) fn request(self, text: &str, stream: bool) -> String {
        match self {
            Format::Chat => {
                json!({"model": "asked", "stream": stream, "messages": [{"role": "user", "content": text}]})
            }
            Format::Messages => json!({"model": "asked", "stream": stream, "max_tokens": 9, "system": text,
                "messages": [{"role": "user", "content": [{"type": "text", "text": text}]}]}),
            Format::Responses => json!({"model": "asked", "stream": stream, "instructions": text, "input": text}),
            Format::Gemini => json!({"contents": [{"role": "user", "parts": [{"text": text}]}]}),
        }
        .to_string()
    }

    /// An answer at once.
    pub(crate) fn whole(self, said: &Said<'_>) -> String {
        let text = said.text;
        let answer = match (self, said.arguments) {
            (Format::Chat, false) => json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m",
                "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]}),
            (Format::Chat, true) => json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m",
                "choices": [{"index": 0, "finish_reason": "tool_calls", "message": {"role": "assistant", "content": null,
                "tool_calls": [{"id": "t", "type": "function", "function": {"name": "f", "arguments": text}}]}}]}),
            (Format::Messages, arguments) => {
                let (block, reason) = match arguments {
                    true => (json!({"type": "tool_use", "id": "t", "name": "f", "input": said.call()}), "tool_use"),
                    false => (json!({"type": "text", "text": text}), "end_turn"),
                };
                json!({"id": "m", "type": "message", "role": "assistant", "model": "m", "content": [block],
                    "stop_reason": reason, "usage": {"input_tokens": 1, "output_tokens": 1}})
            }
            (Format::Responses, _) => response("completed", &json!([item(said)])),
            (Format::Gemini, arguments) => {
                let part = if arguments {
                    json!({"functionCall": {"name": "f", "args": said.call()}})
                } else {
                    json!({"text": text})
                };
                json!({"candidates": [{"index": 0, "finishReason": "STOP", "content": {"role": "model", "parts": [part]}}]})
            }
        };
        answer.to_string()
    }

    /// An answer in events.
    pub(crate) fn stream(self, said: &Said<'_>) -> String {
        let events = match self {
            Format::Chat => chat(said),
            Format::Messages => messages(said),
            Format::Responses => responses(said),
            Format::Gemini => gemini(said),
        };
        let told = events.iter().map(|event| match event["type"].as_str() {
            Some(kind) => format!("event: {kind}\ndata: {event}\n\n"),
            None => format!("data: {event}\n\n"),
        });
        told.collect::<String>() + if self == Format::Chat { "data: [DONE]\n\n" } else { "" }
    }
}

fn chat(said: &Said<'_>) -> Vec<Value> {
    let chunk = |delta: Value, reason: Value| {
        json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})
    };
    let call =
        |function: Value| json!({"tool_calls": [{"index": 0, "id": "t", "type": "function", "function": function}]});
    let mut events = vec![chunk(json!({"role": "assistant", "content": ""}), Value::Null)];
    if said.arguments {
        events.push(chunk(call(json!({"name": "f", "arguments": ""})), Value::Null));
    }
    events.extend(said.pieces().into_iter().map(|piece| match said.arguments {
        true => chunk(json!({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}), Value::Null),
        false => chunk(json!({"content": piece}), Value::Null),
    }));
    events.push(chunk(json!({}), json!(if said.arguments { "tool_calls" } else { "stop" })));
    events
}

fn messages(said: &Said<'_>) -> Vec<Value> {
    let (block, reason) = match said.arguments {
        true => (json!({"type": "tool_use", "id": "t", "name": "f", "input": {}}), "tool_use"),
        false => (json!({"type": "text", "text": ""}), "end_turn"),
    };
    let message = json!({"id": "m", "type": "message", "role": "assistant", "model": "m", "content": [],
        "stop_reason": null, "stop_sequence": null, "usage": {"input_tokens": 1, "output_tokens": 1}});
    let mut events = vec![
        json!({"type": "message_start", "message": message}),
        json!({"type": "content_block_start", "index": 0, "content_block": block}),
    ];
    events.extend(said.pieces().into_iter().map(|piece| {
        let delta = match said.arguments {
            true => json!({"type": "input_json_delta", "partial_json": piece}),
            false => json!({"type": "text_delta", "text": piece}),
        };
        json!({"type": "content_block_delta", "index": 0, "delta": delta})
    }));
    events.extend([
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 1}}),
        json!({"type": "message_stop"}),
    ]);
    events
}

fn responses(said: &Said<'_>) -> Vec<Value> {
    let (begun, channel, end) = match said.arguments {
        true => (
            json!({"type": "function_call", "id": "i", "call_id": "t", "name": "f", "arguments": "", "status": "in_progress"}),
            "response.function_call_arguments",
            "arguments",
        ),
        false => (
            json!({"type": "message", "id": "i", "role": "assistant", "status": "in_progress", "content": []}),
            "response.output_text",
            "text",
        ),
    };
    let part = |text: &str| json!({"type": "output_text", "text": text, "annotations": []});
    let place = |mut event: Value| {
        event["output_index"] = json!(0);
        event["item_id"] = json!("i");
        if !said.arguments {
            event["content_index"] = json!(0);
        }
        event
    };
    let mut events = vec![
        json!({"type": "response.created", "response": response("in_progress", &json!([]))}),
        json!({"type": "response.output_item.added", "output_index": 0, "item": begun}),
    ];
    if !said.arguments {
        events.push(place(json!({"type": "response.content_part.added", "part": part("")})));
    }
    let deltas =
        said.pieces().into_iter().map(|piece| place(json!({"type": format!("{channel}.delta"), "delta": piece})));
    events.extend(deltas);
    events.push(place(json!({"type": format!("{channel}.done"), end: said.text})));
    if !said.arguments {
        events.push(place(json!({"type": "response.content_part.done", "part": part(said.text)})));
    }
    events.extend([
        json!({"type": "response.output_item.done", "output_index": 0, "item": item(said)}),
        json!({"type": "response.completed", "response": response("completed", &json!([item(said)]))}),
    ]);
    for (number, event) in events.iter_mut().enumerate() {
        event["sequence_number"] = json!(number);
    }
    events
}

fn item(said: &Said<'_>) -> Value {
    match said.arguments {
        true => json!({"type": "function_call", "id": "i", "call_id": "t", "name": "f", "arguments": said.text,
            "status": "completed"}),
        false => json!({"type": "message", "id": "i", "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": said.text, "annotations": []}]}),
    }
}

fn response(status: &str, output: &Value) -> Value {
    json!({"id": "r", "object": "response", "created_at": 1, "model": "m", "status": status, "output": output,
        "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}})
}

fn gemini(said: &Said<'_>) -> Vec<Value> {
    let chunk = |part: Value| json!({"candidates": [{"index": 0, "content": {"role": "model", "parts": [part]}}]});
    let mut events: Vec<Value> = match said.arguments {
        true => vec![chunk(json!({"functionCall": {"name": "f", "args": said.call()}}))],
        false => said.pieces().into_iter().map(|piece| chunk(json!({"text": piece}))).collect(),
    };
    events.push(json!({"candidates": [{"index": 0, "finishReason": "STOP"}]}));
    events
}
