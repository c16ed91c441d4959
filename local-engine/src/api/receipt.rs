//! What the log says of an answer: a span for each of its stages, and a line when it has ended. Never what it says.

use std::sync::Arc;

use tracing::{Span, debug_span, info};

use crate::engine::{Finish, Timings};

/// Follows one answer.
pub(super) struct Receipt {
    request: Arc<str>,
    model: String,
    prompt: usize,
    /// `queue`, `prefill` or `decode`, closed when the next begins.
    stage: Span,
    writes: bool,
    ended: bool,
}

impl Receipt {
    /// Of an answer that waits.
    pub(super) fn new(request: &Arc<str>, model: &str, prompt: usize) -> Self {
        let stage = debug_span!("queue", request = &**request, model);
        Self { request: Arc::clone(request), model: model.into(), prompt, stage, writes: false, ended: false }
    }

    /// It runs: its prompt is read.
    pub(super) fn runs(&mut self) {
        self.stage = debug_span!("prefill", request = &*self.request, model = self.model);
    }

    /// It is being written.
    pub(super) fn writes(&mut self) {
        if !self.writes {
            self.writes = true;
            self.stage = debug_span!("decode", request = &*self.request, model = self.model);
        }
    }

    /// It has ended.
    pub(super) fn ended(&mut self, finish: &Finish, answer: usize, timings: &Timings) {
        self.writes();
        self.ended = true;
        self.stage = Span::none();
        let Self { request, model, prompt, .. } = self;
        let ended = match finish {
            Finish::Stop(_) => "stop",
            Finish::Length => "length",
            Finish::Cut => "cut",
            Finish::Failed(_) => "failed",
        };
        let (queue_ms, prefill_ms, decode_ms) =
            (timings.queued.as_millis(), timings.prefill.as_millis(), timings.decode.as_millis());
        let cached = timings.cached;
        info!(request = &**request, model, prompt, cached, answer, ended, queue_ms, prefill_ms, decode_ms, "answer");
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        if !self.ended {
            let Self { request, model, prompt, .. } = self;
            info!(request = &**request, model, prompt, ended = "gone", "answer");
        }
    }
}
