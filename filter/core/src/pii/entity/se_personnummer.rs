//! Personal identity numbers of Sweden, and its coordination numbers.

use super::{Candidate, Entity, Group, Part, checksum, date};

pub(super) const ENTITY: Entity = Entity {
    name: "se_personnummer",
    about: "Swedish personnummer: a day of birth and the Luhn sum; bare digits only with context",
    groups: &[Group::Government, Group::Eu, Group::Se],
    pattern: r"(?:[0-9]{2})?[0-9]{6}[+-][0-9]{4}",
    announced: r"(?:[0-9]{2})?[0-9]{10}",
    longest: 13,
    check,
    context: CONTEXT,
    hits: &["personnummer «811218-9876»", "«19811218-9876»", "pnr: «8112189876»", "«811278-9873»"],
    misses: &["811218-9875", "order 8112189876", "811318-9876", "18112189876", "811218-98765"],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &[
    "personnummer",
    "pnr",
    "personal identity number",
    "samordningsnummer",
    "personnr",
    "svenskt personnummer",
    "person nummer",
];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let count = candidate.digits().count();
    let ten = || candidate.digits().skip(count - 10);
    let (year, month, day) = date::parts(checksum::number(ten().take(6)));
    // Coordination numbers have 60 more in the day.
    let day = if day > 60 { day - 60 } else { day };
    let century = checksum::number(candidate.digits().take(count - 10));
    let dated = date::is_short_day(year, month, day) && (count == 10 || matches!(century, 18..=20));
    let proof = dated && checksum::luhn(ten().collect::<Vec<_>>().into_iter());
    candidate.whole_if(proof && (!candidate.is_bare() || candidate.is_expected()))
}
