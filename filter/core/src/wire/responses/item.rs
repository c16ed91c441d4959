//! The items of a responses answer, and the object around them. Strict readers want every field, be it null.

use serde_json::{Map, Value, json};

use crate::usage::Usage;
use crate::wire::collect::{Collected, Said};
use crate::wire::ir::{Citation, Stop};

/// Writes a whole answer.
pub(in crate::wire) fn answer(collected: &Collected) -> Value {
    response(collected, status(&collected.stop), &items(collected))
}

/// The status that a reason to stop makes.
pub(super) fn status(stop: &Stop) -> &'static str {
    match stop {
        Stop::Length | Stop::ContextFull | Stop::Refused => "incomplete",
        _ => "completed",
    }
}

/// All items, done.
pub(super) fn items(collected: &Collected) -> Vec<Value> {
    let ids = (0..).map(|index| id(collected, index));
    collected.parts.iter().zip(ids).map(|(said, id)| item(said, &id, "completed")).collect()
}

/// What an item's id is made of: it is the same in every event.
pub(super) fn id(collected: &Collected, index: usize) -> String {
    format!("{}_{index}", collected.head.seed)
}

/// One item.
pub(super) fn item(said: &Said, id: &str, status: &str) -> Value {
    match said {
        Said::Text { .. } | Said::Refusal(_) => {
            let content = if status == "in_progress" { Vec::new() } else { vec![content(said)] };
            json!({"id": item_id(said, id), "type": "message", "status": status, "role": "assistant", "content": content})
        }
        Said::Reasoning { text, seal } => {
            let summary = if text.is_empty() || status == "in_progress" { json!([]) } else { json!([summary(text)]) };
            let seal = seal.as_ref().map(|blob| blob.tagged());
            json!({"id": item_id(said, id), "type": "reasoning", "status": status, "summary": summary, "encrypted_content": seal})
        }
        Said::Call { id: call, name, arguments, custom: true } => json!({
            "id": item_id(said, id), "type": "custom_tool_call", "status": status,
            "call_id": call, "name": name, "input": arguments,
        }),
        Said::Call { id: call, name, arguments, custom: false } => json!({
            "id": item_id(said, id), "type": "function_call", "status": status,
            "call_id": call, "name": name, "arguments": arguments,
        }),
    }
}

/// An item's id, with the prefix of its kind.
pub(super) fn item_id(said: &Said, id: &str) -> String {
    let prefix = match said {
        Said::Text { .. } | Said::Refusal(_) => "msg",
        Said::Reasoning { .. } => "rs",
        Said::Call { custom: true, .. } => "ctc",
        Said::Call { custom: false, .. } => "fc",
    };
    format!("{prefix}_{id}")
}

/// The one content part of a message.
pub(super) fn content(said: &Said) -> Value {
    match said {
        Said::Text { text, citations } => {
            let annotations: Vec<Value> = citations.iter().filter_map(annotation).collect();
            json!({"type": "output_text", "text": text, "annotations": annotations, "logprobs": []})
        }
        Said::Refusal(refusal) => json!({"type": "refusal", "refusal": refusal}),
        Said::Reasoning { text, .. } => summary(text),
        Said::Call { .. } => Value::Null,
    }
}

fn summary(text: &str) -> Value {
    json!({"type": "summary_text", "text": text})
}

/// A citation; `None` where its source has no address.
pub(super) fn annotation(citation: &Citation) -> Option<Value> {
    let Citation { url, title, start, end, .. } = citation;
    let value = || json!({"type": "url_citation", "url": url, "title": title, "start_index": start, "end_index": end});
    (!url.is_empty()).then(value)
}

/// The response object.
pub(super) fn response(collected: &Collected, status: &str, output: &[Value]) -> Value {
    let head = &collected.head;
    let done = matches!(status, "completed" | "incomplete");
    let reason = match &collected.stop {
        Stop::Refused => "content_filter",
        _ => "max_output_tokens",
    };
    let incomplete = (status == "incomplete").then(|| json!({"reason": reason}));
    let error = collected.error.as_ref().map(|error| json!({"code": error.code(), "message": error.message}));
    let mut response = json!({
        "id": format!("resp_{}", head.seed), "object": "response", "created_at": head.created,
        "completed_at": (status == "completed").then_some(head.created), "status": status,
        "incomplete_details": incomplete, "model": head.model, "previous_response_id": null, "instructions": null,
        "output": output, "error": error, "tools": [], "tool_choice": "auto", "truncation": "disabled",
        "parallel_tool_calls": true, "text": {"format": {"type": "text"}}, "temperature": 1.0, "top_p": 1.0,
        "presence_penalty": 0.0, "frequency_penalty": 0.0, "top_logprobs": 0,
        "reasoning": {"effort": null, "summary": null}, "usage": done.then(|| usage(&collected.usage)),
        "max_output_tokens": null, "max_tool_calls": null, "store": false, "background": false,
        "service_tier": "default", "metadata": {}, "safety_identifier": null, "prompt_cache_key": null, "user": null,
    });
    if let Some(map) = response.as_object_mut() {
        echo(&head.echo, map);
    }
    response
}

/// What the client asked for is said again as it asked.
fn echo(asked: &Map<String, Value>, response: &mut Map<String, Value>) {
    for (key, value) in asked {
        match (response.get_mut(key), value) {
            (Some(Value::Object(own)), Value::Object(asked)) => own.extend(asked.clone()),
            (Some(own), value) => *own = value.clone(),
            (None, _) => {}
        }
    }
}

fn usage(usage: &Usage) -> Value {
    json!({
        "input_tokens": usage.input,
        "input_tokens_details": {"cached_tokens": usage.cached, "cache_write_tokens": usage.cache_write},
        "output_tokens": usage.output, "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.input.saturating_add(usage.output),
    })
}
