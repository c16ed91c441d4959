//! The automaton that steps through a text: an anchored DFA over many patterns that reports every end of every one, and
//! knows at each state which patterns may still end. Not the search: that is `scan`'s. The build script includes this
//! file too, and builds with it what is embedded.

use regex_automata::Anchored;
use regex_automata::MatchKind;
use regex_automata::dfa::{Automaton as _, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::{PatternID, StateID};
use regex_automata::util::{start, syntax};

/// A set of patterns, by their bits.
pub type Set = u128;

/// An automaton and what is known of its states.
pub struct Automaton<T> {
    dfa: dense::DFA<T>,
    start: StateID,
    /// The patterns that may still end behind each state.
    alive: Vec<Set>,
}

/// Builds one. Patterns may be as large as `limit` bytes of it.
pub fn build(patterns: &[&str], limit: usize) -> Result<Automaton<Vec<u32>>, String> {
    let dfa = dense::Builder::new()
        .configure(
            dense::Config::new()
                .match_kind(MatchKind::All)
                .start_kind(StartKind::Anchored)
                .accelerate(false)
                .minimize(false)
                .dfa_size_limit(Some(limit))
                .determinize_size_limit(Some(limit.saturating_mul(8))),
        )
        .syntax(syntax::Config::new().unicode(false).utf8(false))
        .thompson(thompson::Config::new().utf8(false).nfa_size_limit(Some(limit.saturating_mul(4))))
        .build_many(patterns)
        .map_err(|error| error.to_string())?;
    let start = start_of(&dfa)?;
    let alive = alive(&dfa, start);
    Ok(Automaton { dfa, start, alive })
}

impl<T: AsRef<[u32]>> Automaton<T> {
    /// The state before anything was read.
    pub fn start(&self) -> StateID {
        self.start
    }

    /// The state after a byte.
    #[inline]
    pub fn step(&self, state: StateID, byte: u8) -> StateID {
        self.dfa.next_state(state, byte)
    }

    /// The state after the end of the text.
    pub fn end(&self, state: StateID) -> StateID {
        self.dfa.next_eoi_state(state)
    }

    /// A state's place among all.
    #[inline]
    pub fn index(&self, state: StateID) -> usize {
        state.as_usize() >> self.dfa.stride2()
    }

    /// The patterns that may end behind this state; none for a dead one.
    #[inline]
    pub fn alive(&self, state: StateID) -> Set {
        self.alive.get(self.index(state)).copied().unwrap_or(0)
    }

    /// The same for all states, by their places.
    pub fn all_alive(&self) -> &[Set] {
        &self.alive
    }

    /// The patterns that ended before the byte that led here.
    #[inline]
    pub fn ended(&self, state: StateID) -> impl Iterator<Item = PatternID> {
        let count = if self.dfa.is_match_state(state) { self.dfa.match_len(state) } else { 0 };
        (0..count).map(move |index| self.dfa.match_pattern(state, index))
    }

    /// How large the tables are.
    pub fn size(&self) -> usize {
        self.dfa.memory_usage() + size_of_val(self.alive.as_slice())
    }
}

fn start_of<T: AsRef<[u32]>>(dfa: &dense::DFA<T>) -> Result<StateID, String> {
    dfa.start_state(&start::Config::new().anchored(Anchored::Yes)).map_err(|error| error.to_string())
}

/// Which patterns may still end behind each state, by going round until nothing changes.
fn alive<T: AsRef<[u32]>>(dfa: &dense::DFA<T>, start: StateID) -> Vec<Set> {
    let mut states = vec![start];
    let mut seen = std::collections::HashSet::from([start]);
    let mut next = 0;
    while let Some(state) = states.get(next).copied() {
        next += 1;
        for follower in followers(dfa, state) {
            if seen.insert(follower) {
                states.push(follower);
            }
        }
    }
    let index = |state: StateID| state.as_usize() >> dfa.stride2();
    let mut alive = vec![0; states.iter().map(|state| index(*state) + 1).max().unwrap_or(0)];
    loop {
        let mut changed = false;
        for state in states.iter().rev() {
            let behind = followers(dfa, *state)
                .fold(0, |set, follower| set | alive.get(index(follower)).copied().unwrap_or(0) | ended(dfa, follower));
            if let Some(own) = alive.get_mut(index(*state)).filter(|own| **own != behind) {
                *own = behind;
                changed = true;
            }
        }
        if !changed {
            return alive;
        }
    }
}

fn followers<T: AsRef<[u32]>>(dfa: &dense::DFA<T>, state: StateID) -> impl Iterator<Item = StateID> {
    let bytes = dfa.byte_classes().representatives(0..=255);
    bytes.map(move |unit| match unit.as_u8() {
        Some(byte) => dfa.next_state(state, byte),
        None => dfa.next_eoi_state(state),
    })
}

fn ended<T: AsRef<[u32]>>(dfa: &dense::DFA<T>, state: StateID) -> Set {
    if !dfa.is_match_state(state) {
        return 0;
    }
    (0..dfa.match_len(state)).fold(0, |set, index| set | 1 << (dfa.match_pattern(state, index).as_usize() & 127))
}

/// An automaton as bytes, for [`embedded`]: the tables, and which patterns are alive at each state.
pub fn to_bytes(automaton: &Automaton<Vec<u32>>) -> (Vec<u8>, Vec<u8>) {
    let (bytes, padding) = automaton.dfa.to_bytes_little_endian();
    let tables = bytes.get(padding..).unwrap_or_default().to_vec();
    (tables, automaton.alive.iter().flat_map(|set| set.to_le_bytes()).collect())
}

/// The automaton that [`to_bytes`] wrote. `tables` must be aligned to four bytes.
pub fn embedded(tables: &'static [u8], alive: &[u8]) -> Result<Automaton<&'static [u32]>, String> {
    let (dfa, _) = dense::DFA::from_bytes(tables).map_err(|error| error.to_string())?;
    let start = start_of(&dfa)?;
    let (sets, _) = alive.as_chunks::<16>();
    Ok(Automaton { dfa, start, alive: sets.iter().map(|set| Set::from_le_bytes(*set)).collect() })
}
