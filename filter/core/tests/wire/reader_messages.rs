//! Messages, as a client reads them.

use serde_json::Value;

use super::reader::{Events, Said, arguments, number, text};

pub(super) fn stream(events: &Events, strict: bool) -> Said {
    let mut said = Said::default();
    let mut starts = 0;
    let mut open: Option<u64> = None;
    let mut next = 0;
    let mut partial = String::new();
    let mut usage = serde_json::Map::new();
    for (name, data) in events {
        let kind = text(data, "type");
        if strict {
            assert_eq!(name, kind, "clients dispatch by the event's name");
            assert!(starts == 1 || kind == "message_start" || kind == "error", "message_start is the first");
            assert!(!said.ended && said.error.is_none(), "{kind} follows the end");
        }
        match kind {
            "message_start" => {
                starts += 1;
                assert!(!strict || data["message"]["usage"]["input_tokens"].is_u64(), "a start without usage");
                merge(&mut usage, &data["message"]["usage"]);
            }
            "content_block_start" => {
                if strict {
                    assert_eq!(data["index"].as_u64(), Some(next), "blocks run from 0 without a gap");
                    assert_eq!(open, None, "one block at a time");
                }
                open = data["index"].as_u64();
                next += 1;
                partial.clear();
                block(&data["content_block"], &mut said);
            }
            "content_block_delta" => {
                assert!(!strict || data["index"].as_u64() == open, "a delta for a block that is not open");
                let delta = &data["delta"];
                said.text.push_str(text(delta, "text"));
                said.thought.push_str(text(delta, "thinking"));
                partial.push_str(text(delta, "partial_json"));
            }
            "content_block_stop" => {
                assert!(!strict || data["index"].as_u64() == open, "a stop for a block that is not open");
                open = None;
                if !partial.is_empty()
                    && let Some((_, input)) = said.calls.last_mut()
                {
                    *input = arguments(&partial);
                    assert!(!strict || input.is_object());
                }
                partial.clear();
            }
            "message_delta" => {
                assert!(!strict || open.is_none(), "an open block at the end");
                merge(&mut usage, &data["usage"]);
                if let Some(reason) = data["delta"]["stop_reason"].as_str() {
                    said.stop = stop(reason, strict);
                }
            }
            "message_stop" => said.ended = true,
            "error" => said.error = Some(text(&data["error"], "message").to_owned()),
            _ => assert!(!strict, "{kind} is no event"),
        }
    }
    counts(&Value::Object(usage), &mut said);
    said
}

pub(super) fn whole(value: &Value) -> Said {
    let mut said = Said { ended: true, stop: stop(text(value, "stop_reason"), false), ..Said::default() };
    value["content"].as_array().into_iter().flatten().for_each(|content| block(content, &mut said));
    counts(&value["usage"], &mut said);
    said
}

fn block(block: &Value, said: &mut Said) {
    match text(block, "type") {
        "text" => said.text.push_str(text(block, "text")),
        "thinking" => said.thought.push_str(text(block, "thinking")),
        "tool_use" => {
            said.ids.push(text(block, "id").to_owned());
            said.calls.push((text(block, "name").to_owned(), block["input"].clone()));
        }
        _ => {}
    }
}

fn merge(usage: &mut serde_json::Map<String, Value>, more: &Value) {
    for (key, value) in more.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
        usage.insert(key.clone(), value.clone());
    }
}

fn counts(usage: &Value, said: &mut Said) {
    said.cached = number(usage, "/cache_read_input_tokens");
    said.input = number(usage, "/input_tokens") + said.cached + number(usage, "/cache_creation_input_tokens");
    said.output = number(usage, "/output_tokens");
}

fn stop(reason: &str, strict: bool) -> &'static str {
    match reason {
        "end_turn" | "stop_sequence" | "pause_turn" => "stop",
        "max_tokens" | "model_context_window_exceeded" => "length",
        "tool_use" => "tools",
        "refusal" => "refused",
        other if strict => panic!("{other} is no stop_reason"),
        _ => "stop",
    }
}
