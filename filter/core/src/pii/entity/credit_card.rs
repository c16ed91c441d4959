//! Payment card numbers.

use super::{Candidate, Edge, Entity, Group, Part, checksum};

pub(super) const ENTITY: Entity = Entity {
    name: "credit_card",
    about: "payment card number: a brand's prefix and length, and the Luhn sum",
    groups: &[Group::Financial],
    pattern: r"[0-9]{12,19}|[0-9]{4}[ .-][0-9]{4}[ .-][0-9]{4}[ .-][0-9]{4}(?:[ -][0-9]{3})?|[0-9]{4}[ -][0-9]{6}[ -][0-9]{4,5}",
    left: Edge::WORD.or(Edge::DOT),
    longest: 23,
    check,
    context: CONTEXT,
    hits: &[
        "«4111 1111 1111 1111»",
        "card:«4012888888881881».",
        "1234 «4111-1111-1111-1111»",
        "amex «3782 822463 10005»",
        "dotted «4111.1111.1111.1111».",
        "diners «3056 930902 5904»",
        "«2221000000000009», «6011111111111117», «3530111333300000»",
        "UATP card «122000000000003»",
        "maestro «501800000009», JCB «3595406135895252», «180000000000002»",
    ],
    misses: &[
        "4111 1111 1111 1112",
        "41111111111111111111111",
        "0.4111111111111111",
        "at 1700000000003 ms",
        "1234 5678 1234 5670",
        "order 122000000000003",
        "id_4111111111111111",
    ],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &["card", "uatp", "air travel card", "pan", "credit card"];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let count = candidate.digits().count();
    let first_six = u32::try_from(checksum::number(candidate.digits().take(6))).unwrap_or(0);
    let branded =
        is_brand(first_six, count) || first_six / 100_000 == 1 && count == 15 && candidate.is_expected();
    // All the same digits is a placeholder, though the sum of zeros is right.
    let mixed = candidate.digits().any(|digit| Some(digit) != candidate.digits().next());
    candidate.whole_if(branded && mixed && checksum::luhn(candidate.digits()))
}

/// Whether a brand issues numbers of this beginning and length.
fn is_brand(first_six: u32, count: usize) -> bool {
    match (first_six / 10_000, first_six / 100) {
        // Mir, Mastercard
        (_, 2200..=2204) => (16..=19).contains(&count),
        (_, 2221..=2720) | (51..=55, _) => count == 16,
        // Diners Club
        (_, 3000..=3059 | 3095) | (36 | 38 | 39, _) => (14..=19).contains(&count),
        // American Express, JCB, Visa
        (34 | 37, _) => count == 15,
        (35, _) => (16..=19).contains(&count),
        (_, 1800 | 2131) => count == 15,
        (40..=49, _) => matches!(count, 13 | 16 | 19),
        // Maestro and others of its kind; Discover, UnionPay, RuPay
        (_, 5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 6761..=6763) if count == 12 => true,
        (50 | 56..=59, _) => matches!(count, 16 | 18 | 19),
        (60..=69, _) => (16..=19).contains(&count),
        // RuPay, Troy
        (81 | 82, _) | (_, 9792) => count == 16,
        _ => false,
    }
}
