//! Poland's PESEL numbers.

use super::{Candidate, Entity, Group, Part, checksum, date};

pub(super) const ENTITY: Entity = Entity {
    name: "pl_pesel",
    about: "Polish PESEL: a day of birth and a weighted sum, with context",
    groups: &[Group::Government, Group::Eu, Group::Pl],
    announced: r"[0-9]{11}",
    longest: 11,
    check,
    context: CONTEXT,
    hits: &["PESEL: «44051401359»", "mój pesel to «02070803628»", "{\"pesel\":\"«44051401359»\"}"],
    misses: &[
        "PESEL 44051401358",
        "PESEL 44951401359",
        "order 44051401359",
        "PESEL 440514013590",
        "pesel 4405140135",
        "00000000000",
    ],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &["pesel", "pesele", "peselu", "numer ewidencyjny"];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let (year, month, day) = date::parts(checksum::number(candidate.digits().take(6)));
    // The month also tells the century: 80 more in the 1800s, 20 more in the 2000s.
    let born = date::is_short_day(year, month % 20, day);
    let sum = checksum::weighted(candidate.digits(), &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]);
    candidate.whole_if(born && sum.is_multiple_of(10) && candidate.is_expected())
}
