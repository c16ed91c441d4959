//! Taxpayer numbers of companies in Brazil, with letters in the newer ones.

use super::{Candidate, Entity, Group, Part};

pub(super) const ENTITY: Entity = Entity {
    name: "br_cnpj",
    about: "Brazilian CNPJ: two check digits modulo 11; bare characters only with context",
    groups: &[Group::Government, Group::Br],
    pattern: r"[0-9A-Z]{2}\.[0-9A-Z]{3}\.[0-9A-Z]{3}/[0-9A-Z]{4}-[0-9]{2}",
    announced: r"[0-9]{14}",
    longest: 18,
    check,
    context: CONTEXT,
    hits: &["CNPJ «11.222.333/0001-81»", "cnpj: «11222333000181».", "«12.ABC.345/01DE-35»"],
    misses: &[
        "11.222.333/0001-82",
        "order 11222333000181",
        "00.000.000/0000-00",
        "cnpj 112223330001810",
        "11.222.333/000181",
    ],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &["cnpj", "cadastro nacional", "cnpjs"];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let all = candidate.characters::<14>()?;
    let check = |count: usize| {
        let weights = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2].into_iter().skip(13 - count);
        let sum: u32 = all.iter().zip(weights).map(|(own, weight)| u32::from(own - b'0') * weight).sum();
        let expected = if sum % 11 < 2 { 0 } else { 11 - sum % 11 };
        all.get(count).map(|own| u32::from(own - b'0')) == Some(expected)
    };
    let mixed = all.iter().any(|own| Some(own) != all.first());
    candidate.whole_if(mixed && check(12) && check(13) && (!candidate.is_bare() || candidate.is_expected()))
}
