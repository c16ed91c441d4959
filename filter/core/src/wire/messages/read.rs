//! Messages requests, read.

use serde_json::Value;

use super::KNOBS;
use crate::wire::fields::Fields;
use crate::wire::ir::{Choice, Given, Input, Output, Request, Role, Thinking, Tool, Turn};
use crate::wire::{Flaw, Losses, knob, parts};

/// Whose untagged signatures these clients hold.
const NATIVE: &str = "anthropic";

/// Reads a request.
pub(in crate::wire) fn decode_request(mut body: Fields, losses: &mut Losses) -> Result<Request, Flaw> {
    let mut request = Request { usage_asked: true, ..Request::default() };
    body.take("model");
    body.take("anthropic_version");
    knob::read(&mut body, KNOBS, &mut request.knobs)?;
    request.stream = body.truth("stream")?.unwrap_or(false);
    request.max_tokens = body.count("max_tokens")?.map(|is| Given { at: "max_tokens", is });
    request.stop = body.texts("stop_sequences")?.map(|is| Given { at: "stop_sequences", is });
    if let Some(mut metadata) = body.object("metadata")? {
        request.user = metadata.text("user_id")?.map(|is| Given { at: "metadata.user_id", is });
        metadata.close(losses);
    }
    if body.has("container") {
        return Err(Flaw::state("container"));
    }
    if !body.list("mcp_servers")?.is_empty() {
        return Err(Flaw::server_tool("mcp_servers", "mcp"));
    }
    let tier = body.text("service_tier")?;
    if tier.is_some_and(|tier| tier != "auto") {
        losses.note("service_tier");
    }
    thinking(&mut body, &mut request, losses)?;
    request.system = parts::read(body.take("system"), "system", NATIVE, losses)?;
    for (index, tool) in body.list("tools")?.into_iter().enumerate() {
        request.tools.push(tool_of(Fields::of(tool, format!("tools[{index}]"))?, losses)?);
    }
    choice(&mut body, &mut request, losses)?;
    if !body.has("messages") {
        return Err(Flaw::new("messages", "is missing"));
    }
    for (index, message) in body.list("messages")?.into_iter().enumerate() {
        let mut message = Fields::of(message, format!("messages[{index}]"))?;
        let role = match message.needed("role")?.as_str() {
            "user" => Role::User,
            "assistant" => Role::Assistant,
            "system" => Role::System,
            _ => return Err(Flaw::wanted(message.at("role"), "user, assistant or system")),
        };
        let at = message.at("content");
        let parts = parts::read(message.take("content"), &at, NATIVE, losses)?;
        message.close(losses);
        request.turns.push(Turn { role, parts });
    }
    body.close(losses);
    Ok(request)
}

/// How much to think, and what the answer must look like: `output_config` says both.
fn thinking(body: &mut Fields, request: &mut Request, losses: &mut Losses) -> Result<(), Flaw> {
    let mut wish = Thinking::default();
    let mut at = None;
    if let Some(mut thinking) = body.object("thinking")? {
        at = Some("thinking");
        match thinking.needed("type")?.as_str() {
            "enabled" => wish.budget = thinking.count("budget_tokens")?,
            "adaptive" => wish.adaptive = true,
            "disabled" => wish.budget = Some(0),
            _ => return Err(Flaw::wanted("thinking.type", "enabled, adaptive or disabled")),
        }
        if thinking.text("display")?.is_some_and(|display| display == "summarized") {
            wish.summary = Some(Given { at: "thinking.display", is: "auto".to_owned() });
        }
        thinking.close(losses);
    }
    let mut format = body.object("output_format")?;
    if let Some(mut output) = body.object("output_config")? {
        if let Some(effort) = output.text("effort")? {
            wish.effort = Some(effort);
            at = at.or(Some("output_config.effort"));
        }
        format = output.object("format")?.or(format);
        output.close(losses);
    }
    if let Some(mut format) = format {
        if format.needed("type")? != "json_schema" {
            return Err(Flaw::wanted("output_config.format.type", "json_schema"));
        }
        let schema = format.take("schema").ok_or_else(|| Flaw::new("output_config.format.schema", "is missing"))?;
        let is = Output::Schema { name: None, description: None, schema, strict: Some(true) };
        request.output = Some(Given { at: "output_config.format", is });
        format.close(losses);
    }
    request.thinking = at.map(|at| Given { at, is: wish });
    Ok(())
}

fn tool_of(mut tool: Fields, losses: &mut Losses) -> Result<Tool, Flaw> {
    let at = tool.path().to_owned();
    if let Some(kind) = tool.text("type")?.filter(|kind| kind != "custom") {
        return Err(Flaw::server_tool(at, &kind));
    }
    let schema = match tool.take("input_schema") {
        None => serde_json::Map::new(),
        Some(Value::Object(schema)) => schema,
        Some(_) => return Err(Flaw::wanted(tool.at("input_schema"), "a JSON Schema object")),
    };
    let read = Tool {
        name: tool.needed("name")?,
        description: tool.text("description")?,
        input: Input::Schema(schema),
        strict: tool.truth("strict")?.map(|is| Given { at: "strict", is }),
        cache: tool.take("cache_control"),
        at,
    };
    tool.close(losses);
    Ok(read)
}

fn choice(body: &mut Fields, request: &mut Request, losses: &mut Losses) -> Result<(), Flaw> {
    let Some(mut choice) = body.object("tool_choice")? else { return Ok(()) };
    let is = match choice.needed("type")?.as_str() {
        "auto" => Choice::Auto,
        "any" => Choice::Required,
        "none" => Choice::None,
        "tool" => Choice::Tool(choice.needed("name")?),
        _ => return Err(Flaw::wanted("tool_choice.type", "auto, any, tool or none")),
    };
    request.choice = Some(Given { at: "tool_choice", is });
    let alone = choice.truth("disable_parallel_tool_use")?;
    request.parallel = alone.map(|alone| Given { at: "tool_choice.disable_parallel_tool_use", is: !alone });
    choice.close(losses);
    Ok(())
}
