//! Driving licences of the United Kingdom.

use super::{Candidate, Entity, Group, Part, checksum};

pub(super) const ENTITY: Entity = Entity {
    name: "uk_driving_licence",
    about: "UK driving licence number: five letters of a surname, a birthday in its places",
    groups: &[Group::Government, Group::Uk],
    pattern: r"[A-Z][0-9A-Z]+",
    longest: 16,
    shortest: 16,
    check,
    hits: &["licence «MORGA657054SM9IJ»", "«SMITH812310AB1CD»."],
    misses: &["MORGA699054SM9IJ", "MORGA657954SM9IJ", "MORGA657054SM9I", "XMORGA657054SM9IJ", "morga657054sm9ij"],
    ..Entity::NUMBER
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let placed = candidate.characters::<16>()?.iter().enumerate().all(|(place, own)| match place {
        0 | 1 | 11 => own.is_ascii_uppercase(),
        2..=4 | 12 => own.is_ascii_uppercase() || *own == b'9',
        5..=10 => own.is_ascii_digit(),
        _ => true,
    });
    let from = |place| candidate.text.iter().skip(place).map(|own| own.wrapping_sub(b'0'));
    let number = checksum::number(from(5).take(6));
    let (month, day) = (number / 1_000 % 100, number / 10 % 100);
    // Women's months have 50 more.
    let born = (1..=12).contains(&(month % 50)) && month < 63 && (1..=31).contains(&day);
    candidate.whole_if(placed && born)
}
