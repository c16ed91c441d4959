//! The demo upstream's generateContent, whole and streamed, as Google's API has it.

use serde_json::{Value, json};

use super::{Ask, CACHED, PROMPT, Say};
use crate::upstream::Reply;

/// `POST /v1beta/models/MODEL:generateContent` and `:streamGenerateContent`
pub(super) fn answer(ask: &Ask) -> Reply {
    let parts: Vec<Value> = match &ask.say {
        Say::Text(pieces) if ask.stream => pieces.iter().map(|text| json!({"text": text})).collect(),
        Say::Text(pieces) => vec![json!({"text": pieces.concat()})],
        Say::Call { name, arguments } => {
            let args: Value = serde_json::from_str(&arguments.concat()).expect("arguments that are JSON");
            vec![json!({"functionCall": {"name": name, "args": args}})]
        }
    };
    if !ask.stream {
        return Reply::json(200, content(ask, &parts, true).to_string());
    }
    let last = parts.len() - 1;
    let events = parts.iter().enumerate().map(|(at, part)| content(ask, std::slice::from_ref(part), at == last));
    // It ends its lines as no other does, and its streams without a word.
    events.fold(Reply::new(200).header("content-type", "text/event-stream"), |reply, event| {
        reply.piece(format!("data: {event}\r\n\r\n"))
    })
}

fn content(ask: &Ask, parts: &[Value], last: bool) -> Value {
    let output = ask.say.tokens();
    let mut candidate = json!({"content": {"parts": parts, "role": "model"}, "index": 0});
    if last {
        candidate["finishReason"] = json!("STOP");
    }
    json!({
        "candidates": [candidate], "modelVersion": ask.model, "responseId": "demo-1",
        "usageMetadata": {"promptTokenCount": PROMPT, "cachedContentTokenCount": CACHED, "candidatesTokenCount": output,
            "totalTokenCount": PROMPT + output},
    })
}
