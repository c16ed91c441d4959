//! Responses answers, read: a stream's events, and whole answers item by item. Items are known by their place in the
//! output, for some proxies change their ids from event to event.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::usage::Told;
use crate::wire::borrowed::Text;
use crate::wire::error::ApiError;
use crate::wire::ir::{Citation, Event, Stop};
use crate::wire::stream;

/// Reads responses answers.
pub(in crate::wire) fn decoder() -> Decoder {
    Decoder::default()
}

#[derive(Default)]
pub(in crate::wire) struct Decoder {
    told: Told,
    items: BTreeMap<u64, Seen>,
}

/// What an item has told so far.
#[derive(Default)]
struct Seen {
    begun: bool,
    spoke: bool,
    done: bool,
    /// Reasoning that comes both raw and as a summary is read once, as it came first.
    raw: bool,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
    #[serde(default)]
    output_index: u64,
    #[serde(borrow, default)]
    delta: Option<Text<'a>>,
    #[serde(default)]
    summary_index: u64,
    #[serde(borrow, default)]
    item: Option<Item<'a>>,
    #[serde(borrow, default)]
    response: Option<Response<'a>>,
    #[serde(default)]
    annotation: Option<Value>,
    #[serde(default)]
    error: Option<Value>,
    #[serde(default)]
    code: Option<Value>,
    #[serde(borrow, default)]
    message: Text<'a>,
}

#[derive(Deserialize)]
struct Response<'a> {
    #[serde(borrow, default)]
    model: Text<'a>,
    #[serde(borrow, default)]
    status: Text<'a>,
    #[serde(borrow, default)]
    output: Option<Vec<Item<'a>>>,
    #[serde(borrow, default)]
    usage: Option<&'a RawValue>,
    #[serde(default)]
    error: Option<Value>,
    #[serde(borrow, default)]
    incomplete_details: Option<Incomplete<'a>>,
}

#[derive(Deserialize)]
struct Incomplete<'a> {
    #[serde(borrow, default)]
    reason: Text<'a>,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    call_id: Text<'a>,
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default)]
    arguments: Text<'a>,
    #[serde(default)]
    input: Option<Value>,
    #[serde(borrow, default)]
    encrypted_content: Text<'a>,
    #[serde(default)]
    content: Option<Vec<Content>>,
    #[serde(default)]
    summary: Option<Vec<Content>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Content {
    text: Option<String>,
    refusal: Option<String>,
    annotations: Option<Vec<Value>>,
}

impl stream::Decoder for Decoder {
    fn event(&mut self, data: &[u8], emit: &mut dyn FnMut(Event<'_>)) {
        let data: Data<'_> = match serde_json::from_slice(data) {
            Ok(data) => data,
            Err(_) if data.trim_ascii() == b"[DONE]" => return,
            Err(_) => return emit(Event::Fail(ApiError::unreadable())),
        };
        let place = data.output_index;
        let delta = data.delta.as_deref().unwrap_or_default();
        match &*data.kind {
            "response.created" | "response.in_progress" | "response.queued" => {
                if let Some(response) = data.response {
                    emit(Event::Model(&response.model));
                }
            }
            "response.output_item.added" => {
                if let Some(item) = data.item {
                    self.begins(place, &item, emit);
                }
            }
            "response.output_text.delta" => {
                self.seen(place).spoke = true;
                emit(Event::Text(delta));
            }
            "response.refusal.delta" => {
                self.seen(place).spoke = true;
                emit(Event::Refusal(delta));
            }
            "response.content_part.done" => emit(Event::Break),
            "response.reasoning_summary_part.added" if data.summary_index > 0 && !self.seen(place).raw => {
                emit(Event::Reasoning("\n\n"));
            }
            "response.reasoning_summary_text.delta" if !self.seen(place).raw => {
                self.seen(place).spoke = true;
                emit(Event::Reasoning(delta));
            }
            "response.reasoning_text.delta" => {
                let seen = self.seen(place);
                if !seen.spoke || seen.raw {
                    (seen.spoke, seen.raw) = (true, true);
                    emit(Event::Reasoning(delta));
                }
            }
            "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta" => {
                self.seen(place).spoke = true;
                emit(Event::Arguments { slot: place, text: delta });
            }
            "response.output_text.annotation.added" => {
                if let Some(annotation) = data.annotation {
                    cite(&annotation, emit);
                }
            }
            "response.output_item.done" => {
                if let Some(item) = data.item {
                    self.ends(place, &item, emit);
                }
            }
            "response.completed" | "response.incomplete" | "response.failed" | "response.cancelled" => {
                if let Some(response) = data.response {
                    self.ended(response, emit);
                }
            }
            "error" => {
                let said = data.error.and_then(|error| ApiError::of_value(None, error));
                let flat = || {
                    let code = data.code.as_ref().and_then(Value::as_str);
                    let value = serde_json::json!({"message": &*data.message, "code": code});
                    ApiError::of_value(None, value)
                };
                emit(Event::Fail(said.or_else(flat).unwrap_or_else(failed)));
            }
            _ => {
                if let Some(error) = data.error.and_then(|error| ApiError::of_value(None, error)) {
                    emit(Event::Fail(error));
                }
            }
        }
    }

