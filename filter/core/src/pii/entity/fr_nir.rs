//! Social security numbers of France (NIR).

use super::{Candidate, Entity, Group, Part, checksum};

pub(super) const ENTITY: Entity = Entity {
    name: "fr_nir",
    about: "French NIR: sex, year, month, place, and a key modulo 97",
    groups: &[Group::Government, Group::Eu, Group::Fr],
    pattern: r"[0-9]{6}[0-9AB][0-9]{8}|[0-9] [0-9]{2} [0-9]{2} [0-9][0-9AB] [0-9]{3} [0-9]{3}[ /-]{1,3}[0-9]{2}",
    longest: 24,
    check,
    hits: &[
        "NIR «1 84 12 76 451 089 46»",
        "sécu : «184127645108946».",
        "«2 69 05 49 588 157 80»",
        "«1 85 05 2A 451 089 66»",
    ],
    misses: &["1 84 12 76 451 089 47", "184127645108947", "3 84 13 76 451 089 46", "1841276451089466", "1 84 12 76"],
    ..Entity::NUMBER
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let all = candidate.characters::<15>()?;
    let (body, key) = all.split_at_checked(13)?;
    // Corsica's departments count as 19 and 18.
    let corsica: u64 = if body.contains(&b'A') {
        1_000_000
    } else if body.contains(&b'B') {
        2_000_000
    } else {
        0
    };
    let digits = |part: &[u8]| {
        checksum::number(part.iter().map(|own| own.checked_sub(b'0').filter(|own| *own < 10).unwrap_or(0)))
    };
    let first = body.first().copied()?;
    let month = digits(body.get(3..5)?);
    let born = matches!(month, 1..=12 | 20..=42 | 50..=99);
    candidate.whole_if(
        born && matches!(first, b'1'..=b'4' | b'7' | b'8') && 97 - (digits(body) - corsica) % 97 == digits(key),
    )
}
