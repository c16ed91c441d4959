//! Responses streams, written: every event numbered, every item opened, told and done before the next.

use serde_json::{Map, Value, json};

use super::item::{annotation, content, id, item, item_id, items, response, status};
use crate::wire::collect::{Collected, Said};
use crate::wire::ir::Step;
use crate::wire::{Format, stream, write};

/// Writes responses streams.
pub(in crate::wire) fn encoder() -> Encoder {
    Encoder::default()
}

#[derive(Default)]
pub(in crate::wire) struct Encoder {
    sequence: u64,
    collected: Collected,
    /// What the deltas of the open part say besides their text.
    kind: &'static str,
    place: Vec<u8>,
    behind: &'static str,
    annotations: u64,
}

impl stream::Encoder for Encoder {
    fn step(&mut self, step: Step<'_>, out: &mut Vec<u8>) {
        self.collected.step(step);
        match step {
            Step::Start(_) => {
                self.event("response.created", json!({"response": self.response("in_progress")}), out);
                self.event("response.in_progress", json!({"response": self.response("in_progress")}), out);
            }
            Step::Open(_) => self.open(out),
            Step::Delta(text) => self.delta(text, out),
            Step::Seal(_) => {}
            Step::Cite(citation) => self.cite(annotation(citation), out),
            Step::Close => self.close(out),
            Step::Finish(stop, _) => {
                let status = status(stop);
                let response = response(&self.collected, status, &items(&self.collected));
                let name = if status == "completed" { "response.completed" } else { "response.incomplete" };
                self.event(name, json!({"response": response}), out);
            }
            Step::Fail(error) => {
                // The first three are what OpenAI documents, the last is what it sends: clients look for either.
                let told = error.value(Format::Responses);
                let (code, message, param) = (error.code(), &error.message, &error.param);
                let data = json!({"code": code, "message": message, "param": param, "error": told.get("error")});
                self.event("error", data, out);
                self.event("response.failed", json!({"response": self.response("failed")}), out);
            }
        }
    }
}

impl Encoder {
    fn response(&self, status: &str) -> Value {
        response(&self.collected, status, &[])
    }

    fn event(&mut self, name: &str, rest: Value, out: &mut Vec<u8>) {
        let mut data = Map::new();
        data.insert("type".to_owned(), name.into());
        data.insert("sequence_number".to_owned(), self.sequence.into());
        self.sequence += 1;
        if let Value::Object(rest) = rest {
            data.extend(rest);
        }
        write::event(out, Some(name), &Value::Object(data));
    }

    fn open(&mut self, out: &mut Vec<u8>) {
        let index = self.collected.parts.len().saturating_sub(1);
        let Some(said) = self.collected.parts.last() else { return };
        let id = id(&self.collected, index);
        let added = item(said, &id, "in_progress");
        let own = item_id(said, &id);
        let part = match said {
            Said::Text { .. } => Some(("response.content_part.added", "content_index", content(said))),
            Said::Refusal(_) => Some(("response.content_part.added", "content_index", content(said))),
            _ => None,
        };
        let (kind, within, behind) = match said {
            Said::Text { .. } => ("response.output_text.delta", Some("content_index"), ",\"logprobs\":[]"),
            Said::Refusal(_) => ("response.refusal.delta", Some("content_index"), ""),
            Said::Reasoning { .. } => ("response.reasoning_summary_text.delta", Some("summary_index"), ""),
            Said::Call { custom: true, .. } => ("response.custom_tool_call_input.delta", None, ""),
            Said::Call { custom: false, .. } => ("response.function_call_arguments.delta", None, ""),
        };
        let mut place = json!({"item_id": own, "output_index": index});
        if let (Some(within), Some(map)) = (within, place.as_object_mut()) {
            map.insert(within.to_owned(), 0.into());
        }
        (self.kind, self.behind) = (kind, behind);
        self.place = place.to_string().into_bytes();
        self.place.pop();
        self.annotations = 0;
        self.event("response.output_item.added", json!({"output_index": index, "item": added}), out);
        if let Some((name, within, part)) = part {
            self.event(name, json!({"item_id": own, "output_index": index, within: 0, "part": part}), out);
        }
    }

    /// Nearly all of a stream.
    fn delta(&mut self, text: &str, out: &mut Vec<u8>) {
        if let Some(Said::Reasoning { text: whole, .. }) = self.collected.parts.last()
            && whole.len() == text.len()
        {
            let part = json!({"type": "summary_text", "text": ""});
            self.placed("response.reasoning_summary_part.added", "part", part, out);
        }
        write::begin(out, Some(self.kind));
        out.extend_from_slice(b"{\"type\":\"");
        out.extend_from_slice(self.kind.as_bytes());
        out.extend_from_slice(b"\",\"sequence_number\":");
        write::number(out, self.sequence);
        self.sequence += 1;
        out.push(b',');
        out.extend_from_slice(self.place.get(1..).unwrap_or_default());
        out.extend_from_slice(b",\"delta\":");
        write::quoted(out, text);
        out.extend_from_slice(self.behind.as_bytes());
        out.extend_from_slice(b"}\n\n");
    }

    /// Writes an event about the open part.
    fn placed(&mut self, name: &str, key: &str, value: Value, out: &mut Vec<u8>) {
        let place = [self.place.as_slice(), b"}"].concat();
        let mut rest: Value = serde_json::from_slice(&place).unwrap_or_default();
        if let Some(map) = rest.as_object_mut() {
            map.insert(key.to_owned(), value);
            if name == "response.output_text.done" {
                map.insert("logprobs".to_owned(), json!([]));
            }
        }
        self.event(name, rest, out);
    }

    fn cite(&mut self, annotation: Option<Value>, out: &mut Vec<u8>) {
        let Some(annotation) = annotation else { return };
        let index = self.annotations;
        self.annotations += 1;
        let place = [self.place.as_slice(), b"}"].concat();
        let mut rest: Value = serde_json::from_slice(&place).unwrap_or_default();
        if let Some(map) = rest.as_object_mut() {
            map.insert("annotation_index".to_owned(), index.into());
            map.insert("annotation".to_owned(), annotation);
        }
        self.event("response.output_text.annotation.added", rest, out);
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        let index = self.collected.parts.len().saturating_sub(1);
        let Some(said) = self.collected.parts.last() else { return };
        let done = item(said, &id(&self.collected, index), "completed");
        let part = content(said);
        let (kind, key, text) = match said {
            Said::Text { text, .. } => ("response.output_text.done", "text", text.clone()),
            Said::Refusal(text) => ("response.refusal.done", "refusal", text.clone()),
            Said::Reasoning { text, .. } => ("response.reasoning_summary_text.done", "text", text.clone()),
            Said::Call { arguments, custom: true, .. } => {
                ("response.custom_tool_call_input.done", "input", arguments.clone())
            }
            Said::Call { arguments, .. } => ("response.function_call_arguments.done", "arguments", arguments.clone()),
        };
        let behind = match said {
            Said::Text { .. } | Said::Refusal(_) => Some("response.content_part.done"),
            Said::Reasoning { .. } => Some("response.reasoning_summary_part.done"),
            Said::Call { .. } => None,
        };
        if !(text.is_empty() && matches!(said, Said::Reasoning { .. })) {
            self.placed(kind, key, text.into(), out);
            if let Some(behind) = behind {
                self.placed(behind, "part", part, out);
            }
        }
        self.event("response.output_item.done", json!({"output_index": index, "item": done}), out);
    }
}
