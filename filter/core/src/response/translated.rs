//! An answer in another format than the client's. Streams are translated as they come; a whole answer and an error are
//! collected first, within a limit, and their head waits for them. What the formats say is `wire`'s.

use crate::endpoint::Endpoint;
use crate::head::{self, Edit, Head};
use crate::response::open::{self, Translation};
use crate::response::{Answer, Given};
use crate::usage::Usage;
use crate::wire::{self, ApiError, Format};

/// The longest error that is read; of a longer one the beginning is enough.
const LONGEST_ERROR: usize = 64 * 1024;

/// Opens an answer: changes to its head, and what its body runs through.
pub(super) fn open(
    translation: &Translation<'_>,
    model: Option<&str>,
    status: u16,
    head: &Head<'_>,
) -> (Vec<Edit>, Answer) {
    let context = wire::Context {
        model: model.map(str::to_owned),
        seed: translation.seed.to_owned(),
        created: translation.now / 1000,
    };
    let mut edits = request_id(translation.into, head);
    open::remove(head, open::OF_THE_BODY, &mut edits);
    let is_plain = head.first("content-encoding").is_none_or(|value| value == b"identity");
    open::remove(head, &["content-encoding"], &mut edits);
    let Translation { from, into, memory, longest, .. } = *translation;
    if (200..300).contains(&status) && is_plain && open::is_stream(head) && memory.stream {
        edits.push(Edit::Set("content-type".into(), "text/event-stream".to_owned()));
        let stream = wire::Stream::new(from, into, memory, &context);
        return (edits, Answer::Translated(Box::new(stream)));
    }
    let kind = if !(200..300).contains(&status) {
        Kind::Error(status)
    } else if is_plain && is_json(head) {
        Kind::Whole
    } else {
        Kind::Unreadable
    };
    let collecting = Collecting {
        from,
        into,
        memory: memory.clone(),
        context,
        lost: translation.losses.cloned().unwrap_or_default(),
        kind,
        body: Some(Vec::new()),
        longest: if kind == Kind::Whole { longest } else { LONGEST_ERROR },
        outcome: Outcome::default(),
    };
    edits.push(Edit::Set("content-type".into(), "application/json".to_owned()));
    (edits, Answer::Collecting(Box::new(collecting)))
}

fn is_json(head: &Head<'_>) -> bool {
    head.first("content-type").is_some_and(|value| head::is_media_type(value, "application/json"))
}

/// The target's id for the request, where the client's library looks for it.
fn request_id(into: Format, head: &Head<'_>) -> Vec<Edit> {
    let (theirs, own) = match into {
        Format::Messages => ("x-request-id", "request-id"),
        Format::Chat | Format::Responses => ("request-id", "x-request-id"),
        Format::Gemini => return Vec::new(),
    };
    let id = head.text(theirs).filter(|_| head.first(own).is_none());
    id.map(|id| Edit::Set(own.into(), id.to_owned())).into_iter().collect()
}

/// What a body is, before it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Whole,
    /// With this status.
    Error(u16),
    /// Neither JSON nor the stream that was asked for.
    Unreadable,
}

/// An answer that is collected.
pub struct Collecting {
    from: Format,
    into: Format,
    memory: wire::Memory,
    context: wire::Context,
    /// What the target was not told.
    lost: wire::Losses,
    kind: Kind,
    /// What has come; `None` once the client has its answer.
    body: Option<Vec<u8>>,
    longest: usize,
    outcome: Outcome,
}

/// What the account is told of it.
#[derive(Default)]
struct Outcome {
    usage: Option<Usage>,
    served: Option<String>,
    error: Option<&'static str>,
    losses: usize,
}

impl Collecting {
    /// Takes a chunk. Once the client has its answer, what else comes goes nowhere.
    pub fn chunk(&mut self, chunk: &[u8], end: bool) -> Given {
        let Some(body) = &mut self.body else {
            return Given::bytes(Some(Vec::new()));
        };
        let room = self.longest - body.len();
        body.extend_from_slice(chunk.get(..room).unwrap_or(chunk));
        let is_too_long = chunk.len() > room;
        if !end && !is_too_long {
            return Given::Waits;
        }
        let body = self.body.take().unwrap_or_default();
        match self.kind {
            Kind::Error(status) => Given::bytes(Some(wire::error(self.from, self.into, status, &body))),
            Kind::Whole if is_too_long => {
                self.fail("answer_too_large", "The target's answer is longer than this gateway translates.")
            }
            Kind::Whole => self.translate(&body),
            Kind::Unreadable => {
                self.fail("answer_unreadable", "The target's answer is not in the format that it speaks.")
            }
        }
    }

    /// Whether the client has not got its answer yet.
    pub fn waits(&self) -> bool {
        self.body.is_some()
    }

    fn translate(&mut self, body: &[u8]) -> Given {
        let answered = match wire::answer(self.from, self.into, body, &self.memory, &self.context) {
            Ok(answered) => answered,
            Err(error) => return self.end_with("answer_unreadable", &error),
        };
        let mut edits = Vec::new();
        if !answered.losses.is_empty() {
            self.lost.extend(&answered.losses);
            edits.push(Edit::Set(open::LOSSES.into(), self.lost.to_string()));
        }
        let mut given = answered.body;
        if self.memory.stream {
            // The client waits for events, whatever the target makes of its wish.
            edits.push(Edit::Set("content-type".into(), "text/event-stream".to_owned()));
            given.clear();
            wire::Stream::new(self.from, self.into, &self.memory, &self.context).whole(body, &mut given);
        }
        let losses = answered.losses.len();
        self.outcome = Outcome { usage: answered.usage, served: answered.served_model, error: None, losses };
        Given::Instead { edits, body: given }
    }

    fn fail(&mut self, code: &'static str, message: &str) -> Given {
        self.end_with(code, &ApiError { code: Some(code.to_owned()), ..ApiError::bad_gateway(message) })
    }

    fn end_with(&mut self, code: &'static str, error: &ApiError) -> Given {
        self.outcome.error = Some(code);
        let edits = vec![Edit::Set(":status".into(), error.status.to_string())];
        Given::Instead { edits, body: error.body(self.into) }
    }

    /// The endpoint of the events that were made of the answer, if they were.
    pub(super) fn events(&self) -> Option<Endpoint> {
        let made = self.memory.stream && self.body.is_none() && self.kind == Kind::Whole;
        made.then(|| Endpoint::of(self.into)).filter(|_| self.outcome.error.is_none())
    }

    /// The tokens that were told.
    pub fn usage(&self) -> Option<Usage> {
        self.outcome.usage
    }

    /// The model that the target says it served.
    pub fn served_model(&self) -> Option<String> {
        self.outcome.served.clone()
    }

    /// How it failed.
    pub fn error(&self) -> Option<&'static str> {
        self.outcome.error
    }

    /// How many things of the answer the client's format could not say.
    pub fn losses(&self) -> usize {
        self.outcome.losses
    }
}
