//! A match that waits for its proof: what an entity's `check` is shown. It decides by the text alone, never by how the
//! text arrived.

use std::ops::Range;

use super::{ends_with_escape, folded, is_letter, is_other};

/// The part of a candidate that is to be replaced.
pub type Part = Range<usize>;

/// A candidate, in folded text.
#[derive(Clone, Copy)]
pub struct Candidate<'a> {
    /// What matched.
    pub text: &'a [u8],
    /// What stands before it: at most the last 128 characters.
    pub before: &'a [u8],
    /// What stands behind it, as far as the search had to look before no longer match was possible; at least one
    /// character unless the text ends here. For more of it, let the pattern take more and refuse that longer match.
    pub after: &'a [u8],
    /// Whether a word or phrase of its entity's context is among the five words before it.
    pub announced: bool,
}

/// How many words before a candidate are its context.
const CONTEXT_WORDS: usize = 5;
/// How many characters without cases are as much as a word.
const CHARACTERS: usize = 3;

impl<'a> Candidate<'a> {
    /// All of it: the usual answer of a check that passed.
    pub fn whole(&self) -> Option<Part> {
        Some(0..self.text.len())
    }

    /// All of it if `proof` holds.
    pub fn whole_if(&self, proof: bool) -> Option<Part> {
        proof.then_some(0..self.text.len())
    }

    /// Its digits, as numbers.
    pub fn digits(&self) -> impl DoubleEndedIterator<Item = u8> + Clone + 'a {
        self.text.iter().filter(|byte| byte.is_ascii_digit()).map(|byte| byte - b'0')
    }

    /// Its digits, if it has this many.
    pub fn exactly<const N: usize>(&self) -> Option<[u8; N]> {
        let mut digits = self.digits();
        let mut all = [0; N];
        for slot in &mut all {
            *slot = digits.next()?;
        }
        digits.next().is_none().then_some(all)
    }

    /// Its letters and digits, in capitals.
    pub fn alphanumerics(&self) -> impl DoubleEndedIterator<Item = u8> + Clone + 'a {
        self.text.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_uppercase)
    }

    /// Its letters and digits, in capitals, if it has this many.
    pub fn characters<const N: usize>(&self) -> Option<[u8; N]> {
        let mut characters = self.alphanumerics();
        let mut all = [0; N];
        for slot in &mut all {
            *slot = characters.next()?;
        }
        characters.next().is_none().then_some(all)
    }

    /// Whether it is written without separators.
    pub fn is_bare(&self) -> bool {
        self.text.iter().all(u8::is_ascii_alphanumeric)
    }

    /// Whether its letters are capitals.
    pub fn is_in_capitals(&self) -> bool {
        !self.text.iter().any(u8::is_ascii_lowercase)
    }

    /// Whether its separators, if any, are all the same.
    pub fn is_even(&self) -> bool {
        let mut separators = self.text.iter().filter(|byte| !byte.is_ascii_alphanumeric());
        separators.next().is_none_or(|first| separators.all(|byte| byte == first))
    }

    /// Whether it is all there is. A text that is one number and nothing else is the answer to a question, or a field
    /// that somebody filled in: it proves as much as a word of context.
    pub fn is_alone(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }

    /// Whether its context is before it, or nothing is around it.
    pub fn is_expected(&self) -> bool {
        self.is_alone() || self.announced
    }

    /// Whether more groups of digits stand beside it: `1234 5678 9012` before ` 3456`. Only for an entity whose pattern
    /// goes on over a separator and a digit, so that the search has looked at them.
    pub fn is_in_a_row(&self) -> bool {
        let separates = |byte: u8| matches!(byte, b' ' | b'-');
        matches!(self.before, [.., digit, by] if digit.is_ascii_digit() && separates(*by))
            || matches!(self.after, [by, digit, ..] if digit.is_ascii_digit() && separates(*by))
    }
}

/// Whether one of these words or phrases (in lower case) is among the last five words of a text.
pub fn follows(before: &[u8], phrases: &[&str]) -> bool {
    let begins = |at: usize| {
        let window = before.get(at..).unwrap_or_default();
        let first = window.first().map_or(0, |byte| in_phrase(*byte));
        let may = |phrase: &&&str| phrase.bytes().next().is_some_and(|own| own == first || !own.is_ascii());
        phrases.iter().filter(may).any(|phrase| begins_with(window, phrase))
    };
    word_starts(before).any(|at| begins(at) || behind_escape(before, at).is_some_and(begins))
}

/// Where the last five words of a folded text begin, the last one first. Where an alphabet has no cases nobody knows
/// where its words begin: there each character may, and three are taken for a word.
pub fn word_starts(text: &[u8]) -> impl Iterator<Item = usize> {
    let (mut rest, mut left) = (text, CONTEXT_WORDS * CHARACTERS);
    let start = move || {
        let end = rest.iter().rposition(|byte| in_phrase(*byte) != 0)?;
        let letters = rest.get(..end).unwrap_or_default();
        let other = rest.get(end).is_some_and(|byte| is_other(*byte));
        let start = if other { end } else { letters.iter().rposition(|byte| !is_word(byte)).map_or(0, |at| at + 1) };
        left = left.checked_sub(if other { 1 } else { CHARACTERS })?;
        rest = rest.get(..start)?;
        Some(start)
    };
    std::iter::from_fn(start)
}

