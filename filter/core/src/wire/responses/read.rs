//! Responses requests, read. What rests on state that a provider keeps is refused.

use serde_json::Value;

use super::{KNOBS, TEXT_KNOBS};
use crate::wire::blob::Blob;
use crate::wire::chat::{choice_of, one_of, tool_of};
use crate::wire::fields::Fields;
use crate::wire::ir::{Call, Given, Outcome, Output, Part, Piece, Reasoning, Request, Role, Thinking, Turn};
use crate::wire::{Flaw, Losses, knob, output, parts};

/// Whose untagged blobs these clients hold.
const NATIVE: &str = "openai";
/// What an answer says again of its request. Not the tools and instructions: they are long, and nobody reads them there.
const ECHOED: [&str; 12] = [
    "temperature",
    "top_p",
    "max_output_tokens",
    "tool_choice",
    "parallel_tool_calls",
    "metadata",
    "text",
    "reasoning",
    "user",
    "safety_identifier",
    "prompt_cache_key",
    "max_tool_calls",
];

/// Reads a request.
pub(in crate::wire) fn decode_request(mut body: Fields, losses: &mut Losses) -> Result<Request, Flaw> {
    let mut request = Request { usage_asked: true, ..Request::default() };
    request.echo = ECHOED.iter().filter_map(|key| Some(((*key).to_owned(), body.peek(key)?.clone()))).collect();
    body.take("model");
    for state in ["previous_response_id", "conversation", "prompt"] {
        if body.has(state) {
            return Err(Flaw::state(state));
        }
    }
    if body.truth("background")? == Some(true) {
        return Err(Flaw::state("background"));
    }
    knob::read(&mut body, KNOBS, &mut request.knobs)?;
    request.stream = body.truth("stream")?.unwrap_or(false);
    if let Some(options) = body.object("stream_options")? {
        options.close(losses);
    }
    if body.text("truncation")?.is_some_and(|truncation| truncation != "disabled") {
        losses.note("truncation");
    }
    // Sealed reasoning is always included; the rest is what provider's tools found, or probabilities.
    for include in body.texts("include")?.unwrap_or_default() {
        if include != "reasoning.encrypted_content" {
            losses.note("include");
        }
    }
    request.max_tokens = body.count("max_output_tokens")?.map(|is| Given { at: "max_output_tokens", is });
    let safety = body.text("safety_identifier")?.map(|is| Given { at: "safety_identifier", is });
    request.user = one_of(body.text("user")?.map(|is| Given { at: "user", is }), safety, losses);
    request.parallel = body.truth("parallel_tool_calls")?.map(|is| Given { at: "parallel_tool_calls", is });
    thinking(&mut body, &mut request, losses)?;
    if let Some(mut text) = body.object("text")? {
        knob::read(&mut text, TEXT_KNOBS, &mut request.knobs)?;
        request.output = form(&mut text, losses)?.map(|is| Given { at: "text.format", is });
        text.close(losses);
    }
    for (index, tool) in body.list("tools")?.into_iter().enumerate() {
        request.tools.push(tool_of(Fields::of(tool, format!("tools[{index}]"))?, losses)?);
    }
    if let Some(choice) = body.take("tool_choice") {
        request.choice = Some(Given { at: "tool_choice", is: choice_of(choice, "tool_choice", losses)? });
    }
    if let Some(text) = body.text("instructions")? {
        request.system.push(Part::of_text("instructions", text));
    }
    match body.take("input") {
        Some(Value::Array(items)) => {
            for (index, item) in items.into_iter().enumerate() {
                item_of(Fields::of(item, format!("input[{index}]"))?, &mut request, losses)?;
            }
        }
        Some(Value::String(text)) => {
            request.turns.push(Turn { role: Role::User, parts: vec![Part::of_text("input", text)] });
        }
        Some(_) => return Err(Flaw::wanted("input", "a string or an array of items")),
        None => return Err(Flaw::new("input", "is missing")),
    }
    body.close(losses);
    Ok(request)
}

fn thinking(body: &mut Fields, request: &mut Request, losses: &mut Losses) -> Result<(), Flaw> {
    let Some(mut reasoning) = body.object("reasoning")? else { return Ok(()) };
    let effort = reasoning.text("effort")?;
    let summary = reasoning.text("summary")?.or(reasoning.text("generate_summary")?);
    let summary = summary.map(|is| Given { at: "reasoning.summary", is });
    reasoning.close(losses);
    if effort.is_some() || summary.is_some() {
        let at = if effort.is_some() { "reasoning.effort" } else { "reasoning.summary" };
        request.thinking = Some(Given { at, is: Thinking { effort, summary, ..Thinking::default() } });
    }
    Ok(())
}

