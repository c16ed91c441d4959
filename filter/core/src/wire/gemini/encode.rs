//! generateContent answers, written. Calls go out whole, and signatures as base64, for readers decode them.

use serde_json::{Map, Value, json};

use crate::usage::Usage;
use crate::wire::blob::Blob;
use crate::wire::collect::{Collected, Said};
use crate::wire::ir::{Citation, Head, Opening, Step, Stop};
use crate::wire::{Format, stream, write};

/// Writes generateContent streams.
pub(in crate::wire) fn encoder() -> Encoder {
    Encoder::default()
}

#[derive(Default)]
pub(in crate::wire) struct Encoder {
    head: Head,
    open: Open,
    refused: bool,
    citations: Vec<Citation>,
}

#[derive(Default)]
enum Open {
    #[default]
    Text,
    Thought,
    Call {
        id: String,
        name: String,
        arguments: String,
    },
}

impl stream::Encoder for Encoder {
    fn step(&mut self, step: Step<'_>, out: &mut Vec<u8>) {
        match step {
            Step::Start(head) => self.head = head.clone(),
            Step::Open(opening) => {
                self.open = match opening {
                    Opening::Text => Open::Text,
                    Opening::Refusal => {
                        self.refused = true;
                        Open::Text
                    }
                    Opening::Reasoning | Opening::Sealed => Open::Thought,
                    Opening::Call { id, name, .. } => {
                        Open::Call { id: id.to_owned(), name: name.to_owned(), arguments: String::new() }
                    }
                }
            }
            Step::Delta(text) => match &mut self.open {
                Open::Text => self.text(text, false, out),
                Open::Thought => self.text(text, true, out),
                Open::Call { arguments, .. } => arguments.push_str(text),
            },
            Step::Seal(blob) => self.chunk(&sealed("", blob), out),
            Step::Cite(citation) => self.citations.push(citation.clone()),
            Step::Close => {
                if let Open::Call { id, name, arguments } = std::mem::take(&mut self.open) {
                    self.chunk(&call(&id, &name, &arguments), out);
                }
            }
            Step::Finish(stop, usage) => {
                let candidate = candidate(&json!([{"text": ""}]), Some(reason(stop, self.refused)), &self.citations);
                write::event(out, None, &response(&self.head, &candidate, Some(usage)));
            }
            Step::Fail(error) => write::event(out, None, &error.value(Format::Gemini)),
        }
    }
}

impl Encoder {
    fn chunk(&self, part: &Value, out: &mut Vec<u8>) {
        write::event(out, None, &response(&self.head, &candidate(&json!([part]), None, &[]), None));
    }

    /// Nearly all of a stream.
    fn text(&self, text: &str, thought: bool, out: &mut Vec<u8>) {
        write::begin(out, None);
        out.extend_from_slice(b"{\"candidates\":[{\"content\":{\"parts\":[{\"text\":");
        write::quoted(out, text);
        if thought {
            out.extend_from_slice(b",\"thought\":true");
        }
        out.extend_from_slice(b"}],\"role\":\"model\"},\"index\":0}],\"modelVersion\":");
        write::quoted(out, &self.head.model);
        out.extend_from_slice(b",\"responseId\":");
        write::quoted(out, &self.head.seed);
        out.extend_from_slice(b"}\n\n");
    }
}

/// Writes a whole answer.
pub(in crate::wire) fn answer(collected: &Collected) -> Value {
    let mut citations = Vec::new();
    let mut parts: Vec<Value> = Vec::with_capacity(collected.parts.len());
    let mut refused = false;
    for said in &collected.parts {
        parts.push(match said {
            Said::Text { text, citations: own } => {
                citations.extend(own.iter().cloned());
                json!({"text": text})
            }
            Said::Refusal(text) => {
                refused = true;
                json!({"text": text})
            }
            Said::Reasoning { text, seal: Some(blob) } => sealed(text, blob),
            Said::Reasoning { text, seal: None } => json!({"text": text, "thought": true}),
            Said::Call { id, name, arguments, .. } => call(id, name, arguments),
        });
    }
    let candidate = candidate(&parts.into(), Some(reason(&collected.stop, refused)), &citations);
    response(&collected.head, &candidate, Some(&collected.usage))
}

fn call(id: &str, name: &str, arguments: &str) -> Value {
    json!({"functionCall": {"id": id, "name": name, "args": write::object(arguments)}})
}

fn sealed(text: &str, blob: &Blob) -> Value {
    json!({"text": text, "thought": true, "thoughtSignature": blob.tagged_base64()})
}

fn candidate(parts: &Value, finish: Option<&str>, citations: &[Citation]) -> Value {
    let mut candidate = Map::new();
    candidate.insert("content".to_owned(), json!({"parts": parts, "role": "model"}));
    if let Some(finish) = finish {
        candidate.insert("finishReason".to_owned(), finish.into());
    }
    candidate.insert("index".to_owned(), 0.into());
    if !citations.is_empty() {
        let chunks: Vec<Value> =
            citations.iter().map(|Citation { url, title, .. }| json!({"web": {"uri": url, "title": title}})).collect();
        let support = |(index, citation): (usize, &Citation)| {
            let segment = json!({"startIndex": citation.start, "endIndex": citation.end, "text": citation.quote});
            json!({"segment": segment, "groundingChunkIndices": [index]})
        };
        let supports: Vec<Value> = citations.iter().enumerate().map(support).collect();
        let grounding = json!({"groundingChunks": chunks, "groundingSupports": supports});
        candidate.insert("groundingMetadata".to_owned(), grounding);
    }
    Value::Object(candidate)
}

fn response(head: &Head, candidate: &Value, usage: Option<&Usage>) -> Value {
    let mut response = Map::new();
    response.insert("candidates".to_owned(), json!([candidate]));
    if let Some(usage) = usage {
        response.insert("usageMetadata".to_owned(), usage_value(usage));
    }
    response.insert("modelVersion".to_owned(), head.model.clone().into());
    response.insert("responseId".to_owned(), head.seed.clone().into());
    Value::Object(response)
}

fn usage_value(usage: &Usage) -> Value {
    json!({
        "promptTokenCount": usage.input, "cachedContentTokenCount": usage.cached,
        "candidatesTokenCount": usage.output.saturating_sub(usage.reasoning), "thoughtsTokenCount": usage.reasoning,
        "totalTokenCount": usage.input.saturating_add(usage.output),
    })
}

fn reason(stop: &Stop, refused: bool) -> &'static str {
    match stop {
        Stop::Natural if refused => "SAFETY",
        Stop::Natural | Stop::Text(_) | Stop::Tools | Stop::Pause | Stop::Fault(_) => "STOP",
        Stop::Length | Stop::ContextFull => "MAX_TOKENS",
        Stop::Refused => "SAFETY",
    }
}
