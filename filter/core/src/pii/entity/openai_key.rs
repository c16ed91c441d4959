//! Keys of OpenAI, and of the many services that copied their form.

use super::{Candidate, Entity, Part, entropy};

pub(super) const ENTITY: Entity = Entity {
    name: "openai_key",
    about: "OpenAI (or compatible) API key: `sk-…`, `sk-proj-…` and its kin, random enough",
    pattern: r"sk-[A-Za-z0-9_-]+",
    check,
    hits: &[
        concat!("OPENAI_API_KEY=«sk-", "proj-Qz7xV1mB4nT9pLk3Jh6GfD2sAaW8eRtY5uIoP0cXvBnMlK»"),
        concat!("key «sk-", "4f9aB2kLm8Qw3ErT6yUi0PzXc5VbN7JhGf1D».", ""),
        concat!("\"«sk-", "svcacct-T3xV1mB4nT9pLk3JhT3BlbkFJ6GfD2sAaW8eRtY5uI»\""),
        concat!("Bearer «sk-", "or-v1-0f4c2a9be8d7163580f4c2a9be8d7163580f4c2a9be8d716358ab01cd23ef4567»"),
    ],
    misses: &[
        "risk-assessment-methodology",
        "sk-learn-contrib-2-estimators",
        "sk-proj-your-api-key-goes-here-1234",
        "sk-1234",
        "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "task-4f9aB2kLm8Qw3ErT6yUi0PzXc5VbN7JhGf1D",
        "https://example.com/sk-SK/kategoria-1",
    ],
    ..Entity::SECRET
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    const KINDS: &[&[u8]] = &[b"proj-", b"svcacct-", b"admin-", b"None-", b"or-v1-", b"lf-"];
    let body = candidate.text.strip_prefix(b"sk-")?;
    let ours = !body.starts_with(b"ant-");
    let kind = KINDS.iter().find_map(|kind| body.strip_prefix(*kind));
    let proof = match kind {
        Some(body) => entropy::is_random(body, 20, 3.5) && !is_words(body),
        // Without a kind it is letters and digits only.
        None => entropy::is_random(body, 20, 3.0) && body.iter().all(u8::is_ascii_alphanumeric),
    };
    candidate.whole_if(ours && proof)
}

/// Whether it is words with hyphens: a placeholder.
fn is_words(body: &[u8]) -> bool {
    body.split(|byte| matches!(byte, b'-' | b'_')).filter(|part| !part.is_empty()).all(|part| {
        part.iter().all(u8::is_ascii_lowercase)
            || part.iter().all(u8::is_ascii_uppercase)
            || part.iter().all(u8::is_ascii_digit)
    })
}
