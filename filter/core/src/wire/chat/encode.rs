//! Chat answers, written. Clients concatenate every string that comes twice, so ids, names and roles come once.

use serde_json::{Map, Value, json};

use crate::usage::Usage;
use crate::wire::blob::Blob;
use crate::wire::collect::{Collected, Said};
use crate::wire::ir::{Citation, Head, Opening, Step, Stop};
use crate::wire::{Format, Memory, stream, write};

/// Writes chat streams.
pub(in crate::wire) fn encoder(memory: &Memory) -> Encoder {
    Encoder { usage_asked: memory.usage_asked, ..Encoder::default() }
}

#[derive(Default)]
pub(in crate::wire) struct Encoder {
    usage_asked: bool,
    /// What each event begins with, up to its choices.
    front: Vec<u8>,
    open: Open,
    calls: usize,
    details: usize,
    /// The seal of what came just before: Gemini's travels in the call's id.
    sealed: Option<Blob>,
    thought: String,
    /// Characters of text so far, and up to the open part.
    length: u64,
    before: u64,
    /// Told at the end, in one list: clients put lists together by indexes, which these have none of.
    annotations: Vec<Value>,
}

#[derive(Default, Clone, Copy)]
enum Open {
    #[default]
    Nothing,
    Field(&'static str),
    Call {
        custom: bool,
    },
}

impl stream::Encoder for Encoder {
    fn step(&mut self, step: Step<'_>, out: &mut Vec<u8>) {
        match step {
            Step::Start(head) => self.start(head, out),
            Step::Open(opening) => self.open(opening, out),
            Step::Delta(text) => self.delta(text, out),
            Step::Seal(blob) => {
                let detail = detail(&std::mem::take(&mut self.thought), blob, self.details);
                self.details += 1;
                self.choice(&json!({"reasoning_details": [detail]}), None, out);
                self.sealed = Some(blob.clone());
            }
            Step::Cite(citation) => self.annotations.extend(annotation(citation, self.before)),
            Step::Close => {
                self.open = Open::Nothing;
                self.thought.clear();
            }
            Step::Finish(stop, usage) => self.finish(stop, usage, out),
            Step::Fail(error) => write::event(out, None, &error.value(Format::Chat)),
        }
    }
}

impl Encoder {
    fn start(&mut self, head: &Head, out: &mut Vec<u8>) {
        let id = format!("chatcmpl-{}", head.seed);
        let front = json!({"id": id, "object": "chat.completion.chunk", "created": head.created, "model": head.model});
        self.front = front.to_string().into_bytes();
        self.front.pop();
        self.choice(&json!({"role": "assistant", "content": ""}), None, out);
    }

    fn open(&mut self, opening: Opening<'_>, out: &mut Vec<u8>) {
        self.open = match opening {
            Opening::Text => {
                self.before = self.length;
                Open::Field("content")
            }
            Opening::Refusal => Open::Field("refusal"),
            Opening::Reasoning => Open::Field("reasoning_content"),
            Opening::Sealed => Open::Nothing,
            Opening::Call { id, name, custom } => {
                let call = call(id, name, "", custom, self.sealed.take().as_ref());
                let call = indexed(call, self.calls);
                self.calls += 1;
                self.choice(&json!({"tool_calls": [call]}), None, out);
                Open::Call { custom }
            }
        };
        if !matches!(opening, Opening::Sealed | Opening::Reasoning) {
            self.sealed = None;
        }
    }

    fn delta(&mut self, text: &str, out: &mut Vec<u8>) {
        self.begin(out);
        match self.open {
            Open::Nothing => return,
            Open::Field(name) => {
                match name {
                    "content" => self.length += text.chars().count() as u64,
                    "reasoning_content" => self.thought.push_str(text),
                    _ => {}
                }
                write::quoted(out, name);
                out.push(b':');
                write::quoted(out, text);
            }
            Open::Call { custom } => {
                out.extend_from_slice(b"\"tool_calls\":[{\"index\":");
                write::number(out, self.calls.saturating_sub(1) as u64);
                let field: &[u8] = if custom { b",\"custom\":{\"input\":" } else { b",\"function\":{\"arguments\":" };
                out.extend_from_slice(field);
                write::quoted(out, text);
                out.extend_from_slice(b"}}]");
            }
        }
        out.extend_from_slice(b"},\"finish_reason\":null}]}\n\n");
    }

    /// Writes an event up to inside its delta.
    fn begin(&self, out: &mut Vec<u8>) {
        write::begin(out, None);
        out.extend_from_slice(&self.front);
        out.extend_from_slice(b",\"choices\":[{\"index\":0,\"delta\":{");
    }

    fn choice(&self, delta: &Value, finish: Option<&str>, out: &mut Vec<u8>) {
        self.whole(&json!([{"index": 0, "delta": delta, "finish_reason": finish}]), None, out);
    }

