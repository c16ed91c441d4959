//! Company numbers of Australia.

use super::{Candidate, Entity, Group, Part, checksum};

pub(super) const ENTITY: Entity = Entity {
    name: "au_acn",
    about: "Australian ACN: nine digits and their sum modulo 10, with context",
    groups: &[Group::Government, Group::Au],
    announced: r"[0-9]{9}|[0-9]{3} [0-9]{3} [0-9]{3}",
    longest: 11,
    check,
    context: CONTEXT,
    hits: &["ACN «005 499 981»", "acn: «004085616»."],
    misses: &["ACN 824 753 557", "sum 005 499 981", "acn 0054999810", "ACN 000000000", "acn 00549998"],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &["acn", "australian company number", "company number"];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let sum = checksum::weighted(candidate.digits(), &[8, 7, 6, 5, 4, 3, 2, 1]);
    let last = candidate.digits().next_back().map(u32::from);
    let proof = last == Some((10 - sum % 10) % 10) && candidate.digits().any(|digit| digit != 0);
    candidate.whole_if(proof && candidate.is_expected())
}
