//! Tokens of GitHub.

use super::{Candidate, Entity, Part, entropy};

pub(super) const ENTITY: Entity = Entity {
    name: "github_token",
    about: "GitHub token: `ghp_`, `gho_`, `ghu_`, `ghs_`, `ghr_` or `github_pat_`, and its length",
    pattern: r"(?:gh[oprsu]|github_pat)_[A-Za-z0-9_]+|ghs_[0-9]+_eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+",
    // Those that hold a JSON Web Token.
    longest: 1024,
    check,
    hits: &[
        concat!("token «ghp_", "x7Kd92LmQpR4sTvW8yZa1BcDeFgHjK3nMpQr»."),
        concat!("Authorization: token «ghs_", "x7Kd92LmQpR4sTvW8yZa1BcDeFgHjK3nMpQr»"),
        concat!(
            "GH=«github_pat_",
            "11ABCDEFG0x7Kd92LmQpR4_sTvW8yZa1BcDeFgHjK3nMpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQ»"
        ),
        concat!("«ghs_", "123456_eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxMjM0NTYifQ.x7Kd92LmQpR4sTvW8yZa1BcDeFgHj-K3n_MpQr»."),
    ],
    misses: &[
        "ghp_short",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "the ghp_ prefix",
        "my_ghp_x7Kd92LmQpR4sTvW8yZa1BcDeFgHjK3nMpQr",
        "github_pat_your_token_here",
        "gha_x7Kd92LmQpR4sTvW8yZa1BcDeFgHjK3nMpQr",
    ],
    ..Entity::SECRET
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let proof = match candidate.text.strip_prefix(b"github_pat_") {
        Some(body) => entropy::is_random(body, 59, 3.5),
        None => entropy::is_random(candidate.text.get(4..)?, 36, 3.5),
    };
    candidate.whole_if(proof)
}
