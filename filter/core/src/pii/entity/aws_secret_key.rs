//! AWS secret access keys. They look like any forty characters of base64, so the name before them counts.

use super::generic_secret::{PATTERN, is_key_of, value};
use super::{Candidate, Edge, Entity, Part, entropy};

pub(super) const ENTITY: Entity = Entity {
    name: "aws_secret_key",
    about: "AWS secret access key: 40 characters of base64 behind its name",
    pattern: PATTERN,
    left: Edge::ANY,
    right: Edge::WORD.or(Edge::SLASH),
    longest: 96,
    check,
    hits: &[
        "aws_secret_access_key = «wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY»",
        "{\"SecretAccessKey\": \"«wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY»\"}",
        "the AWS secret key is «9drTJvcXLB89EXAMPLELB8923FB892xMFI0c2Q1u»",
        "AWS Secret Access Key [None]: «9drTJvcXLB89EXAMPLELB8923FB892xMFI0c2Q1u»",
        "AWS_SECRET_ACCESS_KEY='«9drTJvcXLB89EXAMPLELB8923FB892xMFI0c2Q1u»'",
    ],
    misses: &[
        "commit 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
        "secret key: 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "secret_access_key = /opt/application/configuration/directory",
        "secret key: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEYwJalr",
        "aws_secret_access_key = your_key",
        "cache key: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    ],
    ..Entity::SECRET
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let named = is_key_of(candidate, &["secret", "secretaccess", "secret_access", "secret access", "secret-access"]);
    let part = value(candidate.text);
    let key = candidate.text.get(part.clone()).filter(|key| key.len() == 40)?;
    let has = |kind: fn(&u8) -> bool| key.iter().any(kind);
    let mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit);
    let base64 = key.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+'));
    (named && mixed && base64 && entropy::bits(key) > 3.8).then_some(part)
}
