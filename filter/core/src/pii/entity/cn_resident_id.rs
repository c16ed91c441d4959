//! Resident identity numbers of China.

use super::{Candidate, Entity, Group, Part, checksum, date};

pub(super) const ENTITY: Entity = Entity {
    name: "cn_resident_id",
    about: "Chinese resident ID: a province, a day of birth, and ISO 7064 MOD 11-2",
    groups: &[Group::Government, Group::Cn],
    pattern: r"[0-9]{17}[0-9Xx]",
    longest: 18,
    check,
    hits: &["身份证 «11010519491231002X»", "id: «440524198801010011».", "\"«11010519491231002x»\""],
    misses: &[
        "110105194912310021",
        "110105194913310029",
        "010105194912310020",
        "11010519491231002",
        "11010519491231002XX",
    ],
    ..Entity::NUMBER
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let all = candidate.characters::<18>()?;
    let number = checksum::number(candidate.digits().take(14));
    let province = number / 1_000_000_000_000;
    let (year, month, day) = (number / 10_000 % 10_000, number / 100 % 100, number % 100);
    let part = |part: u64| u32::try_from(part).unwrap_or(0);
    let born = (1900..2100).contains(&year) && date::is_day(part(year), part(month), part(day));
    let known = matches!(province, 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83);
    candidate.whole_if(known && born && checksum::mod11_2(all.into_iter()))
}
