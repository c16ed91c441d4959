//! generateContent requests, read. Keys may be in snake case, as protobuf has it; calls may lack ids.

use serde_json::Value;

use super::schema::json_schema;
use super::{KNOBS, NO_SIGNATURE};
use crate::wire::blob::Blob;
use crate::wire::fields::Fields;
use crate::wire::ir::{
    Call, Choice, Given, Input, Media, Outcome, Output, Part, Piece, Reasoning, Request, Role, Source, Thinking, Tool,
    Turn,
};
use crate::wire::{Flaw, Losses, knob};

/// Reads a request.
pub(in crate::wire) fn decode_request(body: Fields, losses: &mut Losses) -> Result<Request, Flaw> {
    let mut body = body.camel();
    let mut request = Request { usage_asked: true, ..Request::default() };
    body.take("model");
    if body.has("cachedContent") {
        return Err(Flaw::state("cachedContent"));
    }
    if let Some(config) = body.object("generationConfig")? {
        configure(config.camel(), &mut request, losses)?;
    }
    for (index, tool) in body.list("tools")?.into_iter().enumerate() {
        tools(Fields::of(tool, format!("tools[{index}]"))?.camel(), &mut request, losses)?;
    }
    if let Some(config) = body.object("toolConfig")? {
        choose(config.camel(), &mut request, losses)?;
    }
    let mut ids = Ids::default();
    if let Some(system) = body.take("systemInstruction") {
        request.system = match system {
            Value::String(text) => vec![Part::of_text("systemInstruction", text)],
            system => {
                let mut system = Fields::of(system, "systemInstruction")?;
                system.take("role");
                parts(system, &mut ids, losses)?
            }
        };
    }
    if !body.has("contents") {
        return Err(Flaw::new("contents", "is missing"));
    }
    let contents = match body.take("contents") {
        Some(Value::Array(contents)) => contents,
        Some(single) => vec![single],
        None => Vec::new(),
    };
    for (index, content) in contents.into_iter().enumerate() {
        let at = format!("contents[{index}]");
        if let Value::String(text) = content {
            request.turns.push(Turn { role: Role::User, parts: vec![Part::of_text(&at, text)] });
            continue;
        }
        let mut content = Fields::of(content, at)?;
        let role = match content.text("role")?.as_deref() {
            None | Some("user" | "function") => Role::User,
            Some("model") => Role::Assistant,
            Some("system") => Role::System,
            Some(_) => return Err(Flaw::wanted(content.at("role"), "user or model")),
        };
        let parts = parts(content, &mut ids, losses)?;
        request.turns.push(Turn { role, parts });
    }
    body.close(losses);
    Ok(request)
}

fn configure(mut config: Fields, request: &mut Request, losses: &mut Losses) -> Result<(), Flaw> {
    knob::read(&mut config, KNOBS, &mut request.knobs)?;
    if config.count("candidateCount")?.is_some_and(|count| count > 1) {
        return Err(Flaw::new(
            "generationConfig.candidateCount",
            "this target gives one candidate at a time; ask for 1",
        ));
    }
    request.max_tokens =
        config.count("maxOutputTokens")?.map(|is| Given { at: "generationConfig.maxOutputTokens", is });
    request.stop = config.texts("stopSequences")?.map(|is| Given { at: "generationConfig.stopSequences", is });
    let modalities = config.texts("responseModalities")?.unwrap_or_default();
    if modalities.iter().any(|modality| !modality.eq_ignore_ascii_case("text")) {
        losses.note("generationConfig.responseModalities");
    }
    let google = config.take("responseSchema").map(json_schema);
    let schema = config.take("responseJsonSchema").or(google);
    let is_json = match config.text("responseMimeType")?.as_deref() {
        None | Some("text/plain") => false,
        Some("application/json") => true,
        Some(_) => {
            losses.note("generationConfig.responseMimeType");
            false
        }
    };
    let output = match schema {
        Some(schema) => Some(Output::Schema { name: None, description: None, schema, strict: None }),
        None => is_json.then_some(Output::Json),
    };
    request.output = output.map(|is| Given { at: "generationConfig.responseMimeType", is });
    if let Some(thinking) = config.object("thinkingConfig")? {
        let mut thinking = thinking.camel();
        // -1 lets the model choose.
        let budget = thinking
            .take("thinkingBudget")
            .map(|budget| budget.as_i64().ok_or_else(|| Flaw::wanted(thinking.at("thinkingBudget"), "a whole number")));
        let budget = budget.transpose()?;
        let is = Thinking {
            effort: thinking.text("thinkingLevel")?.map(|level| level.to_ascii_lowercase()),
            budget: budget.and_then(|budget| u64::try_from(budget).ok()),
            adaptive: budget.is_some_and(|budget| budget < 0),
            summary: thinking
                .truth("includeThoughts")?
                .filter(|&shown| shown)
                .map(|_| Given { at: "generationConfig.thinkingConfig.includeThoughts", is: "auto".to_owned() }),
        };
        thinking.close(losses);
        request.thinking = Some(Given { at: "generationConfig.thinkingConfig", is });
    }
    config.close(losses);
    Ok(())
}

