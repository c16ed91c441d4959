//! Resident registration numbers of South Korea, foreigners' included.

use super::{Candidate, Entity, Group, Part, checksum, date};

pub(super) const ENTITY: Entity = Entity {
    name: "kr_rrn",
    about: "Korean RRN: a day of birth and a sum modulo 11; or, with context, the day alone, as they are since 2020",
    groups: &[Group::Government, Group::Kr],
    pattern: r"[0-9]{6}-[0-9]{7}",
    announced: r"[0-9]{13}",
    longest: 14,
    check,
    context: CONTEXT,
    hits: &["RRN «900101-1234568»", "주민등록번호는 «900101-1234567»", "rrn: «9001011234568».", "resident registration number «200402-3214431»"],
    misses: &["001332-1234567", "900101-1234567", "051102-9234110", "order 9001011234568", "900101-12345680"],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &[
    "rrn",
    "resident registration",
    "frn",
    "foreigner registration",
    "resident number",
    "registration number",
    "jumin",
    "korean id",
    "주민등록번호",
    "주민번호",
    "외국인등록번호",
];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let digits = candidate.exactly::<13>()?;
    let (year, month, day) = date::parts(checksum::number(digits.iter().copied().take(6)));
    let kind = digits.get(6).copied()?;
    let born = date::is_short_day(year, month, day) && (1..=8).contains(&kind);
    let rest = checksum::weighted(digits.iter().copied(), &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11;
    // Foreigners' have two more.
    let shift = if kind > 4 { 2 } else { 0 };
    let sum = (11 - rest + shift) % 10 == digits.last().map_or(0, |digit| u32::from(*digit));
    let hyphen = !candidate.is_bare();
    candidate.whole_if(
        born && (sum && hyphen || (sum || hyphen) && candidate.announced || sum && candidate.is_alone()),
    )
}
