//! Responses requests, written for a target.

use serde_json::{Map, Value, json};

use super::{KNOBS, LONGEST_ID, LONGEST_NAME, TEXT_KNOBS};
use crate::wire::chat::{LONGEST_USER, effort, schema_value};
use crate::wire::ir::{
    Call, Choice, Given, Grammar, Input, Media, Outcome, Output, Part, Piece, Reasoning, Request, Role, Source,
    Thinking, Tool,
};
use crate::wire::knob::Knob;
use crate::wire::names::{Names, fit_id, fit_user};
use crate::wire::{Flaw, Losses, Memory, Target, knob, output, repair};

/// The least that may be asked for; some clients ask for one token to see whether anybody is there.
const LEAST_TOKENS: u64 = 16;

/// Writes a request.
pub(in crate::wire) fn encode_request(
    request: Request,
    target: &Target<'_>,
    memory: &mut Memory,
    losses: &mut Losses,
) -> Result<Vec<u8>, Flaw> {
    let mut knobs = request.knobs;
    let quirks = target.quirks;
    let reasons = quirks.fixes_sampling(target.model) || request.thinking.is_some();
    let mut body = Map::new();
    let mut set = |key: &str, value: Value| drop(body.insert(key.to_owned(), value));
    set("model", target.model.into());
    let mut items = Items { list: Vec::new(), provider: quirks.provider, names: &mut memory.names, losses };
    match request.system.as_slice() {
        [Part { is: Piece::Text(text), .. }] => set("instructions", text.clone().into()),
        _ => items.message(if quirks.developer_role { "developer" } else { "system" }, request.system),
    }
    for turn in repair::pair(request.turns, items.losses) {
        match turn.role {
            Role::System => items.message(if quirks.developer_role { "developer" } else { "system" }, turn.parts),
            Role::User => items.user(turn.parts),
            Role::Assistant => items.assistant(turn.parts),
        }
    }
    set("input", items.list.into());
    if !request.tools.is_empty() {
        set("tools", request.tools.into_iter().map(|tool| tool_value(tool, &mut memory.names)).collect());
        if let Some(Given { is, .. }) = request.choice {
            set("tool_choice", choice_value(is, memory));
        }
        if let Some(Given { is, .. }) = request.parallel {
            set("parallel_tool_calls", is.into());
        }
    }
    if let Some(Given { is, at }) = request.max_tokens {
        if is < LEAST_TOKENS {
            losses.note(at);
        }
        set("max_output_tokens", is.max(LEAST_TOKENS).into());
    }
    if let Some(Given { at, .. }) = request.stop.filter(|stop| !stop.is.is_empty()) {
        losses.note(at);
    }
    if let Some(user) = request.user {
        set("user", fit_user(user, LONGEST_USER, losses).into());
    }
    if let Some(Given { at, is }) = request.thinking {
        if is.effort.is_some() && is.budget.is_some() {
            losses.note(at);
        }
        set("reasoning", reasoning_value(&is));
    }
    let mut text = Map::new();
    if let Some(Given { is, .. }) = request.output {
        text.insert("format".to_owned(), output_value(is));
    }
    if request.stream {
        set("stream", true.into());
    }
    // Nothing is kept there, so what is to be said again has to come with the answer.
    set("store", false.into());
    if reasons {
        set("include", json!(["reasoning.encrypted_content"]));
    }
    if quirks.fixes_sampling(target.model) {
        knob::drop_where(&mut knobs, losses, Knob::is_sampling);
    }
    let (verbosity, knobs): (Vec<_>, Vec<_>) = knobs.into_iter().partition(|(knob, _)| *knob == Knob::Verbosity);
    knob::write(verbosity, TEXT_KNOBS, &mut text, losses);
    if !text.is_empty() {
        body.insert("text".to_owned(), text.into());
    }
    knob::write(knobs, KNOBS, &mut body, losses);
    Ok(Value::Object(body).to_string().into_bytes())
}

fn reasoning_value(thinking: &Thinking) -> Value {
    let mut value = Map::new();
    if let Some(effort) = effort(thinking) {
        value.insert("effort".to_owned(), effort.into());
    }
    // Whoever asked to think by a budget is used to reading the thoughts.
    let wants = thinking.budget.is_some_and(|budget| budget > 0) || thinking.adaptive;
    if let Some(summary) = thinking.summary.as_ref().map(|summary| summary.is.as_str()).or(wants.then_some("auto")) {
        value.insert("summary".to_owned(), summary.into());
    }
    Value::Object(value)
}

fn output_value(output: Output) -> Value {
    let mut format = Map::new();
    match output::named(output) {
        None => drop(format.insert("type".to_owned(), "json_object".into())),
        Some(named) => {
            format.insert("type".to_owned(), "json_schema".into());
            format.extend(named);
        }
    }
    Value::Object(format)
}

fn tool_value(tool: Tool, names: &mut Names) -> Value {
    let Tool { at: _, name, mut description, input, strict, cache: _ } = tool;
    let mut value = Map::new();
    let custom = match input {
        Input::Free(grammar) => Ok(grammar),
        schema => Err(schema_value(schema, &mut description)),
    };
    value.insert("type".to_owned(), if custom.is_ok() { "custom" } else { "function" }.into());
    value.insert("name".to_owned(), names.fit(name, LONGEST_NAME).into());
    if let Some(description) = description {
        value.insert("description".to_owned(), description.into());
    }
    match custom {
        Ok(Some(Grammar { syntax, definition })) => {
            let format = json!({"type": "grammar", "syntax": syntax, "definition": definition});
            value.insert("format".to_owned(), format);
        }
        Ok(None) => {}
        Err(schema) => {
            value.insert("parameters".to_owned(), schema);
            // Silence would mean strict here, and nowhere else.
            value.insert("strict".to_owned(), strict.is_some_and(|strict| strict.is).into());
        }
    }
    Value::Object(value)
}

