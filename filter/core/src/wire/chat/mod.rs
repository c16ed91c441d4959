//! Chat completions. Whole answers look like stream events whose `delta` is called `message`, so one decoder reads both.

mod ask;
mod decode;
mod encode;
mod read;
mod think;

pub(super) use ask::{effort, encode_request, schema_value};
pub(super) use decode::decoder;
pub(super) use encode::{answer, encoder};
pub(super) use read::{choice_of, decode_request, one_of, tool_of};

use super::knob::{Knob, Table};

/// Parameters that chat shares with others.
const KNOBS: Table = &[
    (Knob::Temperature, "temperature", "temperature"),
    (Knob::TopP, "top_p", "top_p"),
    (Knob::TopK, "top_k", "top_k"),
    (Knob::Seed, "seed", "seed"),
    (Knob::PresencePenalty, "presence_penalty", "presence_penalty"),
    (Knob::FrequencyPenalty, "frequency_penalty", "frequency_penalty"),
    (Knob::LogitBias, "logit_bias", "logit_bias"),
    (Knob::Verbosity, "verbosity", "verbosity"),
    (Knob::Metadata, "metadata", "metadata"),
    (Knob::CacheKey, "prompt_cache_key", "prompt_cache_key"),
    (Knob::CacheRetention, "prompt_cache_retention", "prompt_cache_retention"),
    (Knob::ServiceTier, "service_tier", "service_tier"),
    (Knob::Store, "store", "store"),
];

/// The longest name of a tool.
const LONGEST_NAME: usize = 64;
/// The longest id of a call.
const LONGEST_ID: usize = 40;
/// The longest id of a user.
pub(super) const LONGEST_USER: usize = 64;
