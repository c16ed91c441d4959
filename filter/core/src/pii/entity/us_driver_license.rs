//! US driver's licences, which every state numbers in its own way.

use super::{Candidate, Entity, Group, Part};

pub(super) const ENTITY: Entity = Entity {
    name: "us_driver_license",
    about: "US driver's licence number: a state's form, with context",
    groups: &[Group::Government, Group::Us],
    announced: r"[0-9A-Z][0-9A-Z]+|[A-Z][0-9]+(?:[ -][0-9]+)+",
    longest: 20,
    shortest: 6,
    check,
    context: CONTEXT,
    hits: &[
        "driver's license «D1234567»",
        "DL: «S530-4601-8765»",
        "license number «123456789»",
        "{\"driver_license\":\"«F255-921-50-094-0»\"}",
    ],
    misses: &[
        "D1234567",
        "driver license renewal 2024",
        "the license MIT",
        "MIT License 2.0",
        "driver version 53155",
        "model DL1234567",
    ],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &[
    "driver s license",
    "driver s licence",
    "drivers license",
    "drivers licence",
    "driver license",
    "driver licence",
    "driving licence",
    "driving license",
    "dl",
    "license number",
    "licence number",
    "license no",
    "dl number",
    "driverlicense",
    "driverslicense",
    "dln",
];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let count = candidate.digits().count();
    let letters = candidate.text.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let placed = letters < 4 && candidate.text.iter().skip(letters).all(|byte| !byte.is_ascii_alphabetic());
    candidate.whole_if(placed && (6..=14).contains(&count) && candidate.announced)
}
