//! A whole answer from the target's format to the client's: the same events and steps as a stream's, collected.

use super::collect::Collected;
use super::error::ApiError;
use super::memory::{Context, Memory};
use super::sequence::Sequencer;
use super::{Format, Losses, chat, gemini, messages, responses, stream};
use crate::usage::Usage;

/// An answer in the client's format.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The body.
    pub body: Vec<u8>,
    /// The tokens that were told.
    pub usage: Option<Usage>,
    /// The model that the target says it served.
    pub served_model: Option<String>,
    /// What the client is not told.
    pub losses: Losses,
}

/// Translates the body of a target's 2xx answer. What cannot be read, or is an error after all, is an error.
pub fn answer(from: Format, to: Format, body: &[u8], memory: &Memory, context: &Context) -> Result<Answered, ApiError> {
    let mut sequencer = Sequencer::new(memory, context);
    let mut collected = Collected::default();
    let mut sink = |step: super::ir::Step<'_>| collected.step(step);
    stream::decoder(from).whole(body, &mut |event| sequencer.event(event, &mut sink));
    sequencer.finish(&mut sink);
    if let Some(error) = collected.error {
        return Err(error);
    }
    let body = if from == to {
        body.to_vec()
    } else {
        let value = match to {
            Format::Chat => chat::answer(&collected),
            Format::Responses => responses::answer(&collected),
            Format::Messages => messages::answer(&collected),
            Format::Gemini => gemini::answer(&collected),
        };
        value.to_string().into_bytes()
    };
    let served_model = sequencer.served_model().map(str::to_owned);
    Ok(Answered { body, usage: sequencer.usage(), served_model, losses: sequencer.losses().clone() })
}
