//! Answers as targets write them, whole and streamed, from one description. Written after recorded traffic, not with the
//! codecs' help: calls interleave where the format lets them.

use dragoman_core::wire::Format;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::reader::Said;

#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub thoughts: Vec<String>,
    pub texts: Vec<String>,
    /// Name and argument.
    pub calls: Vec<(String, String)>,
    pub stop: &'static str,
    pub input: u64,
    pub cached: u64,
    pub output: u64,
    pub reasoning: u64,
}

pub(super) fn answers() -> impl Strategy<Value = Answer> {
    let text = prop_oneof![8 => "[a-zA-Z ,.\\\\\"\n{}]{1,12}", 1 => "[\u{e9}\u{4e2d}\u{1f600}]{1,3}"];
    let texts = prop::collection::vec(text.clone(), 0..4);
    let thoughts = prop::collection::vec("[a-z\u{4e2d}]{1,6}", 0..3);
    let calls = prop::collection::vec(("[a-z_]{1,12}", text), 0..4);
    let stop = prop_oneof![4 => Just("stop"), 1 => Just("length"), 1 => Just("refused")];
    let usage = (0u64..50, 0u64..50, 0u64..50, 0u64..50);
    (thoughts, texts, calls, stop, usage).prop_map(
        |(thoughts, texts, calls, stop, (fresh, cached, rest, reasoning))| {
            let stop = if calls.is_empty() { stop } else { "tools" };
            Answer { thoughts, texts, calls, stop, input: fresh + cached, cached, output: rest + reasoning, reasoning }
        },
    )
}

impl Answer {
    /// What a client of one format is to make of it, when a target of another wrote it.
    pub(super) fn expected(&self, from: Format, to: Format) -> Said {
        let counts_reasoning = from != Format::Messages && to != Format::Messages;
        Said {
            text: self.texts.concat(),
            thought: self.thoughts.concat(),
            calls: self.calls.iter().map(|(name, argument)| (name.clone(), arguments(argument))).collect(),
            ids: (0..self.calls.len()).map(|index| format!("call_{index}")).collect(),
            stop: self.stop,
            input: self.input,
            cached: self.cached,
            output: self.output,
            reasoning: if counts_reasoning { self.reasoning } else { 0 },
            error: None,
            ended: true,
        }
    }

    pub(super) fn whole(&self, format: Format) -> Value {
        match format {
            Format::Chat => self.chat(),
            Format::Messages => self.messages(),
            Format::Responses => self.response("completed", &self.items()),
            Format::Gemini => {
                let parts = self.gemini_parts();
                self.gemini(&parts, true)
            }
        }
    }

    pub(super) fn stream(&self, format: Format) -> Vec<u8> {
        let events = match format {
            Format::Chat => self.chat_events(),
            Format::Messages => self.messages_events(),
            Format::Responses => self.responses_events(),
            Format::Gemini => self.gemini_events(),
        };
        let mut out = String::new();
        for event in events {
            if let Some(kind) = event["type"].as_str() {
                out += &format!("event: {kind}\n");
            }
            let data = event.as_str().map_or_else(|| event.to_string(), str::to_owned);
            let ending = if format == Format::Gemini { "\r\n\r\n" } else { "\n\n" };
            out += &format!("data: {data}{ending}");
        }
        out.into_bytes()
    }

    fn usage(&self) -> Value {
        json!({
            "prompt_tokens": self.input, "completion_tokens": self.output, "total_tokens": self.input + self.output,
            "prompt_tokens_details": {"cached_tokens": self.cached},
            "completion_tokens_details": {"reasoning_tokens": self.reasoning},
        })
    }

    fn chat(&self) -> Value {
        let mut message = json!({"role": "assistant", "content": null});
        if !self.texts.is_empty() {
            message["content"] = self.texts.concat().into();
        }
        if !self.thoughts.is_empty() {
            message["reasoning_content"] = self.thoughts.concat().into();
        }
        let call = |(index, (name, argument)): (usize, &(String, String))| {
            let function = json!({"name": name, "arguments": arguments(argument).to_string()});
            json!({"id": format!("call_{index}"), "type": "function", "function": function})
        };
        if !self.calls.is_empty() {
            message["tool_calls"] = self.calls.iter().enumerate().map(call).collect();
        }
        json!({"id": "c", "object": "chat.completion", "created": 1, "model": "served",
            "choices": [{"index": 0, "message": message, "finish_reason": chat_stop(self.stop)}], "usage": self.usage()})
    }

