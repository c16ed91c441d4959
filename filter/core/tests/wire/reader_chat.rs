//! Chat, as a client reads it.

use serde_json::{Value, json};

use super::reader::{Events, Said, arguments, number, text};

#[derive(Default)]
struct Slot {
    id: String,
    name: String,
    arguments: String,
    custom: bool,
}

pub(super) fn stream(events: &Events, strict: bool) -> Said {
    let mut said = Said::default();
    let mut slots: Vec<Slot> = Vec::new();
    let mut indices: Vec<Option<u64>> = Vec::new();
    let mut roles = 0;
    let mut finishes = 0;
    for (number, (_, data)) in events.iter().enumerate() {
        if data == "[DONE]" {
            said.ended = true;
            assert!(!strict || number + 1 == events.len(), "nothing follows [DONE]");
            continue;
        }
        if let Some(error) = data.get("error").filter(|error| !error.is_null()) {
            said.error = Some(text(error, "message").to_owned());
            if strict {
                for key in ["message", "type", "param", "code"] {
                    assert!(error.get(key).is_some(), "an error without {key}");
                }
                assert_eq!(number + 1, events.len(), "nothing follows an error, [DONE] least of all");
            }
            continue;
        }
        if strict {
            assert_eq!(data["object"], "chat.completion.chunk");
            assert!(data["id"].is_string() && data["model"].is_string() && data["created"].is_u64());
        }
        usage(data.get("usage").or(data.pointer("/x_groq/usage")).unwrap_or(&Value::Null), &mut said);
        for choice in data["choices"].as_array().into_iter().flatten() {
            assert!(finishes == 0 || !strict, "nothing follows the finish");
            let delta = &choice["delta"];
            roles += usize::from(delta.get("role").is_some());
            content(delta, &mut said);
            for call in delta["tool_calls"].as_array().into_iter().flatten() {
                let (function, custom) =
                    if call["custom"].is_object() { (&call["custom"], true) } else { (&call["function"], false) };
                let index = call["index"].as_u64();
                let begins = !text(function, "name").is_empty();
                let known = indices.iter().rposition(|own| own.is_some() && *own == index);
                let place = match known {
                    Some(place) if strict || !begins || slots[place].name.is_empty() => place,
                    None if !begins && !slots.is_empty() => slots.len() - 1,
                    _ => {
                        slots.push(Slot::default());
                        indices.push(index);
                        slots.len() - 1
                    }
                };
                if strict {
                    assert_eq!(index, Some(place as u64), "indices run from 0 without a gap");
                    let first = slots[place].name.is_empty();
                    assert_eq!(call.get("id").is_some(), first, "the id comes once, first");
                    assert_eq!(function.get("name").is_some(), first, "the name comes once, first");
                    assert_eq!(call.get("type").is_some(), first, "the type comes once, first");
                }
                let slot = &mut slots[place];
                slot.custom |= custom;
                slot.id.push_str(text(call, "id"));
                slot.name.push_str(text(function, "name"));
                match function.get(if custom { "input" } else { "arguments" }) {
                    Some(Value::String(more)) => slot.arguments.push_str(more),
                    Some(Value::Null) | None => {}
                    Some(value) => slot.arguments.push_str(&value.to_string()),
                }
            }
            if let Some(reason) = choice["finish_reason"].as_str().filter(|reason| !reason.is_empty()) {
                finishes += 1;
                said.stop = stop(reason, strict);
            }
        }
    }
    if strict && said.error.is_none() {
        assert_eq!((roles, finishes), (1, 1), "one role, one finish");
        assert!(said.ended);
    }
    for slot in slots {
        said.ids.push(slot.id);
        let input = if slot.custom { json!({"input": slot.arguments}) } else { arguments(&slot.arguments) };
        said.calls.push((slot.name, input));
    }
    said
}

pub(super) fn whole(value: &Value) -> Said {
    let mut said = Said { ended: true, ..Said::default() };
    let choice = &value["choices"][0];
    content(&choice["message"], &mut said);
    for call in choice["message"]["tool_calls"].as_array().into_iter().flatten() {
        said.ids.push(text(call, "id").to_owned());
        let custom = &call["custom"];
        said.calls.push(if custom.is_object() {
            (text(custom, "name").to_owned(), json!({"input": custom["input"]}))
        } else {
            (text(&call["function"], "name").to_owned(), arguments(text(&call["function"], "arguments")))
        });
    }
    said.stop = stop(choice["finish_reason"].as_str().unwrap_or_default(), false);
    usage(&value["usage"], &mut said);
    said
}

fn content(delta: &Value, said: &mut Said) {
    let thought = ["reasoning_content", "reasoning"].iter().map(|key| text(delta, key)).find(|text| !text.is_empty());
    said.thought.push_str(thought.unwrap_or_default());
    match &delta["content"] {
        Value::String(text) => said.text.push_str(text),
        Value::Array(parts) => {
            for part in parts {
                said.text.push_str(text(part, "text"));
                for thought in part["thinking"].as_array().into_iter().flatten() {
                    said.thought.push_str(text(thought, "text"));
                }
            }
        }
        _ => {}
    }
    said.text.push_str(text(delta, "refusal"));
}

fn usage(usage: &Value, said: &mut Said) {
    if usage.is_object() {
        said.input = number(usage, "/prompt_tokens");
        said.output = number(usage, "/completion_tokens");
        said.cached =
            number(usage, "/prompt_tokens_details/cached_tokens").max(number(usage, "/prompt_cache_hit_tokens"));
        said.reasoning = number(usage, "/completion_tokens_details/reasoning_tokens");
    }
}

fn stop(reason: &str, strict: bool) -> &'static str {
    match reason {
        "stop" => "stop",
        "length" => "length",
        "tool_calls" => "tools",
        "content_filter" => "refused",
        "function_call" if !strict => "tools",
        other if strict => panic!("{other} is no finish_reason"),
        _ => "stop",
    }
}
