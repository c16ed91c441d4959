//! Chat requests, read. Cursor and others send bodies of responses, flat tools and foreign parts to this endpoint; what
//! can only mean one thing is read as that.

use serde_json::Value;

use super::KNOBS;
use crate::wire::blob::Blob;
use crate::wire::fields::Fields;
use crate::wire::ir::{
    Call, Choice, Given, Grammar, Input, Outcome, Output, Part, Piece, Reasoning, Request, Role, Thinking, Tool, Turn,
};
use crate::wire::{Flaw, Losses, knob, output, parts, responses};

/// Whose untagged blobs a chat client may hold: nobody can tell.
const NATIVE: &str = "unknown";

/// Reads a request.
pub(in crate::wire) fn decode_request(mut body: Fields, losses: &mut Losses) -> Result<Request, Flaw> {
    if !body.has("messages") && body.has("input") {
        return responses::decode_request(body, losses);
    }
    let mut request = Request::default();
    body.take("model");
    refuse(&mut body)?;
    knob::read(&mut body, KNOBS, &mut request.knobs)?;
    request.stream = body.truth("stream")?.unwrap_or(false);
    if let Some(mut options) = body.object("stream_options")? {
        request.usage_asked = options.truth("include_usage")?.unwrap_or(false);
        options.close(losses);
    }
    let completion = body.count("max_completion_tokens")?.map(|is| Given { at: "max_completion_tokens", is });
    let legacy = body.count("max_tokens")?.map(|is| Given { at: "max_tokens", is });
    request.max_tokens = one_of(completion, legacy, losses);
    request.stop = body.texts("stop")?.map(|is| Given { at: "stop", is });
    let safety = body.text("safety_identifier")?.map(|is| Given { at: "safety_identifier", is });
    request.user = one_of(body.text("user")?.map(|is| Given { at: "user", is }), safety, losses);
    request.parallel = body.truth("parallel_tool_calls")?.map(|is| Given { at: "parallel_tool_calls", is });
    if let Some(effort) = body.text("reasoning_effort")? {
        let is = Thinking { effort: Some(effort), ..Thinking::default() };
        request.thinking = Some(Given { at: "reasoning_effort", is });
    }
    request.output = form(&mut body, losses)?.map(|is| Given { at: "response_format", is });
    tools(&mut body, &mut request, losses)?;
    if !body.has("messages") {
        return Err(Flaw::new("messages", "is missing"));
    }
    for (index, message) in body.list("messages")?.into_iter().enumerate() {
        message_of(Fields::of(message, format!("messages[{index}]"))?, &mut request, losses)?;
    }
    body.close(losses);
    Ok(request)
}

/// What no other format can give an answer to.
fn refuse(body: &mut Fields) -> Result<(), Flaw> {
    if body.count("n")?.is_some_and(|n| n > 1) {
        return Err(Flaw::new("n", "this target gives one answer at a time; ask for n: 1, several times"));
    }
    if body.has("web_search_options") {
        return Err(Flaw::server_tool("web_search_options", "web_search"));
    }
    Ok(())
}

fn form(body: &mut Fields, losses: &mut Losses) -> Result<Option<Output>, Flaw> {
    let Some(mut format) = body.object("response_format")? else { return Ok(None) };
    let output = match format.needed("type")?.as_str() {
        "text" => None,
        "json_object" => Some(Output::Json),
        "json_schema" => {
            let mut schema =
                format.object("json_schema")?.ok_or_else(|| Flaw::new("response_format.json_schema", "is missing"))?;
            let output = output::read(&mut schema)?;
            schema.close(losses);
            Some(output)
        }
        _ => return Err(Flaw::wanted("response_format.type", "text, json_object or json_schema")),
    };
    format.close(losses);
    Ok(output)
}

/// Of two spellings of one thing the first that was used; the other is lost if it says something else.
pub(in crate::wire) fn one_of<T: PartialEq>(
    first: Option<Given<T>>,
    other: Option<Given<T>>,
    losses: &mut Losses,
) -> Option<Given<T>> {
    match (first, other) {
        (Some(first), Some(other)) => {
            if other.is != first.is {
                losses.note(other.at);
            }
            Some(first)
        }
        (first, other) => first.or(other),
    }
}

fn tools(body: &mut Fields, request: &mut Request, losses: &mut Losses) -> Result<(), Flaw> {
    for (index, tool) in body.list("tools")?.into_iter().enumerate() {
        request.tools.push(tool_of(Fields::of(tool, format!("tools[{index}]"))?, losses)?);
    }
    for (index, function) in body.list("functions")?.into_iter().enumerate() {
        let mut function = Fields::of(function, format!("functions[{index}]"))?;
        request.tools.push(function_of(&mut function)?);
        function.close(losses);
    }
    let choice = match body.take("tool_choice").or_else(|| body.take("function_call")) {
        Some(choice) => Some(choice_of(choice, "tool_choice", losses)?),
        None => None,
    };
    request.choice = choice.map(|is| Given { at: "tool_choice", is });
    Ok(())
}

