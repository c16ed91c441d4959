//! The search by its definition, too slow for anything but tests. At each place of the folded text, each end of each
//! entity's spellings is tried by itself; the longest that proves itself is found, and the search goes on behind it.

use std::ops::Range;
use std::sync::LazyLock;

use dragoman_core::pii::entity::{self, COMPILED, Candidate, Entity, OTHER, Tail, in_bytes};
use regex::bytes::{Regex, RegexBuilder};

/// Something found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hit {
    /// The entity's name.
    pub(crate) entity: &'static str,
    /// What is to be replaced, in bytes of the text.
    pub(crate) replace: Range<usize>,
}

/// All that these entities find in a text, in order. Of two that match the same, the first in `ALL` is named.
/// No tail goes on beyond the `wall`.
pub(crate) fn find(text: &str, wall: usize, entities: &[&'static Entity]) -> Vec<Hit> {
    let (folded, places) = fold(text);
    let wall = places.partition_point(|place| place.start < wall);
    let patterns: Vec<&Pattern> =
        PATTERNS.iter().filter(|pattern| entities.iter().any(|entity| entity.name == pattern.entity.name)).collect();
    let (mut hits, mut at) = (Vec::new(), 0);
    let mut start = 0;
    while start < folded.len() {
        let Some(found) = longest(&folded, at, wall, start, &patterns) else {
            start += 1;
            continue;
        };
        let first = places[behind_escape(&folded, at, &found)].start;
        // A tail takes what nobody sees with it.
        let last = match found.tailed {
            true => places.get(found.end).map_or(text.len(), |next| next.start),
            false => places[found.replace.end - 1].end,
        };
        hits.push(Hit { entity: found.entity, replace: first..last });
        at = found.end;
        start = at;
    }
    hits
}

/// Where what is replaced begins, if the text is JSON and the match begins with an escape's letter: behind the escape for
/// an address, which may begin anywhere; else with the backslash.
fn behind_escape(text: &[u8], floor: usize, found: &Found) -> usize {
    let start = found.replace.start;
    let run = text[..start].iter().rev().take_while(|byte| **byte == b'\\').count();
    if run % 2 == 0 || run >= 64 || !"bfnrtu\"/\\".contains(char::from(text[start])) {
        return start;
    }
    let inside = &text[start..found.replace.end];
    let length = match inside {
        [b'u', a, b, c, d, ..] if [a, b, c, d].iter().all(|digit| digit.is_ascii_hexdigit()) => 5,
        [b'u', ..] => inside.len(),
        _ => 1,
    };
    let begins = inside
        .get(length)
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || entity::is_letter(*byte));
    if found.entity == "email" && begins { start + length } else { (start - 1).max(floor) }
}

struct Pattern {
    entity: &'static Entity,
    /// Whether it matches the beginning of a text.
    begins: Regex,
    /// Whether it matches the whole of a text.
    whole: Regex,
}

static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let build = |pattern: String| RegexBuilder::new(&pattern).unicode(false).build().unwrap();
    let all = entity::spellings().map(|(_, spelling)| Pattern {
        entity: COMPILED[usize::from(spelling.entity)],
        begins: build(format!(r"\A(?:{})", in_bytes(spelling.pattern))),
        whole: build(format!(r"\A(?:{})\z", in_bytes(spelling.pattern))),
    });
    all.collect()
});

struct Found {
    entity: &'static str,
    replace: Range<usize>,
    end: usize,
    tailed: bool,
}

/// What is found at `start`, if nothing before `floor` may be part of it.
fn longest(text: &[u8], floor: usize, wall: usize, start: usize, patterns: &[&Pattern]) -> Option<Found> {
    let mut open = Vec::new();
    let mut closed = Vec::new();
    for (order, pattern) in patterns.iter().enumerate() {
        for pivot in pivots(text, floor, start, pattern) {
            for end in ends(text, pivot, pattern) {
                let kind = if matches!(pattern.entity.tail, Tail::None) { &mut closed } else { &mut open };
                kind.push((end, order, pattern.entity));
            }
        }
    }
    open.sort_by_key(|(end, order, _)| (*end, *order));
    closed.sort_by_key(|(end, order, _)| (text.len() - end, *order));
    open.into_iter().chain(closed).find_map(|(end, _, entity)| {
        let before = text.get(start.saturating_sub(128)..start)?;
        let after = text.get(end..)?;
        let announced = entity::follows(before, entity.context);
        let part = (entity.check)(&Candidate { text: text.get(start..end)?, before, after, announced })?;
        let end = end + tail_length(&entity.tail, text.get(end..wall.max(end))?);
        let tailed = !matches!(entity.tail, Tail::None);
        Some(Found { entity: entity.name, replace: start + part.start..start + part.end, end, tailed })
    })
}

