//! From checked wishes to answers being written: what chat completions and completions share.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use super::{bounds, error::ApiError, guard::RequestId, params::Params, receipt::Receipt};
use crate::{
    chat::{
        reader::{Part, Reader},
        tools::{Choice, Tools},
    },
    engine::{Answer, Done, Engine, Event, Finish, Refused, Request, Timings},
    model::{SamplerRefused, Token, llama::schema_grammar},
    serving::{Chat, Served},
    text::TokenLogprob,
};

/// What an answer is to be, before it is asked for.
pub(super) struct Wish<'a> {
    pub(super) served: &'a Served,
    pub(super) engine: &'a Engine,
    pub(super) params: &'a Params,
    pub(super) request: &'a RequestId,
    pub(super) prompt: Vec<Token>,
    pub(super) logprobs: Option<usize>,
    /// Tools, and how the model writes calls.
    pub(super) tools: Option<(&'a Tools, &'a Chat)>,
    /// Reads an answer; without one, all is content.
    pub(super) reader: &'a (dyn Fn() -> Reader + Sync),
}

/// An answer being written.
pub(super) struct Reply {
    pub(super) index: usize,
    answer: Answer,
    reader: Reader,
    ready: VecDeque<Piece>,
    ended: bool,
    began: Instant,
    /// Prompt tokens, and how many of them were remembered.
    prompt: usize,
    cached: usize,
    receipt: Receipt,
}

/// A piece of it.
pub(super) enum Piece {
    /// A part of the message, and the log probabilities of its tokens.
    Part(Part, Vec<TokenLogprob>),
    /// Log probabilities whose text is still held back or is no content.
    Logprobs(Vec<TokenLogprob>),
    /// Its prompt is read so far.
    Read(Value),
    /// It ended.
    End(End),
    /// It failed.
    Failed(String),
}

/// How an answer ended.
pub(super) struct End {
    pub(super) reason: &'static str,
    pub(super) stopped: Option<String>,
    pub(super) tokens: usize,
    pub(super) timings: Timings,
}

/// Answers that have begun, and how long the first waited.
pub(super) struct Begun {
    pub(super) replies: Vec<Reply>,
    pub(super) queued: Duration,
}

/// Asks for `n` answers, numbered from `first`.
pub(super) fn ask(wish: &Wish<'_>, first: usize, n: usize) -> Result<Vec<Reply>, ApiError> {
    let (context, prompt) = (wish.served.settings.context, wish.prompt.len());
    if prompt == 0 {
        return Err(ApiError::invalid("prompt", "is empty"));
    }
    if prompt >= context {
        return Err(ApiError::too_long(prompt, context));
    }
    let mut replies = Vec::new();
    for index in first..first + n {
        let request = request(wish, index, context - prompt)?;
        let answer = wish.engine.submit(request).map_err(|refused| refusal(&refused))?;
        replies.push(Reply {
            index,
            answer,
            reader: (wish.reader)(),
            ready: VecDeque::new(),
            ended: false,
            began: Instant::now(),
            prompt,
            cached: 0,
            receipt: Receipt::new(&wish.request.0, &wish.served.settings.name, prompt),
        });
    }
    Ok(replies)
}

/// Waits for the first answer to begin, as long as the queue allows. The others may have to wait for it to end.
pub(super) async fn begin(served: &Served, mut replies: Vec<Reply>) -> Result<Begun, ApiError> {
    let deadline = Duration::from_secs(served.settings.queue_timeout);
    let Some(reply) = replies.first_mut() else {
        return Err(ApiError::invalid("n", "must be at least 1"));
    };
    let queued = match tokio::time::timeout(deadline, reply.answer.next()).await {
        Err(_) => {
            return Err(ApiError::unavailable(
                format!("waited {} s in the queue", deadline.as_secs()),
                Duration::from_secs(1),
            ));
        }
        Ok(Some(Event::Started { queued, cached })) => {
            reply.runs(cached);
            queued
        }
        Ok(Some(Event::Done(done))) => {
            return Err(ApiError::unavailable(cut_reason(&done.finish), Duration::from_secs(1)));
        }
        Ok(Some(Event::Text(_) | Event::Read(_)) | None) => return Err(refusal(&Refused::Gone)),
    };
    Ok(Begun { replies, queued })
}

fn request(wish: &Wish<'_>, index: usize, room: usize) -> Result<Request, ApiError> {
    let Wish { served, params, .. } = wish;
    let mut sampling = params.sampling(&served.settings, &*served.model, index)?;
    if let Some(schema) = params.schema()? {
        bounds::schema("response_format", &schema)?;
        if sampling.grammar.is_some() {
            return Err(ApiError::invalid("grammar", "cannot stand beside a JSON schema"));
        }
        let grammar = schema_grammar(&schema.to_string());
        sampling.grammar =
            Some(grammar.map_err(|why| {
                ApiError::invalid("response_format", format!("the JSON schema cannot be used: {why}"))
            })?);
    }
    let mut markup = false;
    if let Some((tools, chat)) = wish.tools {
        markup = tools.choice != Choice::None;
        tools.offered.iter().try_for_each(|tool| bounds::schema("tools", tool))?;
        let grammar = tools.grammar(chat.dialect, schema_grammar);
        let grammar = grammar.map_err(|why| {
            ApiError::invalid("tools", format!("a tool's parameters are no usable JSON schema: {why}"))
        })?;
        if let (Some(grammar), None) = (grammar, &sampling.grammar) {
            let trigger = chat.dialect.opening().filter(|_| tools.choice == Choice::Auto);
            sampling.grammar_triggers = trigger.map(String::from).into_iter().collect();
            sampling.grammar = Some(grammar);
        }
    }
    let sampler = served.model.sampler(&sampling, &wish.prompt).map_err(|refused| match refused {
        SamplerRefused::Grammar(_) => ApiError::invalid("grammar", refused.to_string()),
        SamplerRefused::Bias(..) => ApiError::invalid("logit_bias", refused.to_string()),
    })?;
    Ok(Request {
        prompt: wish.prompt.clone(),
        max_tokens: params.limit(&served.settings, room)?,
        stop: params.stops(&served.settings)?,
        sampler,
        logprobs: wish.logprobs,
        markup,
        progress: params.stream.unwrap_or(false) && params.return_progress.unwrap_or(false),
        reuse: params.cache_prompt.unwrap_or(true),
    })
}

