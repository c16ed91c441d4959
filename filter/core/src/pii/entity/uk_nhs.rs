//! NHS numbers of the United Kingdom.

use super::{Candidate, Entity, Group, Part, checksum};

pub(super) const ENTITY: Entity = Entity {
    name: "uk_nhs",
    about: "UK NHS number: ten digits and their sum modulo 11, with context",
    groups: &[Group::Government, Group::Uk],
    announced: r"[0-9]{10}|[0-9]{3}[ -][0-9]{3}[ -][0-9]{4}",
    longest: 12,
    check,
    context: CONTEXT,
    hits: &["NHS number «943 476 5919»", "nhs: «9434765919».", "patient «401-023-2137»"],
    misses: &["NHS 943 476 5918", "order 9434765919", "NHS 94347659190", "nhs 0000000000", "call 943 476 5919"],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &[
    "nhs",
    "nhs number",
    "nhs no",
    "national health service",
    "patient",
    "patient id",
    "hospital number",
    "nhsnumber",
];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let rest = checksum::weighted(candidate.digits(), &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    let last = candidate.digits().next_back().map(u32::from);
    let proof = last == Some((11 - rest) % 11) && candidate.digits().any(|digit| digit != 0) && candidate.is_even();
    candidate.whole_if(proof && candidate.is_expected())
}
