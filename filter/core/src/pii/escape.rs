//! Escapes of text that may itself be JSON: structured output, a tool's answer. Nobody says whether it is, so both readings
//! count: a backslash is never left behind without its letter, and nothing that a pattern covers is left. Not the escapes
//! of the JSON that a text is known to stand in: those are `fold`'s.

use std::ops::Range;

use super::entity::is_letter;

/// More backslashes in a row are not counted. Even, and less than the context of a lane.
const MOST: usize = 64;

/// What is to be replaced where a match begins with the letter of an escape (`hi\nanna@example.com`). What may begin
/// `anywhere` begins behind the escape; all else takes the backslash with it, if that is not before `floor`.
pub(super) fn whole(text: &[u8], floor: usize, replace: Range<usize>, anywhere: bool) -> Range<usize> {
    let before = text.get(..replace.start).unwrap_or_default();
    let letter = text.get(replace.start).copied().unwrap_or_default();
    if !leaves_backslash(before) || !b"bfnrtu\"/\\".contains(&letter) {
        return replace;
    }
    let digits = text.get(replace.start + 1..replace.end).unwrap_or_default();
    let length = match letter {
        b'u' if digits.get(..4).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) => Some(5),
        b'u' => None,
        _ => Some(1),
    };
    let begins = |at: &usize| {
        let first = text.get(*at..replace.end).and_then(<[u8]>::first);
        first.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || is_letter(*byte))
    };
    match length.map(|length| replace.start + length).filter(begins) {
        Some(behind) if anywhere => behind..replace.end,
        _ if replace.start > floor => replace.start - 1..replace.end,
        _ => replace,
    }
}

/// How much is missing of the escape that a text ends in the middle of, if that has digits (`\u00`); else more than any text
/// has. Behind it a match may begin.
pub(super) fn rest(before: &[u8]) -> usize {
    const LENGTH: usize = br"\u00e9".len();
    let last = before.get(before.len().saturating_sub(LENGTH - 1)..).unwrap_or_default();
    match last.array_windows().rposition(|begin| begin == br"\u") {
        Some(at) => LENGTH - (last.len() - at),
        None => usize::MAX,
    }
}

/// Whether a text ends with a backslash that none before it escapes.
pub(super) fn leaves_backslash(text: &[u8]) -> bool {
    text.iter().rev().take(MOST).take_while(|byte| **byte == b'\\').count() % 2 == 1
}
