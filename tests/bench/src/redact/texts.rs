//! The texts that are searched: five kinds that people and models write, and those that cost the search the most that
//! its own entities can make it look at. All are made here or stand in this project.

use base64::Engine as _;
use dragoman_core::pii::entity::{self, Entity};
use serde::Serialize;

/// A text, as `redact_speed` reads it.
#[derive(Serialize)]
pub(super) struct Text {
    pub(super) name: String,
    pub(super) unit: String,
    pub(super) bytes: usize,
    runs: usize,
    by_byte: usize,
}

impl Text {
    /// So much of it as a slow search can be given.
    pub(super) fn beginning(&self) -> Text {
        Text { name: self.name.clone(), unit: self.unit.clone(), bytes: 64 << 10, runs: 2, by_byte: 0 }
    }
}

/// The kinds of ordinary text.
pub(super) const KINDS: [&str; 5] = ["prose", "code", "base64", "digits", "pii"];

const PROSE: &str = concat!(include_str!("../../../../LICENSE"), include_str!("../../../../CHANGELOG.md"));
const CODE: &str = concat!(
    include_str!("../../../../filter/core/src/json/walk.rs"),
    include_str!("../../../../examples/clients/chat.mjs"),
    include_str!("../../../../examples/clients/messages.py"),
);

/// One text of each kind.
pub(super) fn ordinary() -> Vec<Text> {
    let mut random = fastrand::Rng::with_seed(7);
    let bytes: Vec<u8> = (0..1 << 18).map(|_| random.u8(..)).collect();
    let units = [
        PROSE.to_owned(),
        CODE.to_owned(),
        base64::engine::general_purpose::STANDARD.encode(bytes),
        (0..40_000).map(|_| format!("{} ", random.u32(..10_000_000))).collect(),
        entity::ALL.iter().flat_map(|entity| entity.hits).map(|hit| unmarked(hit) + ". ").collect(),
    ];
    let text = |(name, unit): (&str, String)| Text {
        name: name.to_owned(),
        unit,
        bytes: 4 << 20,
        runs: 7,
        by_byte: 128 << 10,
    };
    KINDS.into_iter().zip(units).map(text).collect()
}

/// For every entity, each of its examples cut before the last character that makes it one: with the words before it and
/// without, with and without a space between two.
pub(super) fn adversarial() -> Vec<Text> {
    entity::ALL.iter().flat_map(|entity| entity.hits.iter().flat_map(|hit| prefixes(entity, hit))).collect()
}

fn prefixes(entity: &Entity, hit: &str) -> Vec<Text> {
    let Some((before, rest)) = hit.split_once('«') else { return Vec::new() };
    let mut value = rest.split('»').next().unwrap_or_default().to_owned();
    value.pop();
    let text = |unit: String| Text {
        name: format!("{}: {}", entity.name, if unit.ends_with(' ') { "spaced" } else { "glued" }),
        unit,
        bytes: 64 << 10,
        runs: 5,
        by_byte: 0,
    };
    let units = [format!("{before}{value}"), format!("{before}{value} "), value.clone(), format!("{value} ")];
    units.into_iter().filter(|unit| !unit.trim().is_empty()).map(text).collect()
}

fn unmarked(hit: &str) -> String {
    hit.replace(['«', '»'], "")
}
