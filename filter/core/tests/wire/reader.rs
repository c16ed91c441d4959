//! What a client makes of an answer, format by format. Written against the vendors' documentation, not against the
//! codecs, and as strict as the strictest client where `strict`; recordings are read leniently.

use serde_json::{Value, json};

use dragoman_core::sse::{Framer, Last};
use dragoman_core::wire::Format;

/// What an answer said.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Said {
    pub text: String,
    pub thought: String,
    /// Name and arguments; free text counts as the one member of an object.
    pub calls: Vec<(String, Value)>,
    pub ids: Vec<String>,
    pub stop: &'static str,
    pub input: u64,
    pub cached: u64,
    pub output: u64,
    pub reasoning: u64,
    pub error: Option<String>,
    /// Whether the stream said that it is complete.
    pub ended: bool,
}

pub(super) type Events = Vec<(String, Value)>;

/// The events of a stream: names, and data as JSON. `[DONE]` is a string.
pub(super) fn events(bytes: &[u8]) -> Events {
    let mut framer = Framer::new(1 << 26);
    let mut events = Vec::new();
    let mut take = |event: dragoman_core::sse::Event<'_>| {
        if event.has_data() {
            let data = event.data();
            let value = serde_json::from_slice(&data).unwrap_or_else(|_| String::from_utf8_lossy(&data).into());
            events.push((String::from_utf8_lossy(event.name()).into_owned(), value));
        }
    };
    let mut rest = bytes;
    while let Some(event) = framer.next(&mut rest).unwrap() {
        take(event);
    }
    match framer.finish() {
        Last::Event(event) => take(event),
        Last::Incomplete(tail) => {
            let tail = String::from_utf8_lossy(tail);
            if let Some(data) = tail.trim().strip_prefix("data:") {
                events.push((String::new(), serde_json::from_str(data).unwrap_or(Value::Null)));
            }
        }
        Last::Nothing => {}
    }
    events
}

pub(super) fn stream(format: Format, bytes: &[u8], strict: bool) -> Said {
    if strict {
        assert!(!bytes.contains(&b'\r'), "LF framing only");
        assert!(bytes.is_empty() || bytes.ends_with(b"\n\n"), "each event leaves whole");
    }
    let events = events(bytes);
    let mut said = match format {
        Format::Chat => super::reader_chat::stream(&events, strict),
        Format::Messages => super::reader_messages::stream(&events, strict),
        Format::Responses => super::reader_responses::stream(&events, strict),
        Format::Gemini => super::reader_gemini::stream(&events, strict),
    };
    said.settle();
    said
}

pub(super) fn whole(format: Format, value: &Value) -> Said {
    let mut said = match format {
        Format::Chat => super::reader_chat::whole(value),
        Format::Messages => super::reader_messages::whole(value),
        Format::Responses => super::reader_responses::whole(value),
        Format::Gemini => super::reader_gemini::whole(value),
    };
    said.settle();
    said
}

impl Said {
    /// Whoever waits for tools says so in some formats only.
    fn settle(&mut self) {
        if !self.calls.is_empty() && self.stop == "stop" {
            self.stop = "tools";
        } else if self.calls.is_empty() && self.stop == "tools" {
            self.stop = "stop";
        }
    }
}

pub(super) fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn number(value: &Value, path: &str) -> u64 {
    value.pointer(path).and_then(Value::as_u64).unwrap_or(0)
}

pub(super) fn arguments(text: &str) -> Value {
    if text.trim().is_empty() {
        json!({})
    } else {
        serde_json::from_str(text).unwrap_or_else(|_| json!({"input": text}))
    }
}
