//! Messages requests, written for a target.

use serde_json::{Map, Value, json};

use super::schema::accepted;
use super::think::think;
use super::{KNOBS, LONGEST_ID, LONGEST_NAME, LONGEST_USER};
use crate::wire::chat::schema_value;
use crate::wire::ir::{
    Call, Choice, Given, Media, Outcome, Output, Part, Piece, Reasoning, Request, Role, Source, Tool, Turn,
};
use crate::wire::knob::Knob;
use crate::wire::names::{Names, fit_id, fit_user};
use crate::wire::parts::REDACTED;
use crate::wire::{Flaw, Losses, Memory, Target, knob, output, repair, write};

/// The least `top_p` with which a model thinks.
const LEAST_TOP_P: f64 = 0.95;
/// What Vertex expects in the place of a version header.
const VERTEX_VERSION: &str = "vertex-2023-10-16";

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
    if quirks.vertex {
        body.insert("anthropic_version".to_owned(), VERTEX_VERSION.into());
    } else {
        body.insert("model".to_owned(), target.model.into());
    }
    let mut limit = request.max_tokens.map_or(quirks.default_max_tokens, |given| given.is);
    let mut config = Map::new();
    let thinks = request
        .thinking
        .is_some_and(|given| think(given, &request.turns, target, &mut limit, &mut body, &mut config, losses));
    body.insert("max_tokens".to_owned(), limit.into());

    let mut blocks = Blocks { names: &mut memory.names, provider: quirks.provider, vertex: quirks.vertex, losses };
    let system = blocks.all(request.system, Role::System);
    match system.as_slice() {
        [] => {}
        [only] if only.get("cache_control").is_none() => {
            body.insert("system".to_owned(), only.get("text").cloned().unwrap_or_default());
        }
        _ => drop(body.insert("system".to_owned(), system.into())),
    }
    let needs_tools =
        request.tools.is_empty() && request.turns.iter().flat_map(|turn| &turn.parts).any(|part| part.call().is_some());
    let dummies = if needs_tools { declared(&request.turns) } else { Vec::new() };
    let messages = blocks.messages(request.turns);
    body.insert("messages".to_owned(), messages.into());

    let tools: Vec<Value> = request.tools.into_iter().map(|tool| blocks.tool(tool)).chain(dummies).collect();
    let has_tools = !tools.is_empty();
    if has_tools {
        body.insert("tools".to_owned(), tools.into());
        // What was only declared for history's sake is not on offer.
        let choice = if needs_tools {
            Some(json!({"type": "none"}))
        } else {
            choice_value(request.choice, request.parallel, thinks, &mut blocks)
        };
        if let Some(choice) = choice {
            body.insert("tool_choice".to_owned(), choice);
        }
    }
    // Anthropic refuses stop sequences of nothing but space.
    if let Some(Given { at, mut is }) = request.stop {
        let asked = is.len();
        is.retain(|text| !text.trim().is_empty());
        if is.len() < asked {
            losses.note(at);
        }
        if !is.is_empty() {
            body.insert("stop_sequences".to_owned(), is.into());
        }
    }
    if let Some(user) = request.user {
        body.insert("metadata".to_owned(), json!({"user_id": fit_user(user, LONGEST_USER, losses)}));
    }
    match request.output {
        Some(Given { is: Output::Schema { name, description, schema, .. }, .. }) => {
            let schema = accepted(output::bare(name, description, schema));
            config.insert("format".to_owned(), json!({"type": "json_schema", "schema": schema}));
        }
        Some(Given { is: Output::Json, at }) => losses.note(at),
        None => {}
    }
    if !config.is_empty() {
        body.insert("output_config".to_owned(), config.into());
    }
    if request.stream {
        body.insert("stream".to_owned(), true.into());
    }
    if quirks.fixes_sampling(target.model) {
        knob::drop_where(&mut knobs, losses, Knob::is_sampling);
    } else if thinks {
        knob::drop_where(&mut knobs, losses, |knob| matches!(knob, Knob::Temperature | Knob::TopK));
        let low = |(knob, given): &(Knob, Given<Value>)| {
            *knob == Knob::TopP && given.is.as_f64().is_some_and(|share| share < LEAST_TOP_P)
        };
        if knobs.iter().any(low) {
            knob::drop_where(&mut knobs, losses, |knob| knob == Knob::TopP);
        }
    } else if quirks.takes_one_sampler(target.model) && knobs.iter().any(|(knob, _)| *knob == Knob::Temperature) {
        knob::drop_where(&mut knobs, losses, |knob| knob == Knob::TopP);
    }
    for (knob, given) in &mut knobs {
        if *knob == Knob::Temperature && given.is.as_f64().is_some_and(|heat| heat > 1.0) {
            losses.note(given.at);
            given.is = 1.into();
        }
    }
    knob::write(knobs, KNOBS, &mut body, losses);
    Ok(Value::Object(body).to_string().into_bytes())
}

