//! Responses, as a client reads them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::reader::{Events, Said, arguments, number, text};

/// Every field of a response object, for strict readers.
const FIELDS: [&str; 29] = [
    "id",
    "object",
    "created_at",
    "completed_at",
    "status",
    "incomplete_details",
    "model",
    "previous_response_id",
    "instructions",
    "output",
    "error",
    "tools",
    "tool_choice",
    "truncation",
    "parallel_tool_calls",
    "text",
    "top_p",
    "presence_penalty",
    "frequency_penalty",
    "top_logprobs",
    "temperature",
    "reasoning",
    "usage",
    "max_output_tokens",
    "max_tool_calls",
    "store",
    "background",
    "service_tier",
    "metadata",
];

pub(super) fn stream(events: &Events, strict: bool) -> Said {
    let mut last: Option<Said> = None;
    let mut open: Option<(u64, String)> = None;
    let mut deltas: BTreeMap<u64, String> = BTreeMap::new();
    let mut done: Vec<Value> = Vec::new();
    let mut ids: Vec<String> = Vec::new();
    let mut error = None;
    for (number, (name, data)) in events.iter().enumerate() {
        let kind = text(data, "type");
        if strict {
            assert_eq!(name, kind);
            assert_eq!(data["sequence_number"].as_u64(), Some(number as u64), "every event is numbered");
            assert!(last.is_none(), "{kind} follows the end");
            if data["response"].is_object() {
                for field in FIELDS {
                    assert!(data["response"].get(field).is_some(), "a response without {field}");
                }
                ids.push(text(&data["response"], "id").to_owned());
            }
        }
        let place = data["output_index"].as_u64().unwrap_or(0);
        match kind {
            "response.output_item.added" if strict => {
                assert_eq!(open, None, "one item at a time");
                assert_eq!(place, done.len() as u64, "places run from 0 without a gap");
                open = Some((place, text(&data["item"], "id").to_owned()));
            }
            "response.output_item.done" => {
                if strict {
                    assert_eq!(open.take(), Some((place, text(&data["item"], "id").to_owned())), "one id for one item");
                    if let Some(delta) = deltas.get(&place) {
                        assert_eq!(*delta, spoken(&data["item"]), "the item is what its deltas were");
                    }
                }
                let mut item = data["item"].clone();
                // Recordings that were trimmed by hand tell more here than their deltas: a stream's reader saw those.
                if let Some(delta) = deltas.get(&place).filter(|_| !strict && text(&item, "type") == "message") {
                    item["content"] = json!([{"type": "output_text", "text": delta}]);
                }
                done.push(item);
            }
            "response.completed" | "response.incomplete" => {
                let response = &data["response"];
                if strict {
                    assert_eq!(open, None, "an open item at the end");
                    assert_eq!(response["output"].as_array(), Some(&done), "the end tells all items again");
                }
                let mut response = response.clone();
                // Some recordings are cut here.
                response["output"] = done.clone().into();
                last = Some(whole(&response));
            }
            "response.failed" => last = Some(Said { error: error.clone().or(Some(String::new())), ..Said::default() }),
            // Documented is the first, sent is the second.
            "error" => {
                let spelled = [text(data, "message"), text(&data["error"], "message")];
                error = spelled.into_iter().find(|said| !said.is_empty()).map(str::to_owned);
            }
            delta if delta.ends_with(".delta") => {
                if strict {
                    let own = open.as_ref().map(|(place, id)| (*place, id.as_str()));
                    assert_eq!(own, Some((place, text(data, "item_id"))), "a delta of an item that is not open");
                }
                deltas.entry(place).or_default().push_str(text(data, "delta"));
            }
            _ => {}
        }
    }
    ids.dedup();
    assert!(!strict || ids.len() == 1, "one response id");
    last.unwrap_or(Said { error, ..Said::default() })
}

fn spoken(item: &Value) -> String {
    let parts = item["content"].as_array().or(item["summary"].as_array());
    let parts: String =
        parts.into_iter().flatten().map(|part| text(part, "text").to_owned() + text(part, "refusal")).collect();
    parts + text(item, "arguments") + text(item, "input")
}

pub(super) fn whole(value: &Value) -> Said {
    let mut said = Said { ended: true, ..Said::default() };
    for item in value["output"].as_array().into_iter().flatten() {
        match text(item, "type") {
            "message" => said.text.push_str(&spoken(item)),
            "reasoning" => {
                let summary = item["summary"].as_array().filter(|summary| !summary.is_empty());
                let texts = summary.or(item["content"].as_array()).into_iter().flatten();
                said.thought.push_str(&texts.map(|part| text(part, "text")).collect::<Vec<_>>().join("\n\n"));
            }
            "function_call" => {
                said.ids.push(text(item, "call_id").to_owned());
                said.calls.push((text(item, "name").to_owned(), arguments(text(item, "arguments"))));
            }
            "custom_tool_call" => {
                said.ids.push(text(item, "call_id").to_owned());
                said.calls.push((text(item, "name").to_owned(), json!({"input": item["input"]})));
            }
            _ => {}
        }
    }
    said.stop = match (text(value, "status"), text(&value["incomplete_details"], "reason")) {
        ("incomplete", "content_filter") => "refused",
        ("incomplete", _) => "length",
        _ => "stop",
    };
    let usage = &value["usage"];
    said.input = number(usage, "/input_tokens");
    said.cached = number(usage, "/input_tokens_details/cached_tokens");
    said.output = number(usage, "/output_tokens");
    said.reasoning = number(usage, "/output_tokens_details/reasoning_tokens");
    said
}
