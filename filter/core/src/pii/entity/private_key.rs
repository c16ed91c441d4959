//! Private keys in PEM form: the whole block, from its first line to its last.

use super::{Candidate, Edge, Entity, Tail};

pub(super) const ENTITY: Entity = Entity {
    name: "private_key",
    about: "private key in PEM form (RSA, EC, OpenSSH, PKCS #8, encrypted), with all its lines",
    pattern: PATTERN,
    left: Edge::HYPHEN,
    right: Edge::ANY,
    longest: 192,
    tail: Tail::Until("PRIVATE KEY-----", is_body),
    check: |candidate| candidate.whole_if(!is_pgp(candidate)),
    hits: &[
        "«-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQC7\n-----END PRIVATE KEY-----»\n",
        "\"«-----BEGIN RSA PRIVATE KEY-----\\nMIIEowIBAAKCAQEA\\n-----END RSA PRIVATE KEY-----»\\n\"",
        "«-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA». Cut.",
        "«-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0F\n\nMHcC\n-----END EC PRIVATE KEY-----», done",
        "> «-----BEGIN PRIVATE KEY-----\n> MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n> -----END PRIVATE KEY-----»\n",
        "| «-----BEGIN PRIVATE KEY-----\n| MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n| -----END PRIVATE KEY-----»\n",
        "<pre>«-----BEGIN PRIVATE KEY-----<br>MIIEvQIBADANBgkqhkiG9w0BAQEFAASC<br>-----END PRIVATE KEY-----»</pre>",
        "// «-----BEGIN PRIVATE KEY-----\n// MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n// -----END PRIVATE KEY-----»\n",
        "1 «-----BEGIN PRIVATE KEY-----\n2 MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n3 -----END PRIVATE KEY-----»\n",
        "KEY=«-----BEGIN PRIVATE KEY----- MIIEvQIBADANBgkqhkiG9w0BAQEFAASC -----END PRIVATE KEY-----»",
    ],
    misses: &[
        "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQ\n-----END PUBLIC KEY-----",
        "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIE\n-----END CERTIFICATE-----",
        "BEGIN PRIVATE KEY",
        "----BEGIN PRIVATE KEY----",
        "-----END PRIVATE KEY-----",
        "-----BEGIN private key-----",
        "a file that begins with -----BEGIN PRIVATE KEY----- and is never shared",
        "{\"begins\":\"-----BEGIN PRIVATE KEY-----\",\"next\":\"MIIEvQIBADANBgkqhkiG9w0BAQEF\"}",
        "-----BEGIN PRIVATE KEY-----\n…\n-----END PRIVATE KEY-----",
    ],
    ..Entity::SECRET
};

/// The first line, of PGP's blocks too, and where the key begins behind it: on the next line, which may be quoted, numbered
/// or commented out, or as base64 on its own. A first line alone is what people write about keys.
pub(super) const PATTERN: &str = concat!(
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:[ \t]*[A-Za-z0-9+/]{16}|",
    r#"[ \t"'+,\\]*(?:[\r\n]|\\[rn]|<br ?/?>)(?:[ \t\r\n"'+,>|#*/;:\\-]|\\[rnt]|<br ?/?>|[0-9]{1,4}[ \t])*[A-Za-z0-9+/=]{4})"#,
);

/// Whether it is PGP's.
pub(super) fn is_pgp(candidate: &Candidate<'_>) -> bool {
    candidate.text.windows(5).any(|part| part == b"BLOCK")
}

/// Base64, the headers of encrypted keys, and how code and quotations write several lines.
pub(super) fn is_body(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=-:;,\\\"'_<>|#* \t\r\n".contains(&byte)
}
