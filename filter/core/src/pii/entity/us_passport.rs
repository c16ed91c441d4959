//! US passport numbers.

use super::{Candidate, Entity, Group, Part};

pub(super) const ENTITY: Entity = Entity {
    name: "us_passport",
    about: "US passport number: nine digits, or a letter and eight, with context",
    groups: &[Group::Government, Group::Us],
    announced: r"[0-9]{9}|[A-Z][0-9]{8}",
    longest: 9,
    check,
    context: CONTEXT,
    hits: &["my passport number is «912803456»", "US passport «A12803456»", "{\"passport_no\":\"«C01234567»\"}"],
    misses: &[
        "A12803456",
        "passport 12345678",
        "passport AB1234567",
        "passport 1234567890",
        "passport photo size 600x600",
    ],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &[
    "passport",
    "passports",
    "passport number",
    "travel document",
    "passportnumber",
    "passport no",
    "passeport",
    "reisepass",
];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    candidate.whole_if(candidate.announced)
}