/// Where the pattern has to match for the entity to begin at `start`.
fn pivots(text: &[u8], floor: usize, start: usize, pattern: &Pattern) -> Vec<usize> {
    let entity = pattern.entity;
    let Some(back) = &entity.back else {
        return if !entity.left.forbids_behind(&text[..start]) { vec![start] } else { Vec::new() };
    };
    let begins_at = |pivot: usize| {
        let lowest = floor.max(pivot.saturating_sub(back.most));
        let is_run = |part: &[u8]| {
            let pairs: Vec<[char; 2]> = part.windows(2).map(|pair| [kind(pair[0]), kind(pair[1])]).collect();
            let count = |pairs_of: &[[char; 2]]| pairs.iter().filter(|pair| pairs_of.contains(pair)).count();
            let numbers = [['a', '1'], ['A', '1'], ['1', 'a'], ['1', 'A']];
            let (camels, numbered) = (count(&[['a', 'A']]), count(&numbers));
            part.iter().all(|byte| (back.of)(*byte))
                && camels + count(&[['1', 'A']]) <= back.capitals
                && (camels == 0 || numbered == 0 || camels + numbered <= back.changes)
        };
        let run = (lowest..=pivot).find(|place| is_run(&text[*place..pivot])).map_or(0, |place| pivot - place);
        (pivot - run..pivot).find(|place| !entity.left.forbids_behind(&text[..*place]))
    };
    // Few places match, and where one begins takes long to tell.
    let matches = |pivot: &usize| pattern.begins.is_match(&text[*pivot..]);
    let places = (start + 1..=text.len().min(start + back.most)).filter(matches);
    places.filter(|pivot| begins_at(*pivot) == Some(start)).collect()
}

fn kind(byte: u8) -> char {
    match byte {
        b'a'..=b'z' => 'a',
        b'A'..=b'Z' => 'A',
        b'0'..=b'9' => '1',
        _ => '.',
    }
}

fn ends(text: &[u8], start: usize, pattern: &Pattern) -> Vec<usize> {
    if !pattern.begins.is_match(&text[start..]) {
        return Vec::new();
    }
    let entity = pattern.entity;
    let closes = |end: usize| {
        let open = matches!(entity.tail, Tail::None) && text.get(end).is_some_and(|byte| entity.right.forbids(*byte));
        !open && pattern.whole.is_match(&text[start..end])
    };
    (start + entity.shortest..=text.len().min(start + entity.longest)).filter(|end| closes(*end)).collect()
}

fn tail_length(tail: &Tail, rest: &[u8]) -> usize {
    match tail {
        Tail::None => 0,
        Tail::Run(of) => rest.iter().take_while(|byte| of(**byte)).count(),
        Tail::Until(last, of) => {
            let run = rest.iter().take_while(|byte| of(**byte)).count();
            let found = rest[..run].windows(last.len()).position(|window| window == last.as_bytes());
            found.map_or(run, |found| found + last.len())
        }
    }
}

/// The folded text, and where each of its characters stands in the text.
fn fold(text: &str) -> (Vec<u8>, Vec<Range<usize>>) {
    let mut unseen = 0;
    let visible = characters(text).into_iter().filter_map(|(char, place)| {
        let byte = fold_char(char);
        unseen = if byte.is_none() { unseen + 1 } else { 0 };
        // A seventeenth in a row is seen.
        Some((if unseen > 16 { OTHER } else { byte? }, place))
    });
    visible.unzip()
}

/// The characters, those that are written as escapes of JSON or of URLs among them. Half a pair is no character.
fn characters(text: &str) -> Vec<(char, Range<usize>)> {
    static ESCAPE: LazyLock<regex::Regex> =
        LazyLock::new(|| regex::Regex::new(r"\A(?:\\{1,7}(?:(/)|u([0-9A-Fa-f]{4}))|%40)").unwrap());
    let (mut all, mut at) = (Vec::new(), 0);
    while let Some(char) = text[at..].chars().next() {
        let own = (char, at..at + char.len_utf8());
        let escaped = ESCAPE.captures(&text[at..]).and_then(|found| {
            let char = match (found.get(1), found.get(2)) {
                (_, Some(unit)) => char::from_u32(u32::from_str_radix(unit.as_str(), 16).unwrap())?,
                (Some(_), _) => '/',
                _ => '@',
            };
            Some((char, at..at + found[0].len()))
        });
        all.push(escaped.unwrap_or(own));
        at = all.last().unwrap().1.end;
    }
    all
}

fn fold_char(char: char) -> Option<u8> {
    Some(match char {
        '\0'..='\x7F' => char as u8,
        '\u{AD}' | '\u{300}'..='\u{36F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' => return None,
        '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' => return None,
        '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}' => return None,
        '\u{3164}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}' => return None,
        '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}' => return None,
        '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}' => b' ',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' => b'-',
        '\u{FF01}'..='\u{FF5E}' => (char as u32 - 0xFF01 + 0x21) as u8,
        _ if char.is_numeric() && digit(char).is_some() => digit(char)?,
        // Σ has two small letters.
        'Σ' | 'ς' => 0xC3,
        _ if char.is_lowercase() || char.is_uppercase() => {
            0xC0 + (char.to_lowercase().next().unwrap() as u32 % 0x20) as u8
        }
        _ => 0x80 + (char as u32 % 0x40) as u8,
    })
}

/// What a digit of another script stands for.
fn digit(char: char) -> Option<u8> {
    const ZEROS: &str = "\u{660}\u{6F0}\u{966}\u{9E6}\u{A66}\u{AE6}\u{B66}\u{BE6}\u{C66}\u{CE6}\u{D66}\u{E50}\u{ED0}\u{F20}\
                         \u{1040}\u{17E0}\u{1810}\u{1D7CE}\u{1D7D8}\u{1D7E2}\u{1D7EC}\u{1D7F6}";
    ZEROS.chars().find_map(|zero| (zero..).take(10).position(|own| own == char)).map(|value| b'0' + value as u8)
}
