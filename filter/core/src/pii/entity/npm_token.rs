//! Tokens of npm.

use super::{Candidate, Entity, Part, entropy};

pub(super) const ENTITY: Entity = Entity {
    name: "npm_token",
    about: "npm token: `npm_` and 36 letters or digits",
    pattern: r"npm_[A-Za-z0-9]+",
    longest: 40,
    check,
    hits: &[
        concat!("//registry.example/:_authToken=«npm_", "x7Kd92LmQpR4sTvW8yZa1BcDeFgHjK3nMpQr»"),
        concat!("\"«npm_", "q7Xz01LmP4vT9sKe82BnYd3Rf5Hg6Jk7Lp8M»\""),
    ],
    misses: &[
        "npm_config_registry",
        "npm_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "npm_x7Kd92LmQpR4sTvW8yZa1B",
        "my_npm_x7Kd92LmQpR4sTvW8yZa1BcDeFgHjK3nMpQr",
        "npm_lifecycle_event",
    ],
    ..Entity::SECRET
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    candidate.whole_if(candidate.text.len() == 40 && entropy::is_random(candidate.text.get(4..)?, 36, 3.5))
}
