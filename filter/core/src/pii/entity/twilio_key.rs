//! Key and account identifiers of Twilio.

use super::{Candidate, Edge, Entity, Part, entropy};

pub(super) const ENTITY: Entity = Entity {
    name: "twilio_key",
    about: "Twilio key `SK…` or account `AC…` and 32 hexadecimal digits",
    pattern: r"(?:SK|AC)[0-9a-f]+",
    left: Edge::WORD,
    right: Edge::WORD,
    longest: 34,
    check,
    hits: &[
        concat!("TWILIO_SID=«AC", "a3f29c8b7d6e5f4a3b2c1d0e9f8a7b6c»"),
        concat!("key «SK", "9f8e7d6c5b4a39281706f5e4d3c2b1a0»."),
    ],
    misses: &[
        "ACa3f29c8b",
        "SK9f8e7d6c5b4a39281706f5e4d3c2b1a",
        "ACa3f29c8b7d6e5f4a3b2c1d0e9f8a7b6c00",
        "MAC9f8e7d6c5b4a39281706f5e4d3c2b1a0",
        "SKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "AC DC",
    ],
    ..Entity::SECRET
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let body = candidate.text.get(2..)?;
    candidate.whole_if(body.len() == 32 && entropy::is_random(body, 32, 2.8))
}
