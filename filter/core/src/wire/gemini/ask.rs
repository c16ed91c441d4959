//! generateContent requests, written for a target. The model and the wish to stream go into the path, which is not
//! written here.

use serde_json::{Map, Value, json};

use super::{KNOBS, LONGEST_NAME, NO_SIGNATURE};
use crate::wire::chat::schema_value;
use crate::wire::ir::{
    Call, Choice, Given, Media, Outcome, Output, Part, Piece, Reasoning, Request, Role, Source, Thinking, Tool, Turn,
};
use crate::wire::knob::Knob;
use crate::wire::names::Names;
use crate::wire::{Flaw, Losses, Memory, Target, knob, output, repair, write};

/// The most tokens to think with that every model takes.
const MOST_BUDGET: u64 = 24_576;
/// The most stop sequences.
const MOST_STOPS: usize = 5;

/// Writes a request.
pub(in crate::wire) fn encode_request(
    request: Request,
    target: &Target<'_>,
    memory: &mut Memory,
    losses: &mut Losses,
) -> Result<Vec<u8>, Flaw> {
    let mut knobs = request.knobs;
    let by_level = target.quirks.thinks_by_level(target.model);
    let mut body = Map::new();
    let mut contents = Contents {
        names: &mut memory.names,
        provider: target.quirks.provider,
        by_level,
        vertex: target.quirks.vertex,
        losses,
    };
    let system = contents.parts(request.system, Role::System)?;
    if !system.is_empty() {
        body.insert("systemInstruction".to_owned(), json!({"parts": system}));
    }
    let turns = contents.turns(request.turns)?;
    body.insert("contents".to_owned(), turns.into());
    if !request.tools.is_empty() {
        let functions: Vec<Value> = request.tools.into_iter().map(|tool| contents.tool(tool)).collect();
        body.insert("tools".to_owned(), json!([{"functionDeclarations": functions}]));
        if let Some(Given { is, .. }) = request.choice {
            body.insert("toolConfig".to_owned(), json!({"functionCallingConfig": choice_value(is, contents.names)}));
        }
    }
    if let Some(Given { at, is: false }) = request.parallel {
        losses.note(at);
    }
    if let Some(Given { at, .. }) = request.user {
        losses.note(at);
    }
    let mut config = Map::new();
    let mut set = |key: &str, value: Value| drop(config.insert(key.to_owned(), value));
    if let Some(Given { is, .. }) = request.max_tokens {
        set("maxOutputTokens", is.into());
    }
    if let Some(Given { at, mut is }) = request.stop.filter(|stop| !stop.is.is_empty()) {
        if is.len() > MOST_STOPS {
            losses.note(at);
            is.truncate(MOST_STOPS);
        }
        set("stopSequences", is.into());
    }
    match request.output {
        Some(Given { is: Output::Json, .. }) => set("responseMimeType", "application/json".into()),
        Some(Given { is: Output::Schema { name, description, schema, .. }, .. }) => {
            set("responseMimeType", "application/json".into());
            set("responseJsonSchema", output::bare(name, description, schema));
        }
        None => {}
    }
    if let Some(Given { at, is }) = request.thinking {
        if is.effort.is_some() && is.budget.is_some() {
            losses.note(at);
        }
        if !by_level && is.budget.is_some_and(|budget| budget > MOST_BUDGET) {
            losses.note(at);
        }
        match thinking_value(&is, by_level || target.quirks.always_thinks(target.model) && is.is_off()) {
            Some(value) => set("thinkingConfig", value),
            None => losses.note(at),
        }
    }
    if target.quirks.fixes_sampling(target.model) {
        knob::drop_where(&mut knobs, losses, Knob::is_sampling);
    }
    knob::write(knobs, KNOBS, &mut config, losses);
    if !config.is_empty() {
        body.insert("generationConfig".to_owned(), config.into());
    }
    Ok(Value::Object(body).to_string().into_bytes())
}

