//! Private keys in PEM form: the whole block, from its first line to its last.

use super::{Edge, Entity, Tail};

pub(super) const ENTITY: Entity = Entity {
    name: "private_key",
    about: "private key in PEM form (RSA, EC, OpenSSH, PKCS #8, encrypted), with all its lines",
    pattern: PATTERN,
    left: Edge::HYPHEN,
    right: Edge::ANY,
    longest: 64,
    tail: Tail::Until("PRIVATE KEY-----", is_body),
    check: |candidate| candidate.whole_if(!candidate.text.ends_with(b"BLOCK-----")),
    hits: &[
        "«-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQC7\n-----END PRIVATE KEY-----»\n",
        "\"«-----BEGIN RSA PRIVATE KEY-----\\nMIIEowIBAAKCAQEA\\n-----END RSA PRIVATE KEY-----»\\n\"",
        "«-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA». Cut.",
        "«-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0F\n\nMHcC\n-----END EC PRIVATE KEY-----», done",
    ],
    misses: &[
        "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQ\n-----END PUBLIC KEY-----",
        "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIE\n-----END CERTIFICATE-----",
        "BEGIN PRIVATE KEY",
        "----BEGIN PRIVATE KEY----",
        "-----END PRIVATE KEY-----",
        "-----BEGIN private key-----",
    ],
    ..Entity::SECRET
};

/// The first line, of PGP's blocks too.
pub(super) const PATTERN: &str = r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----";

/// Base64, the headers of encrypted keys, and how code writes several lines.
pub(super) fn is_body(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=-:,\\\"'_ \t\r\n".contains(&byte)
}
