//! Addresses of Ethereum and of the chains that took its form. Their mixed case is a checksum that is not looked at: most are written without it.

use super::{Candidate, Edge, Entity, Group, Part, Partial};

pub(super) const ENTITY: Entity = Entity {
    name: "ethereum_address",
    about: "Ethereum address: `0x` and 40 hexadecimal digits",
    groups: &[Group::Financial],
    pattern: r"0x[0-9A-Fa-f]+",
    left: Edge::WORD,
    right: Edge::WORD,
    longest: 42,
    partial: Partial::LastFour,
    check,
    hits: &[
        "send to «0x52908400098527886E0F7030069857D2E4169EE7».",
        "\"«0xde709f2102306220921060314715629080e2fb77»\"",
    ],
    misses: &[
        "0x52908400098527886E0F7030069857D2E4169EE",
        "0xde709f2102306220921060314715629080e2fb7712345678de709f2102306220",
        "0x0000000000000000000000000000000000000000",
        "0xdeadbeef",
        "a0xde709f2102306220921060314715629080e2fb77",
    ],
    ..Entity::NUMBER
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let body = candidate.text.get(2..).filter(|body| body.len() == 40)?;
    let repeated = body.iter().all(|digit| Some(digit) == body.first());
    candidate.whole_if(!repeated && body.iter().any(u8::is_ascii_digit))
}
