//! Goods and services tax numbers of India, which hold a PAN.

use super::{Candidate, Entity, Group, Part, checksum};

pub(super) const ENTITY: Entity = Entity {
    name: "in_gstin",
    about: "Indian GSTIN: a state, a PAN, `Z` in its place",
    groups: &[Group::Government, Group::In, Group::Financial],
    pattern: r"[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][A-Z0-9]Z[A-Z0-9]",
    announced: r"[0-9]{2}[a-z]{5}[0-9]{4}[a-z][a-z0-9]z[a-z0-9]",
    longest: 15,
    check,
    context: &["gstin", "gst", "gst number"],
    hits: &["gstin: «27abcpe1234f1z5»", "GSTIN «27ABCPE1234F1Z5»", "«07PQRST6789K1Z2»."],
    misses: &["38ABCDE1234F1Z5", "00ABCDE1234F1Z5", "27ABCDE1234F1X5", "id 27abcde1234f1z5", "27ABCDE1234F1Z"],
    ..Entity::NUMBER
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let state = checksum::number(candidate.digits().take(2));
    let named = candidate.is_in_capitals() || candidate.announced;
    candidate.whole_if(named && matches!(state, 1..=37 | 97 | 99))
}
