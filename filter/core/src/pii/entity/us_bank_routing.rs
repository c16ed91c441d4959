//! US bank routing numbers.

use super::{Candidate, Entity, Group, Part, checksum};

pub(super) const ENTITY: Entity = Entity {
    name: "us_bank_routing",
    about: "US bank routing (ABA) number: a Federal Reserve district and the 3-7-1 sum, with context",
    groups: &[Group::Financial, Group::Us],
    pattern: r"[0-9]{4}-[0-9]{4}-[0-9]",
    announced: r"[0-9]{9}",
    longest: 11,
    check,
    context: CONTEXT,
    hits: &[
        "routing number: «021000021»",
        "ABA «121000358».",
        "{\"routing_number\":\"«011401533»\"}",
        "via «0210-0002-1»",
    ],
    misses: &[
        "routing number 021000022",
        "order 021000021",
        "routing 421042111",
        "routing table 123456789",
        "0210-0002-2",
    ],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &[
    "routing",
    "aba",
    "rtn",
    "routing number",
    "routingnumber",
    "transit number",
    "bankrouting",
    "abarouting",
    "wire",
    "ach",
];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let district = checksum::number(candidate.digits().take(2));
    let issued = matches!(district, 1..=12 | 21..=32 | 61..=72 | 80);
    let sum = checksum::weighted(candidate.digits(), &[3, 7, 1, 3, 7, 1, 3, 7, 1]);
    let expected = !candidate.is_bare() || candidate.is_expected();
    candidate.whole_if(issued && sum.is_multiple_of(10) && expected)
}
