//! US social security numbers, by the rules for their ranges.

use super::{Candidate, Edge, Entity, Group, Partial, Same, Tail};

pub(super) const ENTITY: Entity = Entity {
    name: "us_ssn",
    about: "US social security number: area, group and serial in range; bare digits only with context",
    groups: &[Group::Government, Group::Us],
    pattern: r"[0-9]{3}(?:-[0-9]{2}-| [0-9]{2} |[0-9]{2})[0-9]{4}",
    back: None,
    left: Edge::WORD.or(Edge::HYPHEN).or(Edge::DOT),
    right: Edge::WORD.or(Edge::HYPHEN),
    longest: 11,
    tail: Tail::None,
    check,
    context: CONTEXT,
    partial: Partial::LastFour,
    same: Same::Alphanumeric,
    hits: &["ssn «536-90-4399»", "«536 90 4399»", "my social security number is «536904399»"],
    misses: &["000-12-3456", "666-12-3456", "900-12-3456", "536-00-4399", "536-90-0000", "order 536904399", "078-05-1120"],
};

const CONTEXT: &[&str] = &["ssn", "ssns", "social security", "social security number"];

fn check(candidate: &Candidate<'_>) -> Option<std::ops::Range<usize>> {
    let number = candidate.digits().fold(0, |number: u32, digit| number * 10 + u32::from(digit));
    let (area, group, serial) = (number / 1_000_000, number / 10_000 % 100, number % 10_000);
    let in_range = area != 0 && area != 666 && area < 900 && group != 0 && serial != 0;
    // Printed in advertisements and specimen cards, and never anybody's.
    let specimen = matches!(number, 78_051_120 | 123_456_789 | 219_099_999);
    let bare = candidate.text.len() == 9;
    candidate.whole_if(in_range && !specimen && (!bare || candidate.follows(CONTEXT)))
}
