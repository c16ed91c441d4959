//! Organisation numbers of Sweden.

use super::{Candidate, Entity, Group, Part, checksum};

pub(super) const ENTITY: Entity = Entity {
    name: "se_organisationsnummer",
    about: "Swedish organisation number: its third digit and the Luhn sum; bare digits only with context",
    groups: &[Group::Government, Group::Eu, Group::Se],
    announced: r"[0-9]{6}-?[0-9]{4}",
    longest: 11,
    check,
    context: CONTEXT,
    hits: &["org.nr «556703-7485»", "organisationsnummer: «2120000142»."],
    misses: &[
        "org.nr 556703-7486",
        "ring 556703-7485",
        "org nr 551703-7485",
        "order 2120000142",
        "organisationsnummer 21200001420",
    ],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &["organisationsnummer", "orgnr", "org nr", "org nummer", "organisation number", "org no"];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let third = candidate.digits().nth(2);
    let proof = third.is_some_and(|third| third > 1) && checksum::luhn(candidate.digits());
    candidate.whole_if(proof && candidate.is_expected())
}