/// What a refusal by the engine is to the client.
pub(super) fn refusal(refused: &Refused) -> ApiError {
    match refused {
        Refused::Full { retry_after } => ApiError::busy("as many requests wait as may; try again later", *retry_after),
        Refused::Stopping => ApiError::unavailable("the engine is stopping", Duration::from_secs(5)),
        Refused::Gone => ApiError::unavailable("the engine has failed", Duration::from_secs(5)),
    }
}

fn cut_reason(finish: &Finish) -> String {
    match finish {
        Finish::Failed(reason) => reason.clone(),
        _ => "the engine is stopping".into(),
    }
}

impl Reply {
    /// The next piece; `None` after the end.
    pub(super) async fn next(&mut self) -> Option<Piece> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Some(piece);
            }
            if self.ended {
                return None;
            }
            match self.answer.next().await {
                Some(Event::Started { cached, .. }) => self.runs(cached),
                Some(Event::Read(tokens)) => return Some(Piece::Read(self.progress(tokens))),
                Some(Event::Text(chunk)) => {
                    self.receipt.writes();
                    let parts = self.reader.push(&chunk.text);
                    self.hand_over(parts, chunk.logprobs);
                }
                Some(Event::Done(done)) => self.end(done),
                None => {
                    self.ended = true;
                    return Some(Piece::Failed("the engine has failed".into()));
                }
            }
        }
    }

    fn runs(&mut self, cached: usize) {
        self.receipt.runs();
        (self.began, self.cached) = (Instant::now(), cached);
    }

    /// How far the prompt is read, in llama.cpp's words.
    fn progress(&self, tokens: usize) -> Value {
        let time_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        json!({"total": self.prompt, "cache": self.cached, "processed": tokens, "time_ms": time_ms})
    }

    fn hand_over(&mut self, parts: Vec<Part>, mut logprobs: Vec<TokenLogprob>) {
        for part in parts {
            self.ready.push_back(Piece::Part(part, std::mem::take(&mut logprobs)));
        }
        if !logprobs.is_empty() {
            self.ready.push_back(Piece::Logprobs(logprobs));
        }
    }

    fn end(&mut self, done: Done) {
        let Done { rest, finish, tokens, timings } = done;
        let mut parts = self.reader.push(&rest.text);
        parts.extend(self.reader.finish());
        self.hand_over(parts, rest.logprobs);
        self.ended = true;
        self.receipt.ended(&finish, tokens, &timings);
        let called = self.reader.called();
        let (reason, stopped) = match finish {
            Finish::Stop(_) if called => ("tool_calls", None),
            Finish::Stop(stop) => ("stop", stop),
            Finish::Length => ("length", None),
            Finish::Cut => {
                return self.ready.push_back(Piece::Failed("the engine is stopping".into()));
            }
            Finish::Failed(reason) => return self.ready.push_back(Piece::Failed(reason)),
        };
        self.ready.push_back(Piece::End(End { reason, stopped, tokens, timings }));
    }
}

/// The pieces of all answers, as they come.
pub(super) fn merged(replies: Vec<Reply>) -> impl futures_util::Stream<Item = (usize, Piece)> + Send + 'static {
    let one = |reply: Reply| {
        let index = reply.index;
        stream::unfold(reply, move |mut reply| async move { reply.next().await.map(|piece| ((index, piece), reply)) })
            .boxed()
    };
    stream::select_all(replies.into_iter().map(one))
}

/// What answers cost.
#[derive(Clone, Copy, Default)]
pub(super) struct Usage {
    prompt: usize,
    answer: usize,
    cached: usize,
}

impl Usage {
    pub(super) fn new(prompt: usize) -> Self {
        Self { prompt, ..Self::default() }
    }

    pub(super) fn add(&mut self, end: &End) {
        self.answer += end.tokens;
        self.cached = self.cached.max(end.timings.cached);
    }

    pub(super) fn json(self) -> Value {
        json!({
            "prompt_tokens": self.prompt,
            "completion_tokens": self.answer,
            "total_tokens": self.prompt + self.answer,
            "prompt_tokens_details": {"cached_tokens": self.cached},
        })
    }
}

/// How long an answer's parts took, in llama.cpp's words.
pub(super) fn timings(end: &End, prompt: usize) -> Value {
    let ms = |time: Duration| (time.as_secs_f64() * 1e6).round() / 1e3;
    let rate = |tokens: usize, time: Duration| {
        if time.is_zero() { 0.0 } else { (tokens as f64 / time.as_secs_f64() * 100.0).round() / 100.0 }
    };
    let read = prompt.saturating_sub(end.timings.cached);
    json!({
        "queue_ms": ms(end.timings.queued),
        "cache_n": end.timings.cached,
        "prompt_n": read,
        "prompt_ms": ms(end.timings.prefill),
        "prompt_per_second": rate(read, end.timings.prefill),
        "predicted_n": end.tokens,
        "predicted_ms": ms(end.timings.decode),
        "predicted_per_second": rate(end.tokens.saturating_sub(1), end.timings.decode),
    })
}
