//! What a policy looks for, made ready: which entities are live, and where in a text a match may begin at all. An entity
//! that is off is in none of these tables, so it neither matches nor holds text back.

use std::rc::Rc;

use super::automaton::{Automaton, Set, State};
use super::builtin::{self, Builtin, group_of};
use super::entity::{self, Edge, Entity, ends_with_escape, is_in_address};
use super::escape;
use super::terms::Terms;

/// One thing that can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// An entity, by its place in `entity::COMPILED`.
    Entity(u8),
    /// A policy's own pattern, by its place there.
    Pattern(u8),
    /// A policy's list of terms, by its place there.
    Terms(u8),
}

impl Kind {
    /// The entity's description, if it is one.
    pub fn entity(self) -> Option<&'static Entity> {
        match self {
            Kind::Entity(index) => entity::COMPILED.get(usize::from(index)).copied(),
            Kind::Pattern(_) | Kind::Terms(_) => None,
        }
    }
}

/// The search, ready for one set of things to find.
pub struct Detector {
    pub(super) builtin: Rc<Builtin>,
    pub(super) patterns: Option<Rc<Patterns>>,
    pub(super) terms: Option<Rc<Terms>>,
    /// The spellings that are on.
    live: Set,
    /// Those that are told from their middle.
    pub(super) pivots: Set,
    /// For each character the kinds of characters behind which it may begin a match, as bits; and its own kind's, sixteen
    /// bits further up. What ends an escape counts as beginning behind a backslash, so that it is seen.
    begins: Box<[u32; 256]>,
    /// Whether a match may begin with these two characters: a bit for each second one.
    pairs: Box<[Set; 256]>,
    /// Of each automaton, for each note, the longest match that may end there or further on.
    reach: [Vec<u16>; 3],
}

/// A policy's own patterns.
pub struct Patterns {
    pub(super) automaton: Automaton<Vec<[u8; 2]>>,
    /// The longest match of each.
    pub(super) longest: Vec<usize>,
}

impl Detector {
    /// Finds these entities, patterns and terms.
    pub fn new(
        entities: impl IntoIterator<Item = u8>,
        patterns: Option<Rc<Patterns>>,
        terms: Option<Rc<Terms>>,
    ) -> Result<Detector, String> {
        let builtin = builtin::builtin()?;
        let entities: Vec<u8> = entities.into_iter().collect();
        let live = builtin.spellings.of(|entity| entities.contains(&entity));
        let reach = |own: &Automaton<_>| {
            let longest = own.notes().iter().map(|note| builtin.spellings.longest(note.open & live));
            longest.map(|longest| u16::try_from(longest).unwrap_or(u16::MAX)).collect()
        };
        let mut detector = Detector {
            reach: builtin.automata.each_ref().map(reach),
            pivots: live & builtin.spellings.pivots,
            begins: Box::new([0; 256]),
            pairs: Box::new([0; 256]),
            builtin,
            patterns,
            terms,
            live,
        };
        detector.note_beginnings();
        Ok(detector)
    }

    /// How large its tables are, in bytes: the automata, which a thread's detectors share, and its own.
    pub fn size(&self) -> usize {
        let reach: usize = self.reach.iter().map(|reach| size_of_val(reach.as_slice())).sum();
        self.builtin.size() + reach + size_of_val(&*self.begins) + size_of_val(&*self.pairs)
    }

    fn note_beginnings(&mut self) {
        for first in 0..=255u8 {
            let (mut seconds, mut open) = (0, 0);
            if let Some(own) = self.builtin.automata.get(group_of(first)) {
                let state = own.step(own.start(), first);
                open = opens(own, state) & self.live;
                seconds |= seconds_of(own, state, self.live);
            }
            let mut anywhere = false;
            if let Some(own) = self.patterns.as_deref().map(|patterns| &patterns.automaton) {
                let state = own.step(own.start(), first);
                anywhere |= opens(own, state) != 0;
                seconds |= seconds_of(own, state, Set::MAX);
            }
            if self.terms.as_deref().is_some_and(|terms| terms.may_begin(first)) {
                anywhere = true;
                seconds = Set::MAX;
            }
            let spellings = &self.builtin.spellings;
            let kinds = (0..Edge::KINDS).filter(|kind| anywhere || spellings.may_follow(*kind) & open != 0);
            if let Some(begins) = self.begins.get_mut(usize::from(first)) {
                *begins = kinds.fold(own_kind(first) << 16, |bits, kind| bits | 1 << kind);
                if b"bfnrtu".contains(&first) {
                    *begins |= BACKSLASH;
                }
            }
            if let Some(pairs) = self.pairs.get_mut(usize::from(first)) {
                *pairs = seconds;
            }
        }
    }

