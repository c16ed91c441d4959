//! Tax codes of Italy.

use super::{Candidate, Entity, Group, Part, Partial};

pub(super) const ENTITY: Entity = Entity {
    name: "it_codice_fiscale",
    about: "Italian codice fiscale: its places and its check letter",
    groups: &[Group::Government, Group::Eu, Group::It],
    pattern: r"[A-Z][0-9A-Z]+",
    longest: 16,
    shortest: 16,
    partial: Partial::Nothing,
    check,
    hits: &["CF «RSSMRA85T10A562S»", "codice fiscale: «MRTMTT91D08F205J».", "«RSSMRA85T10A562S»"],
    misses: &["RSSMRA85T10A562T", "RSSMRA85Z10A562S", "RSSMRA85T10A562", "XRSSMRA85T10A562S", "RSSMRA85T10A562SX"],
    ..Entity::NUMBER
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let characters = candidate.characters::<16>()?;
    let (last, rest) = characters.split_last()?;
    // Where two people would share a code, letters stand for some of the digits.
    let placed = rest.iter().enumerate().all(|(place, own)| match place {
        0..=5 | 8 | 11 => own.is_ascii_alphabetic(),
        _ => own.is_ascii_digit() || b"LMNPQRSTUV".contains(own),
    });
    let month = rest.get(8).is_some_and(|month| b"ABCDEHLMPRST".contains(month));
    let sum: usize = rest.iter().enumerate().map(|(place, own)| value(*own, place % 2 == 0)).sum();
    candidate.whole_if(placed && month && b'A' + u8::try_from(sum % 26).ok()? == *last)
}

/// What a character counts for: in odd places (the first is one) by a table, in even ones by its order.
fn value(character: u8, odd: bool) -> usize {
    const ODD: [usize; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let order = usize::from(if character.is_ascii_digit() { character - b'0' } else { character - b'A' });
    if odd { ODD.get(order).copied().unwrap_or(0) } else { order }
}
