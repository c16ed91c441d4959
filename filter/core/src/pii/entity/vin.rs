//! Vehicle identification numbers.

use super::{Candidate, Entity, Group, Part};

pub(super) const ENTITY: Entity = Entity {
    name: "vin",
    about: "VIN: seventeen characters with the North American check digit, or any with context",
    groups: &[Group::Personal],
    pattern: r"[0-9A-Z][0-9A-Z]+",
    announced: r"[0-9][0-9a-z]+",
    longest: 17,
    shortest: 17,
    check,
    context: CONTEXT,
    hits: &["VIN «1HGCM82633A004352»", "vin: «1hgcm82633a004352»", "«1M8GDM9AXKP042788».", "chassis number «WVWZZZ1JZXW000001»"],
    misses: &[
        "1HGCM82633A004353",
        "VIN 1HGCM82633A00435",
        "1HGCM82633A0043521",
        "VIN 1HGCM82643A004352",
        "WVWZZZ1JZXW000001",
        "1HGCI82633A004352",
    ],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &[
    "vin",
    "vehicle identification",
    "chassis",
    "vin number",
    "fahrgestellnummer",
    "fin",
    "vehicle id",
    "châssis",
    "bastidor",
    "telaio",
];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let all = candidate.characters::<17>()?;
    let weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let sum: u32 = all.iter().zip(weights).map(|(own, weight)| value(*own) * weight).sum();
    let expected = b"0123456789X".get(usize::try_from(sum % 11).ok()?);
    // I, O and Q are not used.
    let clear = !all.iter().any(|own| b"IOQ".contains(own));
    let letters = all.iter().filter(|own| own.is_ascii_alphabetic()).count();
    let serial = all.iter().rev().take(4).all(u8::is_ascii_digit);
    let proof = all.get(8) == expected && serial && (2..=13).contains(&letters);
    let american = all.first().is_some_and(|first| matches!(first, b'1'..=b'5'));
    let said = serial && letters > 1 && candidate.announced && (!american || all.get(8) == expected);
    candidate.whole_if(clear && (proof && (candidate.is_in_capitals() || candidate.is_expected()) || said))
}

fn value(character: u8) -> u32 {
    match character {
        b'0'..=b'9' => u32::from(character - b'0'),
        b'A'..=b'H' => u32::from(character - b'A') + 1,
        b'J'..=b'R' => u32::from(character - b'J') + 1,
        _ => u32::from(character.wrapping_sub(b'S')) + 2,
    }
}
