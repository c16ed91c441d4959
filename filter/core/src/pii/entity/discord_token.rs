//! Tokens of Discord bots.

use super::{Candidate, Entity, Part, entropy};

pub(super) const ENTITY: Entity = Entity {
    name: "discord_token",
    about: "Discord bot token: a user's number in base64, a time, a signature",
    pattern: r"[MNO][A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+",
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
    let mut parts = candidate.text.split(|byte| *byte == b'.');
    let (user, time, signature) = (parts.next()?, parts.next()?, parts.next()?);
    let lengths = (24..=28).contains(&user.len()) && time.len() == 6 && (27..=45).contains(&signature.len());
    // Base64 of digits has only these in each fourth place but the first.
    let numbers = user.chunks(4).all(|four| four.first().is_some_and(|first| b"MNO".contains(first)));
    candidate.whole_if(lengths && numbers && entropy::is_random(signature, 27, 3.5))
}
