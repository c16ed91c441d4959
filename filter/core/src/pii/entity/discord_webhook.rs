//! Webhooks of Discord: who knows the address may post.

use super::{Candidate, Edge, Entity, Part, entropy};

pub(super) const ENTITY: Entity = Entity {
    name: "discord_webhook",
    about: "Discord webhook: the secret part of its URL",
    pattern: r"discord(?:app)?\.com/api/webhooks/[0-9]+/[A-Za-z0-9_-]+",
    left: Edge::LETTER,
    check,
    hits: &[
        concat!(
            "https://discord.com/api/webhooks/198622483471925248/«x7",
            "Kd92LmQpR4sTvW8yZa1BcDeFgHjK3nMpQrq7Xz01LmP4vT9sKe82BnYd3Rf5Hg6Jk»"
        ),
        concat!(
            "discordapp.com/api/webhooks/198622483471925248/«q7",
            "Xz01LmP4vT9sKe82BnYd3Rf5Hg6Jk7Lp8Mw9Nx0Obx7Kd92LmQpR4sTvW8yZa1Bc_»."
        ),
    ],
    misses: &[
        "https://discord.com/api/webhooks/",
        "discord.com/api/webhooks/198622483471925248/short1",
        "discord.com/api/webhooks/id/token",
        "discord.com/channels/198622483471925248/198622483471925249",
        "discord.com/api/v10/users",
    ],
    ..Entity::SECRET
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let token = candidate.text.rsplitn(2, |byte| *byte == b'/').next()?;
    let length = token.len();
    entropy::is_random(token, 60, 3.8).then_some(candidate.text.len() - length..candidate.text.len())
}
