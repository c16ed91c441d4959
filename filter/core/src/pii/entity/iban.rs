//! International bank account numbers.

use super::{Candidate, Edge, Entity, Group, Part, checksum};

pub(super) const ENTITY: Entity = Entity {
    name: "iban",
    about: "international bank account number: its country's length, and ISO 7064 MOD 97-10",
    groups: &[Group::Financial, Group::Eu],
    pattern: r"[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9])+",
    left: Edge::WORD,
    right: Edge::WORD,
    longest: 42,
    shortest: 15,
    check,
    hits: &[
        "IBAN «DE89 3704 0044 0532 0130 00»",
        "«GB82WEST12345698765432», please",
        "«NO93 8601 1117 947» here",
        "«BE68-5390-0754-7034»",
        "«MT84 MALT 0110 0001 2345 MTLC AST0 01S» plus text",
    ],
    misses: &[
        "DE89 3704 0044 0532 0130 01",
        "GB82WEST1234569876543",
        "XX82WEST12345698765432",
        "GB82 West 1234 5698 7654 32",
        "de305e20a4b54c5bb44d46655440000f",
        "AB12 some more text that goes on",
        "XGB82WEST12345698765432",
    ],
    ..Entity::NUMBER
};

/// The countries of the registry (and a few outside of it), by the length of their numbers.
const LENGTHS: &[(usize, &[u8])] = &[
    (15, b"NO"),
    (16, b"BE"),
    (18, b"DKFOFIGLNLSDFK"),
    (19, b"MKSI"),
    (20, b"ATBAEEKZLTLUXKMN"),
    (21, b"HRLVLICH"),
    (22, b"BHBGCRGEDEIEMERSGBVA"),
    (23, b"AEGIILIQTLOMSO"),
    (24, b"ADCZMDPKROSASKESSEVGTNDZ"),
    (25, b"PTSTLY"),
    (26, b"ISTR"),
    (27, b"BIBFDJFRGRITMCMRSMCFCGCMGAGQKMTD"),
    (28, b"ALAZBYCYDOGTHULBNIPLSVBJCIMLSNTGHN"),
    (29, b"BRPSQAUAEG"),
    (30, b"JOKWMUYE"),
    (31, b"MTSC"),
    (32, b"LC"),
    (33, b"RU"),
];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let count = candidate.alphanumerics().count();
    let (_, countries) = LENGTHS.iter().find(|(length, _)| *length == count)?;
    let country = candidate.text.get(..2)?;
    if !countries.chunks(2).any(|own| own == country) {
        return None;
    }
    let letters = || candidate.text.iter().filter(|byte| byte.is_ascii_alphabetic());
    let one_case = letters().all(u8::is_ascii_uppercase) || letters().all(u8::is_ascii_lowercase);
    let turned = candidate.alphanumerics().skip(4).chain(candidate.alphanumerics().take(4));
    candidate.whole_if(one_case && checksum::mod97(turned) == 1)
}
