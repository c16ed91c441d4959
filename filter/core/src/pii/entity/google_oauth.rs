//! Secrets and access tokens of Google's OAuth.

use super::{Candidate, Entity, Part, entropy};

pub(super) const ENTITY: Entity = Entity {
    name: "google_oauth",
    about: "Google OAuth client secret `GOCSPX-…` or access token `ya29.…`",
    pattern: r"GOCSPX-[A-Za-z0-9_-]+|ya29\.[A-Za-z0-9_-]+",
    longest: 512,
    check,
    hits: &[
        concat!("«GOCSPX-", "7Kd92LmQpR4sTvW8yZa1BcDeFgHj»"),
        concat!("token «ya29.", "a0AfH6SMBx7Kd92LmQpR4sTvW8yZa1BcDeFgHjK3nMp»"),
    ],
    misses: &[
        "GOCSPX-your-client-secret-here",
        "ya29.short",
        "the ya29. prefix",
        "GOCSPX-xxxxxxxxxxxxxxxxxxxxxxxx",
        "xya29.a0AfH6SMBx7Kd92LmQpR4sTvW8yZa1BcDeFgHjK3nMp",
    ],
    ..Entity::SECRET
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let secret = candidate.text.starts_with(b"G");
    let body = candidate.text.get(if secret { 7 } else { 5 }..)?;
    candidate.whole_if(entropy::is_random(body, if secret { 24 } else { 30 }, 3.5))
}
