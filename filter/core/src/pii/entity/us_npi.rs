//! National provider identifiers of US health care.

use super::{Candidate, Entity, Group, Part, checksum};

pub(super) const ENTITY: Entity = Entity {
    name: "us_npi",
    about: "US NPI: the Luhn sum with its prefix 80840, with context",
    groups: &[Group::Government, Group::Us],
    announced: r"[0-9]{10}",
    longest: 10,
    check,
    context: CONTEXT,
    hits: &["NPI: «1234567893»", "provider npi «1245319599»"],
    misses: &["NPI 1234567890", "at 1234567893", "npi 0234567893", "npi 3234567893", "NPI 12345678930"],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &["npi", "national provider", "provider id", "provider identifier"];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let prefixed = [8, 0, 8, 4, 0].into_iter().chain(candidate.digits());
    let first = candidate.digits().next();
    let proof = matches!(first, Some(1 | 2)) && checksum::luhn(prefixed.collect::<Vec<_>>().into_iter());
    candidate.whole_if(proof && candidate.is_expected())
}
