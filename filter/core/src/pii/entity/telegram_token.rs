//! Tokens of Telegram bots.

use super::{Candidate, Edge, Entity, Part, entropy};

pub(super) const ENTITY: Entity = Entity {
    name: "telegram_token",
    about: "Telegram bot token: its number, a colon, 35 characters",
    pattern: r"[0-9]{8,10}:[A-Za-z0-9_-]+",
    left: Edge::DIGIT,
    longest: 46,
    check,
    context: CONTEXT,
    hits: &[
        concat!("bot «584736291:", "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0»"),
        concat!("https://api.telegram.org/bot«5847362910:", "AAFx7Kd92LmQpR4sTvW8yZa1BcDeFgHjK3n»/getMe"),
    ],
    misses: &[
        "584736291:short",
        "1700000000:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "12345:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0",
        "584736291:BBHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0",
        "12345678:90",
    ],
    ..Entity::SECRET
};

const CONTEXT: &[&str] = &["telegram", "bot", "telegram bot", "bot token"];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let body = candidate.text.splitn(2, |byte| *byte == b':').nth(1)?;
    let ours = body.starts_with(b"AA") || candidate.before.ends_with(b"bot") || candidate.announced;
    candidate.whole_if(body.len() == 35 && ours && entropy::is_random(body, 35, 3.5))
}
