//! Keys and tokens that are said to be some (`api_key: …`) and whose form nothing else knows.

use super::{Candidate, Edge, Entity, Part, entropy};

pub(super) const ENTITY: Entity = Entity {
    name: "generic_secret",
    about: "key or token behind its name (`api_key=`, `client_secret:`, `token =`), random enough",
    pattern: r#"(?i:(?:api|access|auth|account|private|secret|encryption|signing|master|session|subscription)[_ -]?(?:key|token|secret)|apikey|(?:client[_ -]?)?secret|token|credential)\\?["'`]?[ \t]*(?::=|[:=,]>?| is)[ \t]*\\?["'`]?[A-Za-z0-9_+/.~-]+={0,2}"#,
    left: Edge::ANY,
    right: Edge::WORD.or(Edge::HYPHEN).or(Edge::SLASH),
    longest: 256,
    check,
    hits: &[
        "api_key: «q7Xz01LmP4vT9sKe82Bn»",
        "{\"client_secret\":\"«9f8e7d6c5b4a39281706f5e4d3c2b1a0»\"}",
        "export ACCESS_TOKEN=«q7Xz01LmP4vT9sKe82Bn==»",
        "the API key is «q7Xz01LmP4vT9sKe82Bn», keep it",
        "token = '«550e8400-e29b-41d4-a716-446655440000»'",
    ],
    misses: &[
        "api_key: your-api-key-goes-here",
        "max_tokens: 4096",
        "token: string",
        "secret=${CLIENT_SECRET_2}",
        "api_key = config.services.maps.api_key2",
        "next_page_token: CAUQAAq7Xz01LmP4vT9sKe82Bn",
        "token = tokenizer.next_token_16()",
        "secret: xxxxxxxxxxxxxxxxxxxx",
        "token 1234567890123456 expired",
        "api_key: 1234567890",
        "secretary: q7Xz01LmP4vT9sKe82Bn",
    ],
    ..Entity::SECRET
};

/// How tokens begin that say themselves whose they are; each is an entity of its own.
const NAMED: &[&[u8]] = &[
    b"sk-", b"sk_", b"rk_", b"whsec_", b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"github_pat_", b"gl", b"AKIA", b"ASIA",
    b"AIza", b"ya29.", b"GOCSPX-", b"xox", b"xapp-", b"SG.", b"npm_", b"pypi-", b"hf_", b"dop_v1_", b"doo_v1_", b"dor_v1_",
    b"dapi", b"eyJ", b"SK", b"gsk_", b"xai-", b"r8_", b"pplx-", b"nvapi-", b"hvs.", b"dckr_", b"shpat_", b"lin_api_", b"figd_",
];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let text = candidate.text;
    let in_value = |byte: &u8| byte.is_ascii_alphanumeric() || b"_+/.~-".contains(byte);
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let length = text.iter().rev().skip(padding).take_while(|byte| in_value(byte)).count();
    let start = text.len() - padding - length;
    let value = text.get(start..)?;
    let paged = ["page_", "page", "next_", "nextPage", "Page"].iter().any(|name| candidate.before.ends_with(name.as_bytes()));
    // A call, an index, a template.
    let goes_on = candidate.after.first().is_some_and(|byte| b"([{~".contains(byte));
    let dotted = value.contains(&b'.') && value.split(|byte| *byte == b'.').all(|part| !entropy::is_random(part, 16, 3.0));
    let named = NAMED.iter().any(|prefix| value.starts_with(prefix));
    let proof = entropy::is_random(value, 16, 3.0) && !paged && !goes_on && !dotted && !named && !is_words(value);
    proof.then_some(start..text.len())
}

/// Whether it is words and numbers, as names in code and paths are.
fn is_words(value: &[u8]) -> bool {
    let separates = |byte: &u8| matches!(byte, b'_' | b'-' | b'.' | b'/');
    let words = || value.split(separates).filter(|part| !part.is_empty());
    let plain = |part: &[u8]| part.iter().all(u8::is_ascii_alphabetic) || part.iter().all(u8::is_ascii_digit);
    words().count() > 1 && words().filter(|part| plain(part)).count() * 3 > words().count() * 2
}
