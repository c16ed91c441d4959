//! Signatures of Azure's shared access.

use super::{Candidate, Edge, Entity, Part, entropy};

pub(super) const ENTITY: Entity = Entity {
    name: "azure_sas_token",
    about: "Azure shared access signature: `sig=` and 32 bytes of base64, escaped or not",
    pattern: r"sig=[A-Za-z0-9%+/]+=?",
    left: Edge::WORD,
    right: Edge::WORD,
    longest: 96,
    check,
    hits: &[
        "&se=2025-01-01&sig=«q7Xz01LmP4vT9sKe82BnYd3Rf5Hg6Jk7Lp8Mw9Nx0Ob%3D»",
        "sr=b&sig=«q7Xz01LmP4vT9sKe82BnYd3Rf5Hg6Jk7Lp8Mw9Nx0Ob=»",
    ],
    misses: &[
        "sig=abc",
        "sig=q7Xz01LmP4vT9sKe82BnYd3Rf5Hg6Jk7Lp8Mw9Nx0Ob",
        "config=q7Xz01LmP4vT9sKe82BnYd3Rf5Hg6Jk7Lp8Mw9Nx0Ob=",
        "sig=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx=",
        "design=1",
    ],
    ..Entity::SECRET
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let value = candidate.text.get(4..)?;
    let ended = value.ends_with(b"=") || value.to_ascii_lowercase().ends_with(b"%3d");
    (ended && entropy::is_random(value, 43, 3.8) && value.len() < 80).then_some(4..candidate.text.len())
}
