//! US individual taxpayer identification numbers.

use super::{Candidate, Entity, Group, Part, checksum};

pub(super) const ENTITY: Entity = Entity {
    name: "us_itin",
    about: "US ITIN: 9 in front and a group in range; bare digits only with context",
    groups: &[Group::Government, Group::Us],
    pattern: r"[0-9]{3}-[0-9]{2}-[0-9]{4}",
    announced: r"[0-9]{3} [0-9]{2} [0-9]{4}|[0-9]{9}",
    longest: 11,
    check,
    context: CONTEXT,
    hits: &["it is «911-70-1234».", "ITIN «912 80 3456»", "itin: «978941234»"],
    misses: &["911-69-1234", "911-93-1234", "811-70-1234", "order 911701234", "911-70 1234", "911-70-12345"],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] =
    &["itin", "taxpayer", "tax id", "individual taxpayer", "taxpayer id", "tin", "taxpayer identification number"];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let number = checksum::number(candidate.digits());
    let group = number / 10_000 % 100;
    let in_range = number / 100_000_000 == 9 && matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99);
    let hyphens = candidate.text.contains(&b'-');
    candidate.whole_if(in_range && candidate.is_even() && (hyphens || candidate.is_expected()))
}
