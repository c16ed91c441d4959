//! Social insurance numbers of Canada.

use super::{Candidate, Entity, Group, Part, checksum};

pub(super) const ENTITY: Entity = Entity {
    name: "ca_sin",
    about: "Canadian SIN: nine digits and the Luhn sum, with context",
    groups: &[Group::Government, Group::Ca],
    announced: r"[0-9]{9}|[0-9]{3}[ -][0-9]{3}[ -][0-9]{3}",
    longest: 11,
    check,
    context: CONTEXT,
    hits: &["SIN «130 692 544»", "social insurance number: «130692544».", "NAS : «130-692-544»"],
    misses: &["SIN 130 692 545", "sum of 130 692 544", "SIN 046 454 286", "sin 1306925440", "SIN 130-692 544"],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &[
    "sin",
    "sins",
    "social insurance",
    "nas",
    "numéro d assurance sociale",
    "assurance sociale",
    "sinnumber",
    "sin number",
];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let issued = candidate.digits().next().is_some_and(|first| !matches!(first, 0 | 8));
    let proof = issued && candidate.is_even() && checksum::luhn(candidate.digits());
    candidate.whole_if(proof && candidate.is_expected())
}
