//! Keys in connection strings of Azure: storage, Service Bus, Event Hubs, Cosmos.

use super::generic_secret::{PATTERN, is_key_of, value};
use super::{Candidate, Edge, Entity, Part, entropy};

pub(super) const ENTITY: Entity = Entity {
    name: "azure_storage_key",
    about: "Azure `AccountKey=` or `SharedAccessKey=` and base64 of its length",
    pattern: PATTERN,
    left: Edge::ANY,
    right: Edge::WORD.or(Edge::SLASH),
    longest: 128,
    check,
    hits: &[
        "AccountKey=«q7Xz01LmP4vT9sKe82BnYd3Rf5Hg6Jk7Lp8Mw9Nx0Ob1Qc2Ve3Wt4Zu5Ai6Sy7Du8Fi9Go0Hp1Jq2Kr3Ls4==»;EndpointSuffix=core.windows.net",
        "SharedAccessKey=«q7Xz01LmP4vT9sKe82BnYd3Rf5Hg6Jk7Lp8Mw9Nx0Ob=»",
    ],
    misses: &[
        "AccountKey=yourkey",
        "AccountKey=<key>;",
        "AccountKeyVault=q7Xz01LmP4vT9sKe82BnYd3Rf5Hg6Jk7Lp8Mw9Nx0Ob=",
        "AccountKey=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "SharedAccessKeyName=RootManageSharedAccessKey",
        "PublicKey=q7Xz01LmP4vT9sKe82BnYd3Rf5Hg6Jk7Lp8Mw9Nx0Ob=",
    ],
    ..Entity::SECRET
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let named = is_key_of(candidate, &["Account", "SharedAccess"]);
    let part = value(candidate.text);
    let key = candidate.text.get(part.clone())?;
    (named && key.ends_with(b"=") && entropy::is_random(key, 40, 3.8)).then_some(part)
}
