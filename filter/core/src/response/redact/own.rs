//! Events of Dragoman's own: what a text held back when it ended, said the way its format says more of it.

use super::lanes::{Channel, Id, Template};
use super::shape::{Shape, number};
use crate::json::leaves::{Frame, Visitor, leaves, member};
use crate::json::{Kind, Span};
use crate::request::guard::Edited;

/// Members that all chunks of one answer share, and that only programs read.
const SHARED: &[&str] = &[
    "id",
    "object",
    "created",
    "model",
    "system_fingerprint",
    "service_tier",
    "responseId",
    "modelVersion",
    "createTime",
];

/// The members that every chunk of a chat begins with, a comma behind each.
pub(super) fn head(data: &[u8]) -> Vec<u8> {
    struct Members<'a> {
        data: &'a [u8],
        head: Vec<u8>,
    }
    impl<'a> Visitor<'a> for Members<'a> {
        fn enters(&mut self, way: &[Frame<'a>]) -> bool {
            way.is_empty()
        }
        fn take(&mut self, way: &[Frame<'a>], kind: Kind, span: Span) {
            let Some(key) = way.last().and_then(|frame| frame.key) else { return };
            let is_scalar = !matches!(kind, Kind::Array | Kind::Object);
            if is_scalar && SHARED.iter().any(|shared| shared.as_bytes() == key) {
                let value = span.of(self.data).unwrap_or_default();
                self.head.extend([b"\"", key, b"\":", value, b","].concat());
            }
        }
    }
    let mut members = Members { data, head: Vec::new() };
    // It was read before, so it can be read again.
    let _ = leaves(data, &mut members);
    members.head
}

/// A chunk of a chat, or of a completion. `text` is JSON already.
pub(super) fn chunk(shape: Shape, id: Id, template: &Template, head: &[u8], text: &[u8], out: &mut Vec<u8>) {
    let Id { outer, inner, channel } = id;
    if shape == Shape::Gemini {
        let thought = if channel == Channel::Reasoning { r#""thought":true,"# } else { "" };
        let part = format!(r#""candidates":[{{"content":{{"role":"model","parts":[{{{thought}"text":""#);
        out.extend([b"data: {", head, part.as_bytes(), text].concat());
        out.extend_from_slice(format!("\"}}]}},\"index\":{outer}}}]}}\n\n").as_bytes());
        return;
    }
    let (before, after) = match (shape, channel, inner) {
        (Shape::Completions, _, _) => ("\"text\":\"".to_owned(), "\",\"logprobs\":null"),
        (_, Channel::Refusal, _) => (r#""delta":{"refusal":""#.to_owned(), "\"}"),
        (_, Channel::Transcript, _) => (r#""delta":{"audio":{"transcript":""#.to_owned(), "\"}}"),
        (_, Channel::Arguments, u32::MAX) => (r#""delta":{"function_call":{"arguments":""#.to_owned(), "\"}}"),
        (_, Channel::Arguments, call) => {
            (format!(r#""delta":{{"tool_calls":[{{"index":{call},"function":{{"arguments":""#), "\"}}]}")
        }
        (_, Channel::Input, call) => {
            (format!(r#""delta":{{"tool_calls":[{{"index":{call},"custom":{{"input":""#), "\"}}]}")
        }
        (_, Channel::Reasoning, 0) | (_, Channel::Unknown, _) => {
            (format!(r#""delta":{{"{}":""#, String::from_utf8_lossy(&key(template))), "\"}")
        }
        (_, Channel::Reasoning, _) => {
            (r#""delta":{"reasoning_details":[{"type":"reasoning.text","text":""#.to_owned(), "\"}]}")
        }
        (_, Channel::Text, _) => (r#""delta":{"content":""#.to_owned(), "\"}"),
    };
    out.extend_from_slice(b"data: {");
    out.extend_from_slice(head);
    out.extend_from_slice(format!(r#""choices":[{{"index":{outer},{before}"#).as_bytes());
    out.extend_from_slice(text);
    out.extend_from_slice(after.as_bytes());
    out.extend_from_slice(b",\"finish_reason\":null}]}\n\n");
}

/// The last event of a text once more, with other text and its own number. `text` is JSON already.
pub(super) fn event(template: &Template, sequence: Option<u64>, text: &[u8], out: &mut Vec<u8>) {
    if is_start(&template.data) {
        return delta_behind(template, text, out);
    }
    let data = &template.data;
    let top = data.iter().position(|byte| *byte == b'{').unwrap_or(0);
    let mut edited = Edited::new(data);
    edited.replace(template.text, text);
    if let (Some(span), Some(sequence)) = (member(data, top, "sequence_number"), sequence) {
        edited.replace(span, sequence.to_string().as_bytes());
    }
    if let Some(span) = member(data, top, "logprobs") {
        edited.replace(span, b"[]");
    }
    if !template.name.is_empty() {
        out.extend_from_slice(b"event: ");
        out.extend_from_slice(&template.name);
        out.push(b'\n');
    }
    out.extend_from_slice(b"data: ");
    // A line break in JSON is white space; in an event it would end the line.
    let data = edited.finish().unwrap_or_else(|| data.clone());
    out.extend(data.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }));
    out.extend_from_slice(b"\n\n");
}

/// Whether it is the event that a block of messages begins with.
fn is_start(data: &[u8]) -> bool {
    let top = data.iter().position(|byte| *byte == b'{').unwrap_or(0);
    member(data, top, "content_block").is_some()
}

/// More of a text that only its block's first event has begun.
fn delta_behind(template: &Template, text: &[u8], out: &mut Vec<u8>) {
    let index = number(&template.data, 0, "index").unwrap_or(0);
    let block = member(&template.data, 0, "content_block").map_or(0, |span| span.start);
    let (kind, key) = match member(&template.data, block, "thinking") {
        Some(_) => ("thinking_delta", "thinking"),
        None => ("text_delta", "text"),
    };
    let before = format!(r#"{{"type":"content_block_delta","index":{index},"delta":{{"type":"{kind}","{key}":""#);
    out.extend([b"event: content_block_delta\ndata: ", before.as_bytes(), text, b"\"}}\n\n"].concat());
}

/// The key of a text that came under one of its own.
fn key(template: &Template) -> Vec<u8> {
    struct At<'t> {
        template: &'t Template,
        key: Vec<u8>,
    }
    impl<'a> Visitor<'a> for At<'_> {
        fn enters(&mut self, _: &[Frame<'a>]) -> bool {
            true
        }
        fn take(&mut self, way: &[Frame<'a>], kind: Kind, span: Span) {
            if let Some(key) = way.last().and_then(|frame| frame.key)
                && kind == Kind::String
                && span.inside() == self.template.text
            {
                self.key = key.to_vec();
            }
        }
    }
    let mut at = At { template, key: Vec::new() };
    // It was read before, so it can be read again.
    let _ = leaves(&template.data, &mut at);
    at.key
}
