//! Anthropic's messages. Turns alternate, outcomes come first, and streams are strictly one block after the other.

mod ask;
mod decode;
mod encode;
mod read;
mod schema;
mod think;

pub(super) use ask::encode_request;
pub(super) use decode::decoder;
pub(super) use encode::{answer, encoder};
pub(super) use read::decode_request;

use super::knob::{Knob, Table};

/// Parameters that messages share with others.
const KNOBS: Table = &[
    (Knob::Temperature, "temperature", "temperature"),
    (Knob::TopP, "top_p", "top_p"),
    (Knob::TopK, "top_k", "top_k"),
];
/// The longest name of a tool.
const LONGEST_NAME: usize = 128;
/// The longest id of a call.
const LONGEST_ID: usize = 64;
/// The longest id of a user.
const LONGEST_USER: usize = 256;
