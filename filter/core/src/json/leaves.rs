//! Every value in a JSON text, and where it stands: one pass, for whoever wants all strings and not the ones at known
//! places (see `walk`). It keeps only the way down to the value, and checks no more than it must to find it.

use super::scan::MAX_DEPTH;
use super::{Kind, Span};

/// One step on the way down: an array or object, and where in it.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    /// The key, as it is written, without its quotes; `None` in an array.
    pub key: Option<&'a [u8]>,
    /// Which element; 0 in an object.
    pub index: usize,
    /// Where the array or object begins.
    pub start: usize,
}

/// The text cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

/// Takes values.
pub trait Visitor<'a> {
    /// Whether to look at the values inside of this array or object; otherwise it is taken whole.
    fn enters(&mut self, way: &[Frame<'a>]) -> bool;
    /// Takes the key that the way ends with.
    fn key(&mut self, _way: &[Frame<'a>], _span: Span) {}
    /// Takes a string, number, literal, or an array or object that was not entered.
    fn take(&mut self, way: &[Frame<'a>], kind: Kind, span: Span);
}

/// Shows a text's values in their order.
pub fn leaves<'a>(text: &'a [u8], visitor: &mut dyn Visitor<'a>) -> Result<(), Unreadable> {
    let mut way: Vec<Frame<'a>> = Vec::with_capacity(8);
    let mut at = space(text, 0);
    'value: loop {
        let kind = text.get(at).and_then(|byte| Kind::of(*byte)).ok_or(Unreadable)?;
        let nested = matches!(kind, Kind::Array | Kind::Object);
        if nested && visitor.enters(&way) {
            if way.len() == MAX_DEPTH {
                return Err(Unreadable);
            }
            let start = at;
            at = space(text, at + 1);
            let end = if kind == Kind::Array { b']' } else { b'}' };
            if text.get(at) == Some(&end) {
                at += 1;
            } else {
                way.push(Frame { key: None, index: 0, start });
                if kind == Kind::Object {
                    at = key(text, at, &mut way, visitor)?;
                }
                continue 'value;
            }
        } else {
            let end = past(text, at, kind)?;
            visitor.take(&way, kind, Span { start: at, end });
            at = end;
        }
        // Behind a value.
        loop {
            at = space(text, at);
            let Some(frame) = way.last_mut() else {
                return if at == text.len() { Ok(()) } else { Err(Unreadable) };
            };
            match (text.get(at), frame.key.is_some()) {
                (Some(b','), true) => {
                    at = space(text, at + 1);
                    at = key(text, at, &mut way, visitor)?;
                    continue 'value;
                }
                (Some(b','), false) => {
                    frame.index += 1;
                    at = space(text, at + 1);
                    continue 'value;
                }
                (Some(b'}'), true) | (Some(b']'), false) => {
                    way.pop();
                    at += 1;
                }
                _ => return Err(Unreadable),
            }
        }
    }
}

/// The value of a member of the object that begins at `start`: the last one with this key.
pub fn member(text: &[u8], start: usize, name: &str) -> Option<Span> {
    struct Find<'n> {
        name: &'n str,
        found: Option<Span>,
    }
    impl<'a> Visitor<'a> for Find<'_> {
        fn enters(&mut self, way: &[Frame<'a>]) -> bool {
            way.is_empty()
        }
        fn take(&mut self, way: &[Frame<'a>], _: Kind, span: Span) {
            if way.last().and_then(|frame| frame.key) == Some(self.name.as_bytes()) {
                self.found = Some(span);
            }
        }
    }
    let end = past(text, start, Kind::Object).ok()?;
    let mut find = Find { name, found: None };
    leaves(text.get(start..end)?, &mut find).ok()?;
    find.found.map(|span| Span { start: span.start + start, end: span.end + start })
}

/// Reads a key and what stands between it and its value.
fn key<'a>(
    text: &'a [u8],
    at: usize,
    way: &mut [Frame<'a>],
    visitor: &mut dyn Visitor<'a>,
) -> Result<usize, Unreadable> {
    if text.get(at) != Some(&b'"') {
        return Err(Unreadable);
    }
    let end = past(text, at, Kind::String)?;
    if let Some(frame) = way.last_mut() {
        frame.key = text.get(at + 1..end - 1);
    }
    visitor.key(way, Span { start: at, end });
    let colon = space(text, end);
    if text.get(colon) == Some(&b':') { Ok(space(text, colon + 1)) } else { Err(Unreadable) }
}

fn space(text: &[u8], mut at: usize) -> usize {
    while matches!(text.get(at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
        at += 1;
    }
    at
}

/// Where the value ends that begins at `at`.
fn past(text: &[u8], at: usize, kind: Kind) -> Result<usize, Unreadable> {
    let rest = text.get(at..).ok_or(Unreadable)?;
    match kind {
        Kind::String => past_string(text, at),
        Kind::Array | Kind::Object => {
            let (mut depth, mut here) = (0usize, at);
            loop {
                let next = text.get(here..).ok_or(Unreadable)?;
                here += next.iter().position(|byte| b"\"[]{}".contains(byte)).ok_or(Unreadable)?;
                match text.get(here) {
                    Some(b'"') => here = past_string(text, here)?,
                    Some(b'[' | b'{') => (depth, here) = (depth + 1, here + 1),
                    _ => (depth, here) = (depth.checked_sub(1).ok_or(Unreadable)?, here + 1),
                }
                if depth == 0 {
                    return Ok(here);
                }
            }
        }
        Kind::Null | Kind::Bool | Kind::Number => {
            let is_of = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
            Ok(at + rest.iter().take_while(|byte| is_of(byte)).count())
        }
    }
}

fn past_string(text: &[u8], start: usize) -> Result<usize, Unreadable> {
    let mut at = start + 1;
    loop {
        let rest = text.get(at..).ok_or(Unreadable)?;
        at += memchr::memchr2(b'"', b'\\', rest).ok_or(Unreadable)?;
        if text.get(at) == Some(&b'"') {
            return Ok(at + 1);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Listed<'t> {
        text: &'t str,
        seen: Vec<String>,
    }

    impl<'a> Visitor<'a> for Listed<'_> {
        fn enters(&mut self, way: &[Frame<'a>]) -> bool {
            way.last().and_then(|frame| frame.key) != Some(b"whole")
        }
        fn take(&mut self, way: &[Frame<'a>], _: Kind, span: Span) {
            let step = |frame: &Frame<'_>| match frame.key {
                Some(key) => String::from_utf8_lossy(key).into_owned(),
                None => frame.index.to_string(),
            };
            let way: Vec<String> = way.iter().map(step).collect();
            self.seen.push(format!("{}={}", way.join("."), &self.text[span.start..span.end]));
        }
    }

    #[test]
    fn every_value_is_shown_with_the_way_to_it() {
        let text = r#" {"a": ["x\"]", 1, {"b": null}, [], {}], "whole": {"c": [1]}, "d": true} "#;
        let mut listed = Listed { text, seen: Vec::new() };
        leaves(text.as_bytes(), &mut listed).unwrap();
        assert_eq!(listed.seen, [r#"a.0="x\"]""#, "a.1=1", "a.2.b=null", r#"whole={"c": [1]}"#, "d=true"]);
        assert_eq!(member(text.as_bytes(), 1, "d").map(|span| &text[span.start..span.end]), Some("true"));
    }

    #[test]
    fn what_is_not_json_is_unreadable() {
        for text in ["", "{", "[1", "{\"a\"}", "{\"a\":}", "[1]]", "\"x", "{1:2}", "[}", "x"] {
            let mut listed = Listed { text, seen: Vec::new() };
            assert_eq!(leaves(text.as_bytes(), &mut listed), Err(Unreadable), "{text}");
        }
    }
}
