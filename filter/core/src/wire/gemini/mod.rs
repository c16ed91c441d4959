//! Google's generateContent. Model and streaming stand in the path, calls come whole, streams have no end of their own,
//! and a whole answer looks like a stream's only event.

mod ask;
mod decode;
mod encode;
mod partial;
mod read;
mod schema;

pub(super) use ask::encode_request;
pub(super) use decode::decoder;
pub(super) use encode::{answer, encoder};
pub(super) use read::decode_request;

use super::knob::{Knob, Table};

/// Parameters of `generationConfig` that Gemini shares with others.
const KNOBS: Table = &[
    (Knob::Temperature, "temperature", "generationConfig.temperature"),
    (Knob::TopP, "topP", "generationConfig.topP"),
    (Knob::TopK, "topK", "generationConfig.topK"),
    (Knob::Seed, "seed", "generationConfig.seed"),
    (Knob::PresencePenalty, "presencePenalty", "generationConfig.presencePenalty"),
    (Knob::FrequencyPenalty, "frequencyPenalty", "generationConfig.frequencyPenalty"),
];

/// The longest name of a tool.
const LONGEST_NAME: usize = 64;
/// What stands for a signature that a call should have and that nobody has.
pub(super) const NO_SIGNATURE: &str = "skip_thought_signature_validator";
