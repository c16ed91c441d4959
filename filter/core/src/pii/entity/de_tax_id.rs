//! Tax identification numbers of Germany (Steuer-ID).

use super::{Candidate, Entity, Group, Part, checksum};

pub(super) const ENTITY: Entity = Entity {
    name: "de_tax_id",
    about: "German tax ID: one digit twice or three times, and ISO 7064 MOD 11,10, with context",
    groups: &[Group::Government, Group::Eu, Group::De],
    announced: r"[0-9]{11}|[0-9]{2} [0-9]{3} [0-9]{3} [0-9]{3}",
    longest: 14,
    check,
    context: CONTEXT,
    hits: &["Steuer-ID: «86095742719»", "IdNr. «47 036 892 816»", "{\"steuer_id\":\"«65929970489»\"}"],
    misses: &[
        "Steuer-ID 86095742718",
        "Rechnung 86095742719",
        "Steuer-ID 12345678901",
        "IdNr 860957427190",
        "Steuer-ID 11112345678",
    ],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &[
    "steuer id",
    "steuerid",
    "steueridentifikationsnummer",
    "steuerliche identifikationsnummer",
    "identifikationsnummer",
    "idnr",
    "tin",
    "tax id",
    "steuernummer",
    "steuer identifikationsnummer",
    "tax identification number",
    "st id",
    "steuer identnummer",
];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let digits = candidate.exactly::<11>()?;
    let (_, body) = digits.split_last()?;
    let counts = (0..10).map(|digit| body.iter().filter(|own| **own == digit).count());
    let (twice, more) = counts.fold((0, 0), |(twice, more), count| match count {
        0 | 1 => (twice, more),
        2 | 3 => (twice + 1, more),
        _ => (twice, more + 1),
    });
    let issued = digits.first() != Some(&0) && twice == 1 && more == 0;
    let proof = issued && checksum::mod11_10(digits.into_iter());
    candidate.whole_if(proof && candidate.is_expected())
}
