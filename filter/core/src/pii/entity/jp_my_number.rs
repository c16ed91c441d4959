//! Individual numbers of Japan (My Number).

use super::{Candidate, Entity, Group, Part, checksum, is_other};

pub(super) const ENTITY: Entity = Entity {
    name: "jp_my_number",
    about: "Japanese My Number: twelve digits and their check digit; bare digits only with context or behind Japanese text",
    groups: &[Group::Government, Group::Jp],
    pattern: r"[0-9]{12}|[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}(?:[ -][0-9])?",
    longest: 16,
    check,
    context: CONTEXT,
    hits: &["My Number: «1234 5678 9018»", "マイナンバー：«123456789018» 0", "mynumber «1234-5678-9018»."],
    misses: &[
        "My Number 1234 5678 9019",
        "order 123456789018",
        "1234 5678 9018 1",
        "my number 1234567890180",
        "My Number 1234-5678 9018",
    ],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &["my number", "mynumber", "individual number", "kojin bango", "マイナンバー", "個人番号"];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let digits = candidate.exactly::<12>()?;
    let rest = checksum::weighted(digits.into_iter(), &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    let expected = if rest < 2 { 0 } else { 11 - rest };
    let proof =
        digits.last().map(|digit| u32::from(*digit)) == Some(expected) && digits.iter().any(|digit| *digit != 0);
    // The words themselves cannot be told apart once they are folded; that they are Japanese (or so) can.
    let foreign = candidate.before.iter().rev().take(12).any(|byte| is_other(*byte));
    let beside = !candidate.is_bare() && candidate.is_in_a_row();
    candidate.whole_if(proof && candidate.is_even() && !beside && (foreign || candidate.is_expected()))
}
