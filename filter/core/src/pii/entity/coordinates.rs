//! Places on the globe.

use super::{Candidate, Edge, Entity, Group, Part, Partial, Same, ends_with_escape};

pub(super) const ENTITY: Entity = Entity {
    name: "coordinates",
    about: "coordinates: two decimals or degrees; one or two decimals with context",
    groups: &[Group::Personal],
    pattern: r#"-?[0-9]+\.[0-9]+(?:, ?-?[0-9]+\.[0-9]+)?|[0-9]{1,3}[\x80-\xBF] ?[0-9]{1,2}['\x80-\xBF] ?[0-9]{1,2}(?:\.[0-9]+)?["\x80-\xBF] ?[A-Za-z],? ?[0-9]{1,3}[\x80-\xBF] ?[0-9]{1,2}['\x80-\xBF] ?[0-9]{1,2}(?:\.[0-9]+)?["\x80-\xBF] ?[A-Za-z]"#,
    left: Edge::WORD.or(Edge::DOT),
    right: Edge::WORD,
    longest: 64,
    partial: Partial::Nothing,
    same: Same::Exactly,
    check,
    context: CONTEXT,
    hits: &[
        "at coordinates «48.8584, 2.2945»",
        "{\"lat\": «48.8584», \"lng\": «2.2945»}",
        "GPS: «-33.8568,151.2153».",
        "«48°51'29.9\"N 2°17'40.2\"E»",
        "latitude «51.5007»",
        r#"\nlat: «51.5007»\n"#,
    ],
    misses: &[
        "scores 48.8584, 2.2945",
        "gps scores 95.1234, 200.1234",
        "pi is 3.14159",
        "lat: 1.2",
        "gps v2.10.3",
        "latency 48.8584",
    ],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &[
    "coordinates",
    "coords",
    "gps",
    "location",
    "position",
    "latitude",
    "longitude",
    "lat",
    "lng",
    "lon",
    "lat lng",
    "lat lon",
    "located",
    "geo",
    "koordinaten",
    "coordenadas",
    "coordonnées",
    "coordinate",
];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    if candidate.text.last().is_some_and(u8::is_ascii_alphabetic) {
        let winds: Vec<u8> = candidate.alphanumerics().filter(u8::is_ascii_alphabetic).collect();
        return candidate.whole_if(matches!(winds.as_slice(), [b'N' | b'S', b'E' | b'W']));
    }
    // What costs the least, and refuses most decimals, comes first.
    let right_before = follows_name(candidate.before);
    if !right_before && !candidate.announced {
        return None;
    }
    let text = std::str::from_utf8(candidate.text).ok()?;
    let precise = |part: &str| part.split('.').nth(1).is_some_and(|decimals| decimals.len() > 2);
    let mut parts = text.split(',').map(str::trim).filter(|part| precise(part));
    let mut degrees = || parts.next().map(|part| part.parse::<f64>().unwrap_or(f64::MAX).abs());
    let (first, second) = (degrees()?, degrees());
    if text.contains(',') && second.is_none() {
        return None;
    }
    let on_globe = second.map_or(first <= 180.0, |second| first <= 90.0 && second <= 180.0);
    // One number alone needs the word right before it.
    candidate.whole_if(on_globe && (second.is_some() || right_before))
}

/// Whether one of the words for one number stands right before it.
fn follows_name(before: &[u8]) -> bool {
    const NAMES: [&[u8]; 6] = [b"lat", b"latitude", b"lng", b"lon", b"long", b"longitude"];
    const NEAR: usize = 4;
    let Some(gap) = before.iter().rev().take(NEAR + 1).position(u8::is_ascii_alphabetic) else { return false };
    let text = before.get(..before.len() - gap).unwrap_or_default();
    NAMES.iter().any(|name| {
        let (ahead, word) = text.split_at(text.len().saturating_sub(name.len()));
        let begins = !ahead.last().is_some_and(u8::is_ascii_alphabetic) || ends_with_escape(ahead);
        word.eq_ignore_ascii_case(name) && begins
    })
}
