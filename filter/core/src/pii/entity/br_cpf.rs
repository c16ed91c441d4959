//! Taxpayer numbers of people in Brazil.

use super::{Candidate, Entity, Group, Part};

pub(super) const ENTITY: Entity = Entity {
    name: "br_cpf",
    about: "Brazilian CPF: two check digits modulo 11; bare digits only with context",
    groups: &[Group::Government, Group::Br],
    pattern: r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}",
    announced: r"[0-9]{11}",
    longest: 14,
    check,
    context: CONTEXT,
    hits: &["CPF «529.982.247-25»", "cpf: «52998224725».", "«111.444.777-35»"],
    misses: &["529.982.247-26", "order 52998224725", "111.111.111-11", "CPF 529982247250", "529.982.24725"],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &["cpf", "cadastro de pessoas físicas", "contribuinte", "cpfs", "documento"];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let digits = candidate.exactly::<11>()?;
    let check = |count: usize| {
        let weights = (2..=11).rev().skip(10 - count);
        let sum: u32 = digits.iter().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum();
        digits.get(count).map(|digit| u32::from(*digit)) == Some(sum * 10 % 11 % 10)
    };
    let mixed = digits.iter().any(|digit| Some(digit) != digits.first());
    candidate.whole_if(mixed && check(9) && check(10) && (!candidate.is_bare() || candidate.is_expected()))
}
