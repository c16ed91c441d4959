//! National insurance numbers of the United Kingdom.

use super::{Candidate, Entity, Group, Part};

pub(super) const ENTITY: Entity = Entity {
    name: "uk_nino",
    about: "UK national insurance number: a prefix that is issued, six digits, A to D",
    groups: &[Group::Government, Group::Uk],
    pattern: r"[A-Z][0-9A-Z]+|[A-Z]{2}[ -][0-9]{2}(?:[ -]?[0-9]{2}){2}[ -]?[A-Z]",
    longest: 13,
    shortest: 9,
    check,
    hits: &["NI «AB123456C»", "«JG 10 37 59 A».", "«CE-12-34-56-D»"],
    misses: &[
        "BG123612A",
        "FQ 00 00 00 C",
        "DA123456A",
        "AB123456E",
        "AB12345C",
        "ab123456c",
        "XAB123456C",
        "AO123456C",
    ],
    ..Entity::NUMBER
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let [first, second, digits @ .., last] = candidate.characters::<9>()?;
    let prefix = [first, second];
    let issued = !b"DFIQUV".contains(&first)
        && !b"DFIOQUV".contains(&second)
        && ![b"BG", b"GB", b"KN", b"NK", b"NT", b"TN", b"ZZ"].contains(&&prefix);
    let letters = prefix.iter().all(u8::is_ascii_uppercase);
    let placed = letters && digits.iter().all(u8::is_ascii_digit) && (b'A'..=b'D').contains(&last);
    candidate.whole_if(placed && issued && candidate.is_even())
}
