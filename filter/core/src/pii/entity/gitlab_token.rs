//! Tokens of GitLab.

use super::{Candidate, Entity, Part, entropy};

pub(super) const ENTITY: Entity = Entity {
    name: "gitlab_token",
    about: "GitLab token: `glpat-` and its kin, random enough",
    pattern: r"gl(?:pat|dt|rt|rtr|cbt|ptt|ft|soat|agent|oas|imt|ffct|wt)-[A-Za-z0-9_-]+(?:\.[a-z0-9]{2}\.?[a-z0-9]{7,})?",
    check,
    hits: &[
        concat!("«glpat-", "Zx9Kd82LmQpR4sTvW8yZ»."),
        concat!("CI_TOKEN: «glrt-", "Zx9Kd82LmQpR4sTv_8yZ»"),
        concat!("\"«glpat-", "Zx9Kd82LmQpR4sTvW8yZm86MQp1OjE4bDQK.01.0z1a2b3c4»\""),
        concat!("«glpat-", "Zx9Kd82LmQpR4sTvW8yZm86MQp1OjE4bDQK.0z1a2b3c4»."),
        concat!("«glffct-", "BeajgCTwbbFblKuWgpwn»"),
    ],
    misses: &[
        "glpat-short",
        "glpat-xxxxxxxxxxxxxxxxxxxx",
        "glad-Zx9Kd82LmQpR4sTvW8yZ",
        "the glpat- prefix",
        "xglpat-Zx9Kd82LmQpR4sTvW8yZ",
        "glft-your-feed-token-goes-here",
    ],
    ..Entity::SECRET
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let hyphen = candidate.text.iter().position(|byte| *byte == b'-')?;
    candidate.whole_if(entropy::is_random(candidate.text.get(hyphen + 1..)?, 20, 3.2))
}
