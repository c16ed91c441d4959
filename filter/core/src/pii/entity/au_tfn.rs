//! Tax file numbers of Australia.

use super::{Candidate, Entity, Group, Part, checksum};

pub(super) const ENTITY: Entity = Entity {
    name: "au_tfn",
    about: "Australian TFN: eight or nine digits and their sum modulo 11, with context",
    groups: &[Group::Government, Group::Au],
    announced: r"[0-9]{8,9}|[0-9]{3}[ -][0-9]{3}[ -][0-9]{2,3}",
    longest: 11,
    check,
    context: CONTEXT,
    hits: &["TFN «123 456 782»", "tax file number: «123456782».", "tfn «37118629»"],
    misses: &["TFN 123 456 783", "sum of 123 456 782", "tfn 1234567820", "TFN 123\n456 782", "tfn 000000000"],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &["tfn", "tax file number", "tax file", "tfns"];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let weights: &[u32] = match candidate.digits().count() {
        8 => &[10, 7, 8, 4, 6, 3, 5, 1],
        _ => &[1, 4, 3, 7, 5, 8, 6, 9, 10],
    };
    let proof = checksum::weighted(candidate.digits(), weights).is_multiple_of(11) && candidate.is_even();
    candidate.whole_if(proof && candidate.digits().any(|digit| digit != 0) && candidate.is_expected())
}
