//! Not built yet: gemini.

use super::collect::Collected;
use super::fields::Fields;
use super::ir::{Event, Request, Step};
use super::{Flaw, Losses, Memory, Target, stream};

const NOT_YET: &str = "the gemini format is not translated yet";

pub(super) fn decode_request(_: Fields, _: &mut Losses) -> Result<Request, Flaw> {
    Err(Flaw::new("", NOT_YET))
}

pub(super) fn encode_request(_: Request, _: &Target<'_>, _: &mut Memory, _: &mut Losses) -> Result<Vec<u8>, Flaw> {
    Err(Flaw::new("", NOT_YET))
}

pub(super) struct Nothing;

pub(super) fn decoder() -> Nothing {
    Nothing
}

pub(super) fn encoder() -> Nothing {
    Nothing
}

impl stream::Decoder for Nothing {
    fn event(&mut self, _: &[u8], emit: &mut dyn FnMut(Event<'_>)) {
        emit(Event::Fail(super::ApiError::bad_gateway(NOT_YET)));
    }
}

impl stream::Encoder for Nothing {
    fn step(&mut self, _: Step<'_>, _: &mut Vec<u8>) {}
}

pub(super) fn answer(_: &Collected) -> serde_json::Value {
    serde_json::Value::Null
}
