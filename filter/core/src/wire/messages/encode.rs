//! Messages answers, written. The steps come in the order that these clients demand, so blocks only need numbers.

use serde_json::{Map, Value, json};

use crate::usage::Usage;
use crate::wire::collect::{Collected, Said};
use crate::wire::ir::{Citation, Head, Opening, Step, Stop};
use crate::wire::{Format, stream, write};

/// Writes messages streams.
pub(in crate::wire) fn encoder() -> Encoder {
    Encoder::default()
}

#[derive(Default)]
pub(in crate::wire) struct Encoder {
    index: u64,
    open: Open,
    refused: bool,
}

#[derive(Default)]
enum Open {
    #[default]
    Text,
    Thinking,
    /// It begins with its data, and so with its seal.
    Sealed,
    Call,
}

impl stream::Encoder for Encoder {
    fn step(&mut self, step: Step<'_>, out: &mut Vec<u8>) {
        match step {
            Step::Start(head) => {
                let usage = json!({"input_tokens": head.estimate, "output_tokens": 0});
                let message = message(head, &[], None, &Value::Null, &usage);
                write::event(out, Some("message_start"), &json!({"type": "message_start", "message": message}));
            }
            Step::Open(opening) => self.open(opening, out),
            Step::Delta(text) => self.delta(text, out),
            Step::Seal(blob) => match self.open {
                Open::Sealed => self.begin(json!({"type": "redacted_thinking", "data": blob.tagged()}), out),
                _ => self.small("signature_delta", "signature", &blob.tagged(), out),
            },
            Step::Cite(citation) => {
                let delta = json!({"type": "citations_delta", "citation": citation_value(citation)});
                self.event("content_block_delta", "delta", delta, out);
            }
            Step::Close => {
                let stop = json!({"type": "content_block_stop", "index": self.index});
                write::event(out, Some("content_block_stop"), &stop);
                self.index += 1;
            }
            Step::Finish(stop, usage) => {
                let (reason, sequence) = reason(stop, self.refused);
                let delta = json!({"stop_reason": reason, "stop_sequence": sequence});
                let delta = json!({"type": "message_delta", "delta": delta, "usage": usage_value(usage)});
                write::event(out, Some("message_delta"), &delta);
                write::event(out, Some("message_stop"), &json!({"type": "message_stop"}));
            }
            Step::Fail(error) => write::event(out, Some("error"), &error.value(Format::Messages)),
        }
    }
}

impl Encoder {
    fn open(&mut self, opening: Opening<'_>, out: &mut Vec<u8>) {
        self.refused |= opening == Opening::Refusal;
        let (open, block) = match opening {
            Opening::Text | Opening::Refusal => (Open::Text, json!({"type": "text", "text": ""})),
            Opening::Reasoning => (Open::Thinking, json!({"type": "thinking", "thinking": "", "signature": ""})),
            Opening::Sealed => {
                self.open = Open::Sealed;
                return;
            }
            Opening::Call { id, name, .. } => {
                (Open::Call, json!({"type": "tool_use", "id": id, "name": name, "input": {}}))
            }
        };
        self.open = open;
        self.begin(block, out);
    }

    fn begin(&self, block: Value, out: &mut Vec<u8>) {
        self.event("content_block_start", "content_block", block, out);
    }

    fn event(&self, name: &str, key: &str, value: Value, out: &mut Vec<u8>) {
        let mut data = Map::new();
        data.insert("type".to_owned(), name.into());
        data.insert("index".to_owned(), self.index.into());
        data.insert(key.to_owned(), value);
        write::event(out, Some(name), &Value::Object(data));
    }

    fn delta(&self, text: &str, out: &mut Vec<u8>) {
        match self.open {
            Open::Text => self.small("text_delta", "text", text, out),
            Open::Thinking => self.small("thinking_delta", "thinking", text, out),
            Open::Sealed => {}
            Open::Call => self.small("input_json_delta", "partial_json", text, out),
        }
    }

    /// Writes a delta of one text: nearly all of a stream.
    fn small(&self, kind: &str, key: &str, text: &str, out: &mut Vec<u8>) {
        write::begin(out, Some("content_block_delta"));
        out.extend_from_slice(b"{\"type\":\"content_block_delta\",\"index\":");
        write::number(out, self.index);
        out.extend_from_slice(b",\"delta\":{\"type\":");
        write::quoted(out, kind);
        out.push(b',');
        write::quoted(out, key);
        out.push(b':');
        write::quoted(out, text);
        out.extend_from_slice(b"}}\n\n");
    }
}

/// Writes a whole answer.
pub(in crate::wire) fn answer(collected: &Collected) -> Value {
    let content: Vec<Value> = collected.parts.iter().map(block).collect();
    let refused = collected.parts.iter().any(|said| matches!(said, Said::Refusal(_)));
    let (reason, sequence) = reason(&collected.stop, refused);
    message(&collected.head, &content, Some(reason), &sequence, &usage_value(&collected.usage))
}

fn message(head: &Head, content: &[Value], reason: Option<&str>, sequence: &Value, usage: &Value) -> Value {
    json!({
        "id": format!("msg_{}", head.seed), "type": "message", "role": "assistant", "model": head.model,
        "content": content, "stop_reason": reason, "stop_sequence": sequence, "usage": usage,
    })
}

fn block(said: &Said) -> Value {
    match said {
        Said::Text { text, citations } if citations.is_empty() => json!({"type": "text", "text": text}),
        Said::Text { text, citations } => {
            let citations: Vec<Value> = citations.iter().map(citation_value).collect();
            json!({"type": "text", "text": text, "citations": citations})
        }
        Said::Refusal(text) => json!({"type": "text", "text": text}),
        Said::Reasoning { text, seal } => match seal {
            Some(blob) if text.is_empty() => json!({"type": "redacted_thinking", "data": blob.tagged()}),
            seal => {
                let seal = seal.as_ref().map(|blob| blob.tagged()).unwrap_or_default();
                json!({"type": "thinking", "thinking": text, "signature": seal})
            }
        },
        Said::Call { id, name, arguments, .. } => {
            json!({"type": "tool_use", "id": id, "name": name, "input": write::object(arguments)})
        }
    }
}

fn citation_value(citation: &Citation) -> Value {
    let Citation { url, title, quote, .. } = citation;
    if url.is_empty() {
        return json!({
            "type": "char_location", "cited_text": quote, "document_index": 0, "document_title": title,
            "start_char_index": 0, "end_char_index": quote.chars().count(),
        });
    }
    json!({"type": "web_search_result_location", "url": url, "title": title, "cited_text": quote, "encrypted_index": ""})
}

fn reason(stop: &Stop, refused: bool) -> (&'static str, Value) {
    let reason = match stop {
        Stop::Natural if refused => "refusal",
        Stop::Natural | Stop::Fault(_) => "end_turn",
        Stop::Text(text) => return ("stop_sequence", text.clone().into()),
        Stop::Length => "max_tokens",
        Stop::ContextFull => "model_context_window_exceeded",
        Stop::Tools => "tool_use",
        Stop::Refused => "refusal",
        Stop::Pause => "pause_turn",
    };
    (reason, Value::Null)
}

/// Anthropic's input holds neither what was read from a cache nor what was written to one.
fn usage_value(usage: &Usage) -> Value {
    json!({
        "input_tokens": usage.input.saturating_sub(usage.cached).saturating_sub(usage.cache_write),
        "cache_creation_input_tokens": usage.cache_write, "cache_read_input_tokens": usage.cached,
        "output_tokens": usage.output, "output_tokens_details": {"thinking_tokens": usage.reasoning},
    })
}
