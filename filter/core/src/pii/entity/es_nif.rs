//! Tax numbers of Spain (NIF), which are its identity cards' (DNI).

use super::{Candidate, Entity, Group, Part, checksum};

pub(super) const ENTITY: Entity = Entity {
    name: "es_nif",
    about: "Spanish NIF: eight digits and the letter that follows from them",
    groups: &[Group::Government, Group::Eu, Group::Es],
    pattern: r"[0-9]{8}-?[A-Z]",
    announced: r"[0-9]{8}(?:[ -]?[a-z]| [A-Z])|[0-9]{7}[ -]?[A-Za-z]",
    longest: 10,
    check,
    context: CONTEXT,
    hits: &["DNI «12345678Z»", "dni «1234567L»", "NIF: «12345678-z»", "con «87654321-X»."],
    misses: &["12345678A", "12345678a", "code 1234567L", "112345678Z", "12345678ZZ", "version 12345678 a"],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &["nif", "dni", "documento", "identidad", "documento nacional", "d n i"];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let number = checksum::number(candidate.digits());
    let letter = candidate.text.last()?;
    let proof = letter_of(number) == Some(letter.to_ascii_uppercase()) && number > 0;
    let whole = candidate.digits().count() == 8;
    let usual = letter.is_ascii_uppercase() && whole && !candidate.text.contains(&b' ');
    candidate.whole_if(proof && (usual || candidate.is_expected()))
}

/// The letter that follows from a number; foreigners' numbers have the same.
pub(super) fn letter_of(number: u64) -> Option<u8> {
    b"TRWAGMYFPDXBNJZSQVHLCKE".get(usize::try_from(number % 23).ok()?).copied()
}