/// Where a word begins whose first letters are the end of an escape (`\nssn`).
pub fn behind_escape(text: &[u8], word: usize) -> Option<usize> {
    let escaped = word.checked_sub(1).and_then(|at| text.get(at)) == Some(&b'\\');
    let is_one = |behind: &usize| text.get(..*behind).is_some_and(ends_with_escape);
    if escaped { [word + 1, word + 5].into_iter().find(is_one) } else { None }
}

/// A number for the first word of a text, in any case: for its first character, if that has no cases. Texts that differ in
/// it do not begin with the same phrase.
pub fn first_word(text: impl IntoIterator<Item = u8>) -> u32 {
    let mut word = 0;
    // More letters tell no more phrases apart.
    for letter in text.into_iter().take(12).map(in_phrase) {
        let other = is_other(letter);
        if letter == 0 || other && word != 0 {
            break;
        }
        word = (word ^ u32::from(letter)).wrapping_mul(0x0100_0193);
        if other {
            break;
        }
    }
    word
}

/// Whether a text begins with a phrase as whole words; any run of what is not a word stands for a space of the phrase.
pub fn begins_with(window: &[u8], phrase: &str) -> bool {
    let mut at = 0;
    let next = |at: usize| window.get(at).map_or(0, |byte| in_phrase(*byte));
    for expected in phrase.chars() {
        let taken = match expected {
            ' ' => window.get(at..).unwrap_or_default().iter().take_while(|byte| !is_word(byte)).count(),
            _ => usize::from(next(at) == character(expected)),
        };
        if taken == 0 {
            return false;
        }
        at += taken;
    }
    // Without cases there are mostly no spaces either, and what a word ends with may be part of the next.
    let ended = window.get(at).is_none_or(|byte| !is_word(byte));
    ended || at.checked_sub(1).is_some_and(|last| is_other(next(last)))
}

/// A character of a phrase, folded.
pub fn character(char: char) -> u8 {
    u8::try_from(char).ok().filter(u8::is_ascii).unwrap_or_else(|| folded(char))
}

#[inline]
fn is_word(byte: &u8) -> bool {
    IS_WORD.get(usize::from(*byte)).copied().unwrap_or(false)
}

/// A folded character as phrases have it, a letter in lower case; 0 for one that no phrase has.
#[inline]
fn in_phrase(byte: u8) -> u8 {
    IN_PHRASE.get(usize::from(byte)).copied().unwrap_or(0)
}

const IN_PHRASE: [u8; 256] = tables().0;
const IS_WORD: [bool; 256] = tables().1;

#[expect(clippy::indexing_slicing, reason = "it is computed when this is compiled")]
const fn tables() -> ([u8; 256], [bool; 256]) {
    let mut tables = ([0; 256], [false; 256]);
    let mut byte = 0;
    while byte < 256 {
        let character = byte as u8;
        tables.1[byte] = character.is_ascii_alphanumeric() || is_letter(character);
        if tables.1[byte] || is_other(character) {
            tables.0[byte] = character.to_ascii_lowercase();
        }
        byte += 1;
    }
    tables
}

#[cfg(test)]
mod tests {
    fn follows(before: &str, words: &[&str]) -> bool {
        let before: Vec<u8> = before.chars().map(super::character).collect();
        super::follows(&before, words)
    }

    #[test]
    fn a_word_counts_in_any_case_and_in_json() {
        assert!(follows("SSN: ", &["ssn"]));
        assert!(follows("{\"ssn\":\"", &["ssn"]));
        assert!(follows("user_ssn=", &["ssn"]));
        assert!(!follows("lessn ", &["ssn"]));
        assert!(!follows("ssns ", &["ssn"]));
        for before in [r"Anna\nssn: ", r"Anna\u00a0ssn: ", r"Anna\\nssn: "] {
            assert!(follows(before, &["ssn"]), "{before}");
        }
        assert!(!follows("nssn ", &["ssn"]));
    }

    #[test]
    fn a_phrase_counts_over_any_separators() {
        for before in ["social security: ", "Social-Security #", "social_security_", "social\nsecurity is "] {
            assert!(follows(before, &["social security"]), "{before}");
        }
        assert!(!follows("socialsecurity ", &["social security"]));
        assert!(follows("driver's license ", &["driver s license"]));
    }

    #[test]
    fn the_sixth_word_before_no_longer_counts() {
        assert!(follows("ssn of my wife is ", &["ssn"]));
        assert!(!follows("ssn of my dear wife is ", &["ssn"]));
    }

    #[test]
    fn a_letter_beyond_ascii_is_one_of_a_word() {
        assert!(follows("Numéro : ", &["numéro"]));
        assert!(follows("NUMÉRO : ", &["numéro"]));
        assert!(!follows("numéros : ", &["numéro"]));
        assert!(!follows("numøro : ", &["numéro"]));
        assert!(follows("ТЕЛЕФОН: ", &["телефон"]));
        assert!(!follows("телефоны: ", &["телефон"]));
    }

    #[test]
    fn words_of_alphabets_without_cases_stand_anywhere() {
        assert!(follows("我的电话号码是", &["电话号码"]));
        assert!(follows("제 전화번호는 ", &["전화번호"]));
        assert!(!follows("电话簿里没有我们要找的那一个人的号码", &["电话"]));
        assert!(!follows("我的号码是", &["电话号码"]));
    }
}
