//! Social security numbers of Germany (Rentenversicherungsnummer).

use super::{Candidate, Entity, Group, Part};

pub(super) const ENTITY: Entity = Entity {
    name: "de_social_security",
    about: "German social security number: a day of birth, a letter, and a check digit",
    groups: &[Group::Government, Group::Eu, Group::De],
    pattern: r"[0-9]{8}[A-Za-z][0-9]{3}|[0-9]{2} [0-9]{6} [A-Za-z] [0-9]{3}",
    longest: 15,
    check,
    hits: &["RVNR «15070649C103»", "SV-Nummer: «65 070803 A 019»."],
    misses: &["15070649C100", "15071349C103", "150706491103", "15070649C1030", "15 070649C103"],
    ..Entity::NUMBER
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let [a, b, day, ten, m, month, y, year, letter, s, serial, last] = candidate.characters::<12>()?;
    let order = letter - b'A' + 1;
    let digit = |own: u8| own - b'0';
    let spread = [
        digit(a),
        digit(b),
        digit(day),
        digit(ten),
        digit(m),
        digit(month),
        digit(y),
        digit(year),
        order / 10,
        order % 10,
        digit(s),
        digit(serial),
    ];
    let weights = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1];
    let sum: u32 = spread
        .iter()
        .zip(weights)
        .map(|(own, weight)| {
            let product = u32::from(*own) * weight;
            product / 10 + product % 10
        })
        .sum();
    let (days, months) = (digit(day) * 10 + digit(ten), digit(m) * 10 + digit(month));
    // Serial numbers of the same day count on in the day: 50 more.
    let born = (1..=31).contains(&(days % 50)) && (1..=12).contains(&months);
    candidate.whole_if(born && sum % 10 == u32::from(digit(last)))
}
