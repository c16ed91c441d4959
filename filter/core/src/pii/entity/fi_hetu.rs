//! Personal identity codes of Finland.

use super::{Candidate, Entity, Group, Part, checksum, date};

pub(super) const ENTITY: Entity = Entity {
    name: "fi_hetu",
    about: "Finnish HETU: a day of birth, a century, and a check character modulo 31",
    groups: &[Group::Government, Group::Eu, Group::Fi],
    pattern: r"[0-9]{6}[A-FU-Ya-fu-y+-][0-9]{3}[0-9A-Ya-y]",
    longest: 11,
    check,
    hits: &["HETU «131052-308T»", "«010190A002R».", "henkilötunnus: «131052-308t»"],
    misses: &["131052-308U", "310289-211C", "131052/308T", "131352-308T", "131052-308TT"],
    ..Entity::NUMBER
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let number =
        checksum::number(candidate.text.get(..6)?.iter().chain(candidate.text.get(7..10)?).map(|own| own - b'0'));
    let (day, month, year) = date::parts(number / 1_000);
    let check = b"0123456789ABCDEFHJKLMNPRSTUVWXY".get(usize::try_from(number % 31).ok()?);
    let proof = check == candidate.text.last().map(u8::to_ascii_uppercase).as_ref();
    candidate.whole_if(proof && date::is_short_day(year, month, day) && number % 1_000 > 1)
}
