//! Key identifiers of Google service accounts. The key itself is a `private_key`.

use super::{Candidate, Entity, Part};

pub(super) const ENTITY: Entity = Entity {
    name: "google_service_account",
    about: "private_key_id of a Google service account",
    pattern: r#"private_key_id\\?["\x27]?[ \t]*[:=][ \t]*\\?["\x27]?[0-9a-f]+"#,
    longest: 96,
    check,
    hits: &[
        "\"private_key_id\": \"«3f2a9c8b7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a»\"",
        "private_key_id = «3f2a9c8b7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a»\n",
    ],
    misses: &[
        "commit 3f2a9c8b7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a",
        "\"private_key_id\": \"\"",
        "private_key_id: 3f2a9c8b",
        "\"public_key_id\": \"3f2a9c8b7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a\"",
        "private_key_id: string",
    ],
    ..Entity::SECRET
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let digits = candidate.text.iter().rev().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let start = candidate.text.len() - digits;
    (digits == 40).then_some(start..candidate.text.len())
}
