//! Tokens of DigitalOcean.

use super::{Candidate, Entity, Part, entropy};

pub(super) const ENTITY: Entity = Entity {
    name: "digitalocean_token",
    about: "DigitalOcean token: `dop_v1_` or its kin and 64 hexadecimal digits",
    pattern: r"do[opr]_v1_[0-9a-f]+",
    longest: 71,
    check,
    hits: &[
        concat!("«dop_v1_", "a3f29c8b7d6e5f4a3b2c1d0e9f8a7b6c9f8e7d6c5b4a39281706f5e4d3c2b1a0»"),
        concat!("\"«doo_v1_", "9f8e7d6c5b4a39281706f5e4d3c2b1a0a3f29c8b7d6e5f4a3b2c1d0e9f8a7b6c»\""),
    ],
    misses: &[
        "dop_v1_a3f29c8b",
        "dop_v2_a3f29c8b7d6e5f4a3b2c1d0e9f8a7b6c9f8e7d6c5b4a39281706f5e4d3c2b1a0",
        "the dop_v1_ prefix",
        "xdop_v1_a3f29c8b7d6e5f4a3b2c1d0e9f8a7b6c9f8e7d6c5b4a39281706f5e4d3c2b1a0",
        "dop_v1_0000000000000000000000000000000000000000000000000000000000000000",
    ],
    ..Entity::SECRET
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    candidate.whole_if(candidate.text.len() == 71 && entropy::is_random(candidate.text.get(7..)?, 64, 3.0))
}
