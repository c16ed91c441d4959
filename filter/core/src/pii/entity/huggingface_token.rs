//! Tokens of Hugging Face.

use super::{Candidate, Entity, Part, entropy};

pub(super) const ENTITY: Entity = Entity {
    name: "huggingface_token",
    about: "Hugging Face token: `hf_` or `api_org_` and 34 letters or digits",
    pattern: r"(?:hf|api_org)_[A-Za-z0-9]+",
    longest: 48,
    check,
    hits: &[
        concat!("HF_TOKEN=«hf_", "KdLmQpRsTvWyZaBcDeFgHjKnMpQrXzVbCw»"),
        concat!("\"«hf_", "x7Kd92LmQpR4sTvW8yZa1BcDeFgHjK3nMp»\""),
    ],
    misses: &[
        "hf_hub_download",
        "hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "hf_KdLmQpRsTvWyZaBc",
        "my_hf_KdLmQpRsTvWyZaBcDeFgHjKnMpQrXzVbCw",
        "hf_transformers_model_loader_v2",
    ],
    ..Entity::SECRET
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let start = candidate.text.iter().rposition(|byte| *byte == b'_')? + 1;
    let body = candidate.text.get(start..)?;
    let mixed = body.iter().any(u8::is_ascii_uppercase) && body.iter().any(u8::is_ascii_lowercase);
    candidate.whole_if(body.len() == 34 && mixed && entropy::bits(body) > 3.5)
}
