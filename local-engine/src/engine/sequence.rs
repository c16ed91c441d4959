//! One request that runs: its tokens, how far they are evaluated, and the text they make.

use std::time::{Duration, Instant};

use super::{
    Job, Request,
    channel::{Done, Finish, Outbox, Timings},
};
use crate::{
    model::{Model, Row, Sampler, SeqId, Token},
    text::{Assembler, Chunk, Logprob, TokenLogprob},
};

/// A request that runs.
pub(super) struct Sequence {
    pub(super) seq: SeqId,
    /// The prompt, then the answer.
    pub(super) tokens: Vec<Token>,
    /// How many of them the model has read.
    pub(super) evaluated: usize,
    pub(super) prompt: usize,
    /// Tokens of memory that are its own.
    pub(super) reserved: usize,
    pub(super) reuse: bool,
    /// Its reader has to read before it goes on.
    pub(super) paused: bool,
    max_tokens: usize,
    sampler: Box<dyn Sampler>,
    logprobs: Option<usize>,
    markup: bool,
    progress: bool,
    assembler: Assembler,
    outbox: Outbox,
    clock: Clock,
    /// Its place in the house, given up when it ends.
    _place: tokio::sync::OwnedSemaphorePermit,
}

struct Clock {
    started: Instant,
    first: Option<Instant>,
    last: Instant,
    queued: Duration,
    cached: usize,
}

impl Sequence {
    pub(super) fn new(job: Job, seq: SeqId, cached: usize, reserved: usize, queued: Duration) -> Self {
        let Job { request, outbox, place } = job;
        let Request { prompt, max_tokens, stop, sampler, logprobs, markup, progress, reuse } = request;
        outbox.started(queued, cached);
        let now = Instant::now();
        Self {
            seq,
            prompt: prompt.len(),
            tokens: prompt,
            evaluated: cached,
            reserved,
            reuse,
            paused: false,
            max_tokens,
            sampler,
            logprobs,
            markup,
            progress,
            assembler: Assembler::new(stop),
            outbox,
            clock: Clock { started: now, first: None, last: now, queued, cached },
            _place: place,
        }
    }

    /// Whether its prompt is read and its answer is being written.
    pub(super) fn generates(&self) -> bool {
        self.tokens.len() > self.prompt
    }

    /// Whether its reader has left.
    pub(super) fn gone(&self) -> bool {
        self.outbox.gone()
    }

    /// Tokens still to be read before the next one can be chosen.
    pub(super) fn unread(&self) -> &[Token] {
        self.tokens.get(self.evaluated..).unwrap_or_default()
    }

    /// The model has read so many more of its tokens. Whether the next one can be chosen.
    pub(super) fn read(&mut self, count: usize) -> bool {
        self.evaluated += count;
        if self.progress && !self.generates() {
            self.outbox.read(self.evaluated);
        }
        self.unread().is_empty()
    }

    /// Adds its next unread tokens to `rows`, asking for the logits of the last if nothing is left unread.
    pub(super) fn extend(&self, rows: &mut Vec<Row>, count: usize) {
        let unread = self.unread();
        let place = self.evaluated..;
        for (nth, (position, token)) in place.zip(unread).take(count).enumerate() {
            let logits = nth + 1 == unread.len();
            rows.push(Row { token: *token, position, seq: self.seq, logits });
        }
    }

    /// Goes on if its reader has made room.
    pub(super) fn resume(&mut self) {
        if self.paused && self.outbox.flush() {
            self.paused = false;
        }
    }

    /// How long the last token took, and whether it was the first.
    pub(super) fn tick(&mut self) -> (Duration, bool) {
        let now = Instant::now();
        let took = now - self.clock.last;
        self.clock.last = now;
        let first = self.clock.first.is_none();
        self.clock.first.get_or_insert(now);
        (took, first)
    }

    /// Chooses the next token. `Some` when the answer ends with it.
    pub(super) fn advance(&mut self, model: &dyn Model, logits: &[f32]) -> Option<(Finish, Chunk)> {
        let Ok(token) = self.sampler.pick(logits) else {
            let reason = "the grammar and the model have come apart; no further token fits".into();
            return Some((Finish::Failed(reason), self.assembler.finish()));
        };
        self.tokens.push(token);
        if model.ends(token) {
            return Some((Finish::Stop(None), self.assembler.finish()));
        }
        let piece = model.piece(token, self.markup);
        let logprob = self.logprobs.map(|top| likelihood(model, logits, token, top, self.markup));
        let assembled = self.assembler.push(&piece, logprob);
        let mut chunk = assembled.chunk;
        if assembled.stopped.is_some() {
            return Some((Finish::Stop(assembled.stopped), chunk));
        }
        if self.answered() >= self.max_tokens {
            chunk.append(self.assembler.finish());
            return Some((Finish::Length, chunk));
        }
        if !chunk.is_empty() && !self.outbox.text(chunk) {
            self.paused = true;
        }
        None
    }

    pub(super) fn answered(&self) -> usize {
        self.tokens.len() - self.prompt
    }

    /// How long it has run.
    pub(super) fn ran(&self) -> Duration {
        self.clock.started.elapsed()
    }

    /// Tells its reader how it ended, and gives back the tokens that the model has read.
    pub(super) fn finish(self, finish: Finish, rest: Chunk) -> Vec<Token> {
        let first = self.clock.first.unwrap_or(self.clock.last);
        let timings = Timings {
            queued: self.clock.queued,
            prefill: first - self.clock.started,
            decode: self.clock.last - first,
            cached: self.clock.cached,
        };
        let tokens = self.answered();
        self.outbox.done(Done { rest, finish, tokens, timings });
        let mut read = self.tokens;
        read.truncate(self.evaluated);
        read
    }
}

/// The log probability of `token` and of the `top` likeliest, before any sampler changed them.
fn likelihood(model: &dyn Model, logits: &[f32], token: Token, top: usize, markup: bool) -> TokenLogprob {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = logits.iter().map(|logit| f64::from(logit - highest).exp()).sum();
    let base = f64::from(highest) + sum.ln();
    let of = |token: Token, logit: f32| {
        let bytes = model.piece(token, markup);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Logprob { id: token, token: text, bytes, logprob: (f64::from(logit) - base) as f32 }
    };
    let mut order: Vec<(Token, f32)> = (0..).zip(logits.iter().copied()).collect();
    let chosen = usize::try_from(token).ok().and_then(|token| logits.get(token)).copied().unwrap_or(f32::NEG_INFINITY);
    let top = top.min(order.len());
    let likelier = |one: &(Token, f32), other: &(Token, f32)| other.1.total_cmp(&one.1);
    if top > 0 && top < order.len() {
        order.select_nth_unstable_by(top - 1, likelier);
    }
    order.truncate(top);
    order.sort_by(likelier);
    let top_logprobs = order.into_iter().map(|(token, logit)| of(token, logit)).collect();
    TokenLogprob { chosen: of(token, chosen), top_logprobs }
}