/// Google's own numbers for OpenAI's words. `None` where the model cannot be told.
fn thinking_value(thinking: &Thinking, by_level: bool) -> Option<Value> {
    let off = thinking.is_off();
    if by_level {
        let level = match (thinking.effort.as_deref(), thinking.budget) {
            // These models always think.
            _ if off => return None,
            (Some("minimal" | "low"), _) | (None, Some(0..=1024)) => Some("low"),
            (Some("medium"), _) => Some("medium"),
            (Some("high" | "xhigh" | "max"), _) | (None, Some(_)) => Some("high"),
            (Some(_), _) => return None,
            (None, None) => None,
        };
        return Some(match level {
            Some(level) => json!({"includeThoughts": true, "thinkingLevel": level}),
            None => json!({"includeThoughts": true}),
        });
    }
    let budget = match (thinking.budget, thinking.effort.as_deref()) {
        _ if off => return Some(json!({"thinkingBudget": 0})),
        (Some(budget), _) => i64::try_from(budget.min(MOST_BUDGET)).unwrap_or(i64::MAX),
        (None, Some("minimal" | "low")) => 1024,
        (None, Some("medium")) => 8192,
        (None, Some("high" | "xhigh" | "max")) => 24_576,
        (None, Some(_)) => return None,
        (None, None) => -1,
    };
    Some(json!({"includeThoughts": true, "thinkingBudget": budget}))
}

fn choice_value(choice: Choice, names: &mut Names) -> Value {
    let mut fit = |name: String| names.fit(name, LONGEST_NAME);
    match choice {
        Choice::Auto => json!({"mode": "AUTO"}),
        Choice::None => json!({"mode": "NONE"}),
        Choice::Required => json!({"mode": "ANY"}),
        Choice::Tool(name) => json!({"mode": "ANY", "allowedFunctionNames": [fit(name)]}),
        Choice::Among(list, required) => {
            let list: Vec<String> = list.into_iter().map(fit).collect();
            json!({"mode": if required { "ANY" } else { "VALIDATED" }, "allowedFunctionNames": list})
        }
    }
}

struct Contents<'a> {
    names: &'a mut Names,
    provider: &'static str,
    by_level: bool,
    vertex: bool,
    losses: &'a mut Losses,
}

