//! Population registry codes of Mexico.

use super::{Candidate, Entity, Group, Part, checksum, date};

pub(super) const ENTITY: Entity = Entity {
    name: "mx_curp",
    about: "Mexican CURP: a name's letters, a day of birth, a state, and a check digit",
    groups: &[Group::Government, Group::Mx],
    pattern: r"[A-Z][0-9A-Z]+",
    longest: 18,
    shortest: 18,
    check,
    hits: &["CURP «HEGG560427MVZRRL04»", "«BOXW310820HNERXN09»."],
    misses: &[
        "HEGG560427MVZRRL05",
        "HEGG561327MVZRRL04",
        "HEGG560427AVZRRL04",
        "hegg560427mvzrrl04",
        "XHEGG560427MVZRRL04",
    ],
    ..Entity::NUMBER
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let all = candidate.characters::<18>()?;
    let placed = all.iter().enumerate().all(|(place, own)| match place {
        0..=3 | 11..=15 => own.is_ascii_alphabetic(),
        10 => matches!(own, b'H' | b'M' | b'X'),
        16 => true,
        _ => own.is_ascii_digit(),
    });
    // Ñ stands between N and O.
    let value = |own: &u8| match own {
        b'0'..=b'9' => u32::from(own - b'0'),
        b'A'..=b'N' => u32::from(own - b'A') + 10,
        _ => u32::from(own.wrapping_sub(b'A')) + 11,
    };
    let sum: u32 = all.iter().zip((2..=18).rev()).map(|(own, weight)| value(own) * weight).sum();
    let birth = all.get(4..10)?.iter().map(|own| own.wrapping_sub(b'0'));
    let (year, month, day) = date::parts(checksum::number(birth));
    let proof = placed && date::is_short_day(year, month, day) && all.last().map(value) == Some((10 - sum % 10) % 10);
    candidate.whole_if(proof)
}
