//! Telephone numbers. International ones and North American ones with their punctuation prove themselves by their plan;
//! all others are told by a word before them.

use super::{Candidate, Edge, Entity, Group, Part, checksum, date};

pub(super) const ENTITY: Entity = Entity {
    name: "phone",
    about: "telephone number: international, North American with punctuation, or any with context",
    groups: &[Group::Personal],
    pattern: r"\+[0-9](?:[ .()/-]{0,2}[0-9])+|(?:\(1\)[ .-]{0,2}|1[ .-]{1,2})?[2-9][0-9]{2}[ .-]{1,2}[2-9][0-9]{2}[ .-]{1,2}[0-9]{4}|\([2-9][0-9]{2}\)[ .-]{0,2}[2-9][0-9]{2}[ .-]{1,2}[0-9]{4}",
    announced: r"(?:\([0-9]+\)[ ./-]{0,2}|[0-9]+[ ./-]{1,2})[0-9][0-9]+(?:[ ./-]{1,2}[0-9][0-9]+)*|[0-9]+",
    left: Edge::WORD.or(Edge::HYPHEN).or(Edge::DOT).or(Edge::SIGN),
    right: Edge::WORD.or(Edge::HYPHEN),
    longest: 26,
    shortest: 7,
    check,
    context: CONTEXT,
    hits: &[
        "call «+1 415 555 0132»",
        "«(415) 555-0132» or «415-555-0132»",
        "tel:«+442079460958», fax «+44 (0)20 7946 0958»",
        "Telefon: «030 12345678»",
        "phone «0412 345 678»",
        "Tél. : «01 42 68 53 00»",
        "{\"mobile\":\"«09171234567»\"}",
        "«+33 1 42 68 53 00» 5 times",
    ],
    misses: &[
        "at 1700000000 seconds",
        "phone home at 1700000000",
        "+1.2345678",
        "+49.123456",
        "order 415 555 0132",
        "call 2024-01-15",
        "123-456-7890",
        "415-155-0132",
        "+999 1234567",
        "pi is 3.14159265358979",
        "phone 10.0.0.12",
    ],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &[
    "phone",
    "phones",
    "telephone",
    "tel",
    "mobile",
    "mob",
    "cell",
    "cellphone",
    "call",
    "fax",
    "whatsapp",
    "sms",
    "telegram",
    "signal",
    "landline",
    "handy",
    "handynummer",
    "telefon",
    "telefonnummer",
    "rufnummer",
    "mobil",
    "mobilnummer",
    "rückruf",
    "telefono",
    "teléfono",
    "telefone",
    "móvil",
    "celular",
    "tlf",
    "tfno",
    "fijo",
    "téléphone",
    "tél",
    "portable",
    "cellulare",
    "telefoon",
    "telefoonnummer",
    "mobiel",
    "puhelin",
    "puhelinnumero",
    "telefonu",
    "komórka",
    "numer telefonu",
    "gsm",
    "cep",
    "hotline",
    "helpline",
    "telepono",
    "phonenumber",
    "phone number",
    "contact number",
    "mobilenumber",
    "msisdn",
];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let proof = match candidate.text.first() {
        Some(b'+') => is_international(candidate),
        _ => is_american(candidate) || is_national(candidate) && is_expected(candidate),
    };
    candidate.whole_if(proof)
}

fn is_international(candidate: &Candidate<'_>) -> bool {
    let count = candidate.digits().count();
    let known = match candidate.digits().take(3).collect::<Vec<_>>().as_slice() {
        [1, area, _] => count == 11 && *area > 1,
        [7, ..] => count == 11,
        [2, 0 | 7, _] => count > 9,
        [2, 1..=6 | 9, _] | [3, 5 | 7 | 8, _] | [4, 2, _] | [5, 0 | 9, _] | [6, 7..=9, _] => count > 8,
        [8, 0 | 5 | 7 | 8, _] | [9, 6 | 7, _] | [9, 9, 2..=8] => count > 8,
        [3, 0..=4 | 6 | 9, _] | [4, 0 | 1 | 3..=9, _] | [5, 1..=8, _] | [6, 0..=6, _] => count > 8,
        [8, 1 | 2 | 4 | 6, _] | [9, 0..=5 | 8, _] => count > 9,
        _ => false,
    };
    // One point is a decimal's, and one digit at the end the next word's.
    let decimal = candidate.text.iter().filter(|byte| !byte.is_ascii_digit()).eq([b'+', b'.'].iter());
    let last = groups(candidate.text).last().is_some_and(|group| group.len() > 1);
    known && count <= 15 && !decimal && last
}

/// Three, three and four digits, of which neither the area nor the exchange begins with 0 or 1.
fn is_american(candidate: &Candidate<'_>) -> bool {
    let mut groups = groups(candidate.text).peekable();
    groups.next_if_eq(b"1");
    let all = groups.collect::<Vec<_>>();
    let [area, exchange, line] = all.as_slice() else { return false };
    let begins = |group: &[u8]| group.len() == 3 && group.first().is_some_and(|digit| *digit > b'1');
    let marked = candidate.text.iter().any(|byte| matches!(byte, b'(' | b'-' | b'.'));
    begins(area) && begins(exchange) && line.len() == 4 && marked && !candidate.text.contains(&b'/')
}

fn is_national(candidate: &Candidate<'_>) -> bool {
    let count = candidate.digits().count();
    let first = candidate.digits().next();
    let bare = candidate.is_bare();
    let number = checksum::number(candidate.digits());
    let groups = groups(candidate.text).map(<[u8]>::len).collect::<Vec<_>>();
    let dated = match groups.as_slice() {
        [4, 2, 2] => is_day(number / 10_000, number / 100 % 100, number % 100),
        [1 | 2, 1 | 2, 4] => is_day(number % 10_000, number / 10_000 % 100, number / 1_000_000),
        _ => false,
    };
    let addressed = groups.len() == 4 && candidate.text.contains(&b'.') && groups.iter().all(|length| *length < 4);
    // Seconds and milliseconds since 1970 have ten and thirteen digits and begin with a 1.
    let timed = bare && first == Some(1) && matches!(count, 10 | 13);
    let decimal = groups.len() == 2 && candidate.text.contains(&b'.');
    let least = if bare && first != Some(0) { 9 } else { 7 };
    (least..=14).contains(&count) && !dated && !addressed && !timed && !decimal
}

fn is_expected(candidate: &Candidate<'_>) -> bool {
    let trunk = candidate.digits().next() == Some(0) && candidate.digits().count() > 8;
    candidate.announced || trunk && candidate.is_alone()
}

fn is_day(year: u64, month: u64, day: u64) -> bool {
    let part = |part: u64| u32::try_from(part).unwrap_or(0);
    date::is_day(part(year), part(month), part(day))
}

fn groups(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| !byte.is_ascii_digit()).filter(|group| !group.is_empty())
}
