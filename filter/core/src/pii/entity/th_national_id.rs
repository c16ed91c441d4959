//! Identity numbers of Thailand.

use super::{Candidate, Entity, Group, Part, checksum, is_other};

pub(super) const ENTITY: Entity = Entity {
    name: "th_national_id",
    about: "Thai national ID: thirteen digits and their check digit modulo 11; bare digits only with context or behind Thai text",
    groups: &[Group::Government, Group::Th],
    pattern: r"[0-9]{13}|[0-9]-[0-9]{4}-[0-9]{5}-[0-9]{2}-[0-9]",
    longest: 17,
    check,
    context: CONTEXT,
    hits: &["Thai ID «1-2345-67890-12-1»", "TNIN: «1234567890121».", "เลขประจำตัว «3456789012347»"],
    misses: &[
        "TNIN 1234567890122",
        "order 1234567890121",
        "TNIN 0000000000000",
        "1-2345-67890-12-2",
        "tnin 12345678901210",
    ],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &["tnin", "thai id", "thai national id", "thailand", "citizen id", "เลขประจำตัว", "บัตรประชาชน"];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let digits = candidate.exactly::<13>()?;
    let sum = checksum::weighted(digits.into_iter(), &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    let proof =
        digits.last().map(|digit| u32::from(*digit)) == Some((11 - sum % 11) % 10) && digits.first() != Some(&0);
    let thai = candidate.before.iter().rev().take(12).any(|byte| is_other(*byte));
    candidate.whole_if(proof && (!candidate.is_bare() || thai || candidate.is_expected()))
}