    /// The next place from `at` on where a match may begin.
    #[inline]
    pub(super) fn next_beginning(&self, text: &[u8], at: usize) -> Option<usize> {
        let mut from = at;
        'behind: loop {
            let (head, rest) = text.split_at_checked(from)?;
            let until = escape::rest(head).min(rest.len());
            let mut before = head.last().map_or(1, |byte| own_kind(*byte)) | u32::from(ends_with_escape(head));
            for (index, byte) in rest.get(..until)?.iter().enumerate() {
                let begins = self.begins.get(usize::from(*byte)).copied().unwrap_or(0);
                if begins & before != 0 {
                    if begins & before & !BACKSLASH != 0 && self.may_begin(text, from + index) {
                        return Some(from + index);
                    }
                    if begins & before & BACKSLASH != 0 {
                        from += index + 1;
                        continue 'behind;
                    }
                }
                before = begins >> 16;
            }
            from += until;
            if from == text.len() {
                return None;
            }
        }
    }

    /// Whether a match may begin at this place, by its first characters: what refuses most places costs the least.
    fn may_begin(&self, text: &[u8], at: usize) -> bool {
        let Some((before, [first, rest @ ..])) = text.split_at_checked(at) else { return false };
        let pairs = self.pairs.get(usize::from(*first)).copied().unwrap_or(0);
        if rest.first().is_some_and(|second| pairs & column(*second) == 0) {
            return false;
        }
        let own =
            self.builtin.automata.get(group_of(*first)).filter(|_| self.patterns.is_none() && self.terms.is_none());
        let (Some(own), [second, third, ..]) = (own, rest) else { return true };
        let state = own.step(own.step(own.start(), *first), *second);
        let ended = own.notes().get(own.note(state)).map_or(0, |note| note.ended);
        (ended | opens(own, own.step(state, *third))) & self.may_follow(before) != 0
    }

    /// The spellings that may begin behind this.
    #[inline]
    pub(super) fn may_follow(&self, before: &[u8]) -> Set {
        let last = before.last().copied().filter(|_| !ends_with_escape(before));
        let live = self.live & self.builtin.spellings.may_follow(last.map_or(0, Edge::kind));
        let addresses = self.builtin.spellings.addresses;
        if last == Some(b':') && live & addresses != 0 && is_in_address(before) { live & !addresses } else { live }
    }

    /// Whether what is told from its middle may be told from this character.
    pub(super) fn is_pivot(&self, byte: u8) -> bool {
        let own = self.builtin.automata.get(group_of(byte));
        own.is_some_and(|own| opens(own, own.step(own.start(), byte)) & self.pivots != 0)
    }

    /// How long a match may be at most that leads through a state with this note.
    #[inline]
    pub(super) fn reach(&self, group: usize, note: usize) -> usize {
        self.reach.get(group).and_then(|reach| reach.get(note)).map_or(0, |reach| usize::from(*reach))
    }
}

fn opens<T: AsRef<[[u8; 2]]>>(automaton: &Automaton<T>, state: State) -> Set {
    automaton.notes().get(automaton.note(state)).map_or(0, |note| note.open)
}

fn seconds_of<T: AsRef<[[u8; 2]]>>(automaton: &Automaton<T>, state: State, live: Set) -> Set {
    if opens(automaton, state) & live == 0 {
        return 0;
    }
    let first = automaton.notes().get(automaton.note(state)).map_or(0, |note| note.ended);
    (0..=255u8)
        .filter(|second| first & live != 0 || opens(automaton, automaton.step(state, *second)) & live != 0)
        .fold(0, |set, second| set | column(second))
}

/// The bit of what stands directly behind a backslash and may end an escape.
const BACKSLASH: u32 = 1 << 15;

/// The bit of a character's kind; a backslash's own with it.
#[inline]
fn own_kind(byte: u8) -> u32 {
    1 << Edge::kind(byte) | if byte == b'\\' { BACKSLASH } else { 0 }
}

/// The bit of a second character; the two that stand for all beyond ASCII share those of control characters.
fn column(byte: u8) -> Set {
    1 << (byte & 127)
}
