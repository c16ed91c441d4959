//! The four wire formats, each to each: a request for a target in another format, and its answer on the way back.
//!
//! There is no code for pairs. Each format has a decoder into the neutral form ([`ir`]) and an encoder out of it, for
//! requests, answers, streams and errors; a whole answer is a stream's events collected. What a target cannot be told
//! goes on a list of [`Losses`]. Where both ends speak the same format, bytes pass as they are.
//!
//! A format's folder holds about a thousand lines of code, not the seven hundred that were planned: requests are read field by
//! field, so that each that is dropped can be listed; targets are read in their servers' many spellings; and whole answers are
//! written beside streams. What formats share is up here: parts, knobs, repair, order.
//!
//! Not the composing of a request (paths, heads, credentials), and nothing here knows a deployment: what differs between
//! targets of one format is data ([`Quirks`]).

mod answer;
mod blob;
mod borrowed;
mod chat;
mod collect;
pub mod error;
mod estimate;
mod fields;
mod flaw;
mod gemini;
pub mod ir;
mod knob;
#[cfg(test)]
mod laws;
mod loss;
mod memory;
mod messages;
mod names;
mod output;
mod parts;
mod quirks;
mod repair;
mod responses;
mod sequence;
mod stream;
mod unmark;
mod write;

use std::fmt;

use serde::Deserialize;

pub use answer::{Answered, answer};
pub use error::{ApiError, error};
pub use estimate::estimate;
pub use flaw::Flaw;
pub use loss::Losses;
pub use memory::{Context, Memory};
pub use quirks::{Quirks, TokenField};
pub use stream::Stream;
pub use unmark::{is_marked, unmark};

/// A wire format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// OpenAI's chat completions.
    Chat,
    /// OpenAI's responses.
    Responses,
    /// Anthropic's messages.
    Messages,
    /// Google's generateContent.
    Gemini,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 4] = [Format::Chat, Format::Responses, Format::Messages, Format::Gemini];

    /// Its name in configuration and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Format::Chat => "chat",
            Format::Responses => "responses",
            Format::Messages => "messages",
            Format::Gemini => "gemini",
        }
    }

    /// The format of this name.
    pub fn named(name: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.name() == name)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whom a request is for.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The model to ask for.
    pub model: &'a str,
    /// Whether to stream, for clients that say so in their path (Gemini's); `None` leaves it to the body.
    pub stream: Option<bool>,
    /// What its dialect takes.
    pub quirks: &'a Quirks,
}

/// A request in the target's format.
#[derive(Clone, Debug)]
pub struct Translated {
    /// The body to send.
    pub body: Vec<u8>,
    /// What the target is not told.
    pub losses: Losses,
    /// What the answer's translation needs to know of the request.
    pub memory: Memory,
}

/// Translates a client's request. The flaw is the client's to mend, or something that this target cannot do.
pub fn request(from: Format, to: Format, body: &[u8], target: &Target<'_>) -> Result<Translated, Flaw> {
    let mut losses = Losses::default();
    let mut memory = Memory::new(target.quirks.provider);
    if from == to {
        return Ok(Translated { body: body.to_vec(), losses, memory });
    }
    let mut request = decode(from, body, &mut losses)?;
    if let Some(stream) = target.stream {
        request.stream = stream;
    }
    if to != Format::Messages {
        parts::lose_marks(&request, &mut losses);
    }
    request.choose_among_tools(&mut losses);
    if target.quirks.never_thinks(target.model) {
        request.do_not_think(&mut losses);
    }
    memory.note(&request, body.len());
    let body = encode(to, request, target, &mut memory, &mut losses)?;
    Ok(Translated { body, losses, memory })
}

fn decode(from: Format, body: &[u8], losses: &mut Losses) -> Result<ir::Request, Flaw> {
    let body = fields::Fields::of_body(body)?;
    match from {
        Format::Chat => chat::decode_request(body, losses),
        Format::Responses => responses::decode_request(body, losses),
        Format::Messages => messages::decode_request(body, losses),
        Format::Gemini => gemini::decode_request(body, losses),
    }
}

fn encode(
    format: Format,
    request: ir::Request,
    target: &Target<'_>,
    memory: &mut Memory,
    losses: &mut Losses,
) -> Result<Vec<u8>, Flaw> {
    match format {
        Format::Chat => chat::encode_request(request, target, memory, losses),
        Format::Responses => responses::encode_request(request, target, memory, losses),
        Format::Messages => messages::encode_request(request, target, memory, losses),
        Format::Gemini => gemini::encode_request(request, target, memory, losses),
    }
}