fn choice_value(
    choice: Option<Given<Choice>>,
    parallel: Option<Given<bool>>,
    thinks: bool,
    blocks: &mut Blocks<'_>,
) -> Option<Value> {
    let alone = parallel.is_some_and(|parallel| !parallel.is);
    let mut value = match choice {
        None if !alone => return None,
        None | Some(Given { is: Choice::Auto, .. }) => json!({"type": "auto"}),
        Some(Given { is: Choice::None, .. }) => return Some(json!({"type": "none"})),
        // While it thinks, it may not be forced.
        Some(Given { is: Choice::Required | Choice::Tool(_) | Choice::Among(_, true), at }) if thinks => {
            blocks.losses.note(at);
            json!({"type": "auto"})
        }
        Some(Given { is: Choice::Required, .. }) => json!({"type": "any"}),
        Some(Given { is: Choice::Tool(name), .. }) => {
            json!({"type": "tool", "name": blocks.names.fit(name, LONGEST_NAME)})
        }
        Some(Given { is: Choice::Among(_, required), at }) => {
            blocks.losses.note(at);
            json!({"type": if required { "any" } else { "auto" }})
        }
    };
    if let Some(map) = value.as_object_mut().filter(|_| alone) {
        map.insert("disable_parallel_tool_use".to_owned(), true.into());
    }
    Some(value)
}

/// Tools that were called and are no longer on offer: a history with calls needs them.
fn declared(turns: &[Turn]) -> Vec<Value> {
    let mut names: Vec<&str> = Vec::new();
    for call in turns.iter().flat_map(|turn| &turn.parts).filter_map(Part::call) {
        if !names.contains(&call.name.as_str()) {
            names.push(&call.name);
        }
    }
    let tool = |name| json!({"name": Names::default().fit(name, LONGEST_NAME), "input_schema": {"type": "object", "properties": {}}});
    names.into_iter().map(str::to_owned).map(tool).collect()
}

struct Blocks<'a> {
    names: &'a mut Names,
    provider: &'static str,
    vertex: bool,
    losses: &'a mut Losses,
}

