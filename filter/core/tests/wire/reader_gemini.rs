//! generateContent, as a client reads it.

use base64::Engine as _;
use serde_json::{Map, Value};

use super::reader::{Events, Said, number, text};

pub(super) fn stream(events: &Events, strict: bool) -> Said {
    let mut said = Said::default();
    let mut usages = 0;
    for (name, data) in events {
        if let Some(error) = data.get("error") {
            assert!(!strict || error["code"].is_u64() && error["status"].is_string());
            said.error = Some(text(error, "message").to_owned());
            continue;
        }
        assert!(!strict || name.is_empty() && !said.ended, "something follows the finish");
        usages += usize::from(data.get("usageMetadata").is_some());
        chunk(data, &mut said, strict);
    }
    assert!(!strict || said.error.is_some() || (usages == 1 && said.ended), "one usage, one finish");
    said
}

pub(super) fn whole(value: &Value) -> Said {
    let mut said = Said::default();
    chunk(value, &mut said, false);
    said
}

fn chunk(data: &Value, said: &mut Said, strict: bool) {
    let candidate = &data["candidates"][0];
    for part in candidate["content"]["parts"].as_array().into_iter().flatten() {
        if let Some(seal) = part["thoughtSignature"].as_str().filter(|_| strict) {
            base64::engine::general_purpose::STANDARD.decode(seal).unwrap();
        }
        let into = if part["thought"] == true { &mut said.thought } else { &mut said.text };
        into.push_str(text(part, "text"));
        if let Some(call) = part["functionCall"].as_object() {
            if let Some(name) = call.get("name").and_then(Value::as_str) {
                said.ids.push(text(&part["functionCall"], "id").to_owned());
                let args = call.get("args").cloned().unwrap_or_else(|| Value::Object(Map::new()));
                said.calls.push((name.to_owned(), args));
            }
            // Arguments that come value by value.
            for piece in call.get("partialArgs").and_then(Value::as_array).into_iter().flatten() {
                let Some((_, args)) = said.calls.last_mut() else { continue };
                let place = text(piece, "jsonPath").trim_start_matches("$.").split(['.', '[']).fold(args, grow);
                match piece.get("numberValue") {
                    Some(number) => *place = number.clone(),
                    None => {
                        *place = (place.as_str().unwrap_or_default().to_owned() + text(piece, "stringValue")).into();
                    }
                }
            }
        }
    }
    if let Some(reason) = candidate["finishReason"].as_str() {
        said.ended = true;
        said.stop = match reason {
            "STOP" => "stop",
            "MAX_TOKENS" => "length",
            _ => "refused",
        };
    }
    if data["promptFeedback"]["blockReason"].is_string() {
        said.stop = "refused";
    }
    let usage = &data["usageMetadata"];
    if usage["promptTokenCount"].is_u64() {
        said.input = number(usage, "/promptTokenCount") + number(usage, "/toolUsePromptTokenCount");
        said.cached = number(usage, "/cachedContentTokenCount");
        said.reasoning = number(usage, "/thoughtsTokenCount");
        let candidates = number(usage, "/candidatesTokenCount");
        let holds = number(usage, "/totalTokenCount") == said.input + candidates;
        said.output = if holds { candidates } else { candidates + said.reasoning };
    }
}

/// A member, or an element: `name` or `0]`.
fn grow<'v>(value: &'v mut Value, step: &str) -> &'v mut Value {
    let Some(index) = step.strip_suffix(']') else { return &mut value[step] };
    let index: usize = index.parse().unwrap();
    if value.is_null() {
        *value = Value::Array(Vec::new());
    }
    let list = value.as_array_mut().unwrap();
    list.resize(list.len().max(index + 1), Value::Null);
    &mut list[index]
}