    fn chat_events(&self) -> Vec<Value> {
        let chunk = |delta: Value, finish: Value| {
            json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "served",
                "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
        };
        let mut events = vec![chunk(json!({"role": "assistant", "content": ""}), Value::Null)];
        events.extend(self.thoughts.iter().map(|text| chunk(json!({"reasoning_content": text}), Value::Null)));
        events.extend(self.texts.iter().map(|text| chunk(json!({"content": text}), Value::Null)));
        for (index, (name, _)) in self.calls.iter().enumerate() {
            let function = json!({"name": name, "arguments": ""});
            let call = json!({"index": index, "id": format!("call_{index}"), "type": "function", "function": function});
            events.push(chunk(json!({"tool_calls": [call]}), Value::Null));
        }
        // A character of each in turn.
        let texts: Vec<Vec<char>> =
            self.calls.iter().map(|(_, argument)| arguments(argument).to_string().chars().collect()).collect();
        for at in 0..texts.iter().map(Vec::len).max().unwrap_or(0) {
            let more = |(index, text): (usize, &Vec<char>)| {
                let arguments = text.get(at)?.to_string();
                Some(json!({"index": index, "function": {"arguments": arguments}}))
            };
            let calls: Vec<Value> = texts.iter().enumerate().filter_map(more).collect();
            events.push(chunk(json!({"tool_calls": calls}), Value::Null));
        }
        events.push(chunk(json!({}), chat_stop(self.stop).into()));
        events.push(json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "served", "choices": [], "usage": self.usage()}));
        events.push("[DONE]".into());
        events
    }

    fn messages_usage(&self) -> Value {
        json!({"input_tokens": self.input - self.cached, "cache_read_input_tokens": self.cached,
            "cache_creation_input_tokens": 0, "output_tokens": self.output})
    }

    fn blocks(&self) -> Vec<Value> {
        let mut blocks = Vec::new();
        blocks
            .extend(self.thoughts.iter().map(|text| json!({"type": "thinking", "thinking": text, "signature": "sig"})));
        blocks.extend(self.texts.iter().map(|text| json!({"type": "text", "text": text})));
        for (index, (name, argument)) in self.calls.iter().enumerate() {
            blocks.push(
                json!({"type": "tool_use", "id": format!("call_{index}"), "name": name, "input": arguments(argument)}),
            );
        }
        blocks
    }

    fn messages(&self) -> Value {
        json!({"id": "m", "type": "message", "role": "assistant", "model": "served", "content": self.blocks(),
            "stop_reason": messages_stop(self.stop), "stop_sequence": null, "usage": self.messages_usage()})
    }

    fn messages_events(&self) -> Vec<Value> {
        let mut start = self.messages();
        start["content"] = json!([]);
        start["stop_reason"] = Value::Null;
        start["usage"]["output_tokens"] = 1.into();
        let mut events = vec![json!({"type": "message_start", "message": start}), json!({"type": "ping"})];
        for (index, block) in self.blocks().into_iter().enumerate() {
            let kind = block["type"].as_str().unwrap().to_owned();
            let mut deltas = Vec::new();
            let mut empty = block.clone();
            match kind.as_str() {
                "text" => {
                    deltas.push(json!({"type": "text_delta", "text": block["text"]}));
                    empty["text"] = "".into();
                }
                "thinking" => {
                    deltas.push(json!({"type": "thinking_delta", "thinking": block["thinking"]}));
                    deltas.push(json!({"type": "signature_delta", "signature": block["signature"]}));
                    empty["thinking"] = "".into();
                    empty["signature"] = "".into();
                }
                _ => {
                    deltas.push(json!({"type": "input_json_delta", "partial_json": ""}));
                    let text = block["input"].to_string();
                    deltas.extend(
                        text.chars().map(|c| json!({"type": "input_json_delta", "partial_json": c.to_string()})),
                    );
                    empty["input"] = json!({});
                }
            }
            events.push(json!({"type": "content_block_start", "index": index, "content_block": empty}));
            events.extend(
                deltas.into_iter().map(|delta| json!({"type": "content_block_delta", "index": index, "delta": delta})),
            );
            events.push(json!({"type": "content_block_stop", "index": index}));
        }
        let delta = json!({"stop_reason": messages_stop(self.stop), "stop_sequence": null});
        events.push(json!({"type": "message_delta", "delta": delta, "usage": {"output_tokens": self.output}}));
        events.push(json!({"type": "message_stop"}));
        events
    }

    fn items(&self) -> Vec<Value> {
        let mut items = Vec::new();
        for text in &self.thoughts {
            items.push(json!({"type": "reasoning", "id": "rs", "summary": [{"type": "summary_text", "text": text}], "encrypted_content": "enc"}));
        }
        for text in &self.texts {
            let content = json!([{"type": "output_text", "text": text, "annotations": []}]);
            items.push(
                json!({"type": "message", "id": "msg", "status": "completed", "role": "assistant", "content": content}),
            );
        }
        for (index, (name, argument)) in self.calls.iter().enumerate() {
            items.push(
                json!({"type": "function_call", "id": "fc", "status": "completed", "call_id": format!("call_{index}"),
                "name": name, "arguments": arguments(argument).to_string()}),
            );
        }
        items
    }

    fn response(&self, status: &str, output: &[Value]) -> Value {
        let (status, reason) = match (status, self.stop) {
            ("completed", "length") => ("incomplete", json!({"reason": "max_output_tokens"})),
            ("completed", "refused") => ("incomplete", json!({"reason": "content_filter"})),
            (status, _) => (status, Value::Null),
        };
        json!({"id": "r", "object": "response", "created_at": 1, "model": "served", "status": status, "error": null,
            "incomplete_details": reason, "output": output, "usage": {
                "input_tokens": self.input, "input_tokens_details": {"cached_tokens": self.cached},
                "output_tokens": self.output, "output_tokens_details": {"reasoning_tokens": self.reasoning},
                "total_tokens": self.input + self.output}})
    }

    fn responses_events(&self) -> Vec<Value> {
        let mut events = vec![json!({"type": "response.created", "response": self.response("in_progress", &[])})];
        for (place, item) in self.items().into_iter().enumerate() {
            let mut added = item.clone();
            let delta = |kind: &str, text: &Value| json!({"type": kind, "output_index": place, "content_index": 0, "item_id": item["id"], "delta": text});
            let deltas = match item["type"].as_str().unwrap() {
                "reasoning" => {
                    added["summary"] = json!([]);
                    vec![delta("response.reasoning_summary_text.delta", &item["summary"][0]["text"])]
                }
                "message" => {
                    added["content"] = json!([]);
                    vec![delta("response.output_text.delta", &item["content"][0]["text"])]
                }
                _ => {
                    added["arguments"] = "".into();
                    vec![delta("response.function_call_arguments.delta", &item["arguments"])]
                }
            };
            events.push(json!({"type": "response.output_item.added", "output_index": place, "item": added}));
            events.extend(deltas);
            events.push(json!({"type": "response.output_item.done", "output_index": place, "item": item}));
        }
        let response = self.response("completed", &self.items());
        let kind = if response["status"] == "completed" { "response.completed" } else { "response.incomplete" };
        events.push(json!({"type": kind, "response": response}));
        events
    }

    fn gemini_parts(&self) -> Vec<Value> {
        let mut parts = Vec::new();
        parts.extend(self.thoughts.iter().map(|text| json!({"text": text, "thought": true})));
        parts.extend(self.texts.iter().map(|text| json!({"text": text})));
        for (index, (name, argument)) in self.calls.iter().enumerate() {
            let mut part =
                json!({"functionCall": {"id": format!("call_{index}"), "name": name, "args": arguments(argument)}});
            if index == 0 {
                part["thoughtSignature"] = "c2ln".into();
            }
            parts.push(part);
        }
        parts
    }

    fn gemini(&self, parts: &[Value], last: bool) -> Value {
        let mut chunk = json!({"candidates": [{"content": {"parts": parts, "role": "model"}, "index": 0}],
            "modelVersion": "served", "responseId": "g"});
        if last {
            chunk["candidates"][0]["finishReason"] = match self.stop {
                "length" => "MAX_TOKENS",
                "refused" => "SAFETY",
                _ => "STOP",
            }
            .into();
            chunk["usageMetadata"] = json!({"promptTokenCount": self.input, "cachedContentTokenCount": self.cached,
                "candidatesTokenCount": self.output - self.reasoning, "thoughtsTokenCount": self.reasoning,
                "totalTokenCount": self.input + self.output});
        }
        chunk
    }

    fn gemini_events(&self) -> Vec<Value> {
        let mut events: Vec<Value> = self.gemini_parts().into_iter().map(|part| self.gemini(&[part], false)).collect();
        events.push(self.gemini(&[json!({"text": ""})], true));
        events
    }
}

/// An empty argument is a tool that takes none.
fn arguments(argument: &str) -> Value {
    if argument.len() < 2 { json!({}) } else { json!({"a": argument, "n": [argument.len(), {"}": null}]}) }
}

fn chat_stop(stop: &str) -> &str {
    match stop {
        "tools" => "tool_calls",
        "refused" => "content_filter",
        stop => stop,
    }
}

fn messages_stop(stop: &str) -> &str {
    match stop {
        "tools" => "tool_use",
        "refused" => "refusal",
        "length" => "max_tokens",
        _ => "end_turn",
    }
}
