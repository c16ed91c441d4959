//! Medicare beneficiary identifiers of the US.

use super::{Candidate, Entity, Group, Part};

pub(super) const ENTITY: Entity = Entity {
    name: "us_mbi",
    about: "US Medicare beneficiary identifier: its eleven places, each a digit or a letter that is not mistaken for one",
    groups: &[Group::Government, Group::Us],
    pattern: r"[1-9][A-Z][A-Z0-9][0-9]-?[A-Z][A-Z0-9][0-9]-?[A-Z]{2}[0-9]{2}",
    announced: r"[1-9][a-z][a-z0-9][0-9]-?[a-z][a-z0-9][0-9]-?[a-z]{2}[0-9]{2}",
    longest: 13,
    check,
    context: &["mbi", "medicare", "beneficiary"],
    hits: &["mbi: «1eg4-te5-mk73»", "MBI «1EG4-TE5-MK73»", "the MBI is «4EF6GH8JK12» for"],
    misses: &["1BG4-TE5-MK73", "AEG4-TE5-MK73", "0EG4TE5MK73", "1EG4TE5-MK73", "1EG4TE5MK7", "X1EG4TE5MK73"],
    ..Entity::NUMBER
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    // Letters that look like digits are not used.
    let clear = candidate.alphanumerics().all(|own| !b"SLOIBZ".contains(&own));
    let hyphens = candidate.text.iter().filter(|byte| **byte == b'-').count();
    candidate.whole_if(clear && hyphens != 1 && (candidate.is_in_capitals() || candidate.announced))
}
