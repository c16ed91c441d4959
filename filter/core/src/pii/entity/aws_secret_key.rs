//! AWS secret access keys. They look like any forty characters of base64, so the name before them counts.

use super::{Candidate, Edge, Entity, Part, entropy};

pub(super) const ENTITY: Entity = Entity {
    name: "aws_secret_key",
    about: "AWS secret access key: 40 characters behind its name, or behind its access key's ID",
    pattern: r#"(?:[Ss]ecret|SECRET)[_ -]?(?:(?:[Aa]ccess|ACCESS)[_ -]?)?(?:[Kk]ey|KEY)?\\?["']?[ \t]*(?:[:=,]>?|is)?[ \t]*\\?["']?[A-Za-z0-9/+]+|A(?:KIA|SIA)[A-Z0-9]+[,;:| \t][A-Za-z0-9/+]+"#,
    left: Edge::ANY,
    right: Edge::WORD.or(Edge::SLASH),
    longest: 96,
    check,
    hits: &[
        "aws_secret_access_key = «wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY»",
        "{\"SecretAccessKey\": \"«wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY»\"}",
        "the AWS secret key is «9drTJvcXLB89EXAMPLELB8923FB892xMFI0c2Q1u»",
        concat!("«AKIA", "IOSFODNN7EXAMPLE,wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY»"),
    ],
    misses: &[
        "commit 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
        "secret: 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "secret_access_key = /opt/application/configuration/directory",
        "secret key: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEYwJalr",
        "aws_secret_access_key = your_key",
    ],
    ..Entity::SECRET
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let in_key = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+');
    let start = candidate.text.iter().rposition(|byte| !in_key(byte))? + 1;
    let key = candidate.text.get(start..).filter(|key| key.len() == 40)?;
    let has = |kind: fn(&u8) -> bool| key.iter().any(kind);
    let mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit);
    let pair = candidate.text.starts_with(b"A");
    let proof = mixed && entropy::bits(key) > 3.8;
    proof.then_some(if pair { 0 } else { start }..candidate.text.len())
}
