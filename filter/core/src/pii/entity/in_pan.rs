//! Permanent account numbers of India's tax office.

use super::{Candidate, Entity, Group, Part};

pub(super) const ENTITY: Entity = Entity {
    name: "in_pan",
    about: "Indian PAN: five letters, of which the fourth says whose it is, four digits, a letter",
    groups: &[Group::Government, Group::In, Group::Financial],
    pattern: r"[A-Z]{5}[0-9]{4}[A-Z]",
    longest: 10,
    check,
    context: CONTEXT,
    hits: &["PAN «ABCPE1234F»", "{\"pan\":\"«AAACR5055K»\"}", "pan card «ABCDE1234F»"],
    misses: &["ABCDE1234F of course", "ABCPE12345", "abcpe1234f", "XABCPE1234F", "ABCPE0000F"],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &["pan", "pan card", "pan number", "permanent account number", "income tax"];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let kind = candidate.text.get(3).copied()?;
    let zeros = candidate.digits().all(|digit| digit == 0);
    candidate.whole_if(!zeros && (b"ABCFGHJLPT".contains(&kind) || candidate.is_expected()))
}
