//! A match that waits for its proof: what an entity's `check` is shown. It decides by the text alone, never by how the
//! text arrived.

use std::ops::Range;

use super::LETTER;

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
    /// Where the last words before it begin.
    pub words: Words,
}

/// Where the last five words of a text begin, and with what.
#[derive(Clone, Copy, Default)]
pub struct Words {
    starts: [Option<usize>; CONTEXT_WORDS],
    /// A bit for each character that one of them begins with; see [`initial`].
    initials: u32,
}

/// How many words before a candidate are its context.
const CONTEXT_WORDS: usize = 5;

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

    /// Whether one of these words is before it, or nothing is around it.
    pub fn is_expected(&self, words: &[&str]) -> bool {
        self.is_alone() || self.follows(words)
    }

    /// Whether more groups of digits stand beside it: `1234 5678 9012` before ` 3456`. Only for an entity whose pattern
    /// goes on over a separator and a digit, so that the search has looked at them.
    pub fn is_in_a_row(&self) -> bool {
        let separates = |byte: u8| matches!(byte, b' ' | b'-');
        matches!(self.before, [.., digit, by] if digit.is_ascii_digit() && separates(*by))
            || matches!(self.after, [by, digit, ..] if digit.is_ascii_digit() && separates(*by))
    }

    /// Whether one of these words or phrases (in lower case) is among the five words before it.
    pub fn follows(&self, words: &[&str]) -> bool {
        words.iter().any(|phrase| {
            // Most phrases are told to be absent by their first letter.
            let initial = initial(phrase.as_bytes().first().copied().unwrap_or_default());
            self.words.initials & initial != 0
                && self.words.starts.iter().flatten().any(|at| {
                    let window = self.before.get(*at..).unwrap_or_default();
                    window.first().is_some_and(|byte| self::initial(*byte) == initial) && begins_with(window, phrase)
                })
        })
    }
}

impl Words {
    /// The last words of a folded text.
    pub fn of(text: &[u8]) -> Words {
        let mut words = Words::default();
        let mut rest = text.len();
        for slot in &mut words.starts {
            let before = text.get(..rest).unwrap_or_default();
            let Some(end) = before.iter().rposition(is_word) else { break };
            let letters = before.get(..end).unwrap_or_default();
            let start = letters.iter().rposition(|byte| !is_word(byte)).map_or(0, |at| at + 1);
            *slot = Some(start);
            words.initials |= initial(before.get(start).copied().unwrap_or_default());
            rest = start;
        }
        words
    }
}

/// The bit of a letter in any case; all that are no ASCII letters share one.
fn initial(byte: u8) -> u32 {
    match byte.to_ascii_lowercase() {
        letter @ b'a'..=b'z' => 1 << (letter - b'a'),
        _ => 1 << 31,
    }
}

/// Whether a text begins with a phrase as whole words; any run of what is not a word stands for a space of the phrase, and
/// a letter beyond ASCII for any other.
fn begins_with(window: &[u8], phrase: &str) -> bool {
    let mut rest = window.iter().peekable();
    for expected in phrase.chars() {
        let found = match expected {
            ' ' => {
                rest.next_if(|byte| !is_word(byte)).inspect(|_| while rest.next_if(|byte| !is_word(byte)).is_some() {})
            }
            _ if expected.is_ascii() => rest.next_if(|byte| char::from(byte.to_ascii_lowercase()) == expected),
            _ => rest.next_if(|byte| **byte == LETTER),
        };
        if found.is_none() {
            return false;
        }
    }
    rest.peek().is_none_or(|byte| !is_word(byte))
}

fn is_word(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || *byte == LETTER
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follows(before: &str, words: &[&str]) -> bool {
        let before: Vec<u8> = before.chars().map(|char| u8::try_from(char).unwrap_or(super::super::OTHER)).collect();
        Candidate { text: b"1", before: &before, after: b"", words: Words::of(&before) }.follows(words)
    }

    #[test]
    fn a_word_counts_in_any_case_and_in_json() {
        assert!(follows("SSN: ", &["ssn"]));
        assert!(follows("{\"ssn\":\"", &["ssn"]));
        assert!(follows("user_ssn=", &["ssn"]));
        assert!(!follows("lessn ", &["ssn"]));
        assert!(!follows("ssns ", &["ssn"]));
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
        assert!(follows("num\u{c0}ro : ", &["numéro"]));
        assert!(!follows("num\u{c0}ros : ", &["numéro"]));
    }
}
