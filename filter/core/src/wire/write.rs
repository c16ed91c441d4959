//! Server-sent events and JSON strings, written straight into the client's bytes: one event, one piece, LF only.

use serde_json::Value;

/// Writes an event; a format without names gives none.
pub(super) fn event(out: &mut Vec<u8>, name: Option<&str>, data: &Value) {
    begin(out, name);
    // A vector takes everything.
    let _ = serde_json::to_writer(&mut *out, data);
    out.extend_from_slice(b"\n\n");
}

/// Writes everything of an event in front of its data.
pub(super) fn begin(out: &mut Vec<u8>, name: Option<&str>) {
    if let Some(name) = name {
        out.extend_from_slice(b"event: ");
        out.extend_from_slice(name.as_bytes());
        out.push(b'\n');
    }
    out.extend_from_slice(b"data: ");
}

/// Writes a text as a JSON string.
pub(super) fn quoted(out: &mut Vec<u8>, text: &str) {
    let _ = serde_json::to_writer(out, text);
}

/// Writes a number.
pub(super) fn number(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Arguments as an object: what is not one is wrapped, never lost.
pub(super) fn object(arguments: &str) -> Value {
    match serde_json::from_str(arguments) {
        Ok(Value::Object(map)) => Value::Object(map),
        _ if arguments.trim().is_empty() => Value::Object(serde_json::Map::new()),
        Ok(other) => serde_json::json!({"input": other}),
        Err(_) => serde_json::json!({"input": arguments}),
    }
}
