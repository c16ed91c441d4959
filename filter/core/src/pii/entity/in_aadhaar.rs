//! Aadhaar numbers of India.

use super::{Candidate, Entity, Group, Part, checksum};

pub(super) const ENTITY: Entity = Entity {
    name: "in_aadhaar",
    about: "Indian Aadhaar: twelve digits and Verhoeff's sum; bare digits only with context",
    groups: &[Group::Government, Group::In],
    pattern: r"[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}(?:[ -][0-9])?",
    announced: r"[0-9]{12}",
    longest: 16,
    check,
    context: CONTEXT,
    hits: &["Aadhaar «3998 7654 3211»", "my aadhaar number is «399876543211»", "«3998-7654-3211»."],
    misses: &["1998 7654 3211", "3998 7654 3212", "order 399876543211", "3998 7654 3211 0000", "3998-7654 3211"],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &["aadhaar", "aadhar", "adhaar", "uidai", "uid", "aadhaar number", "aadhaar no"];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let digits = candidate.exactly::<12>()?;
    let first = digits.first().copied().unwrap_or(0);
    let palindrome = digits.iter().eq(digits.iter().rev());
    let proof = first > 1 && !palindrome && candidate.is_even() && checksum::verhoeff(digits.into_iter());
    let spaced = !candidate.is_bare() && !candidate.is_in_a_row();
    candidate.whole_if(proof && (spaced || candidate.is_expected()))
}
