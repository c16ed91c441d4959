//! A policy's own patterns: which may be written, so that none is slow, endless or found everywhere; and the automaton
//! over them.

use regex_syntax::hir::{Class, Hir, HirKind};

use super::automaton;
use super::detector::Patterns;

/// More patterns than a policy has.
pub const MOST: usize = 128;
/// The longest pattern, and the longest text that one may match.
const LONGEST: usize = 256;
/// A pattern has so many characters that are always there, or it would be found everywhere.
const LEAST_FIXED: usize = 3;
/// The largest automaton over all of a policy's patterns, in bytes.
const LIMIT: usize = 1 << 20;

/// Compiles patterns. An error is of one of them, by number, or of all together: what is wrong, and what to write.
pub fn compile(patterns: &[&str]) -> Result<Patterns, (Option<usize>, &'static str, &'static str)> {
    let mut longest = Vec::with_capacity(patterns.len());
    for (index, pattern) in patterns.iter().enumerate() {
        longest.push(check(pattern).map_err(|(what, mend)| (Some(index), what, mend))?);
    }
    let too_large = |_| (None, "the patterns are too large together", "repeat less, or use fewer");
    let automaton = automaton::build(patterns, LIMIT).map_err(too_large)?;
    Ok(Patterns { automaton, longest })
}

/// The longest text that a pattern matches, or what is wrong with it.
fn check(pattern: &str) -> Result<usize, (&'static str, &'static str)> {
    if pattern.len() > LONGEST {
        return Err(("the pattern is longer than 256 characters", "split it in two"));
    }
    if !pattern.is_ascii() {
        return Err(("the pattern holds characters beyond ASCII", "use `terms` for words, or write it in ASCII"));
    }
    let hir = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern);
    let hir = hir.map_err(|_| ("this is not a pattern", "write one such as `EMP-[0-9]{6}`"))?;
    if !hir.properties().look_set().is_empty() {
        return Err(("`^`, `$` and `\\b` cannot be used", "remove them: a pattern is found as a whole word"));
    }
    if has_any(&hir) {
        return Err(("`.` cannot be used", "write a class such as `[A-Z0-9]`"));
    }
    let Some(longest) = hir.properties().maximum_len().filter(|longest| *longest <= 2 * LONGEST) else {
        return Err(("it may match a text of any length, or a very long one", "write bounds: `{1,20}` for `+`"));
    };
    if fixed(&hir) < LEAST_FIXED {
        return Err(("fewer than three of its characters are always there", "begin with what all of them share"));
    }
    Ok(longest)
}

/// Whether it holds a class of nearly everything.
fn has_any(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Class(Class::Bytes(class)) => {
            class.ranges().iter().map(|range| usize::from(range.end()) - usize::from(range.start()) + 1).sum::<usize>()
                > 250
        }
        HirKind::Class(Class::Unicode(_)) => true,
        HirKind::Repetition(repetition) => has_any(&repetition.sub),
        HirKind::Capture(capture) => has_any(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(has_any),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Look(_) => false,
    }
}

/// How many characters are the same in every text that it matches.
fn fixed(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Repetition(repetition) => {
            fixed(&repetition.sub).saturating_mul(usize::try_from(repetition.min).unwrap_or(0))
        }
        HirKind::Capture(capture) => fixed(&capture.sub),
        HirKind::Concat(parts) => parts.iter().map(fixed).sum(),
        HirKind::Alternation(parts) => parts.iter().map(fixed).min().unwrap_or(0),
        HirKind::Empty | HirKind::Class(_) | HirKind::Look(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_slow_endless_or_everywhere_is_refused() {
        for (pattern, word) in [
            ("[0-9]{6}", "three"),
            ("EMP-[0-9]+", "length"),
            ("EMP-.{3}", "`.`"),
            ("^EMP-1", "`^`"),
            ("EMP-(", "not a pattern"),
            ("Größe-[0-9]", "ASCII"),
            ("EMP-[0-9]{600}", "length"),
            ("(?:EMP|X)-[0-9]", "three"),
        ] {
            let (what, _) = check(pattern).unwrap_err();
            assert!(what.contains(word), "{pattern}: {what}");
        }
        assert_eq!(check("(?:EMP|STAFF)-[0-9]{6}"), Ok(12));
    }
}
