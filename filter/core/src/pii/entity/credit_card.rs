//! Payment card numbers.

use super::{Candidate, Edge, Entity, Group, Partial, Same, Tail, checksum};

pub(super) const ENTITY: Entity = Entity {
    name: "credit_card",
    about: "payment card number: a known brand's prefix and length, and the Luhn sum",
    groups: &[Group::Financial],
    pattern: r"[2-6][0-9]{3}(?:[0-9]{8,15}|([ -])[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}(?:[ -][0-9]{3})?|[ -][0-9]{6}[ -][0-9]{4,5})",
    back: None,
    left: Edge::WORD.or(Edge::DOT),
    right: Edge::WORD,
    longest: 23,
    tail: Tail::None,
    check,
    context: &[],
    partial: Partial::LastFour,
    same: Same::Alphanumeric,
    hits: &["«4111 1111 1111 1111»", "card:«4012888888881881».", "1234 «4111-1111-1111-1111»"],
    misses: &["4111 1111 1111 1112", "41111111111111111111111", "0.4111111111111111"],
};

fn check(candidate: &Candidate<'_>) -> Option<std::ops::Range<usize>> {
    candidate.whole_if(checksum::luhn(candidate.digits()))
}
