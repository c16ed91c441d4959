//! Business numbers of Australia.

use super::{Candidate, Entity, Group, Part, checksum};

pub(super) const ENTITY: Entity = Entity {
    name: "au_abn",
    about: "Australian ABN: eleven digits and their sum modulo 89; bare digits only with context",
    groups: &[Group::Government, Group::Au],
    pattern: r"[0-9]{2} [0-9]{3} [0-9]{3} [0-9]{3}(?: [0-9])?",
    announced: r"[0-9]{11}",
    longest: 16,
    check,
    context: CONTEXT,
    hits: &["ABN «51 824 753 556»", "abn: «51824753556».", "of «53 004 085 616», Sydney"],
    misses: &["ABN 51 824 753 557", "order 51824753556", "abn 518247535560", "12 345 678 901", "51 824 753 556 1"],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &["abn", "australian business number", "business number"];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let [first, rest @ ..] = candidate.exactly::<11>()?;
    let lowered = std::iter::once(first.checked_sub(1)?).chain(rest);
    let sum = checksum::weighted(lowered, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    let spaced = !candidate.is_bare() && !candidate.is_in_a_row();
    candidate.whole_if(sum.is_multiple_of(89) && (spaced || candidate.is_expected()))
}