impl Blocks<'_> {
    /// The conversation: alternating, begun by the user, ended without trailing space.
    fn messages(&mut self, turns: Vec<Turn>) -> Vec<Value> {
        let mut messages = Vec::with_capacity(turns.len());
        let turns = repair::merge(repair::pair(turns, self.losses));
        if turns.first().is_none_or(|turn| turn.role == Role::Assistant) {
            messages.push(json!({"role": "user", "content": "."}));
        }
        let last = turns.len().saturating_sub(1);
        for (index, mut turn) in turns.into_iter().enumerate() {
            let role = turn.role;
            if let Some(Part { is: Piece::Text(text), at, .. }) = turn.parts.last_mut()
                && index == last
                && role == Role::Assistant
            {
                let length = text.trim_end().len();
                if length < text.len() {
                    self.losses.note(&at);
                    text.truncate(length);
                }
            }
            let blocks = self.all(turn.parts, role);
            let content = match blocks.as_slice() {
                [] if role == Role::User => ".".into(),
                [] => continue,
                [only] if is_bare(only) => only.get("text").cloned().unwrap_or_default(),
                _ => Value::Array(blocks),
            };
            let role = if role == Role::Assistant { "assistant" } else { "user" };
            messages.push(json!({"role": role, "content": content}));
        }
        messages
    }

    fn all(&mut self, parts: Vec<Part>, role: Role) -> Vec<Value> {
        parts.into_iter().filter_map(|part| self.block(part, role)).collect()
    }

    fn block(&mut self, part: Part, role: Role) -> Option<Value> {
        let Part { at, cache, is } = part;
        let mut block = match is {
            Piece::Text(text) if text.is_empty() || (role != Role::User && text.trim().is_empty()) => {
                return cache.and_then(|_| self.lost(&format!("{at}.cache_control")));
            }
            Piece::Text(text) => json!({"type": "text", "text": text}),
            Piece::Media(media) if role == Role::User => match media_value(media, &at, self.losses) {
                Some(block) => block,
                None => return self.lost(&at),
            },
            Piece::Call(call) => self.call(call),
            Piece::Outcome(outcome) => self.outcome(outcome),
            Piece::Reasoning(reasoning) => match self.reasoning(reasoning) {
                Some(block) => block,
                None => return self.lost(&at),
            },
            Piece::Media(_) => return self.lost(&at),
        };
        if let (Some(mut mark), Some(map)) = (cache, block.as_object_mut()) {
            if let Some(mark) = mark.as_object_mut().filter(|_| self.vertex) {
                mark.remove("scope");
            }
            map.insert("cache_control".to_owned(), mark);
        }
        Some(block)
    }

    fn lost(&mut self, at: &str) -> Option<Value> {
        self.losses.note(at);
        None
    }

    fn call(&mut self, call: Call) -> Value {
        let input = if call.custom { json!({"input": call.arguments}) } else { write::object(&call.arguments) };
        let name = self.names.fit(call.name, LONGEST_NAME);
        json!({"type": "tool_use", "id": fit_id(&call.id, LONGEST_ID), "name": name, "input": input})
    }

    fn outcome(&mut self, outcome: Outcome) -> Value {
        let blocks = self.all(outcome.parts, Role::User);
        let content = match blocks.as_slice() {
            [only] if is_bare(only) => only.get("text").cloned().unwrap_or_default(),
            _ => Value::Array(blocks),
        };
        let mut result = Map::new();
        result.insert("type".to_owned(), "tool_result".into());
        result.insert("tool_use_id".to_owned(), fit_id(&outcome.id, LONGEST_ID).into());
        if content.as_array().is_none_or(|blocks| !blocks.is_empty()) {
            result.insert("content".to_owned(), content);
        }
        if outcome.is_error {
            result.insert("is_error".to_owned(), true.into());
        }
        Value::Object(result)
    }

    /// Only what Anthropic itself signed.
    fn reasoning(&self, reasoning: Reasoning) -> Option<Value> {
        let blob = reasoning.blob.filter(|blob| blob.provider == self.provider)?;
        Some(match blob.data.strip_prefix(REDACTED) {
            Some(data) => json!({"type": "redacted_thinking", "data": data}),
            None => json!({"type": "thinking", "thinking": reasoning.text, "signature": blob.data}),
        })
    }

    fn tool(&mut self, tool: Tool) -> Value {
        let Tool { at: _, name, mut description, input, strict, cache } = tool;
        let schema = schema_value(input, &mut description);
        let mut value = Map::new();
        value.insert("name".to_owned(), self.names.fit(name, LONGEST_NAME).into());
        if let Some(description) = description {
            value.insert("description".to_owned(), description.into());
        }
        let strict = strict.is_some_and(|strict| strict.is);
        let schema = if strict { accepted(schema) } else { schema };
        value.insert("input_schema".to_owned(), schema);
        if strict {
            value.insert("strict".to_owned(), true.into());
        }
        if let Some(mark) = cache {
            value.insert("cache_control".to_owned(), mark);
        }
        Value::Object(value)
    }
}

fn is_bare(block: &Value) -> bool {
    block.get("type").is_some_and(|kind| kind == "text") && block.get("cache_control").is_none()
}

fn media_value(mut media: Media, at: &str, losses: &mut Losses) -> Option<Value> {
    media.lose_detail(at, losses);
    let kind = match () {
        () if media.is_image() => "image",
        () if media.mime == "application/pdf" || media.mime.starts_with("text/") => "document",
        () if matches!(media.source, Source::Text(_)) => "document",
        () => return None,
    };
    if kind != "document" {
        media.lose_name(at, losses);
    }
    let source = match media.source {
        Source::Data(data) => json!({"type": "base64", "media_type": media.mime, "data": data}),
        Source::Url(url) if url.starts_with("http") => json!({"type": "url", "url": url}),
        Source::Url(_) => return None,
        Source::Text(text) => json!({"type": "text", "media_type": "text/plain", "data": text}),
    };
    let mut block = json!({"type": kind, "source": source});
    if let (Some(name), Some(map)) = (media.name, block.as_object_mut()) {
        map.insert("title".to_owned(), name.is.into());
    }
    Some(block)
}
