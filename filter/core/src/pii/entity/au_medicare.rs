//! Medicare card numbers of Australia.

use super::{Candidate, Entity, Group, Part, checksum};

pub(super) const ENTITY: Entity = Entity {
    name: "au_medicare",
    about: "Australian Medicare number: ten or eleven digits and their sum; bare digits only with context",
    groups: &[Group::Government, Group::Au],
    pattern: r"[0-9]{4} [0-9]{5} [0-9](?: ?[/-]? ?[0-9])?",
    announced: r"[0-9]{10,11}",
    longest: 16,
    check,
    context: CONTEXT,
    hits: &["Medicare «2123 45670 1»", "medicare number: «2123456701».", "card «2428 77813 2-1»"],
    misses: &[
        "Medicare 2123258701",
        "order 2123456701",
        "medicare 1123456701",
        "Medicare 2123 45671 1",
        "medicare 212345670221",
    ],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &["medicare", "medicare number", "medicare card", "irn"];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let first = candidate.digits().next()?;
    let sum = checksum::weighted(candidate.digits(), &[1, 3, 7, 9, 1, 3, 7, 9]) % 10;
    let proof = (2..=6).contains(&first) && candidate.digits().nth(8).map(u32::from) == Some(sum);
    candidate.whole_if(proof && (!candidate.is_bare() || candidate.is_expected()))
}
