//! An event stream on its way to the client: stages 7 to 10 for one answer. Each event is decoded, interpreted and
//! rendered as a whole; one in which nothing changes leaves as it came. Only an incomplete event is ever held.

use crate::endpoint::{Dialect, Endpoint};
use crate::json::{self, Span};
use crate::refusal::Refusal;
use crate::response::alike::Alike;
use crate::response::interpret::{Format, Meaning};
use crate::sse::{Event, Framer, Last};
use crate::usage::{Told, Usage};

/// The largest event.
pub(super) const LONGEST_EVENT: usize = 32 * 1024 * 1024;

/// A stream.
pub struct Stream {
    format: Format,
    alike: Alike,
    /// Where the model's name stands in all events that are alike, in front of what differs.
    model_place: Option<Span>,
    framer: Framer,
    endpoint: Endpoint,
    /// The model's name as the client is to read it, as JSON; `None` leaves the target's.
    model: Option<String>,
    hide_usage: bool,
    told: Told,
    served: Option<String>,
    state: State,
    content: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// More is to come.
    Open,
    /// Every choice has ended; only an account may follow.
    Finished,
    /// The stream said that it is complete.
    Complete,
    /// The target's own error ended it.
    Failed,
    /// It broke, and Dragoman's error ended it: nothing may follow.
    Broken(&'static str),
}

impl Stream {
    /// A stream that answers this endpoint.
    pub fn new(endpoint: Endpoint, model: Option<&str>, hide_usage: bool) -> Stream {
        Stream {
            format: Format::of(endpoint),
            alike: Alike::default(),
            model_place: None,
            framer: Framer::new(LONGEST_EVENT),
            endpoint,
            model: model.map(json::quote),
            hide_usage,
            told: Told::default(),
            served: None,
            state: State::Open,
            content: false,
        }
    }

    /// Takes a chunk and gives the client's bytes; `None` where they are the same.
    pub fn chunk(&mut self, chunk: &[u8], end: bool) -> Option<Vec<u8>> {
        if let State::Broken(_) = self.state {
            return Some(Vec::new());
        }
        let mut out = Output::new(chunk, self.framer.held() > 0);
        let mut framer = std::mem::replace(&mut self.framer, Framer::new(0));
        let mut rest = chunk;
        loop {
            match framer.next(&mut rest) {
                Ok(Some(event)) => self.event(&event, &mut out),
                Ok(None) => break,
                Err(_) => {
                    self.fail("event_too_large", "The target sent an event that is too large.", &mut out);
                    return out.finish();
                }
            }
        }
        if end {
            self.end(&mut framer, &mut out);
        } else if framer.held() > 0 {
            out.hold();
        }
        self.framer = framer;
        out.finish()
    }

    fn event(&mut self, event: &Event<'_>, out: &mut Output<'_>) {
        if self.alike.takes(event) {
            return match (self.model.as_deref(), self.model_place) {
                (Some(model), Some(span)) if span.of(event.raw()) != Some(model.as_bytes()) => {
                    event.with_raw_span(span, model, out.changing());
                }
                _ => out.same(event.raw()),
            };
        }
        if !event.has_data() {
            return out.same(event.raw());
        }
        let data = event.data();
        let meaning = self.format.interpret(&data);
        self.note(&meaning, &data);
        if meaning.only_usage && self.hide_usage {
            return out.changed();
        }
        self.remember(event, &data, &meaning);
        match (self.model.as_deref(), meaning.model) {
            (Some(model), Some(span)) if span.of(&data) != Some(model.as_bytes()) => {
                event.with_span(&data, span, model, out.changing());
            }
            _ => out.same(event.raw()),
        }
    }

    /// Remembers an event in which the model goes on to speak: the next one most likely does the same.
    fn remember(&mut self, event: &Event<'_>, data: &[u8], meaning: &Meaning) {
        let speaks = meaning.content && !(meaning.error || meaning.last || meaning.finish) && meaning.usage.is_none();
        let Some(place) = event.place_of(data).filter(|_| speaks) else { return };
        let within = |span: Span| Span { start: place + span.start, end: place + span.end };
        let model = meaning.model.map(within);
        let first = meaning.free.first().copied().map(within);
        if first.is_some_and(|first| model.is_none_or(|model| model.end <= first.start)) {
            self.alike.remember(event, meaning.free.iter().copied().map(within));
            self.model_place = model;
        }
    }

