//! Tokens whose prefix says whose they are, of services that have no entity of their own.

use super::{Candidate, Edge, Entity, Part, entropy};

pub(super) const ENTITY: Entity = Entity {
    name: "vendor_token",
    about: "token with a known prefix: Groq, xAI, Replicate, Perplexity, NVIDIA, Vault, Docker, Shopify, Linear, Figma, RubyGems, Grafana, Sentry, Notion, Atlassian, Tailscale and others",
    pattern: r"(?:gsk_|xai-|r8_|pplx-|nvapi-|tvly-|hvs\.|dckr_pat_|shp[a-z]+_|lin_api_|figd_|rubygems_|glsa_|sntry[su]_|ntn_|sbp_|tskey-)[A-Za-z0-9_-]+|ATATT3[A-Za-z0-9_=-]+",
    left: Edge::TOKEN.or(Edge::DOT),
    check,
    hits: &[
        concat!("GROQ=«gsk_", "x7Kd92LmQpR4sTvW8yZa1BcDeFgHjK3nMpQr»"),
        concat!("vault «hvs.", "CAESIx7Kd92LmQpR4sTvW8yZa1BcDeFgHjK3nMp»."),
        concat!("\"«dckr_pat_", "x7Kd92LmQpR4sTvW8yZa1BcDe»\""),
        concat!("«shpat_", "9f8e7d6c5b4a39281706f5e4d3c2b1a0»"),
        concat!("«glsa_", "x7Kd92LmQpR4sTvW8yZa1BcDeFgHjKpQ_9f8e7d6c»"),
        concat!("«ATATT3", "xFfGF0x7Kd92LmQpR4sTvW8yZa1=B1A2C3D4»"),
    ],
    misses: &[
        "gsk_short",
        "fw_update_2024_01_15_release_notes_v2",
        "key-value-store-2024-benchmark-1",
        "hvs.example",
        "tvly-your-api-key-goes-here-12345",
        "r8_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "key-0123456789",
    ],
    ..Entity::SECRET
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    // An Atlassian token has nothing behind its prefix.
    let prefix = candidate.text.iter().take(8).position(|byte| matches!(byte, b'_' | b'-' | b'.'));
    let start = prefix.map_or(0, |at| at + 1);
    let body = candidate.text.get(start..)?;
    let parts = body.split(|byte| matches!(byte, b'_' | b'-')).map(<[u8]>::len).max();
    candidate.whole_if(parts.is_some_and(|longest| longest > 15) && entropy::is_random(body, 24, 3.2))
}
