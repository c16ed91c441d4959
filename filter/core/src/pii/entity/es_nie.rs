//! Identity numbers of foreigners in Spain.

use super::{Candidate, Entity, Group, Part, checksum};

pub(super) const ENTITY: Entity = Entity {
    name: "es_nie",
    about: "Spanish NIE: X, Y or Z, seven digits and the letter that follows from them",
    groups: &[Group::Government, Group::Eu, Group::Es],
    pattern: r"[A-Za-z]-?[0-9]{7}-?[A-Za-z]",
    longest: 11,
    check,
    hits: &["NIE «X1234567L»", "«Z8078221M»", "nie: «y-8063915-z»"],
    misses: &["X1234567A", "W8063915Q", "X123456L", "XX1234567L", "X1234567LL"],
    ..Entity::NUMBER
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let first = candidate.alphanumerics().next()?;
    let number = u64::from(first.checked_sub(b'X')?) * 10_000_000 + checksum::number(candidate.digits());
    let letter = candidate.alphanumerics().next_back();
    candidate.whole_if(super::es_nif::letter_of(number) == letter)
}
