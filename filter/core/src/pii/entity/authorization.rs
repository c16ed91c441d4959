//! Credentials in headers of HTTP: `Authorization: Basic …`, `Bearer …`.

use super::{Candidate, Edge, Entity, Part, entropy};

pub(super) const ENTITY: Entity = Entity {
    name: "authorization",
    about: "credentials of an HTTP header: `Bearer` or `Basic` and a token, random enough",
    pattern: r"(?i:bearer|basic) +[A-Za-z0-9_.~+/-]+={0,2}",
    announced: r"(?:[Tt]oken|[Aa]pi[Kk]ey) [A-Za-z0-9_.~+/-]+",
    left: Edge::WORD.or(Edge::HYPHEN),
    right: Edge::WORD.or(Edge::HYPHEN).or(Edge::SLASH),
    longest: 256,
    check,
    context: CONTEXT,
    hits: &[
        "Authorization: Basic «dXNlcjpodW50ZXIy»",
        "curl -H \"Authorization: Bearer «q7Xz01LmP4vT9sKe82Bn»\"",
        "{\"authorization\":\"Bearer «x7Kd92LmQpR4sTvW8yZa1B»\"}",
        "Authorization: Token «q7Xz01LmP4vT9sKe82Bn»",
    ],
    misses: &[
        "Basic authentication",
        "a bearer of bad news",
        "Bearer token",
        "the token q7Xz01LmP4vT9sKe82Bn expired",
        "Authorization: Bearer <token>",
        "basic-programming-101",
        "Authorization: Bearer your-token-here",
    ],
    ..Entity::SECRET
};

const CONTEXT: &[&str] = &["authorization", "proxy authorization", "header"];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let start = candidate.text.iter().rposition(|byte| *byte == b' ')? + 1;
    let value = candidate.text.get(start..)?;
    let named = super::generic_secret::is_named(value, candidate.after);
    let known = candidate.text.first().is_some_and(|first| b"bB".contains(first));
    let header = candidate.announced;
    let proof = if header { entropy::bits(value) > 2.5 && value.len() > 7 } else { entropy::is_random(value, 20, 3.5) };
    let words = value.iter().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'.' | b'_'));
    (proof && (known || header) && !named && !words).then_some(start..candidate.text.len())
}
