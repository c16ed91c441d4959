//! API keys of Google.

use super::{Candidate, Entity, Part, entropy};

pub(super) const ENTITY: Entity = Entity {
    name: "google_api_key",
    about: "Google API key: `AIza` and 35 characters",
    pattern: r"AIza[A-Za-z0-9_-]+",
    check,
    hits: &[
        concat!("key=«AIza", "SyD4x7Kd92LmQpR4sTvW8yZa1BcDeFgHjK3»&q=x"),
        concat!("\"«AIza", "SyA-x7Kd92LmQp_4sTvW8yZa1BcDeFgHjK3»\""),
        concat!("GOOGLE_API_KEY=«AIza", "SyB1x7Kd92LmQpR4sTvW8yZa1BcDeFgHjK3»\n"),
    ],
    misses: &[
        "AIzaSyShort",
        "AIzaxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "AIzaSyD4x7Kd92LmQpR4sTvW8yZa1BcDeFgHjK3TooLong",
        "xAIzaSyD4x7Kd92LmQpR4sTvW8yZa1BcDeFgHjK3",
        "the AIza prefix",
        "AIza-your-google-api-key-goes-here-1234",
    ],
    ..Entity::SECRET
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let mixed = candidate.text.iter().skip(4).any(u8::is_ascii_uppercase);
    candidate.whole_if(candidate.text.len() == 39 && mixed && entropy::is_random(candidate.text, 39, 3.5))
}
