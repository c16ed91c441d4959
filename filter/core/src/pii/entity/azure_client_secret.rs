//! Client secrets of Azure's Entra ID. Told from the `Q~` in their middle.

use super::{Back, Candidate, Entity, Part, entropy};

pub(super) const ENTITY: Entity = Entity {
    name: "azure_client_secret",
    about: "Azure client secret: 40 characters with `Q~` in their place",
    pattern: r"Q~[A-Za-z0-9_.~-]+",
    back: Some(Back { of: |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'~' | b'-'), most: 5, capitals: 5, changes: 5 }),
    longest: 64,
    check,
    hits: &[
        concat!("secret «abc8Q~", "x7Kd92LmQpR4sTvW8yZa1BcDeFgHjK3n.-»"),
        concat!("\"«Zq18Q~", "Kd92LmQpR4sTvW8yZa1BcDeFgHjK3nMp-_»\""),
    ],
    misses: &[
        "Q~ alone",
        "abc8Q~short",
        "a8Q~x7Kd92LmQpR4sTvW8yZa1BcDeFgHjK3n",
        "abcd8Q~x7Kd92LmQpR4sTvW8yZa1BcDeFgHjK3nMpQ",
        "FAQ~questions-and-answers-for-new-users",
    ],
    ..Entity::SECRET
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let place = candidate.text.windows(2).position(|pair| pair == b"Q~")?;
    candidate.whole_if(
        place == 4 && (37..=40).contains(&candidate.text.len()) && entropy::is_random(candidate.text, 36, 3.5),
    )
}
