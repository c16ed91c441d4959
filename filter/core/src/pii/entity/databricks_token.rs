//! Tokens of Databricks.

use super::{Candidate, Entity, Part, entropy};

pub(super) const ENTITY: Entity = Entity {
    name: "databricks_token",
    about: "Databricks token: `dapi` and 32 hexadecimal digits",
    pattern: r"dapi[0-9a-f]+(?:-[0-9])?",
    longest: 38,
    check,
    hits: &[
        concat!("«dapi", "a3f29c8b7d6e5f4a3b2c1d0e9f8a7b6c»"),
        concat!("token \"«dapi", "9f8e7d6c5b4a39281706f5e4d3c2b1a0-2»\""),
    ],
    misses: &[
        "dapia3f29c8b",
        "dapi documentation",
        "dapifacade",
        "xdapia3f29c8b7d6e5f4a3b2c1d0e9f8a7b6c",
        "dapi00000000000000000000000000000000",
    ],
    ..Entity::SECRET
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let body = candidate.text.get(4..)?.split(|byte| *byte == b'-').next()?;
    candidate.whole_if(body.len() == 32 && entropy::is_random(body, 32, 2.8))
}
