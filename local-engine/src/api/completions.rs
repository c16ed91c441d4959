//! `/v1/completions`: text goes on, without a template.

use std::sync::Arc;

use axum::{
    Extension, Json,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use futures_util::{Stream, StreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    House,
    error::ApiError,
    generate::{Begun, End, Piece, Usage, Wish, ask, begin, merged, timings},
    guard::RequestId,
    params::{Params, read_with_params},
    stream::{events, identifier, insert, now, with_queue},
};
use crate::{
    chat::reader::{Part, Reader},
    model::{Model, Token},
    text::TokenLogprob,
};

/// A completion's own keys.
#[derive(Debug, Deserialize)]
pub(super) struct CompletionRequest {
    model: Option<String>,
    prompt: Value,
    logprobs: Option<usize>,
    echo: Option<bool>,
    suffix: Option<String>,
    best_of: Option<usize>,
}

/// Completes one or several prompts.
pub(super) async fn complete(
    State(house): State<Arc<House>>,
    Extension(id): Extension<RequestId>,
    body: Bytes,
) -> Result<Response, ApiError> {
    let (request, params): (CompletionRequest, Params) = read_with_params(&body)?;
    request.refuse_unbuilt(&params)?;
    let (served, writer) = house.answering(request.model.as_deref())?;
    let prompts = prompts(&request.prompt, &*served.model)?;
    let n = params.answers()?;
    if prompts.len() * n > served.settings.parallel + served.settings.queue {
        return Err(ApiError::invalid("prompt", "asks for more answers than the queue holds"));
    }
    let mut usage = Usage::new(prompts.iter().map(Vec::len).sum());
    let mut replies = Vec::new();
    let read = prompts.first().map_or(0, Vec::len);
    for (nth, prompt) in prompts.into_iter().enumerate() {
        let reader = &|| Reader::new(false, false, None);
        let wish = Wish {
            served,
            engine: &writer.engine,
            params: &params,
            request: &id,
            prompt,
            logprobs: request.logprobs,
            tools: None,
            reader,
        };
        replies.extend(ask(&wish, nth * n, n)?);
    }
    let all = begin(served, replies).await?;
    let head = Head { id: identifier("cmpl"), created: now(), model: served.settings.name.clone(), read };
    if params.stream.unwrap_or(false) {
        let queued = all.queued;
        let with_usage = params.stream_options.unwrap_or_default().include_usage;
        return Ok(events(head.chunks(all, usage, with_usage), queued));
    }
    let mut answers: Vec<Text> = all.replies.iter().map(|_| Text::default()).collect();
    let mut pieces = std::pin::pin!(merged(all.replies));
    while let Some((index, piece)) = pieces.next().await {
        let Some(answer) = answers.get_mut(index) else {
            continue;
        };
        match piece {
            Piece::Part(part, logprobs) => answer.add(&part, logprobs),
            Piece::Logprobs(logprobs) => answer.logprobs.extend(logprobs),
            Piece::Read(_) => {}
            Piece::Failed(reason) => return Err(ApiError::failed(reason)),
            Piece::End(end) => {
                usage.add(&end);
                answer.end = Some(end);
            }
        }
    }
    let times = answers.iter().find_map(|answer| answer.end.as_ref()).map(|end| timings(end, head.read));
    let choices: Vec<Value> = answers.into_iter().enumerate().map(|(index, answer)| answer.choice(index)).collect();
    let mut body = head.object(&Value::Array(choices));
    insert(&mut body, "usage", usage.json());
    insert(&mut body, "timings", times.unwrap_or_default());
    Ok(with_queue(Json(body).into_response(), all.queued))
}

impl CompletionRequest {
    fn refuse_unbuilt(&self, params: &Params) -> Result<(), ApiError> {
        if self.echo == Some(true) {
            return Err(ApiError::unbuilt("echo", "`echo` is not served"));
        }
        if self.suffix.as_ref().is_some_and(|suffix| !suffix.is_empty()) {
            return Err(ApiError::unbuilt("suffix", "`suffix` is not served"));
        }
        if self.best_of.is_some_and(|best| best > params.n.unwrap_or(1)) {
            return Err(ApiError::unbuilt("best_of", "`best_of` beyond `n` is not served"));
        }
        match self.logprobs {
            Some(21..) => Err(ApiError::invalid("logprobs", "must be between 0 and 20")),
            _ => Ok(()),
        }
    }
}

/// The prompts: a text, tokens, or a list of either; a list may mix texts and tokens into one prompt.
fn prompts(prompt: &Value, model: &dyn Model) -> Result<Vec<Vec<Token>>, ApiError> {
    let wrong = || ApiError::invalid("prompt", "must be text, tokens, or a list of these");
    match prompt {
        Value::String(text) => Ok(vec![model.tokenize(text, true, true)]),
        Value::Array(items) if items.iter().any(Value::is_number) => Ok(vec![mixed(items, model)?]),
        Value::Array(items) if !items.is_empty() => {
            let one = |item: &Value| match item {
                Value::String(text) => Ok(model.tokenize(text, true, true)),
                Value::Array(items) => mixed(items, model),
                _ => Err(wrong()),
            };
            items.iter().map(one).collect()
        }
        _ => Err(wrong()),
    }
}

fn mixed(items: &[Value], model: &dyn Model) -> Result<Vec<Token>, ApiError> {
    let size = model.facts().vocabulary;
    let mut tokens = Vec::new();
    for item in items {
        match item {
            Value::String(text) => tokens.extend(model.tokenize(text, tokens.is_empty(), true)),
            item => {
                let token = item.as_u64().and_then(|token| usize::try_from(token).ok()).filter(|token| *token < size);
                let token = token.and_then(|token| Token::try_from(token).ok());
                tokens.push(token.ok_or_else(|| {
                    ApiError::invalid(
                        "prompt",
                        format!("holds {item}, and tokens go from 0 to {}", size.saturating_sub(1)),
                    )
                })?);
            }
        }
    }
    Ok(tokens)
}

struct Head {
    id: String,
    created: u64,
    model: String,
    /// Tokens of the first prompt, for its timings.
    read: usize,
}

impl Head {
    fn object(&self, choices: &Value) -> Value {
        json!({"id": self.id, "object": "text_completion", "created": self.created, "model": self.model, "choices": choices})
    }

    fn chunk(&self, index: usize, text: &str, logprobs: Option<&Value>, finish: Option<&str>) -> Value {
        self.object(&json!([{"index": index, "text": text, "logprobs": logprobs, "finish_reason": finish}]))
    }

    fn chunks(self, begun: Begun, mut usage: Usage, with_usage: bool) -> impl Stream<Item = Value> + Send + 'static {
        let mut left = begun.replies.len();
        merged(begun.replies).flat_map(move |(index, piece)| {
            let mut chunks = Vec::new();
            match piece {
                Piece::Part(part, logprobs) => {
                    chunks.push(self.chunk(index, content(&part), legacy(&logprobs).as_ref(), None));
                }
                Piece::Logprobs(logprobs) => {
                    chunks.push(self.chunk(index, "", legacy(&logprobs).as_ref(), None));
                }
                Piece::Read(progress) => {
                    let mut chunk = self.chunk(index, "", None, None);
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
                    let mut last = self.chunk(index, "", None, Some(end.reason));
                    insert(&mut last, "timings", timings(&end, self.read));
                    chunks.push(last);
                }
            }
            if left == 0 && with_usage {
                let mut last = self.object(&json!([]));
                insert(&mut last, "usage", usage.json());
                chunks.push(last);
            }
            stream::iter(chunks)
        })
    }
}