fn choice_value(choice: Choice, memory: &mut Memory) -> Value {
    let Memory { names, free, .. } = memory;
    let mut named = |name: String| {
        let kind = if free.contains(&name) { "custom" } else { "function" };
        json!({"type": kind, "name": names.fit(name, LONGEST_NAME)})
    };
    match choice {
        Choice::Auto => "auto".into(),
        Choice::None => "none".into(),
        Choice::Required => "required".into(),
        Choice::Tool(name) => named(name),
        Choice::Among(list, required) => {
            let tools: Vec<Value> = list.into_iter().map(named).collect();
            json!({"type": "allowed_tools", "mode": if required { "required" } else { "auto" }, "tools": tools})
        }
    }
}

struct Items<'a> {
    list: Vec<Value>,
    provider: &'static str,
    names: &'a mut Names,
    losses: &'a mut Losses,
}

impl Items<'_> {
    fn message(&mut self, role: &str, parts: Vec<Part>) {
        let content: Vec<Value> = parts.into_iter().filter_map(|part| self.part(part)).collect();
        if !content.is_empty() {
            self.list.push(json!({"type": "message", "role": role, "content": content}));
        }
    }

    fn user(&mut self, parts: Vec<Part>) {
        let mut rest = Vec::new();
        for part in parts {
            match part.is {
                Piece::Outcome(outcome) => self.outcome(outcome),
                is => rest.push(Part { is, ..part }),
            }
        }
        self.message("user", rest);
    }

    fn outcome(&mut self, outcome: Outcome) {
        let Outcome { id, mut parts, is_error, custom, .. } = outcome;
        if is_error {
            match parts.first_mut() {
                Some(Part { is: Piece::Text(text), .. }) => text.insert_str(0, "[error] "),
                _ => parts.insert(0, Part::of_text("", "[error]")),
            }
        }
        let mut values: Vec<Value> = parts.into_iter().filter_map(|part| self.part(part)).collect();
        let output = match values.as_mut_slice() {
            [] => "".into(),
            [only] if only.get("type").is_some_and(|kind| kind == "input_text") => {
                only.get_mut("text").map(Value::take).unwrap_or_default()
            }
            _ => Value::Array(values),
        };
        let kind = if custom { "custom_tool_call_output" } else { "function_call_output" };
        self.list.push(json!({"type": kind, "call_id": fit_id(&id, LONGEST_ID), "output": output}));
    }

    /// An answer's parts in their order. Its texts are plain strings: parts would need the ids that they once came with.
    fn assistant(&mut self, parts: Vec<Part>) {
        for part in parts {
            match part.is {
                Piece::Call(call) => self.call(call),
                Piece::Reasoning(reasoning) => self.reasoning(reasoning, part.at),
                Piece::Text(text) if text.is_empty() => {}
                Piece::Text(text) => {
                    self.list.push(json!({"type": "message", "role": "assistant", "content": text}));
                }
                _ => self.losses.note(part.at),
            }
        }
    }

    fn call(&mut self, call: Call) {
        let Call { id, name, arguments, custom } = call;
        let (id, name) = (fit_id(&id, LONGEST_ID), self.names.fit(name, LONGEST_NAME));
        let arguments = if arguments.trim().is_empty() && !custom { "{}".to_owned() } else { arguments };
        self.list.push(if custom {
            json!({"type": "custom_tool_call", "call_id": id, "name": name, "input": arguments})
        } else {
            json!({"type": "function_call", "call_id": id, "name": name, "arguments": arguments})
        });
    }

    /// Only what this provider itself encrypted; without an id, which nothing there would be found by.
    fn reasoning(&mut self, reasoning: Reasoning, at: String) {
        let Some(blob) = reasoning.blob.filter(|blob| blob.provider == self.provider) else {
            return self.losses.note(at);
        };
        let summary = if reasoning.text.is_empty() {
            json!([])
        } else {
            json!([{"type": "summary_text", "text": reasoning.text}])
        };
        self.list.push(json!({"type": "reasoning", "summary": summary, "encrypted_content": blob.data}));
    }

    fn part(&mut self, part: Part) -> Option<Value> {
        match part.is {
            Piece::Text(text) if text.is_empty() => None,
            Piece::Text(text) => Some(json!({"type": "input_text", "text": text})),
            Piece::Media(media) if media.audio().is_none() => Some(media_value(media, &part.at, self.losses)),
            _ => {
                self.losses.note(part.at);
                None
            }
        }
    }
}

fn media_value(mut media: Media, at: &str, losses: &mut Losses) -> Value {
    let url = media.url();
    let is_image = media.is_image();
    if is_image || !matches!(media.source, Source::Data(_)) {
        media.lose_name(at, losses);
    }
    if !is_image {
        media.lose_detail(at, losses);
    }
    match (media.source, url) {
        (Source::Text(text), _) => json!({"type": "input_text", "text": text}),
        (_, url) if is_image => {
            json!({"type": "input_image", "image_url": url, "detail": media.detail.map_or_else(|| "auto".to_owned(), |detail| detail.is)})
        }
        (Source::Url(url), _) => json!({"type": "input_file", "file_url": url}),
        (Source::Data(_), url) => {
            json!({"type": "input_file", "filename": media.name.map_or_else(|| "file".to_owned(), |name| name.is), "file_data": url})
        }
    }
}
