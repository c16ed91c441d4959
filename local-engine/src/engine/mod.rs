//! One model at work: a thread that owns it, and the handle through which requests reach that thread.
//! Admission is decided on the caller's side, so that a full queue answers at once whatever the thread is doing.
//!
//! Requests have memories of their own, and share the starts of prompts by copying, unless `kv_unified` gives them one. That
//! says the same for the same seed (`tests/load.rs`), but on a CPU each token is then compared with all that anyone holds:
//! beside llama.cpp's server, `bench engine --kv-unified` had 1.02, 0.86 and 0.65 of its tokens per second at 4, 8 and 16
//! clients, where memories apart had 0.99 at 8 and 16.

mod budget;
mod channel;
mod limits;
mod prefix;
mod scheduler;
mod sequence;
pub mod stats;

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub use channel::{Answer, Done, Event, Finish, Timings};
pub use limits::Limits;

use crate::model::{Evaluator, Model, Sampler, Token};
use channel::Outbox;
use scheduler::Scheduler;
use stats::Stats;

/// Bytes of the stack of a thread on which a grammar may be read: llama.cpp goes as deep as the grammar nests.
pub const STACK: usize = 64 << 20;

/// What one answer needs.
pub struct Request {
    /// The prompt, at least one token.
    pub prompt: Vec<Token>,
    /// The most tokens to answer with.
    pub max_tokens: usize,
    /// Text that ends the answer.
    pub stop: Vec<String>,
    /// Chooses the tokens.
    pub sampler: Box<dyn Sampler>,
    /// How many log probabilities to give for each token, besides its own.
    pub logprobs: Option<usize>,
    /// Whether control tokens are part of the text.
    pub markup: bool,
    /// Whether to say how far the prompt is read.
    pub progress: bool,
    /// Whether memory of earlier prompts may be used.
    pub reuse: bool,
}

/// Why a request was not taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// As many requests run and wait as may.
    #[error("the queue is full")]
    Full {
        /// When trying again may be worth it.
        retry_after: Duration,
    },
    /// The engine ends.
    #[error("the engine is stopping")]
    Stopping,
    /// The engine's thread is gone.
    #[error("the engine has failed")]
    Gone,
}

/// A job as the thread gets it.
struct Job {
    request: Request,
    outbox: Outbox,
    place: OwnedSemaphorePermit,
}

enum Command {
    Run(Box<Job>),
    /// A reader has made room, or has gone.
    Look,
    /// Ends everything that runs, with a reason.
    Cut,
}

/// The handle to an engine's thread. The thread ends when the last handle is gone.
#[derive(Clone)]
pub struct Engine {
    commands: mpsc::Sender<Command>,
    places: Arc<Semaphore>,
    limits: Limits,
    stats: Arc<Stats>,
}

impl Engine {
    /// Starts a thread that makes its evaluator with `make` and serves until the handle is dropped.
    /// Returns once the evaluator stands.
    pub fn start<E, F>(model: Arc<dyn Model>, limits: Limits, stats: Stats, run: F) -> Result<Self, E>
    where
        E: Send + 'static,
        F: FnOnce(&mut dyn FnMut(&mut dyn Evaluator)) -> Result<(), E> + Send + 'static,
    {
        let (commands, inbox) = mpsc::channel();
        let (ready, stands) = mpsc::channel();
        let stats = Arc::new(stats);
        let noted = Arc::clone(&stats);
        // A thread that cannot be started leaves `ready` dropped, and the call below ends as a failed engine would.
        let _ = std::thread::Builder::new().name("engine".into()).stack_size(STACK).spawn(move || {
            let failed = ready.clone();
            let ran = run(&mut |evaluator| {
                let _ = ready.send(Ok(()));
                Scheduler::new(evaluator, Arc::clone(&model), limits, Arc::clone(&noted)).run(&inbox);
            });
            if let Err(error) = ran {
                let _ = failed.send(Err(error));
            }
        });
        let places = Arc::new(Semaphore::new(limits.parallel + limits.queue));
        let engine = Self { commands, places, limits, stats };
        match stands.recv() {
            Ok(Err(error)) => Err(error),
            Ok(Ok(())) | Err(_) => Ok(engine),
        }
    }

    /// Hands a request in. Never waits.
    pub fn submit(&self, request: Request) -> Result<Answer, Refused> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| self.refusal())?;
        let commands = self.commands.clone();
        let look = move || drop(commands.send(Command::Look));
        let (outbox, answer) = channel::pair(Box::new(look));
        let job = Box::new(Job { request, outbox, place });
        self.commands.send(Command::Run(job)).map_err(|_| Refused::Gone)?;
        Ok(answer)
    }

    /// What the engine has done and is doing.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// What it works within.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// How many requests run or wait.
    #[must_use]
    pub fn occupied(&self) -> usize {
        (self.limits.parallel + self.limits.queue).saturating_sub(self.places.available_permits())
    }

    /// Takes no more requests; those it has go on.
    pub fn stop(&self) {
        self.places.close();
    }

    /// Ends those it has, each with a reason.
    pub fn cut(&self) {
        let _ = self.commands.send(Command::Cut);
    }

    fn refusal(&self) -> Refused {
        if self.places.is_closed() {
            return Refused::Stopping;
        }
        let rounds = self.limits.queue.div_ceil(self.limits.parallel.max(1)).max(1);
        let seconds = self.stats.usual_duration().as_secs_f64() * f64::from(u32::try_from(rounds).unwrap_or(u32::MAX));
        Refused::Full { retry_after: Duration::from_secs_f64(seconds.clamp(1.0, 60.0)) }
    }
}

#[cfg(test)]
mod tests;
