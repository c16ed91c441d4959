//! Texts to search: what entities find, what looks like it, and what stands between such things; and ways to write and to
//! cut them.

use dragoman_core::pii::Depth;
use dragoman_core::pii::entity::{ALL, Entity, Tail};
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// A text salted with all that may be found, whole or in part, and with what may disturb the search.
pub(crate) fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 1..8).prop_map(|pieces| pieces.concat())
}

fn piece() -> impl Strategy<Value = String> {
    const BETWEEN: &[&str] = &[
        " ",
        " ",
        " ",
        "\n",
        "\t",
        ", ",
        ". ",
        ".",
        "-",
        "_",
        ":",
        ": ",
        "/",
        "//",
        "://",
        "=",
        "\"",
        "'",
        "(",
        ")",
        "<",
        ">",
        "[",
        "]",
        "{",
        "}",
        "@",
        "@@@",
        "@@@@@@@@@@@@@@@@",
        "+",
        "%",
        "%40",
        "\\",
        "&",
        "?",
        "#",
        ";",
        "|",
    ];
    const BEYOND: &[&str] = &[
        "é",
        "ß",
        "Ж",
        "中文",
        "😀",
        "。",
        "\u{200b}",
        "\u{ad}",
        "\u{a0}",
        "\u{2013}",
        "\u{2212}",
        "\u{fe0f}",
        "e\u{301}",
        "４１１１",
        "٤١١١",
        "ａ＠ｂ．ｃｏｍ",
        "\u{200b}\u{200b}\u{200b}",
        "\u{61c}\u{e0041}\u{e0100}",
        "\u{3164}",
        "\u{200d}\u{200d}\u{200d}\u{200d}\u{200d}\u{200d}\u{200d}\u{200d}\u{200d}\u{200d}\u{200d}\u{200d}\u{200d}\u{200d}\u{200d}\u{200d}\u{200d}\u{200d}",
    ];
    const WORDS: &[&str] = &[
        "anna@example.com",
        "anna.b+c@mail.example.co.uk",
        "https://example.com/a?b=c",
        "http://10.0.0.5:8080/x",
        "redis://:hunter2@10.0.0.5:6379",
        "postgres://u:p@db.example.com/x",
        "user@",
        "@example.com",
        "password",
        "token",
        "Bearer ",
        "api_key=",
        "ssn ",
        "4111 1111 1111 1111",
        "-----BEGIN ",
        "2001:db8::",
        "sk-",
        "ghp_",
        "+49 ",
    ];
    /// What may hide an edge: nobody sees it, or it is an escape, or the end of one.
    const EDGES: &[&str] = &[
        "",
        "\u{200b}",
        "\u{fe0f}",
        "\u{301}",
        "\u{200d}\u{200d}\u{200d}\u{200d}\u{200d}\u{200d}\u{200d}\u{200d}\u{200d}\u{200d}\u{200d}\u{200d}\u{200d}\u{200d}\u{200d}\u{200d}",
        "\u{feff}\u{feff}\u{feff}\u{feff}\u{feff}\u{feff}\u{feff}\u{feff}\u{feff}\u{feff}\u{feff}\u{feff}\u{feff}\u{feff}\u{feff}\u{feff}\u{feff}",
        "\\",
        "\\n",
        "\\\\n",
        "\\t",
        "\\\"",
        "\\/",
        "\\u003c",
        "\\u0065",
        "\\\\u00e9",
        "\\\\\\/",
        "\\\\\\\\\\\\\\\\u0065",
        "\\\\\\\\\\\\\\u0065",
        "\\u00",
        "😀",
        "-----",
        "-----END RSA PRIVATE KEY-----",
    ];
    prop_oneof![
        5 => hit(),
        3 => (select(EDGES), hit(), select(EDGES)).prop_map(|(before, hit, behind)| [before, &hit, behind].concat()),
        1 => (tailed(), any::<Index>(), select(EDGES)).prop_map(|(text, at, what)| insert(&text, at, what)),
        1 => (tailed(), select(EDGES), select(EDGES)).prop_map(|(text, one, other)| [&text, one, other].concat()),
        2 => (hit(), any::<Index>(), any::<Index>()).prop_map(|(text, one, other)| part(&text, one, other)),
        2 => (hit(), any::<Index>(), select(BEYOND)).prop_map(|(text, at, what)| insert(&text, at, what)),
        1 => example(|entity| entity.misses),
        1 => example(|entity| if entity.context.is_empty() { &["id "] } else { entity.context }),
        6 => select(BETWEEN).prop_map(str::to_owned),
        1 => select(BEYOND).prop_map(str::to_owned),
        2 => select(WORDS).prop_map(str::to_owned),
        1 => "[0-9]{1,20}",
        1 => "[a-zA-Z]{1,12}",
        1 => "[a-zA-Z0-9._%+@:/-]{1,24}",
    ]
}