/// A tool, flat or nested.
pub(in crate::wire) fn tool_of(mut tool: Fields, losses: &mut Losses) -> Result<Tool, Flaw> {
    let cache = tool.take("cache_control");
    let kind = tool.text("type")?.unwrap_or_else(|| "function".to_owned());
    let nested = tool.object(&kind)?;
    let at = tool.path().to_owned();
    let fields = nested.unwrap_or_else(|| std::mem::replace(&mut tool, Fields::empty(&at)));
    let read = |mut fields: Fields, losses: &mut Losses| {
        let read = match kind.as_str() {
            "function" => function_of(&mut fields)?,
            "custom" => Tool {
                at: at.clone(),
                name: fields.needed("name")?,
                description: fields.text("description")?,
                input: Input::Free(grammar_of(&mut fields, losses)?),
                strict: None,
                cache: None,
            },
            other => return Err(Flaw::server_tool(&at, other)),
        };
        fields.close(losses);
        Ok(read)
    };
    let is_nested = fields.path() != at;
    let read = read(fields, losses)?;
    tool.close(losses);
    let at_strict = if is_nested { "function.strict" } else { "strict" };
    let strict = read.strict.map(|strict| Given { at: at_strict, ..strict });
    Ok(Tool { cache, strict, at, ..read })
}

/// A grammar, which chat nests and responses do not.
fn grammar_of(tool: &mut Fields, losses: &mut Losses) -> Result<Option<Grammar>, Flaw> {
    let Some(mut format) = tool.object("format")? else { return Ok(None) };
    let grammar = match format.needed("type")?.as_str() {
        "text" => None,
        "grammar" => {
            let mut nested = format.object("grammar")?;
            let fields = nested.as_mut().unwrap_or(&mut format);
            let grammar = Grammar { syntax: fields.needed("syntax")?, definition: fields.needed("definition")? };
            nested.into_iter().for_each(|nested| nested.close(losses));
            Some(grammar)
        }
        _ => return Err(Flaw::wanted(format.at("type"), "text or grammar")),
    };
    format.close(losses);
    Ok(grammar)
}

fn function_of(fields: &mut Fields) -> Result<Tool, Flaw> {
    let parameters = fields.take("parameters").or_else(|| fields.take("input_schema"));
    Ok(Tool {
        at: fields.path().to_owned(),
        name: fields.needed("name")?,
        description: fields.text("description")?,
        input: Input::Schema(match parameters {
            None => serde_json::Map::new(),
            Some(Value::Object(schema)) => schema,
            Some(_) => return Err(Flaw::wanted(fields.at("parameters"), "a JSON Schema object")),
        }),
        strict: fields.truth("strict")?.map(|is| Given { at: "strict", is }),
        cache: None,
    })
}

/// A choice of tools, in OpenAI's spellings, flat or nested, and in Anthropic's, which some clients mix in.
pub(in crate::wire) fn choice_of(choice: Value, at: &str, losses: &mut Losses) -> Result<Choice, Flaw> {
    let mut fields = match choice {
        Value::String(word) => {
            return match word.as_str() {
                "auto" => Ok(Choice::Auto),
                "none" => Ok(Choice::None),
                "required" | "any" => Ok(Choice::Required),
                _ => Err(Flaw::wanted(at, "auto, none, required or an object that names a tool")),
            };
        }
        value => Fields::of(value, at)?,
    };
    let kind = fields.text("type")?.unwrap_or_else(|| "function".to_owned());
    let choice = match kind.as_str() {
        "auto" => Choice::Auto,
        "none" => Choice::None,
        "required" | "any" => Choice::Required,
        "function" | "custom" | "tool" => {
            let nested = fields.object(&kind)?;
            let mut named = nested.unwrap_or_else(|| std::mem::replace(&mut fields, Fields::empty(at)));
            let name = named.needed("name")?;
            named.close(losses);
            Choice::Tool(name)
        }
        "allowed_tools" => {
            let nested = fields.object("allowed_tools")?;
            let mut allowed = nested.unwrap_or_else(|| std::mem::replace(&mut fields, Fields::empty(at)));
            let required = match allowed.text("mode")?.as_deref() {
                None | Some("auto") => false,
                Some("required") => true,
                Some(_) => return Err(Flaw::wanted(allowed.at("mode"), "auto or required")),
            };
            let mut names = Vec::new();
            for (index, tool) in allowed.list("tools")?.into_iter().enumerate() {
                let mut tool = Fields::of(tool, format!("{at}.tools[{index}]"))?;
                let kind = tool.text("type")?.unwrap_or_default();
                let mut named = match tool.object(&kind)? {
                    Some(nested) => nested,
                    None => tool,
                };
                names.push(named.needed("name")?);
                named.close(losses);
            }
            allowed.close(losses);
            Choice::Among(names, required)
        }
        other => return Err(Flaw::server_tool(at, other)),
    };
    fields.close(losses);
    Ok(choice)
}