    fn whole(&mut self, body: &[u8], emit: &mut dyn FnMut(Event<'_>)) {
        match serde_json::from_slice::<Response<'_>>(body) {
            Ok(response) if response.output.is_some() || response.error.is_some() => {
                emit(Event::Model(&response.model));
                self.ended(response, emit);
            }
            _ => emit(Event::Fail(ApiError::unreadable())),
        }
    }
}

fn failed() -> ApiError {
    ApiError::bad_gateway("The target failed.")
}

impl Decoder {
    fn seen(&mut self, place: u64) -> &mut Seen {
        self.items.entry(place).or_default()
    }

    fn begins(&mut self, place: u64, item: &Item<'_>, emit: &mut dyn FnMut(Event<'_>)) {
        let seen = self.seen(place);
        if std::mem::replace(&mut seen.begun, true) {
            return;
        }
        match &*item.kind {
            "message" | "reasoning" => {}
            kind @ ("function_call" | "custom_tool_call") => {
                let custom = kind == "custom_tool_call";
                emit(Event::Call { slot: place, id: &item.call_id, name: &item.name, custom });
            }
            _ => emit(Event::Lost("answer.server_tools")),
        }
    }

    /// An item that is told whole: what was not told in pieces is told now.
    fn ends(&mut self, place: u64, item: &Item<'_>, emit: &mut dyn FnMut(Event<'_>)) {
        self.begins(place, item, emit);
        let seen = self.seen(place);
        if std::mem::replace(&mut seen.done, true) {
            return;
        }
        let spoke = seen.spoke;
        match &*item.kind {
            "message" => {
                for content in item.content.iter().flatten().filter(|_| !spoke) {
                    emit(Event::Text(content.text.as_deref().unwrap_or_default()));
                    emit(Event::Refusal(content.refusal.as_deref().unwrap_or_default()));
                    content.annotations.iter().flatten().for_each(|annotation| cite(annotation, emit));
                    emit(Event::Break);
                }
                emit(Event::Break);
            }
            "reasoning" => {
                let summary = item.summary.as_ref().filter(|summary| !summary.is_empty());
                let texts = summary.or(item.content.as_ref());
                for (index, content) in texts.into_iter().flatten().enumerate().filter(|_| !spoke) {
                    if index > 0 {
                        emit(Event::Reasoning("\n\n"));
                    }
                    emit(Event::Reasoning(content.text.as_deref().unwrap_or_default()));
                }
                if !item.encrypted_content.is_empty() {
                    emit(Event::Seal(&item.encrypted_content));
                }
                emit(Event::Break);
            }
            "function_call" | "custom_tool_call" => {
                if !spoke {
                    let input = item.input.as_ref().and_then(Value::as_str).unwrap_or_default();
                    let text = if item.arguments.is_empty() { input } else { &item.arguments };
                    emit(Event::Arguments { slot: place, text });
                }
                emit(Event::CallEnd { slot: place });
            }
            _ => {}
        }
    }

    fn ended(&mut self, response: Response<'_>, emit: &mut dyn FnMut(Event<'_>)) {
        if let Some(usage) = response.usage {
            self.told.hear(usage.get().as_bytes());
            if let Some(usage) = self.told.usage() {
                emit(Event::Usage(usage));
            }
        }
        if &*response.status == "failed" || response.error.as_ref().is_some_and(|error| !error.is_null()) {
            let error = response.error.and_then(|error| ApiError::of_value(None, error));
            return emit(Event::Fail(error.unwrap_or_else(failed)));
        }
        // Items that no event told; mostly there are none.
        let told = !self.items.is_empty();
        for (place, item) in response.output.iter().flatten().enumerate().filter(|_| !told) {
            self.ends(place as u64, item, emit);
        }
        let reason = response.incomplete_details.as_ref().map(|details| &*details.reason);
        emit(Event::Stop(match (&*response.status, reason) {
            ("incomplete", Some("content_filter")) => Stop::Refused,
            ("incomplete", _) => Stop::Length,
            ("cancelled", _) => Stop::Fault("cancelled".to_owned()),
            _ => Stop::Natural,
        }));
        emit(Event::End);
    }
}

fn cite(annotation: &Value, emit: &mut dyn FnMut(Event<'_>)) {
    let text = |key: &str| annotation.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let place = |key: &str| annotation.get(key).and_then(Value::as_u64).unwrap_or(0);
    if annotation.get("type").is_none_or(|kind| kind != "url_citation") {
        return emit(Event::Lost("answer.annotations"));
    }
    emit(Event::Citation(Citation {
        url: text("url"),
        title: text("title"),
        quote: String::new(),
        start: place("start_index"),
        end: place("end_index"),
    }));
}