/// What ends with an entity that takes with it what follows.
fn tailed() -> impl Strategy<Value = String> {
    let tailed = ALL.iter().filter(|entity| !matches!(entity.tail, Tail::None)).flat_map(|entity| entity.hits);
    let hits: Vec<String> = tailed.map(|hit| hit.split('»').next().unwrap_or(hit).replace('«', "")).collect();
    select(hits)
}

/// A text in which an entity is found.
pub(crate) fn hit() -> impl Strategy<Value = String> {
    example(|entity| entity.hits).prop_map(|hit| hit.replace(['«', '»'], ""))
}

/// One of the texts that an entity shows.
fn example(of: fn(&&'static Entity) -> &'static [&'static str]) -> impl Strategy<Value = String> {
    let one = move |(entity, example): (Index, Index)| *example.get(of(entity.get(ALL)));
    any::<(Index, Index)>().prop_map(one).prop_map(str::to_owned)
}

fn part(text: &str, one: Index, other: Index) -> String {
    let length = text.chars().count();
    let (one, other) = (one.index(length + 1), other.index(length + 1));
    text.chars().skip(one.min(other)).take(one.abs_diff(other)).collect()
}

fn insert(text: &str, at: Index, what: &str) -> String {
    let at = at.index(text.chars().count());
    text.chars()
        .enumerate()
        .map(|(index, char)| if index == at { format!("{what}{char}") } else { char.into() })
        .collect()
}

/// A text as it stands at a depth, and how each of its characters is written there; `seed` picks among spellings. In a
/// tool's arguments it is a string, with its quotes.
pub(crate) fn written(text: &str, depth: Depth, seed: u64) -> (String, Vec<String>) {
    let mut seed = seed | 1;
    let mut pick = move |of: u64| {
        // Xorshift: all that matters is that it varies.
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % of
    };
    let levels = match depth {
        Depth::Plain => 0,
        Depth::Json => 1,
        Depth::JsonInJson => 2,
    };
    let spell = |char: char| {
        (0..levels).fold(char.to_string(), |text, _| text.chars().map(|char| escaped(char, pick(8))).collect())
    };
    let written = text.chars().map(spell);
    if depth != Depth::JsonInJson {
        return (text.to_owned(), written.collect());
    }
    let quote = || std::iter::once("\\\"".to_owned());
    (format!("\"{text}\""), quote().chain(written).chain(quote()).collect())
}

fn escaped(char: char, pick: u64) -> String {
    let mut units = [0; 2];
    let units = char.encode_utf16(&mut units).iter();
    match (char, pick) {
        ('"' | '\\', 1..) | ('/', 1..3) => format!("\\{char}"),
        ('\n', 1..) => "\\n".to_owned(),
        ('\t', 1..) => "\\t".to_owned(),
        ('"' | '\\' | '\0'..' ', _) | (_, 0) => units.map(|unit| format!("\\u{unit:04x}")).collect(),
        _ => char.to_string(),
    }
}

/// Where a text is cut.
pub(crate) fn cuts() -> impl Strategy<Value = Vec<Index>> {
    prop_oneof![4 => prop::collection::vec(any::<Index>(), 0..5), 1 => prop::collection::vec(any::<Index>(), 40..60)]
}

/// The pieces of a text that is cut there: anywhere, even inside of a character.
pub(crate) fn pieces<'a>(text: &'a [u8], cuts: &[Index]) -> Vec<&'a [u8]> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
    at.extend([0, text.len()]);
    at.sort_unstable();
    at.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect()
}
