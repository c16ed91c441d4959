//! Identity numbers of Turkey.

use super::{Candidate, Entity, Group, Part};

pub(super) const ENTITY: Entity = Entity {
    name: "tr_national_id",
    about: "Turkish national ID: eleven digits and two check digits, with context",
    groups: &[Group::Government, Group::Tr],
    announced: r"[0-9]{11}",
    longest: 11,
    check,
    context: CONTEXT,
    hits: &["TC kimlik no «10000000146»", "Turkish ID: «76543210794»."],
    misses: &[
        "TC 10000000147",
        "order 10000000146",
        "TC kimlik 01000000146",
        "kimlik 100000001460",
        "tckn 12345678901",
    ],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &["tckn", "tc", "kimlik", "turkish id", "t c", "vatandaşlık", "turkish national id"];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let [a, b, c, d, e, f, g, h, i, tenth, last] = candidate.exactly::<11>()?.map(u32::from);
    let (odd, even) = (a + c + e + g + i, b + d + f + h);
    let proof = a > 0 && (odd * 7 + 100 - even) % 10 == tenth && (odd + even + tenth) % 10 == last;
    candidate.whole_if(proof && candidate.is_expected())
}
