//! A policy's lists of words: project names, customers. Found with aho-corasick, whole words only, in any ASCII case.

use aho_corasick::automaton::{Automaton, StateID};
use aho_corasick::nfa::contiguous::{Builder, NFA};
use aho_corasick::{Anchored, MatchKind};

use super::fold::{Depth, Folded, Unseen};

/// The words, and to which list each belongs.
pub struct Terms {
    automaton: NFA,
    words: Vec<Word>,
    longest: usize,
}

struct Word {
    list: u8,
    /// In lower case, for a word that its folded form does not tell from others.
    exactly: Option<String>,
}

/// A term under way.
pub(super) struct Step<'a> {
    terms: &'a Terms,
    state: StateID,
}

impl Terms {
    /// Compiles lists of words; an error names what is wrong.
    pub fn new(lists: &[Vec<String>]) -> Result<Terms, String> {
        let (mut patterns, mut words) = (Vec::new(), Vec::new());
        for (list, own) in (0u8..).zip(lists) {
            for word in own {
                patterns.push(folded(word));
                words.push(Word { list, exactly: (!word.is_ascii()).then(|| word.to_lowercase()) });
            }
        }
        let longest = patterns.iter().map(Vec::len).max().unwrap_or(0);
        let automaton = Builder::new()
            .match_kind(MatchKind::Standard)
            .ascii_case_insensitive(true)
            .build(&patterns)
            .map_err(|error| error.to_string())?;
        Ok(Terms { automaton, words, longest })
    }

    /// The longest word.
    pub fn longest(&self) -> usize {
        self.longest
    }

    pub(super) fn start(&self) -> Option<Step<'_>> {
        Some(Step { terms: self, state: self.automaton.start_state(Anchored::Yes).ok()? })
    }

    /// The list of a word that was found, if `read` (the text as it is written) really is that word.
    pub(super) fn list(&self, word: usize, read: impl FnOnce() -> String) -> Option<u8> {
        let Word { list, exactly } = self.words.get(word)?;
        exactly.as_ref().is_none_or(|exactly| read().to_lowercase() == *exactly).then_some(*list)
    }

    pub(super) fn may_begin(&self, byte: u8) -> bool {
        self.start().is_some_and(|mut step| step.alive(byte))
    }
}

impl Step<'_> {
    /// Takes a character; whether a term may still end at it or behind it.
    pub(super) fn alive(&mut self, byte: u8) -> bool {
        self.state = self.terms.automaton.next_state(Anchored::Yes, self.state, byte);
        !self.terms.automaton.is_dead(self.state)
    }

    /// The words that end with the last character, by number.
    pub(super) fn ended(&self) -> impl Iterator<Item = usize> {
        let automaton = &self.terms.automaton;
        let count = if automaton.is_match(self.state) { automaton.match_len(self.state) } else { 0 };
        (0..count).map(move |index| automaton.match_pattern(self.state, index).as_usize())
    }
}

/// A word as patterns see it.
pub(super) fn folded(word: &str) -> Vec<u8> {
    let mut folded = Folded::default();
    folded.fold(word.as_bytes(), Depth::Plain, &mut Unseen::default(), true);
    folded.bytes
}
