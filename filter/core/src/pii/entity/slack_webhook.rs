//! Incoming webhooks of Slack: who knows the address may post.

use super::{Candidate, Edge, Entity, Part, entropy};

pub(super) const ENTITY: Entity = Entity {
    name: "slack_webhook",
    about: "Slack webhook: the secret part of its URL",
    pattern: r"hooks\.slack\.com/[a-z]+/[A-Za-z0-9/_-]+",
    left: Edge::WORD,
    right: Edge::TOKEN,
    check,
    hits: &[
        concat!("https://hooks.slack.com/services/«T0", "24F5BQ1/B08Q1XK2P/x7Kd92LmQpR4sTvW8yZa1BcD»"),
        concat!("hooks.slack.com/workflows/«T0", "24F5BQ1/A08Q1XK2P/5829104736285/x7Kd92LmQpR4sTvW8yZa1BcD»."),
    ],
    misses: &[
        "https://hooks.slack.com/services/",
        "hooks.slack.com/services/T00/B00/XXX",
        "https://api.slack.com/services/T024F5BQ1/B08Q1XK2P/x7Kd92LmQpR4sTvW8yZa1BcD",
        "hooks.slack.com/services/your/webhook/url/goes/here/please",
        "webhooks.slack.com",
    ],
    ..Entity::SECRET
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let path = candidate.text.splitn(3, |byte| *byte == b'/').nth(2)?;
    (path.contains(&b'/') && entropy::is_random(path, 30, 3.0))
        .then_some(candidate.text.len() - path.len()..candidate.text.len())
}
