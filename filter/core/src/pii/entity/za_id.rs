//! Identity numbers of South Africa.

use super::{Candidate, Entity, Group, Part, checksum, date};

pub(super) const ENTITY: Entity = Entity {
    name: "za_id",
    about: "South African ID: a day of birth, citizenship, and the Luhn sum; all but the usual only with context",
    groups: &[Group::Government, Group::Za],
    pattern: r"[0-9]{13}|[0-9]{6} [0-9]{4} [0-9]{3}",
    longest: 15,
    check,
    context: CONTEXT,
    hits: &["ID «8001015009087»", "«800101 5009 087»", "south african id: «9202204720083»."],
    misses: &[
        "8001015009086",
        "8013015009087",
        "80010150090",
        "AB8001015009087CD",
        "at 1712041234083 ms",
        "80010150090870",
    ],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &["south african id", "rsa id", "id number", "sa id", "identity number", "id no"];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let digits = candidate.exactly::<13>()?;
    let (year, month, day) = date::parts(checksum::number(digits.iter().copied().take(6)));
    let born = date::is_short_day(year, month, day);
    let citizen = digits.get(10).is_some_and(|digit| *digit < 3);
    let usual = digits.get(11).is_some_and(|digit| matches!(digit, 8 | 9));
    let proof = born && citizen && checksum::luhn(digits.into_iter());
    candidate.whole_if(proof && (usual || candidate.is_expected()))
}
