//! OpenAI's responses. Each part of an answer is an item of its own; a stream tells every item twice, in pieces and whole,
//! and ends by telling all of them again.

mod ask;
mod decode;
mod encode;
mod item;
mod read;

pub(super) use ask::encode_request;
pub(super) use decode::decoder;
pub(super) use encode::encoder;
pub(super) use item::answer;
pub(super) use read::decode_request;

use super::knob::{Knob, Table};

/// Parameters that responses share with others.
const KNOBS: Table = &[
    (Knob::Temperature, "temperature", "temperature"),
    (Knob::TopP, "top_p", "top_p"),
    (Knob::Metadata, "metadata", "metadata"),
    (Knob::CacheKey, "prompt_cache_key", "prompt_cache_key"),
    (Knob::CacheRetention, "prompt_cache_retention", "prompt_cache_retention"),
    (Knob::ServiceTier, "service_tier", "service_tier"),
    (Knob::Store, "store", "store"),
];
/// Those that stand in `text`.
const TEXT_KNOBS: Table = &[(Knob::Verbosity, "verbosity", "text.verbosity")];

/// The longest name of a tool.
const LONGEST_NAME: usize = 64;
/// The longest id of a call.
const LONGEST_ID: usize = 64;
