//! Private keys of PGP, armoured: the whole block.

use super::{Edge, Entity, Tail};

pub(super) const ENTITY: Entity = Entity {
    name: "pgp_private_key",
    about: "PGP private key block, with all its lines",
    pattern: super::private_key::PATTERN,
    check: |candidate| candidate.whole_if(candidate.text.ends_with(b"BLOCK-----")),
    left: Edge::HYPHEN,
    right: Edge::ANY,
    longest: 64,
    tail: Tail::Until("BLOCK-----", super::private_key::is_body),
    hits: &[
        "«-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQVYBGK\n=x7Kd\n-----END PGP PRIVATE KEY BLOCK-----»\n",
        "«-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 1\n\nlQVYBGK\n-----END PGP PRIVATE KEY BLOCK-----», done",
    ],
    misses: &[
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\nmQINB\n-----END PGP PUBLIC KEY BLOCK-----",
        "BEGIN PGP PRIVATE KEY BLOCK",
        "-----END PGP PRIVATE KEY BLOCK-----",
        "-----BEGIN PGP MESSAGE-----",
        "----BEGIN PGP PRIVATE KEY BLOCK----",
    ],
    ..Entity::SECRET
};