fn form(text: &mut Fields, losses: &mut Losses) -> Result<Option<Output>, Flaw> {
    let Some(mut format) = text.object("format")? else { return Ok(None) };
    let output = match format.needed("type")?.as_str() {
        "text" => None,
        "json_object" => Some(Output::Json),
        "json_schema" => Some(output::read(&mut format)?),
        _ => return Err(Flaw::wanted("text.format.type", "text, json_object or json_schema")),
    };
    format.close(losses);
    Ok(output)
}

fn item_of(mut item: Fields, request: &mut Request, losses: &mut Losses) -> Result<(), Flaw> {
    let at = item.path().to_owned();
    let kind = item.text("type")?;
    item.take("status");
    match kind.as_deref().unwrap_or("message") {
        "message" => {
            item.take("id");
            return message(item, request, losses);
        }
        "function_call" => {
            item.take("id");
            let call = Call {
                id: item.needed("call_id")?,
                name: item.needed("name")?,
                arguments: item.text("arguments")?.unwrap_or_default(),
                custom: false,
            };
            push(request, Role::Assistant, Part { at, cache: None, is: Piece::Call(call) });
        }
        "custom_tool_call" => {
            item.take("id");
            let (id, name) = (item.needed("call_id")?, item.needed("name")?);
            let call = Call { id, name, arguments: item.text("input")?.unwrap_or_default(), custom: true };
            push(request, Role::Assistant, Part { at, cache: None, is: Piece::Call(call) });
        }
        kind @ ("function_call_output" | "custom_tool_call_output") => {
            item.take("id");
            let custom = kind == "custom_tool_call_output";
            let content = match item.take("output") {
                Some(Value::Object(map)) if !map.contains_key("type") => Some(Value::Object(map).to_string().into()),
                other => other,
            };
            let parts = parts::read(content, &item.at("output"), NATIVE, losses)?;
            let outcome = Outcome { id: item.needed("call_id")?, name: None, parts, is_error: false, custom };
            push(request, Role::User, Part { at, cache: None, is: Piece::Outcome(outcome) });
        }
        "reasoning" => {
            item.take("id");
            let summary = parts::read(item.take("summary"), &item.at("summary"), NATIVE, losses)?;
            let content = parts::read(item.take("content"), &item.at("content"), NATIVE, losses)?;
            if !summary.is_empty() && !content.is_empty() {
                losses.note(item.at("content"));
            }
            let texts = if summary.is_empty() { content } else { summary };
            let text = texts.iter().filter_map(Part::text).collect::<Vec<_>>().join("\n\n");
            let blob = item.text("encrypted_content")?.map(|data| Blob::read(&data, NATIVE));
            // With neither it says nothing: only its maker could look its id up.
            if blob.is_some() || !text.is_empty() {
                let is = Piece::Reasoning(Reasoning { text, blob });
                push(request, Role::Assistant, Part { at, cache: None, is });
            } else {
                losses.note(at);
            }
        }
        "item_reference" => return Err(Flaw::state(&at)),
        kind if kind.ends_with("_call") || kind.ends_with("_call_output") || kind.starts_with("mcp_") => {
            // What a provider's own tools did: nobody else can use it.
            losses.note(at);
            return Ok(());
        }
        "compaction" => return Err(Flaw::state(&at)),
        other => {
            let kind = crate::json::shown_key(other);
            return Err(Flaw::new(item.at("type"), format!("{kind:?} is no kind of item that can be translated")));
        }
    }
    item.close(losses);
    Ok(())
}

fn message(mut item: Fields, request: &mut Request, losses: &mut Losses) -> Result<(), Flaw> {
    let at = item.at("content");
    let role = match item.needed("role")?.as_str() {
        "system" | "developer" => Role::System,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        _ => return Err(Flaw::wanted(item.at("role"), "system, developer, user or assistant")),
    };
    let parts = parts::read(item.take("content"), &at, NATIVE, losses)?;
    item.close(losses);
    match role {
        Role::System if request.turns.is_empty() => request.system.extend(parts),
        Role::Assistant => parts.into_iter().for_each(|part| push(request, role, part)),
        role => request.turns.push(Turn { role, parts }),
    }
    Ok(())
}

/// Adds to the turn that is under way: one answer is several items, and so are its outcomes.
fn push(request: &mut Request, role: Role, part: Part) {
    match request.turns.last_mut() {
        Some(turn) if turn.role == role && (role == Role::Assistant || only_outcomes(turn)) => turn.parts.push(part),
        _ => request.turns.push(Turn { role, parts: vec![part] }),
    }
}

fn only_outcomes(turn: &Turn) -> bool {
    turn.parts.iter().all(|part| matches!(part.is, Piece::Outcome(_)))
}
