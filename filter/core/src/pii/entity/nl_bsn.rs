//! Citizen service numbers of the Netherlands.

use super::{Candidate, Entity, Group, Part, checksum};

pub(super) const ENTITY: Entity = Entity {
    name: "nl_bsn",
    about: "Dutch BSN: nine digits and the eleven test, with context",
    groups: &[Group::Government, Group::Eu, Group::Nl],
    announced: r"[0-9]{8,9}|[0-9]{4}[ .][0-9]{2}[ .][0-9]{3}|[0-9]{3}[ .][0-9]{3}[ .][0-9]{3}",
    longest: 11,
    check,
    context: CONTEXT,
    hits: &["BSN «111222333»", "burgerservicenummer: «1234.56.782».", "bsn «123 456 782»"],
    misses: &["BSN 111222334", "order 111222333", "bsn 1112223330", "bsn 000000000", "BSN 123 456.782"],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &[
    "bsn",
    "burgerservicenummer",
    "sofinummer",
    "sofi",
    "burger service nummer",
    "citizen service number",
    "persoonsnummer",
];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let digits: Vec<u8> = candidate.digits().collect();
    let (last, rest) = digits.split_last()?;
    let padded = if digits.len() == 8 { &[8, 7, 6, 5, 4, 3, 2][..] } else { &[9, 8, 7, 6, 5, 4, 3, 2] };
    let sum = checksum::weighted(rest.iter().copied(), padded);
    let proof = sum % 11 == u32::from(*last) && checksum::number(digits.iter().copied()) > 0;
    candidate.whole_if(proof && candidate.is_even() && candidate.is_expected())
}
