//! Keys of Anthropic.

use super::{Candidate, Entity, Part, entropy};

pub(super) const ENTITY: Entity = Entity {
    name: "anthropic_key",
    about: "Anthropic key: `sk-ant-…`, random enough",
    pattern: r"sk-ant-[A-Za-z0-9_-]+",
    check,
    hits: &[
        concat!("x-api-key: «sk-ant-", "api03-Qz7xV1mB4nT9pLk3Jh6GfD2sAaW8eRtY5uIoP0cXvBnMlK_9-AA»"),
        concat!("\"«sk-ant-", "admin01-b4nT9pLk3Jh6GfD2sAaW8eRtY5uIoP0cX»\""),
        concat!("ANTHROPIC_API_KEY=«sk-ant-", "oat01-b4nT9pLk3Jh6GfD2sAaW8eRtY5uIoP0cX»\n"),
    ],
    misses: &[
        "sk-ant-api03-your-key-here",
        "sk-ant-...",
        "sk-ant-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "the sk-ant- prefix",
        "task-ant-api03-Qz7xV1mB4nT9pLk3Jh6GfD2sAaW8eRtY5",
        "sk-antelope-conservation-report-2024",
    ],
    ..Entity::SECRET
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let body = candidate.text.strip_prefix(b"sk-ant-")?;
    candidate.whole_if(entropy::is_random(body, 24, 3.5))
}
