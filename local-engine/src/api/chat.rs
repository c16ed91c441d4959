//! `/v1/chat/completions`.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Extension, Json,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use futures_util::{Stream, StreamExt, stream};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    House,
    error::ApiError,
    generate::{Begun, End, Piece, Usage, Wish, ask, begin, merged, timings},
    guard::RequestId,
    params::{Params, read_with_params},
    stream::{events, identifier, insert, now, with_queue},
};
use crate::{
    chat::{
        messages::{BadMessage, normalise},
        reader::{Callable, Part, Reader},
        template::Turn,
        tools::{Choice, Tools},
    },
    model::Token,
    serving::{Chat, Served},
    settings::Settings,
    text::TokenLogprob,
};

/// A chat's own keys.
#[derive(Debug, Deserialize)]
pub(super) struct ChatRequest {
    model: Option<String>,
    messages: Vec<Value>,
    tools: Option<Vec<Value>>,
    tool_choice: Option<Value>,
    parallel_tool_calls: Option<bool>,
    logprobs: Option<bool>,
    top_logprobs: Option<usize>,
    chat_template_kwargs: Option<Map<String, Value>>,
}

/// Answers a chat.
pub(super) async fn complete(
    State(house): State<Arc<House>>,
    Extension(id): Extension<RequestId>,
    body: Bytes,
) -> Result<Response, ApiError> {
    let (request, params): (ChatRequest, Params) = read_with_params(&body)?;
    let (served, writer) = house.answering(request.model.as_deref())?;
    let chat = writer.chat.as_ref().map_err(|why| ApiError::invalid("messages", why.clone()))?;
    let tools = request.read_tools()?;
    let text = request.prompt(chat, &tools, &served.settings)?;
    let thinking = chat.thinks && text.trim_end().ends_with("<think>");
    let callable = (tools.choice != Choice::None).then(|| Callable { dialect: chat.dialect, names: tools.names() });
    let wish = Wish {
        served,
        engine: &writer.engine,
        params: &params,
        request: &id,
        prompt: tokens(served, &text),
        logprobs: request.logprobs()?,
        tools: Some((&tools, chat)),
        reader: &move || Reader::new(chat.thinks, thinking, callable.clone()),
    };
    let begun = begin(served, ask(&wish, 0, params.answers()?)?).await?;
    let head = Head {
        id: identifier("chatcmpl"),
        created: now(),
        model: served.settings.name.clone(),
        prompt: wish.prompt.len(),
    };
    if params.stream.unwrap_or(false) {
        let usage = params.stream_options.unwrap_or_default().include_usage;
        let queued = begun.queued;
        return Ok(events(head.chunks(begun, usage, wish.logprobs.is_some()), queued));
    }
    head.whole(begun, wish.logprobs.is_some()).await
}

/// A prompt's tokens: the model's own start is added unless the template wrote it.
pub(super) fn tokens(served: &Served, text: &str) -> Vec<Token> {
    let bos = &served.model.facts().bos;
    let written = !bos.is_empty() && text.starts_with(bos.as_str());
    served.model.tokenize(text, !written, true)
}

impl ChatRequest {
    pub(super) fn read_tools(&self) -> Result<Tools, ApiError> {
        Tools::read(self.tools.as_deref(), self.tool_choice.as_ref(), self.parallel_tool_calls)
            .map_err(|bad| ApiError::invalid(&bad.path, bad.problem))
    }

    /// The model that is asked for.
    pub(super) fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// The prompt's text.
    pub(super) fn prompt(&self, chat: &Chat, tools: &Tools, settings: &Settings) -> Result<String, ApiError> {
        let mut messages = normalise(&self.messages).map_err(|bad| {
            let BadMessage { path, problem, unbuilt } = bad;
            let message = format!("{path} {problem}");
            if unbuilt { ApiError::unbuilt(&path, message) } else { ApiError::invalid(&path, message) }
        })?;
        if let Some(text) = &settings.system_prompt
            && messages.iter().all(|message| message.get("role").is_none_or(|role| role != "system"))
        {
            messages.insert(0, json!({"role": "system", "content": text}));
        }
        let mut variables = settings.variables.clone();
        variables.extend(self.chat_template_kwargs.clone().unwrap_or_default());
        let offered = if tools.choice == Choice::None { &[][..] } else { &tools.offered };
        let turn = Turn { messages: &messages, tools: offered, answer: true, variables: Some(&variables) };
        chat.template.render(turn).map_err(|error| ApiError::invalid("messages", error.to_string()))
    }

    fn logprobs(&self) -> Result<Option<usize>, ApiError> {
        match (self.logprobs.unwrap_or(false), self.top_logprobs) {
            (_, Some(21..)) => Err(ApiError::invalid("top_logprobs", "must be between 0 and 20")),
            (false, Some(1..)) => Err(ApiError::invalid("top_logprobs", "needs `logprobs: true`")),
            (wanted, top) => Ok(wanted.then_some(top.unwrap_or(0))),
        }
    }
}

/// What every object of an answer begins with.
struct Head {
    id: String,
    created: u64,
    model: String,
    prompt: usize,
}

impl Head {
    fn object(&self, kind: &str, choices: &Value) -> Value {
        json!({"id": self.id, "object": kind, "created": self.created, "model": self.model, "choices": choices})
    }

