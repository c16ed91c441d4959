//! Twenty things that broke real clients behind other gateways, a test each, by where they went wrong: in what a target
//! was asked, in what a client was answered, or on the way there and back.

mod answering;
mod asking;
mod there_and_back;

use serde_json::{Value, json};

fn user(text: &str) -> Value {
    json!({"role": "user", "content": text})
}

fn chat_stream(events: &[Value]) -> Vec<u8> {
    let mut out: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
    out += "data: [DONE]\n\n";
    out.into_bytes()
}

fn chunk(delta: &Value, finish: Option<&str>) -> Value {
    json!({"id": "c", "model": "served", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
}