impl Contents<'_> {
    fn turns(&mut self, turns: Vec<Turn>) -> Result<Vec<Value>, Flaw> {
        let turns = repair::merge(repair::pair(turns, self.losses));
        let mut contents = Vec::with_capacity(turns.len());
        if turns.first().is_none_or(|turn| turn.role == Role::Assistant) {
            contents.push(json!({"role": "user", "parts": [{"text": "."}]}));
        }
        for Turn { role, parts } in turns {
            let mut parts = self.parts(parts, role)?;
            if parts.is_empty() {
                parts.push(json!({"text": "."}));
            }
            contents.push(json!({"role": if role == Role::Assistant { "model" } else { "user" }, "parts": parts}));
        }
        Ok(contents)
    }

    /// Signatures stand on what follows the thought; a call without one gets a stand-in where one is demanded.
    fn parts(&mut self, parts: Vec<Part>, role: Role) -> Result<Vec<Value>, Flaw> {
        let mut values = Vec::with_capacity(parts.len());
        let mut signature: Option<String> = None;
        let mut calls = 0;
        let mut behind = Vec::new();
        for part in parts {
            let mut value = match part.is {
                Piece::Text(text) if text.is_empty() => continue,
                Piece::Text(text) => json!({"text": text}),
                Piece::Media(media) => media_value(media, &part.at, self.losses)?,
                Piece::Call(call) => {
                    calls += 1;
                    if calls == 1 && signature.is_none() && self.by_level && role == Role::Assistant {
                        signature = Some(NO_SIGNATURE.to_owned());
                    }
                    self.call(call)
                }
                Piece::Outcome(outcome) => self.outcome(outcome, &mut behind)?,
                Piece::Reasoning(Reasoning { text, blob }) => {
                    match blob.filter(|blob| blob.provider == self.provider) {
                        // A seal that has found nothing to stand on stands by itself.
                        Some(blob) => {
                            let alone = signature.replace(blob.data);
                            values.extend(alone.map(|seal| json!({"text": "", "thoughtSignature": seal})));
                        }
                        None => {
                            self.losses.note(part.at);
                            continue;
                        }
                    }
                    if text.is_empty() {
                        continue;
                    }
                    values.push(json!({"text": text, "thought": true}));
                    continue;
                }
            };
            if let (Some(signature), Some(map)) = (signature.take(), value.as_object_mut()) {
                map.insert("thoughtSignature".to_owned(), signature.into());
            }
            values.push(value);
        }
        if let Some(signature) = signature {
            values.push(json!({"text": "", "thoughtSignature": signature}));
        }
        // Media of outcomes stand behind all of them: as many outcomes as calls have to come first.
        let place = values.iter().rposition(|value| value.get("functionResponse").is_some()).map_or(0, |last| last + 1);
        values.splice(place..place, behind);
        Ok(values)
    }

    fn call(&mut self, call: Call) -> Value {
        let args = if call.custom { json!({"input": call.arguments}) } else { write::object(&call.arguments) };
        let mut value = Map::new();
        if !self.vertex {
            value.insert("id".to_owned(), call.id.into());
        }
        value.insert("name".to_owned(), self.names.fit(call.name, LONGEST_NAME).into());
        value.insert("args".to_owned(), args);
        json!({"functionCall": value})
    }

    fn outcome(&mut self, outcome: Outcome, behind: &mut Vec<Value>) -> Result<Value, Flaw> {
        let Outcome { id, name, parts, is_error, .. } = outcome;
        let mut value = Map::new();
        if !self.vertex {
            value.insert("id".to_owned(), id.clone().into());
        }
        let name = self.names.fit(name.unwrap_or(id), LONGEST_NAME);
        value.insert("name".to_owned(), name.into());
        let text = parts.iter().filter_map(Part::text).collect::<Vec<_>>().join("\n");
        let mut response = Map::new();
        response.insert(if is_error { "error" } else { "output" }.to_owned(), text.into());
        value.insert("response".to_owned(), response.into());
        let mut media = Vec::new();
        for part in parts {
            match part.is {
                Piece::Media(file) => media.push(media_value(file, &part.at, self.losses)?),
                Piece::Text(_) => {}
                _ => self.losses.note(part.at),
            }
        }
        if !self.by_level {
            behind.extend(media);
        } else if !media.is_empty() {
            value.insert("parts".to_owned(), media.into());
        }
        Ok(json!({"functionResponse": value}))
    }

    fn tool(&mut self, tool: Tool) -> Value {
        let Tool { at, name, mut description, input, strict, cache: _ } = tool;
        if let Some(strict) = strict.filter(|strict| strict.is) {
            self.losses.note_of(&at, &strict);
        }
        let schema = schema_value(input, &mut description);
        let mut value = Map::new();
        value.insert("name".to_owned(), self.names.fit(name, LONGEST_NAME).into());
        if let Some(description) = description {
            value.insert("description".to_owned(), description.into());
        }
        value.insert("parametersJsonSchema".to_owned(), schema);
        Value::Object(value)
    }
}

fn media_value(mut media: Media, at: &str, losses: &mut Losses) -> Result<Value, Flaw> {
    media.lose_name(at, losses);
    media.lose_detail(at, losses);
    match media.source {
        Source::Text(text) => Ok(json!({"text": text})),
        Source::Data(data) => {
            let mime = if media.mime.is_empty() { "application/octet-stream" } else { &media.mime };
            Ok(json!({"inlineData": {"mimeType": mime, "data": data}}))
        }
        Source::Url(url) if url.starts_with("gs://") || url.starts_with("https://") => {
            let mime = if media.mime.is_empty() { mime_of(&url) } else { &media.mime };
            Ok(json!({"fileData": {"mimeType": mime, "fileUri": url}}))
        }
        Source::Url(_) => {
            Err(Flaw::new(at, "this target fetches gs:// and https:// files only; send the bytes as base64"))
        }
    }
}

/// The type that a file's name says it has.
fn mime_of(url: &str) -> &'static str {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    match path.rsplit('.').next().unwrap_or_default() {
        "png" => "image/png",
        "webp" => "image/webp",
        "gif" => "image/gif",
        "pdf" => "application/pdf",
        "mp4" => "video/mp4",
        "mp3" => "audio/mpeg",
        "wav" => "audio/wav",
        _ => "image/jpeg",
    }
}
