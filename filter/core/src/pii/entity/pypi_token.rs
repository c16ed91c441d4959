//! Tokens of PyPI.

use super::{Candidate, Entity, Part, entropy};

pub(super) const ENTITY: Entity = Entity {
    name: "pypi_token",
    about: "PyPI token: `pypi-` and a macaroon of its kind",
    pattern: r"pypi-AgE[A-Za-z0-9_-]+",
    longest: 400,
    check,
    hits: &[
        concat!(
            "password = «pypi-",
            "AgEIcHlwaS5vcmcCJDx7Kd92LmQpR4sTvW8yZa1BcDeFgHjK3nMpQrq7Xz01LmP4vT9sKe82BnYd3Rf5Hg6Jk7Lp8Mw9»"
        ),
        concat!("«pypi-", "AgENdGVzdC5weXBpLm9yZwIkx7Kd92LmQpR4sTvW8yZa1BcDeFgHjK3nMpQrq7Xz01LmP4vT9sKe8»."),
    ],
    misses: &[
        "pypi-AgEshort",
        "pypi-package-name",
        "pypi-AgEIcHlwaS5vcmc",
        "mypypi-AgEIcHlwaS5vcmcCJDx7Kd92LmQpR4sTvW8yZa1BcDeFgHjK3nMpQr",
        "pypi-AgExxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    ],
    ..Entity::SECRET
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    candidate.whole_if(entropy::is_random(candidate.text.get(5..)?, 50, 3.8))
}