fn message_of(mut message: Fields, request: &mut Request, losses: &mut Losses) -> Result<(), Flaw> {
    let at = message.path().to_owned();
    let content_at = message.at("content");
    let role = message.needed("role")?;
    let content = parts::read(message.take("content"), &content_at, NATIVE, losses)?;
    let (role, parts) = match role.as_str() {
        "system" | "developer" if request.turns.is_empty() => {
            request.system.extend(content);
            message.close(losses);
            return Ok(());
        }
        "system" | "developer" => (Role::System, content),
        "user" => (Role::User, content),
        "assistant" => (Role::Assistant, said(&mut message, content, losses)?),
        "tool" | "function" => {
            let name = message.text("name")?;
            let id = message.text("tool_call_id")?.or_else(|| name.clone());
            let id = id.ok_or_else(|| Flaw::new(message.at("tool_call_id"), "is missing"))?;
            let id = Blob::from_id(&id).0.to_owned();
            let is = Piece::Outcome(Outcome { id, name, parts: content, is_error: false, custom: false });
            (Role::User, vec![Part { at, cache: message.take("cache_control"), is }])
        }
        _ => return Err(Flaw::wanted(message.at("role"), "system, developer, user, assistant or tool")),
    };
    message.close(losses);
    request.turns.push(Turn { role, parts });
    Ok(())
}

/// What the model said: reasoning first, then content, then calls. A seal that a call's id carries is that call's.
fn said(message: &mut Fields, content: Vec<Part>, losses: &mut Losses) -> Result<Vec<Part>, Flaw> {
    let at = message.path().to_owned();
    let mut parts = reasoning(message, losses)?;
    parts.extend(content);
    if let Some(refusal) = message.text("refusal")?.filter(|refusal| !refusal.is_empty()) {
        parts.push(Part::of_text(&message.at("refusal"), refusal));
    }
    for (index, call) in message.list("tool_calls")?.into_iter().enumerate() {
        let at = format!("{at}.tool_calls[{index}]");
        let mut call = Fields::of(call, at.clone())?;
        let (read, blob) = call_of(&mut call, losses)?;
        call.close(losses);
        if blob.is_some() {
            let is = Piece::Reasoning(Reasoning { text: String::new(), blob });
            parts.retain(|part| part.is != is);
            parts.push(Part { at: at.clone(), cache: None, is });
        }
        parts.push(Part { at, cache: None, is: Piece::Call(read) });
    }
    if let Some(mut call) = message.object("function_call")? {
        let (name, arguments) = (call.needed("name")?, call.text("arguments")?.unwrap_or_default());
        let call = Call { id: name.clone(), name, arguments, custom: false };
        parts.push(Part { at: message.at("function_call"), cache: None, is: Piece::Call(call) });
    }
    Ok(parts)
}

fn call_of(call: &mut Fields, losses: &mut Losses) -> Result<(Call, Option<Blob>), Flaw> {
    call.take("index");
    let id = call.needed("id")?;
    let (id, blob) = Blob::from_id(&id);
    let custom = match call.text("type")?.as_deref() {
        None | Some("function" | "") => false,
        Some("custom") => true,
        Some(_) => return Err(Flaw::wanted(call.at("type"), "function or custom")),
    };
    let key = if custom { "custom" } else { "function" };
    let mut named = call.object(key)?.ok_or_else(|| Flaw::new(call.at(key), "is missing"))?;
    let name = named.needed("name")?;
    let arguments = match named.take(if custom { "input" } else { "arguments" }) {
        None => String::new(),
        Some(Value::String(text)) => text,
        Some(value) => value.to_string(),
    };
    named.close(losses);
    Ok((Call { id: id.to_owned(), name, arguments, custom }, blob))
}

/// Earlier reasoning, in the spellings that clients keep. The fullest counts; it says what the others say.
fn reasoning(message: &mut Fields, losses: &mut Losses) -> Result<Vec<Part>, Flaw> {
    let plain =
        [message.text("reasoning_content")?, message.text("reasoning").ok().flatten()].into_iter().flatten().next();
    let blocks = message.list("thinking_blocks")?;
    let details = message.list("reasoning_details")?;
    let mut found = Vec::new();
    for (index, detail) in details.into_iter().enumerate() {
        let mut detail = Fields::of(detail, format!("{}[{index}]", message.at("reasoning_details")))?;
        let text = detail.text("text")?.or(detail.text("summary")?).unwrap_or_default();
        let seal = detail.text("signature")?.or(detail.text("data")?);
        let blob = seal.filter(|seal| !seal.is_empty()).map(|seal| Blob::read(&seal, NATIVE));
        let is = Piece::Reasoning(Reasoning { text, blob });
        found.push(Part { at: detail.path().to_owned(), cache: None, is });
    }
    if !blocks.is_empty() && found.is_empty() {
        let at = message.at("thinking_blocks");
        found = parts::read(Some(Value::Array(blocks)), &at, NATIVE, losses)?;
    }
    let says = |part: &Part| matches!(&part.is, Piece::Reasoning(reasoning) if !reasoning.text.is_empty());
    if let Some(text) = plain.filter(|text| !text.is_empty() && !found.iter().any(says)) {
        let is = Piece::Reasoning(Reasoning { text, blob: None });
        found.insert(0, Part { at: message.at("reasoning_content"), cache: None, is });
    }
    Ok(found)
}
