//! US social security numbers, by the rules for their ranges.

use super::{Candidate, Entity, Group, Part, checksum};

pub(super) const ENTITY: Entity = Entity {
    name: "us_ssn",
    about: "US social security number: area, group and serial in range; without hyphens only with context",
    groups: &[Group::Government, Group::Us],
    pattern: r"[0-9]{3}-[0-9]{2}-[0-9]{4}",
    announced: r"[0-9]{3}[ .][0-9]{2}[ .][0-9]{4}|[0-9]{9}",
    longest: 11,
    check,
    context: CONTEXT,
    hits: &[
        "it is «536-90-4399».",
        "ssn «536 90 4399», SSN: «536.90.4399»",
        "my social security number is «536904399»",
        "{\"ssn\":\"«536904399»\"}",
        "patient_ssn,«219-09-9998»",
        "SSN: «123-45-6789», ssn «555-55-5555»",
    ],
    misses: &[
        "000-12-3456",
        "666-12-3456",
        "900-12-3456",
        "536-00-4399",
        "536-90-0000",
        "order 536904399",
        "it is 078-05-1120",
        "536-90 4399",
        "536.90.4399",
        "1536-90-4399",
        "like 123-45-6789",
        "536-90-43991",
    ],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &[
    "ssn",
    "ssns",
    "social security",
    "social sec",
    "soc sec",
    "socialsecurity",
    "socialsecuritynumber",
    "ss number",
    "social is",
    "social number",
    "my social",
    "ssid",
];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let number = checksum::number(candidate.digits());
    let (area, group, serial) = (number / 1_000_000, number / 10_000 % 100, number % 10_000);
    let in_range = area != 0 && area != 666 && area < 900 && group != 0 && serial != 0;
    // Printed in advertisements and specimen cards, and never anybody's: it counts only where it is said to be one.
    let specimen = matches!(number, 78_051_120 | 123_456_789 | 219_099_999);
    let mixed = candidate.digits().any(|digit| Some(digit) != candidate.digits().next());
    let hyphens = candidate.text.contains(&b'-');
    let proof = in_range && candidate.is_even();
    candidate.whole_if(proof && (hyphens && mixed && !specimen || candidate.announced))
}