    fn chunk(&self, index: usize, delta: &Value, logprobs: Option<Vec<TokenLogprob>>, finish: Option<&str>) -> Value {
        let logprobs = logprobs.map(|content| json!({"content": content}));
        let choice = json!({"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish});
        self.object("chat.completion.chunk", &json!([choice]))
    }

    /// The answers as a stream of chunks.
    fn chunks(self, begun: Begun, with_usage: bool, with_logprobs: bool) -> impl Stream<Item = Value> + Send + 'static {
        let first: Vec<Value> = begun
            .replies
            .iter()
            .map(|reply| self.chunk(reply.index, &json!({"role": "assistant", "content": ""}), None, None))
            .collect();
        let mut calls: HashMap<usize, usize> = HashMap::new();
        let mut left = begun.replies.len();
        let mut usage = Usage::new(self.prompt);
        let later = merged(begun.replies).flat_map(move |(index, piece)| {
            let mut chunks = Vec::new();
            match piece {
                Piece::Part(part, logprobs) => {
                    let logprobs = with_logprobs.then_some(logprobs);
                    chunks.push(self.chunk(index, &delta(part, calls.entry(index).or_default()), logprobs, None));
                }
                Piece::Logprobs(logprobs) => {
                    chunks.push(self.chunk(index, &json!({}), Some(logprobs), None));
                }
                Piece::Read(progress) => {
                    let mut chunk = self.chunk(index, &json!({}), None, None);
                    insert(&mut chunk, "prompt_progress", progress);
                    chunks.push(chunk);
                }
                Piece::Failed(reason) => {
                    left = left.saturating_sub(1);
                    chunks.push(ApiError::failed(reason).body());
                }
                Piece::End(end) => {
                    left = left.saturating_sub(1);
                    usage.add(&end);
                    let mut last = self.chunk(index, &json!({}), None, Some(end.reason));
                    insert(&mut last, "timings", timings(&end, self.prompt));
                    chunks.push(last);
                }
            }
            if left == 0 && with_usage {
                let mut last = self.object("chat.completion.chunk", &json!([]));
                insert(&mut last, "usage", usage.json());
                chunks.push(last);
            }
            stream::iter(chunks)
        });
        stream::iter(first).chain(later)
    }

    /// The answers at once.
    async fn whole(self, begun: Begun, with_logprobs: bool) -> Result<Response, ApiError> {
        let mut messages: Vec<Message> = begun.replies.iter().map(|_| Message::default()).collect();
        let mut pieces = std::pin::pin!(merged(begun.replies));
        while let Some((index, piece)) = pieces.next().await {
            let Some(message) = messages.get_mut(index) else {
                continue;
            };
            match piece {
                Piece::Part(part, logprobs) => {
                    message.add(part);
                    message.logprobs.extend(logprobs);
                }
                Piece::Logprobs(logprobs) => message.logprobs.extend(logprobs),
                Piece::Failed(reason) => return Err(ApiError::failed(reason)),
                Piece::End(end) => message.end = Some(end),
                Piece::Read(_) => {}
            }
        }
        let mut usage = Usage::new(self.prompt);
        messages.iter().filter_map(|message| message.end.as_ref()).for_each(|end| usage.add(end));
        let times = messages.iter().find_map(|message| message.end.as_ref()).map(|end| timings(end, self.prompt));
        let choices: Vec<Value> =
            messages.into_iter().enumerate().map(|(index, message)| message.choice(index, with_logprobs)).collect();
        let mut body = self.object("chat.completion", &Value::Array(choices));
        insert(&mut body, "usage", usage.json());
        insert(&mut body, "timings", times.unwrap_or_default());
        Ok(with_queue(Json(body).into_response(), begun.queued))
    }
}

/// A message being put together.
#[derive(Default)]
struct Message {
    content: String,
    thought: String,
    /// Names and arguments.
    calls: Vec<(String, String)>,
    logprobs: Vec<TokenLogprob>,
    end: Option<End>,
}

impl Message {
    fn add(&mut self, part: Part) {
        match part {
            Part::Content(text) => self.content.push_str(&text),
            Part::Thought(text) => self.thought.push_str(&text),
            Part::Call(name) => self.calls.push((name, String::new())),
            Part::Arguments(text) => {
                if let Some((_, arguments)) = self.calls.last_mut() {
                    arguments.push_str(&text);
                }
            }
        }
    }

    fn choice(self, index: usize, with_logprobs: bool) -> Value {
        let content = if self.content.is_empty() && !self.calls.is_empty() { Value::Null } else { json!(self.content) };
        let mut message = json!({"role": "assistant", "content": content});
        if !self.thought.is_empty() {
            insert(&mut message, "reasoning_content", json!(self.thought));
        }
        if !self.calls.is_empty() {
            let calls = self.calls.iter().map(|(name, arguments)| call(name, arguments)).collect();
            insert(&mut message, "tool_calls", calls);
        }
        let logprobs = with_logprobs.then(|| json!({"content": self.logprobs}));
        json!({"index": index, "message": message, "logprobs": logprobs, "finish_reason": self.end.map(|end| end.reason)})
    }
}

/// A part as a stream's delta; `calls` counts the calls so far.
fn delta(part: Part, calls: &mut usize) -> Value {
    match part {
        Part::Content(text) => json!({"content": text}),
        Part::Thought(text) => json!({"reasoning_content": text}),
        Part::Call(name) => {
            let mut call = call(&name, "");
            insert(&mut call, "index", json!(*calls));
            *calls += 1;
            json!({"tool_calls": [call]})
        }
        Part::Arguments(text) => {
            json!({"tool_calls": [{"index": calls.saturating_sub(1), "function": {"arguments": text}}]})
        }
    }
}

fn call(name: &str, arguments: &str) -> Value {
    json!({"id": identifier("call"), "type": "function", "function": {"name": name, "arguments": arguments}})
}