    fn whole(&self, choices: &Value, usage: Option<Value>, out: &mut Vec<u8>) {
        write::begin(out, None);
        out.extend_from_slice(&self.front);
        out.extend_from_slice(b",\"choices\":");
        out.extend_from_slice(choices.to_string().as_bytes());
        if let Some(usage) = usage {
            out.extend_from_slice(b",\"usage\":");
            out.extend_from_slice(usage.to_string().as_bytes());
        }
        out.extend_from_slice(b"}\n\n");
    }

    fn finish(&mut self, stop: &Stop, usage: &Usage, out: &mut Vec<u8>) {
        if !self.annotations.is_empty() {
            let annotations = std::mem::take(&mut self.annotations);
            self.choice(&json!({"annotations": annotations}), None, out);
        }
        self.choice(&json!({}), Some(reason(stop)), out);
        if self.usage_asked {
            self.whole(&json!([]), Some(usage_value(usage)), out);
        }
        out.extend_from_slice(b"data: [DONE]\n\n");
    }
}

/// Writes a whole answer.
pub(in crate::wire) fn answer(collected: &Collected) -> Value {
    let content = collected.joined(|said| match said {
        Said::Text { text, .. } => Some(text),
        _ => None,
    });
    let refusal = collected.joined(|said| match said {
        Said::Refusal(text) => Some(text),
        _ => None,
    });
    let reasoning = collected.joined(|said| match said {
        Said::Reasoning { text, .. } => Some(text),
        _ => None,
    });
    let (mut calls, mut annotations, mut details) = (Vec::new(), Vec::new(), Vec::new());
    let mut before = 0;
    let mut sealed = None;
    for said in &collected.parts {
        let seal = sealed.take();
        match said {
            Said::Text { text, citations } => {
                annotations.extend(citations.iter().filter_map(|citation| annotation(citation, before)));
                before += text.chars().count() as u64;
            }
            Said::Refusal(_) => {}
            Said::Reasoning { text, seal: own } => {
                if let Some(blob) = own {
                    details.push(detail(text, blob, details.len()));
                    sealed = Some(blob);
                }
            }
            Said::Call { id, name, arguments, custom } => calls.push(call(id, name, arguments, *custom, seal)),
        }
    }
    let text = |text: String| if text.is_empty() { Value::Null } else { text.into() };
    let nothing_else = calls.is_empty() && refusal.is_empty();
    let mut message = Map::new();
    let mut set = |key: &str, value: Value| drop(message.insert(key.to_owned(), value));
    set("role", "assistant".into());
    set("content", if nothing_else { content.into() } else { text(content) });
    set("refusal", text(refusal));
    if !reasoning.is_empty() {
        set("reasoning_content", reasoning.into());
    }
    if !details.is_empty() {
        set("reasoning_details", details.into());
    }
    if !annotations.is_empty() {
        set("annotations", annotations.into());
    }
    if !calls.is_empty() {
        set("tool_calls", calls.into());
    }
    json!({
        "id": format!("chatcmpl-{}", collected.head.seed), "object": "chat.completion",
        "created": collected.head.created, "model": collected.head.model,
        "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": reason(&collected.stop)}],
        "usage": usage_value(&collected.usage),
    })
}

fn reason(stop: &Stop) -> &'static str {
    match stop {
        Stop::Natural | Stop::Text(_) | Stop::Pause | Stop::Fault(_) => "stop",
        Stop::Length | Stop::ContextFull => "length",
        Stop::Tools => "tool_calls",
        Stop::Refused => "content_filter",
    }
}

fn usage_value(usage: &Usage) -> Value {
    json!({
        "prompt_tokens": usage.input, "completion_tokens": usage.output,
        "total_tokens": usage.input.saturating_add(usage.output),
        "prompt_tokens_details": {"cached_tokens": usage.cached, "cache_write_tokens": usage.cache_write},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    })
}

fn call(id: &str, name: &str, arguments: &str, custom: bool, seal: Option<&Blob>) -> Value {
    let sealed = seal.and_then(|blob| blob.in_id(id));
    let id = sealed.as_deref().unwrap_or(id);
    if custom {
        return json!({"id": id, "type": "custom", "custom": {"name": name, "input": arguments}});
    }
    json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}})
}

fn indexed(call: Value, index: usize) -> Value {
    let mut map = Map::new();
    map.insert("index".to_owned(), index.into());
    if let Value::Object(call) = call {
        map.extend(call);
    }
    Value::Object(map)
}

/// Sealed reasoning, as OpenRouter's clients know it. The index keeps those from merging what is not one.
fn detail(text: &str, blob: &Blob, index: usize) -> Value {
    if text.is_empty() {
        return json!({"type": "reasoning.encrypted", "data": blob.tagged(), "index": index});
    }
    json!({"type": "reasoning.text", "text": text, "signature": blob.tagged(), "index": index})
}

fn annotation(citation: &Citation, before: u64) -> Option<Value> {
    let Citation { url, title, start, end, .. } = citation;
    let citation = json!({"url": url, "title": title, "start_index": before + start, "end_index": before + end});
    (!url.is_empty()).then(|| json!({"type": "url_citation", "url_citation": citation}))
}
