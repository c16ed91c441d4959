//! Private keys of PGP, armoured: the whole block.

use super::{Edge, Entity, Tail};

pub(super) const ENTITY: Entity = Entity {
    name: "pgp_private_key",
    about: "PGP private key block, with all its lines",
    pattern: super::private_key::PATTERN,
    check: |candidate| candidate.whole_if(super::private_key::is_pgp(candidate)),
    left: Edge::HYPHEN,
    right: Edge::ANY,
    longest: 192,
    tail: Tail::Until("BLOCK-----", is_body),
    hits: &[
        "«-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2.0.22 (GNU/Linux)\nComment: https://example.org, a@b.example\n\nlQVYBGK\n-----END PGP PRIVATE KEY BLOCK-----»\n",
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

/// Base64, and headers, which hold versions, addresses and comments.
fn is_body(byte: u8) -> bool {
    super::private_key::is_body(byte) || b".()@&!?~%".contains(&byte) || byte >= super::OTHER
}
