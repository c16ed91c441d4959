//! National numbers of Belgium.

use super::{Candidate, Entity, Group, Part, checksum, date};

pub(super) const ENTITY: Entity = Entity {
    name: "be_nn",
    about: "Belgian national number: a day of birth and a key modulo 97; bare digits only with context",
    groups: &[Group::Government, Group::Eu, Group::Be],
    pattern: r"[0-9]{2}[. ][0-9]{2}[. ][0-9]{2}[ -][0-9]{3}[. -][0-9]{2}|[0-9]{6}[ -][0-9]{3}[ .-][0-9]{2}",
    announced: r"[0-9]{11}",
    longest: 15,
    check,
    context: CONTEXT,
    hits: &["NN «85.07.30-033.28»", "rijksregisternummer: «85073003328».", "«17.07.30-033.84»"],
    misses: &["85.07.30-033.29", "order 85073003328", "NN 850730033280", "85.17.30-033.28", "85.07.30"],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &[
    "nn",
    "rijksregisternummer",
    "numéro national",
    "registre national",
    "national number",
    "nationaal nummer",
    "insz",
    "niss",
    "rrn",
    "rijksregister",
];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let number = checksum::number(candidate.digits());
    let (body, key) = (number / 100, number % 100);
    let (_, month, day) = date::parts(body / 1_000);
    // Where the day is not known it is 0, and so may the month be.
    let born = month % 20 <= 12 && month < 53 && day <= 31;
    // Who was born from 2000 on has a 2 before the number.
    let proof = [body, body + 2_000_000_000].iter().any(|body| 97 - body % 97 == key);
    candidate.whole_if(born && proof && (!candidate.is_bare() || candidate.is_expected()))
}
