//! Tokens of Discord bots.

use super::{Candidate, Entity, Part, entropy};

pub(super) const ENTITY: Entity = Entity {
    name: "discord_token",
    about: "Discord bot token: a user's number in base64, a time, a signature",
    // Base64 of digits has only these in each fourth place but the first.
    pattern: r"(?:[MNO][A-Za-z0-9_-]{3}){6}(?:[MNO][A-Za-z0-9_-]{0,3})?\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]+",
    longest: 90,
    check,
    hits: &[
        concat!("DISCORD=«MTk4NjIyNDgzNDcxOTI1MjQ4", ".Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs»"),
        concat!("\"«NDI4OTk2MTMyOTg0NTA2MzY4", ".Gx7Kd9.q7Xz01LmP4vT9sKe82BnYd3Rf5Hg6Jk7Lp8Mw9»\""),
    ],
    misses: &[
        "Module.path.name",
        "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.short",
        "Microsoft.Extensions.DependencyInjectionAbstractions12",
        "XTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs",
        "MTk4NjIyNDgzNDcxOTI1MjQ4",
    ],
    ..Entity::SECRET
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let signature = candidate.text.rsplit(|byte| *byte == b'.').next()?;
    candidate.whole_if((27..=45).contains(&signature.len()) && entropy::is_random(signature, 27, 3.5))
}
