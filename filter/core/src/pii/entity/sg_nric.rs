//! Identity card numbers of Singapore (NRIC and FIN).

use super::{Candidate, Entity, Group, Part, checksum};

pub(super) const ENTITY: Entity = Entity {
    name: "sg_nric",
    about: "Singaporean NRIC or FIN: seven digits and the letter that follows from them",
    groups: &[Group::Government, Group::Sg],
    pattern: r"[A-Z][0-9]{7}[A-Z]",
    longest: 9,
    check,
    hits: &["NRIC «S1234567D»", "fin «F1234567N».", "«T0123456G»"],
    misses: &["S1234567E", "A1234567D", "s1234567d", "S123456D", "XS1234567D", "S1234567DD"],
    ..Entity::NUMBER
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let first = candidate.text.first().copied()?;
    let last = candidate.text.last().copied()?;
    let offset = match first {
        b'T' | b'G' => 4,
        b'M' => 3,
        _ => 0,
    };
    let rest = usize::try_from((checksum::weighted(candidate.digits(), &[2, 7, 6, 5, 4, 3, 2]) + offset) % 11).ok()?;
    let letter = match first {
        b'S' | b'T' => b"JZIHGFEDCBA".get(rest),
        b'F' | b'G' => b"XWUTRQPNMLK".get(rest),
        _ => b"XWUTRQPNJLK".get(10 - rest),
    };
    candidate.whole_if(letter == Some(&last))
}
