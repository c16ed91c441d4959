//! Telephone numbers. International ones and North American ones with their punctuation prove themselves by their plan;
//! all others are told by a word before them.

use super::{Candidate, Edge, Entity, Group, Part, checksum, date, follows};

/// What is dialled behind a number.
macro_rules! extension {
    () => {
        r"(?:,? ?(?:[xX#]|[eE]xt\.?) ?[0-9]+)?"
    };
}

pub(super) const ENTITY: Entity = Entity {
    name: "phone",
    about: "telephone number: international, North American with punctuation, or any with context",
    groups: &[Group::Personal],
    pattern: concat!(
        r"(?:\(?\+[0-9](?:[ .()/-]{0,2}[0-9])+",
        r"|(?:\(1\)[ .-]{0,2}|1[ .-]{1,2})?[2-9][0-9]{2}[ .-]{1,2}[2-9][0-9]{2}[ .-]{1,2}[0-9]{4}",
        r"|(?:1[ .-]{0,2})?\([0-9]{3}\)[ .-]{0,2}[0-9]{3}[ .-]{1,2}[0-9]{4})",
        extension!()
    ),
    announced: concat!(
        r"(?:(?:(?:[0-9]{1,3}[ .-]{0,2})?\([0-9]+\)[ ./-]{0,2}|[0-9]+[ ./-]{1,2}(?:[0-9][ ./-]{1,2})?)",
        r"[0-9][0-9]+(?:[ ./-]{1,2}[0-9][0-9]+)*|[0-9]+)",
        extension!()
    ),
    left: Edge::WORD.or(Edge::HYPHEN).or(Edge::DOT).or(Edge::SIGN),
    right: Edge::WORD.or(Edge::HYPHEN),
    longest: 40,
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
        "«926-499-8726x22177», «(415) 555-0132 ext. 12», «+1-415-555-0132 #7» or «(123) 456-7890»",
        "«1 (559) 470-9005», «(+358) 251027346», phone «8 (495) 123-45-67»",
        "mobil: «43504925», phone number «1234567890»",
        "Text me: «209 668 4110», mon numéro est le «01 42 68 53 00», Chiamami al «500 332 245»",
        "电话号码«13812345678»和手机号«13812345678»，電話: «03-1234-5678», 전화번호 «02-312-3456», телефон «8 800 555-35-35»",
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
        "mobile 20240115",
        "my number: 123456789",
        "000000000",
        "078-05-0000",
        "phone 10.0.0.12",
    ],
    ..Entity::NUMBER
};

/// What hardly anything but a telephone's number stands behind: eight digits are enough.
const NAMES: &[&str] = &[
    "phone",
    "phones",
    "telephone",
    "tel",
    "mobile",
    "mob",
    "cellphone",
    "fax",
    "whatsapp",
    "call me",
    "handynummer",
    "telefon",
    "telefonnummer",
    "rufnummer",
    "mobil",
    "mobilnummer",
    "telefono",
    "teléfono",
    "telefone",
    "móvil",
    "celular",
    "tlf",
    "tfno",
    "téléphone",
    "tél",
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
    "telepono",
    "điện thoại",
    "phonenumber",
    "mobilenumber",
    "msisdn",
    "телефон",
    "телефона",
    "телефону",
    "тел",
    "моб",
    "мобильный",
    "τηλέφωνο",
    "τηλ",
    "κινητό",
    "电话",
    "電話",
    "手机",
    "手機",
    "携帯",
    "전화",
    "휴대폰",
    "핸드폰",
    "연락처",
    "هاتف",
    "جوال",
    "טלפון",
    "נייד",
    "फोन",
    "मोबाइल",
    "โทร",
];

/// What also says other things: nine digits.
const WORDS: &[&str] = &[
    "cell", "call", "sms", "telegram", "signal", "landline", "handy", "rückruf", "fijo", "portable", "cep", "hotline",
    "helpline", "contact number",
];