fn tools(mut tool: Fields, request: &mut Request, losses: &mut Losses) -> Result<(), Flaw> {
    let at = tool.at("functionDeclarations");
    for (index, function) in tool.list("functionDeclarations")?.into_iter().enumerate() {
        let mut function = Fields::of(function, format!("{at}[{index}]"))?.camel();
        let google = function.take("parameters").map(json_schema);
        let schema = match function.take("parametersJsonSchema").or(google) {
            None => serde_json::Map::new(),
            Some(Value::Object(schema)) => schema,
            Some(_) => return Err(Flaw::wanted(function.at("parametersJsonSchema"), "a JSON Schema object")),
        };
        request.tools.push(Tool {
            at: function.path().to_owned(),
            name: function.needed("name")?,
            description: function.text("description")?,
            input: Input::Schema(schema),
            strict: None,
            cache: None,
        });
        function.close(losses);
    }
    let path = tool.path().to_owned();
    match tool.into_map().into_iter().find(|(_, value)| !value.is_null()) {
        Some((name, _)) => Err(Flaw::server_tool(path, &name)),
        None => Ok(()),
    }
}

fn choose(mut config: Fields, request: &mut Request, losses: &mut Losses) -> Result<(), Flaw> {
    if let Some(calling) = config.object("functionCallingConfig")? {
        let mut calling = calling.camel();
        let names = calling.texts("allowedFunctionNames")?.unwrap_or_default();
        let mode = calling.text("mode")?.unwrap_or_default().to_ascii_uppercase();
        let is = match (mode.as_str(), names.as_slice()) {
            ("NONE", _) => Choice::None,
            ("ANY", []) => Choice::Required,
            ("ANY", [only]) => Choice::Tool(only.clone()),
            ("ANY", _) => Choice::Among(names, true),
            ("" | "AUTO" | "MODE_UNSPECIFIED" | "VALIDATED", []) => Choice::Auto,
            ("" | "AUTO" | "MODE_UNSPECIFIED" | "VALIDATED", _) => Choice::Among(names, false),
            _ => return Err(Flaw::wanted(calling.at("mode"), "AUTO, ANY, NONE or VALIDATED")),
        };
        calling.close(losses);
        request.choice = Some(Given { at: "toolConfig.functionCallingConfig", is });
    }
    config.close(losses);
    Ok(())
}

/// Ids for calls that have none: outcomes find them by name, in order.
#[derive(Default)]
struct Ids {
    made: usize,
    open: Vec<(String, String)>,
}

impl Ids {
    fn of_call(&mut self, id: Option<String>, name: &str) -> String {
        let id = id.filter(|id| !id.is_empty()).unwrap_or_else(|| {
            self.made += 1;
            format!("call_{}", self.made)
        });
        self.open.push((name.to_owned(), id.clone()));
        id
    }

    fn of_outcome(&mut self, id: Option<String>, name: &str) -> String {
        let id = id.filter(|id| !id.is_empty());
        let place = self.open.iter().position(|(own, given)| id.as_ref().map_or(own == name, |id| id == given));
        let found = place.map(|place| self.open.remove(place).1);
        id.or(found).unwrap_or_else(|| name.to_owned())
    }
}