#[derive(Default)]
struct Text {
    text: String,
    logprobs: Vec<TokenLogprob>,
    end: Option<End>,
}

impl Text {
    fn add(&mut self, part: &Part, logprobs: Vec<TokenLogprob>) {
        self.text.push_str(content(part));
        self.logprobs.extend(logprobs);
    }

    fn choice(self, index: usize) -> Value {
        let finish = self.end.as_ref().map(|end| end.reason);
        let stopped = self.end.as_ref().and_then(|end| end.stopped.as_deref());
        json!({"index": index, "text": self.text, "logprobs": legacy(&self.logprobs), "finish_reason": finish, "stopping_word": stopped})
    }
}

fn content(part: &Part) -> &str {
    match part {
        Part::Content(text) => text,
        Part::Thought(_) | Part::Call(_) | Part::Arguments(_) => "",
    }
}

/// Log probabilities in the shape that completions have had from the start.
fn legacy(logprobs: &[TokenLogprob]) -> Option<Value> {
    if logprobs.is_empty() {
        return None;
    }
    let tokens: Vec<&str> = logprobs.iter().map(|entry| entry.chosen.token.as_str()).collect();
    let chosen: Vec<f32> = logprobs.iter().map(|entry| entry.chosen.logprob).collect();
    let top = |entry: &TokenLogprob| -> serde_json::Map<String, Value> {
        entry.top_logprobs.iter().map(|top| (top.token.clone(), json!(top.logprob))).collect()
    };
    let top: Vec<_> = logprobs.iter().map(top).collect();
    Some(json!({"tokens": tokens, "token_logprobs": chosen, "top_logprobs": top, "content": logprobs}))
}
