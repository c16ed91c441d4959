//! Keys and tokens that are said to be some (`api_key: …`) and whose form nothing else knows. Told from the last word of
//! their name, so that one pattern serves for all such names; `is_key_of` looks at the words before it.

use super::{Candidate, Edge, Entity, Part, entropy};

pub(super) const ENTITY: Entity = Entity {
    name: "generic_secret",
    about: "key or token behind its name (`api_key=`, `client_secret:`, `token =`), random enough",
    pattern: PATTERN,
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
        "api_key=«rqDggYmVcmqtJSHbbnViSSKZvignZGUb», \"credentials\": \"«9f8e7d6c5b4a39281706f5e4d3c2b1a0»\"",
        "API_KEY=«sk_67955174bd0f0360a80d4b216213c9ece123b05c8040d5df»",
        "<apiKey>«q7Xz01LmP4vT9sKe82Bn»</apiKey>, os.environ[\"API_KEY\"] = \"«q7Xz01LmP4vT9sKe82Bn»\"",
        "AZURE_STORAGE_KEY=«q7Xz01LmP4vT9sKe82BnYd3Rf5Hg6Jk7Lp8Mw9Nx0Ob1Qc2Ve3Wt4Zu5Ai6Sy7Du8Fi9Go0Hp1Jq2Kr3Ls4==»",
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
        "cache_key: q7Xz01LmP4vT9sKe82Bn",
        "public key: q7Xz01LmP4vT9sKe82Bn",
    ],
    ..Entity::SECRET
};

/// The name's last word, what assigns, and the value. The names of other keys are told by it too.
pub(super) const PATTERN: &str = r#"(?:[Kk]ey|KEY|[Tt]oken|TOKEN|[Ss]ecret|SECRET|[Cc]redentials?|CREDENTIALS?|[Cc]reds|CREDS)\\?["'`]?\]?(?: \[[A-Za-z0-9*]*\])?[ \t]*(?:[:=,]+>?|>| is)[ \t]*\\?["'`]?[A-Za-z0-9_+/.~-]+={0,2}"#;

/// How tokens begin that say themselves whose they are; each is an entity of its own.
const NAMED: &[&[u8]] = &[
    b"sk-",
    b"sk_live_",
    b"sk_test_",
    b"sk_prod_",
    b"rk_live_",
    b"rk_test_",
    b"rk_prod_",
    b"whsec_",
    b"ghp_",
    b"gho_",
    b"ghu_",
    b"ghs_",
    b"ghr_",
    b"github_pat_",
    b"glpat-",
    b"glrt-",
    b"gldt-",
    b"glcbt-",
    b"glptt-",
    b"glft-",
    b"AKIA",
    b"ASIA",
    b"AIza",
    b"ya29.",
    b"GOCSPX-",
    b"xox",
    b"xapp-",
    b"SG.",
    b"npm_",
    b"pypi-",
    b"hf_",
    b"dop_v1_",
    b"doo_v1_",
    b"dor_v1_",
    b"dapi",
    b"gsk_",
    b"xai-",
    b"r8_",
    b"pplx-",
    b"nvapi-",
    b"hvs.",
    b"dckr_",
    b"shpat_",
    b"lin_api_",
    b"figd_",
];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let part = value(candidate.text);
    let value = candidate.text.get(part.clone())?;
    // Told from its last word, `key` is anything: of a cache, of a map.
    let secret = !candidate.text.to_ascii_lowercase().starts_with(b"key") || is_key_of(candidate, SECRET_KEYS);
    let paged = ["page_", "page", "Page", "next_"].iter().any(|name| candidate.before.ends_with(name.as_bytes()));
    // A call, an index, a template.
    let goes_on = candidate.after.first().is_some_and(|byte| b"([{~".contains(byte));
    let dotted =
        value.contains(&b'.') && value.split(|byte| *byte == b'.').all(|part| !entropy::is_random(part, 16, 3.0));
    let proof = secret && !paged && !goes_on && !dotted && !is_named(value, candidate.after) && !is_words(value);
    (proof && entropy::is_random(value, 16, 2.7)).then_some(part)
}

/// What a key is of that is a secret.
const SECRET_KEYS: &[&str] = &[
    "api",
    "access",
    "auth",
    "private",
    "secret",
    "encryption",
    "signing",
    "master",
    "account",
    "subscription",
    "session",
    "storage",
    "consumer",
    "client",
    "openai",
    "webhook",
    "shared",
    "hmac",
];

/// Whether a key's name has one of these words before it, in any of the ways in which code joins words.
pub(super) fn is_key_of(candidate: &Candidate<'_>, words: &[&str]) -> bool {
    let joined = matches!(candidate.before.last(), Some(b'_' | b' ' | b'-'));
    let name = candidate.before.get(..candidate.before.len() - usize::from(joined)).unwrap_or_default();
    let ends = |word: &&str| {
        let begin = name.len().checked_sub(word.len());
        begin.and_then(|begin| name.get(begin..)).is_some_and(|end| end.eq_ignore_ascii_case(word.as_bytes()))
    };
    words.iter().any(ends)
}

/// Where the value stands in what the pattern matched.
pub(super) fn value(text: &[u8]) -> Part {
    let in_value = |byte: &u8| byte.is_ascii_alphanumeric() || b"_+/.~-".contains(byte);
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let length = text.iter().rev().skip(padding).take_while(|byte| in_value(byte)).count();
    text.len() - padding - length..text.len()
}

/// Whether it begins like a token that is an entity of its own, `after` being what stands behind it.
pub(super) fn is_named(value: &[u8], after: &[u8]) -> bool {
    let web_token = value.starts_with(b"eyJ") && (value.contains(&b'.') || after.starts_with(b"."));
    let twilio = value.starts_with(b"SK") && value.len() == 34;
    web_token || twilio || NAMED.iter().any(|prefix| value.starts_with(prefix))
}

/// Whether it is words and numbers, as names in code and paths are.
fn is_words(value: &[u8]) -> bool {
    let separates = |byte: &u8| matches!(byte, b'_' | b'-' | b'.' | b'/');
    let words = || value.split(separates).filter(|part| !part.is_empty());
    let plain = |part: &[u8]| part.iter().all(u8::is_ascii_alphabetic) || part.iter().all(u8::is_ascii_digit);
    words().count() > 1 && words().filter(|part| plain(part)).count() * 3 > words().count() * 2
}