fn parts(content: Fields, ids: &mut Ids, losses: &mut Losses) -> Result<Vec<Part>, Flaw> {
    let mut content = content;
    let path = content.at("parts");
    let mut parts: Vec<Part> = Vec::new();
    let list = match content.take("parts") {
        Some(Value::Array(list)) => list,
        Some(single) => vec![single],
        None => Vec::new(),
    };
    for (index, part) in list.into_iter().enumerate() {
        let at = format!("{path}[{index}]");
        if let Value::String(text) = part {
            parts.push(Part::of_text(&at, text));
            continue;
        }
        let mut fields = Fields::of(part, at.clone())?.camel();
        let thought = fields.truth("thought")?.unwrap_or(false);
        let seal = fields.text("thoughtSignature")?.filter(|seal| !seal.is_empty() && seal != NO_SIGNATURE);
        let blob = seal.map(|seal| Blob::read_base64(&seal));
        if thought {
            let text = fields.text("text")?.unwrap_or_default();
            thinks(&mut parts, at, &text, blob);
            fields.close(losses);
            continue;
        }
        if blob.is_some() {
            thinks(&mut parts, at.clone(), "", blob);
        }
        match piece(&mut fields, ids, losses)? {
            Some(is) => {
                parts.push(Part { at, cache: None, is });
                fields.close(losses);
            }
            None => losses.note(at),
        }
    }
    content.close(losses);
    Ok(parts)
}

/// Adds to the thought before it, unless that one is sealed.
fn thinks(parts: &mut Vec<Part>, at: String, text: &str, blob: Option<Blob>) {
    if let Some(Part { is: Piece::Reasoning(last), .. }) = parts.last_mut()
        && last.blob.is_none()
    {
        last.text.push_str(text);
        last.blob = blob;
        return;
    }
    parts.push(Part { at, cache: None, is: Piece::Reasoning(Reasoning { text: text.to_owned(), blob }) });
}

fn piece(fields: &mut Fields, ids: &mut Ids, losses: &mut Losses) -> Result<Option<Piece>, Flaw> {
    if let Some(text) = fields.text("text")? {
        return Ok(Some(Piece::Text(text)));
    }
    if let Some(data) = fields.object("inlineData")? {
        return media(data.camel(), "data", losses).map(Some);
    }
    if let Some(data) = fields.object("fileData")? {
        return media(data.camel(), "fileUri", losses).map(Some);
    }
    if let Some(call) = fields.object("functionCall")? {
        let mut call = call;
        let name = call.needed("name")?;
        let id = ids.of_call(call.text("id")?, &name);
        let arguments = call.take("args").map_or_else(|| "{}".to_owned(), |args| args.to_string());
        call.close(losses);
        return Ok(Some(Piece::Call(Call { id, name, arguments, custom: false })));
    }
    if let Some(outcome) = fields.object("functionResponse")? {
        return outcome_of(outcome, ids, losses).map(Some);
    }
    if fields.has("executableCode") || fields.has("codeExecutionResult") {
        return Ok(None);
    }
    Err(Flaw::new(fields.path(), "is no kind of part that can be translated"))
}

fn media(mut data: Fields, key: &str, losses: &mut Losses) -> Result<Piece, Flaw> {
    let mime = data.text("mimeType")?.unwrap_or_default();
    let content = data.needed(key)?;
    let at = if key == "data" { "inlineData.displayName" } else { "fileData.displayName" };
    let name = data.text("displayName")?.map(|is| Given { at, is });
    data.close(losses);
    let source = if key == "data" { Source::Data(content) } else { Source::Url(content) };
    Ok(Piece::Media(Media { mime, source, name, detail: None }))
}

fn outcome_of(mut outcome: Fields, ids: &mut Ids, losses: &mut Losses) -> Result<Piece, Flaw> {
    let name = outcome.needed("name")?;
    let id = ids.of_outcome(outcome.text("id")?, &name);
    let at = outcome.at("response");
    let mut is_error = false;
    let text = match outcome.take("response") {
        Some(Value::Object(mut map)) if map.len() == 1 => {
            is_error = map.contains_key("error");
            let only = ["output", "result", "error"].into_iter().find_map(|key| map.remove(key));
            match only {
                Some(Value::String(text)) => text,
                Some(other) => other.to_string(),
                None => Value::Object(map).to_string(),
            }
        }
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let mut parts = Vec::new();
    if !text.is_empty() {
        parts.push(Part::of_text(&at, text));
    }
    let path = outcome.at("parts");
    for (index, part) in outcome.list("parts")?.into_iter().enumerate() {
        let at = format!("{path}[{index}]");
        let mut fields = Fields::of(part, at.clone())?.camel();
        match piece(&mut fields, ids, losses)? {
            Some(is) => {
                parts.push(Part { at, cache: None, is });
                fields.close(losses);
            }
            None => losses.note(at),
        }
    }
    outcome.close(losses);
    Ok(Piece::Outcome(Outcome { id, name: Some(name), parts, is_error, custom: false }))
}
