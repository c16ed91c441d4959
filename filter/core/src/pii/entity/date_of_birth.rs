//! Dates of birth, told from other dates by a word before them.

use super::{Candidate, Edge, Entity, Group, Part, date, is_letter};

pub(super) const ENTITY: Entity = Entity {
    name: "date_of_birth",
    about: "date of birth: a day of the calendar, in figures or words, with context",
    groups: &[Group::Personal],
    announced: r"[0-9]{1,2}[./ -][0-9]{1,2}[./ -][0-9]{2}(?:[0-9]{2})?|[0-9]{4}[./-][0-9]{1,2}[./-][0-9]{1,2}|[0-9]{1,2}(?:[a-z]{2}|\.)?(?: [a-z]{2})? [A-Za-z\xC0-\xDF]+[.,]*(?: [a-z]{2})? [0-9]{4}|[A-Z][a-z]+\.? [0-9]{1,2}(?:[a-z]{2})?,? [0-9]{4}|[0-9]{4}[年년] ?[0-9]{1,2}[月월] ?[0-9]{1,2}[日일]",
    longest: 32,
    right: Edge::WORD.or(Edge::HYPHEN).or(Edge::SLASH),
    check,
    context: CONTEXT,
    hits: &[
        "DOB: «12/04/1985»",
        "date of birth «1985-04-12»",
        "geboren am «12.04.1985».",
        "born on «April 12, 1985» in",
        "née le «12 avril 1985»",
        "{\"birthdate\":\"«1985-04-12»\"}",
        "Дата рождения: «12.04.1985», 出生日期：«1985年4月12日», 생년월일 «1985년 4월 12일»",
    ],
    misses: &[
        "due on 12/04/1985",
        "DOB: 32/13/1985",
        "born in 1985",
        "version 12.04.1985",
        "dob 1985-13-40",
        "born 12 monkeys 1995",
    ],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &[
    "дата рождения",
    "родился",
    "родилась",
    "дата народження",
    "ημερομηνία γέννησης",
    "出生日期",
    "出生于",
    "生年月日",
    "誕生日",
    "생년월일",
    "تاريخ الميلاد",
    "תאריך לידה",
    "जन्म तिथि",
    "วันเกิด",
    "ngày sinh",
    "dob",
    "d o b",
    "birth",
    "born",
    "birthday",
    "birthdate",
    "date of birth",
    "birth date",
    "dateofbirth",
    "geboren",
    "geb",
    "geburtsdatum",
    "geburtstag",
    "né",
    "née",
    "naissance",
    "date de naissance",
    "nacimiento",
    "fecha de nacimiento",
    "nacido",
    "nacida",
    "nascita",
    "data di nascita",
    "nato",
    "nata",
    "nascimento",
    "geboortedatum",
    "urodzenia",
    "urodzony",
    "född",
    "syntynyt",
];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    candidate.whole_if(is_day(candidate.text) && candidate.announced)
}

fn is_day(text: &[u8]) -> bool {
    let numbers: Vec<u32> = text
        .split(|byte| !byte.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .map(|part| part.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0')))
        .collect();
    let likely = |year: u32| (1900..2100).contains(&year);
    match (numbers.as_slice(), text.iter().any(|byte| byte.is_ascii_alphabetic())) {
        ([day, year], true) => likely(*year) && (1..=31).contains(day) && names_month(text),
        ([year, month, day], false) if *year > 99 => likely(*year) && date::is_day(*year, *month, *day),
        ([first, second, year], false) => {
            let year = if *year < 100 { 2000 + year } else { *year };
            likely(year) && (date::is_day(year, *second, *first) || date::is_day(year, *first, *second))
        }
        _ => false,
    }
}

/// Months by their beginnings, in the languages of the context.
const MONTHS: &[&str] = &[
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "mai", "okt", "dez",
    "m\u{c0}r", "ene", "abr", "ago", "set", "dic", "gen", "mag", "giu", "lug", "ott", "avr", "jui", "ao", "d\u{c0}c",
    "f\u{c0}v", "mei", "maart",
];

fn names_month(text: &[u8]) -> bool {
    let words = text.split(|byte| !byte.is_ascii_alphabetic() && !is_letter(*byte));
    words.filter(|word| word.len() > 2).any(|word| {
        let word: String = word.iter().map(|byte| char::from(byte.to_ascii_lowercase())).collect();
        MONTHS.iter().any(|month| word.starts_with(month))
    })
}
