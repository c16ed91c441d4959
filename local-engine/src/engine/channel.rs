//! The way from the engine's thread to one reader: bounded, with room kept for the end, and a flag for a reader who left.
//! The thread never waits on it: when it is full, the thread sets the answer aside until the reader has read.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::sync::mpsc;

use crate::text::Chunk;

/// Pieces of an answer that may wait for its reader.
const DEPTH: usize = 64;

/// What happens to a request.
#[derive(Debug, PartialEq)]
pub enum Event {
    /// It runs; so much of its prompt was remembered.
    Started {
        /// How long it had waited.
        queued: Duration,
        /// Prompt tokens that need no evaluation.
        cached: usize,
    },
    /// So many tokens of its prompt are read; only where asked for.
    Read(usize),
    /// More of its answer.
    Text(Chunk),
    /// It ended, and nothing follows.
    Done(Done),
}

/// How a request ended.
#[derive(Debug, PartialEq)]
pub struct Done {
    /// The last of the text.
    pub rest: Chunk,
    /// Why it ended.
    pub finish: Finish,
    /// Tokens of the answer, the one that ends it among them.
    pub tokens: usize,
    /// How long its parts took.
    pub timings: Timings,
}

/// Why a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finish {
    /// The model ended its answer, or met a stop string.
    Stop(Option<String>),
    /// It reached its limit.
    Length,
    /// The engine is stopping.
    Cut,
    /// It could not go on.
    Failed(String),
}

/// How long the parts of a request took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Timings {
    /// Waiting.
    pub queued: Duration,
    /// Reading the prompt.
    pub prefill: Duration,
    /// Writing the answer.
    pub decode: Duration,
    /// Prompt tokens that needed no evaluation.
    pub cached: usize,
}

#[derive(Default)]
struct Shared {
    gone: AtomicBool,
    full: AtomicBool,
}

pub(super) fn pair(look: Box<dyn Fn() + Send + Sync>) -> (Outbox, Answer) {
    let (sender, receiver) = mpsc::channel(DEPTH + 1);
    let shared = Arc::new(Shared::default());
    let end = sender.clone().try_reserve_owned().ok();
    let outbox = Outbox { sender, end, shared: Arc::clone(&shared), held: Chunk::default() };
    (outbox, Answer { receiver, shared, look })
}

/// The thread's end.
pub(super) struct Outbox {
    sender: mpsc::Sender<Event>,
    end: Option<mpsc::OwnedPermit<Event>>,
    shared: Arc<Shared>,
    held: Chunk,
}

impl Outbox {
    pub(super) fn gone(&self) -> bool {
        self.shared.gone.load(Ordering::SeqCst)
    }

    pub(super) fn started(&self, queued: Duration, cached: usize) {
        // There is room: nothing was sent before.
        let _ = self.sender.try_send(Event::Started { queued, cached });
    }

    /// Says how far the prompt is read, if there is room: the next such word says more.
    pub(super) fn read(&self, tokens: usize) {
        let _ = self.sender.try_send(Event::Read(tokens));
    }

    /// Sends a chunk, or holds it. False when the reader must read first.
    pub(super) fn text(&mut self, chunk: Chunk) -> bool {
        self.held.append(chunk);
        self.flush()
    }

    /// Tries again to send what is held.
    pub(super) fn flush(&mut self) -> bool {
        if self.held.is_empty() {
            return true;
        }
        if self.try_held() {
            return true;
        }
        // The flag is set before the second try: a reader that misses it has made room already.
        self.shared.full.store(true, Ordering::SeqCst);
        self.try_held()
    }

    fn try_held(&mut self) -> bool {
        match self.sender.try_reserve() {
            Ok(room) => {
                room.send(Event::Text(std::mem::take(&mut self.held)));
                true
            }
            Err(_) => false,
        }
    }

    /// Ends the answer. There always is room for it.
    pub(super) fn done(mut self, mut done: Done) {
        let mut rest = std::mem::take(&mut self.held);
        rest.append(std::mem::take(&mut done.rest));
        done.rest = rest;
        if let Some(end) = self.end.take() {
            end.send(Event::Done(done));
        }
    }
}

/// The reader's end. Dropping it ends the request.
pub struct Answer {
    receiver: mpsc::Receiver<Event>,
    shared: Arc<Shared>,
    look: Box<dyn Fn() + Send + Sync>,
}

impl Answer {
    /// What happens next; `None` when the engine is gone.
    pub async fn next(&mut self) -> Option<Event> {
        let event = self.receiver.recv().await;
        if self.shared.full.swap(false, Ordering::SeqCst) {
            (self.look)();
        }
        event
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.shared.gone.store(true, Ordering::SeqCst);
        (self.look)();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(text: &str) -> Chunk {
        Chunk { text: text.into(), logprobs: Vec::new() }
    }

    fn done() -> Done {
        Done { rest: chunk("!"), finish: Finish::Length, tokens: 1, timings: Timings::default() }
    }

    #[tokio::test]
    async fn a_reader_who_does_not_read_loses_nothing_and_always_hears_the_end() {
        let (mut outbox, mut answer) = pair(Box::new(|| {}));
        let sent = (0..DEPTH * 2).filter(|_| outbox.text(chunk("x"))).count();
        assert_eq!(sent, DEPTH);
        outbox.done(done());
        let mut text = String::new();
        while let Some(event) = answer.next().await {
            match event {
                Event::Text(chunk) => text.push_str(&chunk.text),
                Event::Done(done) => text.push_str(&done.rest.text),
                Event::Started { .. } | Event::Read(_) => {}
            }
        }
        assert_eq!(text, "x".repeat(DEPTH * 2) + "!");
    }

    #[tokio::test]
    async fn a_reader_who_makes_room_says_so_once() {
        let looked = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let count = Arc::clone(&looked);
        let (mut outbox, mut answer) = pair(Box::new(move || {
            count.fetch_add(1, Ordering::SeqCst);
        }));
        while outbox.text(chunk("x")) {}
        answer.next().await;
        answer.next().await;
        assert_eq!(looked.load(Ordering::SeqCst), 1);
        assert!(outbox.flush());
    }

    #[test]
    fn a_reader_who_leaves_is_noticed() {
        let (outbox, answer) = pair(Box::new(|| {}));
        assert!(!outbox.gone());
        drop(answer);
        assert!(outbox.gone());
    }
}
