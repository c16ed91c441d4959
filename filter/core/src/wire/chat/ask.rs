//! Chat requests, written for a target.

use serde_json::{Map, Value, json};

use super::{KNOBS, LONGEST_ID, LONGEST_NAME, LONGEST_USER};
use crate::wire::ir::{
    Call, Choice, Given, Grammar, Input, Media, Outcome, Output, Part, Piece, Request, Role, Source, Thinking, Tool,
    Turn,
};
use crate::wire::knob::Knob;
use crate::wire::names::{Names, fit_id, fit_user};
use crate::wire::{Flaw, Losses, Memory, Quirks, Target, TokenField, knob, output, repair};

/// Writes a request.
pub(in crate::wire) fn encode_request(
    request: Request,
    target: &Target<'_>,
    memory: &mut Memory,
    losses: &mut Losses,
) -> Result<Vec<u8>, Flaw> {
    let mut knobs = request.knobs;
    let quirks = target.quirks;
    let mut body = Map::new();
    let mut set = |key: &str, value: Value| drop(body.insert(key.to_owned(), value));
    set("model", target.model.into());
    let mut messages = Messages { list: Vec::new(), quirks, names: &mut memory.names, losses };
    messages.instructions(request.system);
    repair::pair(request.turns, messages.losses).into_iter().for_each(|turn| messages.turn(turn));
    set("messages", Value::Array(messages.list));
    if !request.tools.is_empty() {
        set(
            "tools",
            request.tools.into_iter().map(|tool| tool_value(tool, quirks, &mut memory.names, losses)).collect(),
        );
        if let Some(Given { is, .. }) = request.choice {
            set("tool_choice", choice_value(is, &mut memory.names));
        }
        if let Some(Given { is, .. }) = request.parallel {
            set("parallel_tool_calls", is.into());
        }
    }
    if let Some(Given { is, .. }) = request.max_tokens {
        let field = match quirks.token_field {
            TokenField::MaxTokens => "max_tokens",
            TokenField::MaxCompletionTokens => "max_completion_tokens",
        };
        set(field, is.into());
    }
    if let Some(Given { at, .. }) = request.stop.as_ref().filter(|_| quirks.refuses_stop(target.model)) {
        losses.note(*at);
    } else if let Some(Given { mut is, at }) = request.stop.filter(|stop| !stop.is.is_empty()) {
        if is.len() > 4 && quirks.developer_role {
            is.truncate(4);
            losses.note(at);
        }
        set("stop", is.into());
    }
    if let Some(user) = request.user {
        set("user", fit_user(user, LONGEST_USER, losses).into());
    }
    if let Some(Given { at, is }) = request.thinking {
        match effort(&is).filter(|_| quirks.reasoning_effort) {
            Some(effort) if is.effort.is_some() && is.budget.is_some() => {
                set("reasoning_effort", effort.into());
                losses.note(at);
            }
            Some(effort) => set("reasoning_effort", effort.into()),
            None => losses.note(at),
        }
        // Who shows its thoughts shows them unasked.
        if let Some(summary) = is.summary.filter(|_| !quirks.reasoning_content) {
            losses.note(summary.at);
        }
    }
    if let Some(Given { is, .. }) = request.output {
        set("response_format", output_value(is));
    }
    if request.stream {
        set("stream", true.into());
        if quirks.include_usage {
            set("stream_options", json!({"include_usage": true}));
        }
    }
    if quirks.fixes_sampling(target.model) {
        knob::drop_where(&mut knobs, losses, Knob::is_sampling);
    }
    if !quirks.extensions {
        knob::drop_where(&mut knobs, losses, |knob| knob == Knob::TopK);
    }
    knob::write(knobs, KNOBS, &mut body, losses);
    Ok(Value::Object(body).to_string().into_bytes())
}

/// The effort in words that is most like it.
pub(in crate::wire) fn effort(thinking: &Thinking) -> Option<&str> {
    match (&thinking.effort, thinking.budget) {
        (Some(effort), _) => Some(effort),
        (None, Some(0)) => Some("none"),
        (None, Some(budget)) => Some(match budget {
            0..=1024 => "low",
            1025..=8192 => "medium",
            _ => "high",
        }),
        (None, None) => thinking.adaptive.then_some("medium"),
    }
}