    fn note(&mut self, meaning: &Meaning, data: &[u8]) {
        self.content |= meaning.content;
        if let Some(usage) = meaning.usage.and_then(|span| span.of(data)) {
            self.told.hear(usage);
        }
        if self.served.is_none() {
            self.served = meaning.model.and_then(|span| serde_json::from_slice(span.of(data)?).ok());
        }
        self.state = match self.state {
            State::Complete | State::Failed | State::Broken(_) => self.state,
            _ if meaning.last => State::Complete,
            _ if meaning.error => State::Failed,
            _ if meaning.finish => State::Finished,
            state => state,
        };
    }

    fn end(&mut self, framer: &mut Framer, out: &mut Output<'_>) {
        let tail = match framer.finish() {
            Last::Nothing => &[],
            Last::Event(event) => {
                self.event(&event, out);
                &[][..]
            }
            Last::Incomplete(tail) => tail,
        };
        if self.state == State::Open && Format::has_end(self.endpoint) {
            // What is left of an event that broke off would not have been dispatched; the error takes its place.
            self.fail("stream_truncated", "The target ended its answer before it was complete.", out);
        } else {
            out.same(tail);
        }
    }

    /// Ends the stream with an error that this format's clients raise.
    fn fail(&mut self, code: &'static str, message: &str, out: &mut Output<'_>) {
        self.state = State::Broken(code);
        let refusal = Refusal::new(502, code, message);
        out.changing().extend_from_slice(error_event(self.endpoint, &refusal).as_bytes());
    }

    /// Whether the model has said something.
    pub fn has_content(&self) -> bool {
        self.content
    }

    /// The tokens that were told.
    pub fn usage(&self) -> Option<Usage> {
        self.told.usage()
    }

    /// The model that the target says it served.
    pub fn served_model(&self) -> Option<String> {
        self.served.clone()
    }

    /// How the stream failed.
    pub fn error(&self) -> Option<&'static str> {
        match self.state {
            State::Broken(code) => Some(code),
            State::Failed => Some("target_error"),
            // The connection ended, and with it the chance to say so in the stream.
            State::Open if Format::has_end(self.endpoint) => Some("stream_cut"),
            State::Open | State::Finished | State::Complete => None,
        }
    }
}

/// An event that this endpoint's clients raise as an error.
pub(super) fn error_event(endpoint: Endpoint, refusal: &Refusal) -> String {
    match endpoint {
        Endpoint::Messages => format!("event: error\ndata: {}\n\n", refusal.body(Dialect::Anthropic)),
        Endpoint::Responses => format!(
            "event: error\ndata: {{\"type\":\"error\",\"code\":\"{}\",\"message\":{},\"param\":null}}\n\n",
            refusal.code,
            json::quote(&refusal.message)
        ),
        endpoint => format!("data: {}\n\n", refusal.body(endpoint.dialect())),
    }
}

/// The client's bytes for one chunk. They are copied only from the first change on.
struct Output<'a> {
    chunk: &'a [u8],
    same: usize,
    bytes: Option<Vec<u8>>,
}

impl<'a> Output<'a> {
    fn new(chunk: &'a [u8], holding: bool) -> Output<'a> {
        Output { chunk, same: 0, bytes: holding.then(Vec::new) }
    }

    /// These bytes are the chunk's next, or what was held before it.
    fn same(&mut self, bytes: &[u8]) {
        match &mut self.bytes {
            Some(out) => out.extend_from_slice(bytes),
            None => self.same += bytes.len(),
        }
    }

    /// What follows differs from the chunk.
    fn changing(&mut self) -> &mut Vec<u8> {
        let (chunk, same) = (self.chunk, self.same);
        self.bytes.get_or_insert_with(|| {
            let mut bytes = Vec::with_capacity(chunk.len() + 64);
            bytes.extend_from_slice(chunk.get(..same).unwrap_or_default());
            bytes
        })
    }

    fn changed(&mut self) {
        self.changing();
    }

    /// The rest of the chunk stays behind.
    fn hold(&mut self) {
        self.changing();
    }

    fn finish(self) -> Option<Vec<u8>> {
        self.bytes
    }
}
