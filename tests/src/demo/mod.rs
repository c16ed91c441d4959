//! A small, well-behaved upstream that needs no credential and no model: it answers every endpoint, streamed and not,
//! the same way each time. Its text names the model it was asked for and whether it saw a credential, never the
//! credential; asked with tools, it calls the first one until it is given a result.
//! Not a model (see local-engine), and not for scripts that misbehave (see `upstream`).

mod chat;
mod gemini;
mod messages;
mod responses;
mod single;

use serde_json::{Value, json};

use dragoman_core::endpoint::InPath;

use crate::upstream::{Received, Reply};

/// What the demo upstream reads in a request.
struct Ask {
    model: String,
    stream: bool,
    include_usage: bool,
    base64: bool,
    say: Say,
}

/// What it answers, in the pieces in which it streams.
enum Say {
    Text(Vec<String>),
    Call { name: String, arguments: Vec<String> },
}

/// Tokens of every prompt, of which the first [`CACHED`] came from a cache.
const PROMPT: usize = 12;
const CACHED: usize = 4;

/// Answers a request.
pub fn answer(request: &Received) -> Reply {
    answer_with(request, None)
}

/// Answers a request with these pieces: of a text, or of a tool's arguments where the first tool is called.
pub fn saying(request: &Received, pieces: &[String]) -> Reply {
    answer_with(request, Some(pieces))
}

fn answer_with(request: &Received, pieces: Option<&[String]>) -> Reply {
    let path = request.path.split('?').next().unwrap_or_default();
    if path == "/v1/models" {
        return Reply::json(200, single::models().to_string());
    }
    let in_path = InPath::of(path);
    let Some(mut ask) = Ask::read(request, in_path.as_ref()) else {
        return refuse(400, "the body names no model");
    };
    if let (Some(own), Say::Text(pieces) | Say::Call { arguments: pieces, .. }) = (pieces, &mut ask.say) {
        *pieces = own.to_vec();
    }
    if in_path.is_some() {
        return gemini::answer(&ask);
    }
    match path.strip_prefix("/v1").unwrap_or(path) {
        "/chat/completions" => chat::answer(&ask),
        "/completions" => chat::complete(&ask),
        "/responses" => responses::answer(&ask),
        "/messages" => messages::answer(&ask),
        "/messages/count_tokens" => Reply::json(200, json!({"input_tokens": PROMPT}).to_string()),
        path => single::answer(path, &ask).unwrap_or_else(|| refuse(404, "no such endpoint")),
    }
}

impl Ask {
    fn read(request: &Received, in_path: Option<&InPath>) -> Option<Ask> {
        let multipart = request.headers.first("content-type").is_some_and(|value| value.starts_with("multipart/"));
        let body: Value = if multipart {
            json!({"model": multipart_model(&request.body)?})
        } else {
            serde_json::from_slice(&request.body).ok()?
        };
        let model = match in_path {
            Some(said) => said.model.clone(),
            None => body["model"].as_str()?.to_owned(),
        };
        let authorized =
            ["authorization", "x-api-key", "api-key", "x-goog-api-key"].iter().any(|name| request.headers.has(name));
        let text = format!("Hello from {model}. Authorization: {}.", if authorized { "yes" } else { "no" });
        let say = match first_tool(&body) {
            Some(name) if !has_tool_result(&body) => Say::Call {
                name,
                arguments: ["{\"city\"", ": \"Pa", "ris\", \"days\": ", "3}"].map(str::to_owned).to_vec(),
            },
            _ => Say::Text(text.split_inclusive(' ').map(str::to_owned).collect()),
        };
        Some(Ask {
            model,
            stream: in_path.map_or(body["stream"] == true, |said| said.stream),
            include_usage: body["stream_options"]["include_usage"] == true,
            base64: body["encoding_format"] == "base64",
            say,
        })
    }
}

impl Say {
    /// The tokens it takes: one a piece.
    fn tokens(&self) -> usize {
        match self {
            Say::Text(pieces) | Say::Call { arguments: pieces, .. } => pieces.len(),
        }
    }
}

fn first_tool(body: &Value) -> Option<String> {
    let tool = body["tools"].get(0)?;
    let names = [&tool["function"]["name"], &tool["functionDeclarations"][0]["name"], &tool["name"]];
    names.iter().find_map(|name| name.as_str()).map(str::to_owned)
}

fn has_tool_result(body: &Value) -> bool {
    let turns = ["messages", "input", "contents"].iter().find_map(|key| body[key].as_array());
    turns.and_then(|turns| turns.last()).is_some_and(|turn| {
        turn["role"] == "tool"
            || turn["type"] == "function_call_output"
            || turn["parts"]
                .as_array()
                .is_some_and(|parts| parts.iter().any(|part| part.get("functionResponse").is_some()))
            || turn["content"].as_array().is_some_and(|parts| parts.iter().any(|part| part["type"] == "tool_result"))
    })
}

fn multipart_model(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let (_, part) = text.split_once("name=\"model\"")?;
    let (_, value) = part.split_once("\r\n\r\n")?;
    Some(value.split_once("\r\n")?.0.to_owned())
}

fn refuse(status: u16, message: &str) -> Reply {
    let error = json!({"error": {"message": message, "type": "invalid_request_error", "param": null, "code": null}});
    Reply::json(status, error.to_string())
}

/// A stream of named events.
fn named_events(events: &[Value]) -> Reply {
    let mut reply = Reply::new(200).header("content-type", "text/event-stream");
    for event in events {
        let name = event["type"].as_str().unwrap_or_default();
        reply = reply.piece(format!("event: {name}\ndata: {event}\n\n"));
    }
    reply
}