fn output_value(output: Output) -> Value {
    match output::named(output) {
        None => json!({"type": "json_object"}),
        Some(named) => json!({"type": "json_schema", "json_schema": named}),
    }
}

/// A function's schema; what stands for none, and for free text.
pub(in crate::wire) fn schema_value(input: Input, description: &mut Option<String>) -> Value {
    match input {
        Input::Schema(schema) if schema.is_empty() => json!({"type": "object", "properties": {}}),
        Input::Schema(schema) => Value::Object(schema),
        Input::Free(grammar) => {
            if let Some(Grammar { syntax, definition }) = grammar {
                let text = description.get_or_insert_default();
                text.push_str(&format!("\n\nThe input must follow this grammar ({syntax}):\n{definition}"));
            }
            json!({"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"], "additionalProperties": false})
        }
    }
}

fn tool_value(tool: Tool, quirks: &Quirks, names: &mut Names, losses: &mut Losses) -> Value {
    let Tool { at, name, mut description, input, strict, cache: _ } = tool;
    let parameters = schema_value(input, &mut description);
    let mut function = Map::new();
    function.insert("name".to_owned(), names.fit(name, LONGEST_NAME).into());
    if let Some(description) = description {
        function.insert("description".to_owned(), description.into());
    }
    function.insert("parameters".to_owned(), parameters);
    match strict {
        Some(strict) if quirks.strict_tools => drop(function.insert("strict".to_owned(), strict.is.into())),
        Some(strict) if strict.is => losses.note_of(&at, &strict),
        _ => {}
    }
    json!({"type": "function", "function": function})
}

fn choice_value(choice: Choice, names: &mut Names) -> Value {
    let mut named = |name: String| json!({"type": "function", "function": {"name": names.fit(name, LONGEST_NAME)}});
    match choice {
        Choice::Auto => "auto".into(),
        Choice::None => "none".into(),
        Choice::Required => "required".into(),
        Choice::Tool(name) => named(name),
        Choice::Among(list, required) => {
            let mode = if required { "required" } else { "auto" };
            let tools: Vec<Value> = list.into_iter().map(named).collect();
            json!({"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": tools}})
        }
    }
}

struct Messages<'a> {
    list: Vec<Value>,
    quirks: &'a Quirks,
    names: &'a mut Names,
    losses: &'a mut Losses,
}

