//! The identifiers of AWS access keys.

use super::{Candidate, Edge, Entity, Part};

pub(super) const ENTITY: Entity = Entity {
    name: "aws_access_key",
    about: "AWS access key ID: `AKIA`, `ASIA` or its kin, and 16 capitals or digits",
    pattern: r"[A-Z][0-9A-Z]+",
    left: Edge::WORD,
    right: Edge::WORD,
    shortest: 20,
    check,
    hits: &[
        concat!("aws_access_key_id = «AKIA", "IOSFODNN7EXAMPLE»"),
        concat!("\"«ASIA", "Y34FZKBOKMUTVV7A»\""),
        concat!("X-Amz-Credential=«AKIA", "Z5GTW4QXPLR2M7NB»/20240115"),
    ],
    misses: &[
        "AKIASHORT",
        "AKIAABCDEFGHIJKLMNOPQRST",
        "AKIAABCDEFGHIJKLMNOP",
        "XAKIAY34FZKBOKMUTVV7A",
        "AKIa",
        "ASIA PACIFIC REGION",
        "AKIA1111111111111111",
    ],
    ..Entity::SECRET
};

const KINDS: [&[u8]; 4] = [b"AKIA", b"ASIA", b"ABIA", b"ACCA"];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    if !KINDS.iter().any(|kind| candidate.text.starts_with(kind)) {
        return None;
    }
    let body = candidate.text.get(4..).filter(|body| body.len() == 16)?;
    let digits = body.iter().filter(|byte| byte.is_ascii_digit()).count();
    candidate.whole_if((1..=12).contains(&digits))
}