/// What any number may stand behind: groups of digits, or a country's zero before them.
const HINTS: &[&str] = &[
    "my number",
    "his number",
    "her number",
    "our number",
    "your number",
    "their number",
    "number s",
    "text me",
    "reach",
    "contact",
    "ring",
    "dial",
    "ruf mich an",
    "meine nummer",
    "erreichen",
    "numéro est",
    "mon numéro",
    "chiamami",
    "mi número",
    "llámame",
];

const SAID: &[&str] = &both::<{ NAMES.len() + WORDS.len() }>(NAMES, WORDS);
const CONTEXT: &[&str] = &both::<{ SAID.len() + HINTS.len() }>(SAID, HINTS);

#[expect(clippy::indexing_slicing, reason = "it is computed when this is compiled")]
const fn both<const N: usize>(first: &[&'static str], second: &[&'static str]) -> [&'static str; N] {
    let mut all = [""; N];
    let mut at = 0;
    while at < N {
        all[at] = if at < first.len() { first[at] } else { second[at - first.len()] };
        at += 1;
    }
    all
}

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let extended = candidate.text.iter().position(|byte| byte.is_ascii_alphabetic() || *byte == b'#');
    let number = candidate.text.get(..extended.unwrap_or(candidate.text.len()))?;
    let number = &Candidate { text: number, ..*candidate };
    let proof = match number.text {
        [b'(', b'+', ..] => number.text.contains(&b')') && is_international(number),
        [b'+', ..] => is_international(number),
        _ => is_american(number) || is_national(number) && is_expected(number),
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

/// Three, three and four digits, of which neither the area nor the exchange begins with 0 or 1; any behind an area in
/// brackets.
fn is_american(candidate: &Candidate<'_>) -> bool {
    let mut groups = groups(candidate.text).peekable();
    groups.next_if_eq(b"1");
    let all = groups.collect::<Vec<_>>();
    let [area, exchange, line] = all.as_slice() else { return false };
    let begins = |group: &[u8]| group.len() == 3 && group.first().is_some_and(|digit| *digit > b'1');
    let marked = candidate.text.iter().any(|byte| matches!(byte, b'(' | b'-' | b'.'));
    let shaped = area.len() == 3 && exchange.len() == 3 && line.len() == 4;
    let bracketed = candidate.text.windows(5).any(|area| area.starts_with(b"(") && area.ends_with(b")"));
    let plausible = begins(area) && begins(exchange) || bracketed && !area.starts_with(b"0");
    shaped && plausible && marked && !candidate.text.contains(&b'/')
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
    // Seconds and milliseconds since 1970 have ten and thirteen digits, and have begun so since 2017.
    let timed = bare && matches!(count, 10 | 13) && (15..20).contains(&checksum::number(candidate.digits().take(2)));
    let decimal = groups.len() == 2 && candidate.text.contains(&b'.');
    let mixed = candidate.digits().any(|digit| Some(digit) != first);
    let short = bare && count == 8 && first != Some(0);
    let day = short && is_day(number / 10_000, number / 100 % 100, number % 100);
    let named = !short || follows(candidate.before, NAMES);
    let least = if bare && first != Some(0) { 8 } else { 7 };
    (least..=14).contains(&count) && !dated && !addressed && !timed && !decimal && !day && mixed && named
}

fn is_expected(candidate: &Candidate<'_>) -> bool {
    let trunk = candidate.digits().next() == Some(0);
    let grouped = trunk || !candidate.is_bare();
    if candidate.announced {
        return grouped || !follows(candidate.before, HINTS) || follows(candidate.before, SAID);
    }
    // Alone, as many as countries have behind a zero; not in the groups of a social security number.
    let count = candidate.digits().count();
    let social = groups(candidate.text).map(<[u8]>::len).eq([3, 2, 4]);
    trunk && (10..=11).contains(&count) && !candidate.text.starts_with(b"00") && !social && candidate.is_alone()
}

fn is_day(year: u64, month: u64, day: u64) -> bool {
    let part = |part: u64| u32::try_from(part).unwrap_or(0);
    date::is_day(part(year), part(month), part(day))
}

fn groups(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| !byte.is_ascii_digit()).filter(|group| !group.is_empty())
}