impl Messages<'_> {
    fn instructions(&mut self, parts: Vec<Part>) {
        let content = self.content(parts);
        if !content.is_null() {
            let role = if self.quirks.developer_role { "developer" } else { "system" };
            self.list.push(json!({"role": role, "content": content}));
        }
    }

    fn turn(&mut self, turn: Turn) {
        match turn.role {
            Role::System => self.instructions(turn.parts),
            Role::User => self.user(turn.parts),
            Role::Assistant => self.assistant(turn.parts),
        }
    }

    /// Outcomes first, each a message of its own that holds text; their media follow as the user's.
    fn user(&mut self, parts: Vec<Part>) {
        let mut rest = Vec::new();
        let mut media = Vec::new();
        for part in parts {
            let Piece::Outcome(Outcome { id, parts, is_error, .. }) = part.is else {
                rest.push(part);
                continue;
            };
            let (texts, others): (Vec<Part>, Vec<Part>) = parts.into_iter().partition(|part| part.text().is_some());
            let mut text = texts.iter().filter_map(Part::text).collect::<Vec<_>>().join("\n");
            if is_error {
                text.insert_str(0, "[error] ");
            }
            if !others.is_empty() {
                text.push_str(if text.is_empty() { "See what follows." } else { "\n(See what follows.)" });
                media.push(Part::of_text(&part.at, format!("The result of the tool call {id}:")));
                media.extend(others);
            }
            self.list.push(json!({"role": "tool", "tool_call_id": fit_id(&id, LONGEST_ID), "content": text}));
        }
        media.extend(rest);
        let content = self.content(media);
        if !content.is_null() {
            self.list.push(json!({"role": "user", "content": content}));
        }
    }

    fn assistant(&mut self, parts: Vec<Part>) {
        let mut message = Map::new();
        message.insert("role".to_owned(), "assistant".into());
        let mut content = Vec::new();
        let mut calls = Vec::new();
        let mut thoughts = String::new();
        for part in parts {
            match part.is {
                Piece::Call(call) => calls.push(self.call(call)),
                Piece::Reasoning(reasoning) => {
                    let is_told = self.quirks.reasoning_content && !reasoning.text.is_empty();
                    let is_first = content.is_empty() && calls.is_empty();
                    if !is_told || !is_first || reasoning.blob.is_some() {
                        self.losses.note(part.at);
                    }
                    if is_told {
                        thoughts.push_str(&reasoning.text);
                    }
                }
                // The model's own pictures cannot be told back.
                Piece::Media(_) => self.losses.note(part.at),
                is => {
                    // Calls stand behind all text, wherever they stood.
                    if !calls.is_empty() {
                        self.losses.note(&part.at);
                    }
                    content.push(Part { is, ..part });
                }
            }
        }
        let content = self.content(content);
        if content.is_null() && thoughts.is_empty() && calls.is_empty() {
            return; // Only what this target may not read, such as sealed reasoning.
        }
        message.insert("content".to_owned(), content);
        if !thoughts.is_empty() {
            message.insert("reasoning_content".to_owned(), thoughts.into());
        }
        if !calls.is_empty() {
            message.insert("tool_calls".to_owned(), calls.into());
        }
        self.list.push(Value::Object(message));
    }

    fn call(&mut self, call: Call) -> Value {
        let Call { id, name, arguments, custom } = call;
        let arguments = match arguments {
            input if custom => json!({"input": input}).to_string(),
            none if none.trim().is_empty() => "{}".to_owned(),
            arguments => arguments,
        };
        let function = json!({"name": self.names.fit(name, LONGEST_NAME), "arguments": arguments});
        json!({"id": fit_id(&id, LONGEST_ID), "type": "function", "function": function})
    }

    /// One text as a string, anything else as parts; null where there is nothing.
    fn content(&mut self, parts: Vec<Part>) -> Value {
        let mut values: Vec<Value> = parts.into_iter().filter_map(|part| self.part(part)).collect();
        match values.as_mut_slice() {
            [] => Value::Null,
            [only] if only.get("type").is_some_and(|kind| kind == "text") => {
                only.get_mut("text").map(Value::take).unwrap_or_default()
            }
            _ => Value::Array(values),
        }
    }

    fn part(&mut self, part: Part) -> Option<Value> {
        match part.is {
            Piece::Text(text) if text.is_empty() => None,
            Piece::Text(text) => Some(json!({"type": "text", "text": text})),
            Piece::Media(media) if media.is_image() || !matches!(media.source, Source::Url(_)) => {
                Some(media_value(media, &part.at, self.losses))
            }
            // Other files go by their bytes, not by their address.
            Piece::Media(_) | Piece::Call(_) | Piece::Outcome(_) | Piece::Reasoning(_) => {
                self.losses.note(part.at);
                None
            }
        }
    }
}

fn media_value(mut media: Media, at: &str, losses: &mut Losses) -> Value {
    let is_file = !media.is_image() && media.audio().is_none() && !matches!(media.source, Source::Text(_));
    if !is_file {
        media.lose_name(at, losses);
    }
    if !media.is_image() {
        media.lose_detail(at, losses);
    }
    if let Some((format, data)) = media.audio() {
        return json!({"type": "input_audio", "input_audio": {"data": data, "format": format}});
    }
    let Some(url) = media.url() else {
        return match media.source {
            Source::Text(text) => json!({"type": "text", "text": text}),
            Source::Data(_) | Source::Url(_) => Value::Null,
        };
    };
    if media.is_image() {
        let mut image = json!({"url": url});
        if let (Some(detail), Some(image)) = (media.detail, image.as_object_mut()) {
            image.insert("detail".to_owned(), detail.is.into());
        }
        return json!({"type": "image_url", "image_url": image});
    }
    let name = media.name.map_or_else(|| "file".to_owned(), |name| name.is);
    json!({"type": "file", "file": {"filename": name, "file_data": url}})
}
