//! Tokens of Slack.

use super::{Candidate, Entity, Part, entropy};

pub(super) const ENTITY: Entity = Entity {
    name: "slack_token",
    about: "Slack token: `xoxb-` and its kin, or `xapp-`, random enough",
    pattern: r"x(?:ox[a-z]|app|wfp|oxe\.xox[bp])-[A-Za-z0-9-]+",
    check,
    hits: &[
        concat!("«xoxb-", "2847561930-5829104736285-Qz7xV1mB4nT9pLk3Jh6GfD2s»"),
        concat!("SLACK_APP=«xapp-", "1-A02B3C4D5E6-3948571620394-9f8e7d6c5b4a39281706f5e4d3c2b1a0»."),
        concat!("\"«xoxp-", "2847561930-5829104736-5829104736285-9f8e7d6c5b4a39281706f5e4d3c2b1a0»\""),
    ],
    misses: &[
        "xoxb-your-token",
        "xoxb-...",
        "the xoxb- prefix",
        "xoxb-xxxxxxxxxxxx-xxxxxxxxxxxx-xxxxxxxxxxxxxxxxxxxxxxxx",
        "foxxoxb-2847561930-5829104736285-Qz7xV1mB4nT9pLk3Jh6GfD2s",
        "xapp-launcher-settings-daemon",
    ],
    ..Entity::SECRET
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let hyphen = candidate.text.iter().position(|byte| *byte == b'-')?;
    candidate.whole_if(entropy::is_random(candidate.text.get(hyphen + 1..)?, 20, 2.8))
}
