//! Order: from what a target says, as it comes, to what an encoder can write down without a thought.
//!
//! Targets interleave calls, repeat ids or leave them out, and end without saying why. Encoders get one start, parts one
//! after the other, and one end. The first call is live; what comes beside it waits, and follows in order. Tool names and
//! free-text inputs become again what the client knows.

mod balance;
mod known;
mod live;

use super::error::ApiError;
use super::ir::{Citation, Event, Head, Opening, Step, Stop};
use super::memory::{Context, Memory};
use super::{Losses, names};
use crate::usage::Usage;

use super::blob::Blob;
use live::{Kind, Live, Waiting, Way};

/// More bytes are not kept waiting.
const MOST_WAITING: usize = 16 * 1024 * 1024;
/// No answer is longer: some clients are told all of it again at its end.
const LONGEST_ANSWER: usize = 128 * 1024 * 1024;
/// No answer has more calls.
const MOST_CALLS: usize = 4096;
/// The longest id that is passed on.
const LONGEST_ID: usize = 64;

/// Where encoders' steps go.
pub(super) type Sink<'s> = &'s mut dyn FnMut(Step<'_>);

/// The sequencer of one answer.
pub(super) struct Sequencer {
    memory: Memory,
    head: Head,
    shows_served: bool,
    phase: Phase,
    live: Option<Live>,
    waiting: Vec<Waiting>,
    held: usize,
    length: usize,
    ids: Vec<String>,
    stop: Option<Stop>,
    complete: bool,
    usage: Option<Usage>,
    served: Option<String>,
    content: bool,
    losses: Losses,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Waiting,
    Begun,
    Finished,
    Failed(&'static str),
}

impl Sequencer {
    pub(super) fn new(memory: &Memory, context: &Context) -> Sequencer {
        let head = Head {
            seed: context.seed.clone(),
            model: context.model.clone().unwrap_or_default(),
            created: context.created,
            estimate: memory.estimate,
            echo: memory.echo.clone(),
        };
        Sequencer {
            memory: memory.clone(),
            head,
            shows_served: context.model.is_none(),
            phase: Phase::Waiting,
            live: None,
            waiting: Vec::new(),
            held: 0,
            length: 0,
            ids: Vec::new(),
            stop: None,
            complete: false,
            usage: None,
            served: None,
            content: false,
            losses: Losses::default(),
        }
    }

    /// Takes what the target says next.
    pub(super) fn event(&mut self, event: Event<'_>, sink: Sink<'_>) {
        if self.is_over() || (self.complete && !matches!(event, Event::Usage(_) | Event::Fail(_))) {
            return;
        }
        self.length = self.length.saturating_add(event.length());
        match event {
            Event::Model(model) => self.model(model, sink),
            Event::Text(text) => self.text(Kind::Text, text, sink),
            Event::Refusal(text) => self.text(Kind::Refusal, text, sink),
            Event::Reasoning(text) => self.text(Kind::Reasoning, text, sink),
            Event::Seal(data) => self.seal(data, sink),
            Event::Citation(citation) => self.cite(citation, sink),
            Event::Break => self.part_ends(sink),
            Event::Call { slot, id, name, custom } => self.call(slot, id, name, custom, sink),
            Event::Arguments { slot, text } => self.arguments(slot, text, sink),
            Event::CallEnd { slot } => self.call_ends(slot, sink),
            Event::Usage(usage) => self.usage = Some(usage),
            Event::Stop(stop) => self.stop = Some(stop),
            Event::Lost(what) => self.losses.note(what),
            Event::Fail(error) => self.fail(&error, "target_error", sink),
            Event::End => self.complete = true,
        }
        if self.held > MOST_WAITING || self.ids.len() > MOST_CALLS || self.length > LONGEST_ANSWER {
            let error = ApiError::bad_gateway("The target's answer holds more at once than this gateway keeps.");
            self.fail(&error, "answer_too_large", sink);
        }
    }

    /// The target has nothing more to say.
    pub(super) fn finish(&mut self, sink: Sink<'_>) {
        if self.is_over() {
            return;
        }
        if !self.complete && self.stop.is_none() {
            let error = ApiError::bad_gateway("The target ended its answer before it was complete.");
            return self.fail(&error, "stream_truncated", sink);
        }
        self.flush(sink);
        let stop = match self.stop.take().unwrap_or_default() {
            Stop::Fault(word) if !self.content => {
                let error = ApiError { code: Some(word), ..ApiError::bad_gateway("The model's answer was invalid.") };
                return self.fail(&error, "target_error", sink);
            }
            // No other format can say either.
            Stop::Fault(_) | Stop::Pause => {
                self.losses.note("answer.stop_reason");
                if self.ids.is_empty() { Stop::Natural } else { Stop::Tools }
            }
            // What was called says more than the reason.
            Stop::Natural | Stop::Tools if !self.ids.is_empty() => Stop::Tools,
            Stop::Tools => Stop::Natural,
            stop => stop,
        };
        self.start(sink);
        let usage = self.usage.unwrap_or(Usage { input: self.head.estimate, ..Usage::default() });
        sink(Step::Finish(&stop, &usage));
        self.phase = Phase::Finished;
    }

    /// Ends it with an error, once.
    pub(super) fn fail(&mut self, error: &ApiError, code: &'static str, sink: Sink<'_>) {
        if !self.is_over() {
            self.waiting.clear();
            self.held = 0;
            self.phase = Phase::Failed(code);
            sink(Step::Fail(error));
        }
    }

    fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Finished | Phase::Failed(_))
    }

    fn start(&mut self, sink: Sink<'_>) {
        if self.phase == Phase::Waiting {
            self.phase = Phase::Begun;
            sink(Step::Start(&self.head));
        }
    }

    fn model(&mut self, model: &str, sink: Sink<'_>) {
        if self.served.is_none() && !model.is_empty() {
            self.served = Some(model.to_owned());
            if self.shows_served && self.phase == Phase::Waiting {
                self.head.model = model.to_owned();
            }
            self.start(sink);
        }
    }

    fn text(&mut self, kind: Kind, text: &str, sink: Sink<'_>) {
        if text.is_empty() {
            return;
        }
        self.content = true;
        self.make_way(sink);
        match &self.live {
            Some(live) if live.kind() == kind => sink(Step::Delta(text)),
            Some(live) if live.is_call() => self.wait(kind, text),
            _ => {
                self.open(Live::Plain(kind), sink);
                sink(Step::Delta(text));
            }
        }
    }

    fn seal(&mut self, data: &str, sink: Sink<'_>) {
        self.content = true;
        self.make_way(sink);
        let blob = Blob { provider: self.memory.provider.clone().into(), data: data.to_owned() };
        match &self.live {
            Some(live) if live.is_call() => {
                self.held += data.len();
                match self.waiting.last_mut() {
                    Some(last) if last.kind == Kind::Reasoning && last.seal.is_none() => last.seal = Some(blob),
                    _ => self.waiting.push(Waiting { seal: Some(blob), ..Waiting::new(Kind::Reasoning) }),
                }
                return;
            }
            Some(Live::Plain(Kind::Reasoning)) => {}
            _ => self.open(Live::Sealed, sink),
        }
        sink(Step::Seal(&blob));
        self.close(sink);
    }

    fn cite(&mut self, citation: Citation, sink: Sink<'_>) {
        match &self.live {
            Some(Live::Plain(Kind::Text)) => sink(Step::Cite(&citation)),
            _ => match self.waiting.last_mut() {
                Some(last) if last.kind == Kind::Text => last.citations.push(citation),
                _ => self.losses.note("answer.citations"),
            },
        }
    }

    fn part_ends(&mut self, sink: Sink<'_>) {
        match &self.live {
            Some(live) if live.is_call() => {
                if let Some(last) = self.waiting.last_mut().filter(|last| !last.is_call()) {
                    last.ended = true;
                }
            }
            Some(_) => self.close(sink),
            None => {}
        }
    }

    fn call(&mut self, slot: u64, id: &str, name: &str, custom: bool, sink: Sink<'_>) {
        self.content = true;
        let id = self.own_id(id);
        let name = self.memory.names.given(name).to_owned();
        let waiting = Waiting { id, name, custom, ..Waiting::new(Kind::Call(slot)) };
        self.make_way(sink);
        if self.live.as_ref().is_some_and(Live::is_call) {
            self.waiting.push(waiting);
        } else {
            self.open_waiting(waiting, sink);
        }
    }

    /// An id for a call: the target's, unless it gave none or the same before.
    fn own_id(&mut self, id: &str) -> String {
        let id = match names::fit_id(id, LONGEST_ID) {
            _ if id.is_empty() => None,
            id if self.ids.iter().any(|own| *own == *id) => None,
            id => Some(id.into_owned()),
        };
        let id = id
            .unwrap_or_else(|| format!("call_{}_{}", names::fit_id(&self.head.seed, LONGEST_ID - 16), self.ids.len()));
        self.ids.push(id.clone());
        id
    }

    fn arguments(&mut self, slot: u64, text: &str, sink: Sink<'_>) {
        match &mut self.live {
            Some(Live::Call(call)) if call.slot == slot => {
                self.held += call.push(text, sink);
            }
            _ => {
                let waiting = self.waiting.iter_mut().find(|waiting| waiting.kind == Kind::Call(slot));
                if let Some(waiting) = waiting {
                    waiting.text.push_str(text);
                    self.held += text.len();
                }
            }
        }
    }

    fn call_ends(&mut self, slot: u64, sink: Sink<'_>) {
        match &self.live {
            Some(Live::Call(call)) if call.slot == slot => {
                self.close(sink);
                self.advance(sink);
            }
            _ => {
                let waiting = self.waiting.iter_mut().find(|waiting| waiting.kind == Kind::Call(slot));
                if let Some(waiting) = waiting {
                    waiting.ended = true;
                }
            }
        }
    }

    /// Something else has come: a live call whose arguments are whole need not wait for its end to be said.
    fn make_way(&mut self, sink: Sink<'_>) {
        while matches!(&self.live, Some(Live::Call(call)) if call.is_whole()) {
            self.close(sink);
            self.advance(sink);
        }
    }

    /// Lets out what waits, up to the first call that is still to grow.
    fn advance(&mut self, sink: Sink<'_>) {
        while self.live.is_none() && !self.waiting.is_empty() {
            let waiting = self.waiting.remove(0);
            let ended = waiting.ended || waiting.seal.is_some() || !(self.waiting.is_empty() || waiting.is_call());
            self.open_waiting(waiting, sink);
            if ended || (!self.waiting.is_empty() && matches!(&self.live, Some(Live::Call(call)) if call.is_whole())) {
                self.close(sink);
            }
        }
    }

    /// Lets out everything.
    fn flush(&mut self, sink: Sink<'_>) {
        self.close(sink);
        while !self.waiting.is_empty() {
            self.advance(sink);
            self.close(sink);
        }
    }

    fn open_waiting(&mut self, waiting: Waiting, sink: Sink<'_>) {
        self.held = self.held.saturating_sub(waiting.text.len());
        match waiting.kind {
            Kind::Call(slot) => {
                let Waiting { id, name, text, custom, .. } = waiting;
                let offered = self.memory.free.contains(&name);
                self.open(Live::call(slot, id, name, Way::of(custom, offered)), sink);
                if let Some(Live::Call(call)) = &mut self.live {
                    self.held += call.push(&text, sink);
                }
            }
            kind => {
                let sealed = waiting.text.is_empty() && waiting.seal.is_some();
                self.open(if sealed { Live::Sealed } else { Live::Plain(kind) }, sink);
                if !waiting.text.is_empty() {
                    sink(Step::Delta(&waiting.text));
                }
                waiting.citations.iter().for_each(|citation| sink(Step::Cite(citation)));
                if let Some(blob) = &waiting.seal {
                    sink(Step::Seal(blob));
                }
            }
        }
    }

    fn open(&mut self, live: Live, sink: Sink<'_>) {
        self.start(sink);
        self.close(sink);
        sink(Step::Open(match &live {
            Live::Plain(Kind::Text) => Opening::Text,
            Live::Plain(Kind::Refusal) => Opening::Refusal,
            Live::Plain(Kind::Reasoning | Kind::Call(_)) => Opening::Reasoning,
            Live::Sealed => Opening::Sealed,
            Live::Call(call) => call.opening(),
        }));
        self.live = Some(live);
    }

    fn close(&mut self, sink: Sink<'_>) {
        if let Some(live) = self.live.take() {
            if let Live::Call(call) = live {
                self.held = self.held.saturating_sub(call.finish(sink));
            }
            sink(Step::Close);
        }
    }

    fn wait(&mut self, kind: Kind, text: &str) {
        self.held += text.len();
        match self.waiting.last_mut() {
            Some(last) if last.kind == kind && !last.ended && last.seal.is_none() => last.text.push_str(text),
            _ => self.waiting.push(Waiting { text: text.to_owned(), ..Waiting::new(kind) }),
        }
    }
}
