//! A match that waits for its proof: what an entity's `check` is shown. It decides by the text alone, never by how the
//! text arrived.

use std::ops::Range;

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
}

/// How many words before a candidate are its context.
const CONTEXT_WORDS: usize = 5;

impl<'a> Candidate<'a> {
    /// All of it: the usual answer of a check that passed.
    #[expect(clippy::unnecessary_wraps, reason = "it is what a check returns")]
    pub fn whole(&self) -> Option<Range<usize>> {
        Some(0..self.text.len())
    }

    /// All of it if `proof` holds.
    pub fn whole_if(&self, proof: bool) -> Option<Range<usize>> {
        proof.then_some(0..self.text.len())
    }

    /// Its digits, as numbers.
    pub fn digits(&self) -> impl DoubleEndedIterator<Item = u8> + Clone + 'a {
        self.text.iter().filter(|byte| byte.is_ascii_digit()).map(|byte| byte - b'0')
    }

    /// Its letters and digits, in capitals.
    pub fn alphanumerics(&self) -> impl DoubleEndedIterator<Item = u8> + Clone + 'a {
        self.text.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_uppercase)
    }

    /// Whether one of these words or phrases (in lower case) is among the five words before it.
    pub fn follows(&self, words: &[&str]) -> bool {
        let mut begin = self.before.len();
        let mut inside = false;
        let mut count = 0;
        for (index, byte) in self.before.iter().enumerate().rev() {
            let is_word = byte.is_ascii_alphanumeric() || *byte >= 0x80;
            if is_word && !inside {
                if count == CONTEXT_WORDS {
                    break;
                }
                count += 1;
            }
            inside = is_word;
            if is_word {
                begin = index;
            }
        }
        let window = self.before.get(begin..).unwrap_or_default();
        words.iter().any(|word| holds(window, word.as_bytes()))
    }
}

/// Whether `window` holds `phrase` as whole words; any run of what is not a word stands for a space of the phrase.
fn holds(window: &[u8], phrase: &[u8]) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte >= 0x80;
    let starts = (0..window.len()).filter(|at| {
        let before = at.checked_sub(1).and_then(|before| window.get(before));
        !before.is_some_and(is_word)
    });
    starts.into_iter().any(|at| {
        let mut rest = window.get(at..).unwrap_or_default().iter().peekable();
        for expected in phrase {
            if *expected == b' ' {
                if rest.next_if(|byte| !is_word(byte)).is_none() {
                    return false;
                }
                while rest.next_if(|byte| !is_word(byte)).is_some() {}
            } else if rest.next_if(|byte| byte.eq_ignore_ascii_case(expected)).is_none() {
                return false;
            }
        }
        rest.peek().is_none_or(|byte| !is_word(byte))
    })
}
