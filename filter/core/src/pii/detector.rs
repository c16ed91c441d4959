//! What a policy looks for, made ready: which entities are live, and where in a text a match may begin at all. An entity
//! that is off is in none of these tables, so it neither matches nor holds text back.

use std::rc::Rc;

use super::automaton::{Automaton, Set};
use super::builtin::{self, Builtin};
use super::entity::{self, Edge, Entity};
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
    pub(super) automata: Rc<[Builtin; 3]>,
    pub(super) patterns: Option<Rc<Patterns>>,
    pub(super) terms: Option<Rc<Terms>>,
    /// Whether the entities are all there is to find.
    is_plain: bool,
    /// The entities that are on.
    live: Set,
    /// Of those, the ones that may stand behind a character of each kind.
    may_follow: [Set; Edge::KINDS],
    /// Those that are told from their middle.
    pub(super) pivots: Set,
    /// Whether a match may begin with this character behind one of this kind; see [`slot`].
    begins: Box<[bool; SLOTS]>,
    /// Whether a match may begin with these two characters: a bit for each second one.
    pairs: Box<[Set; 256]>,
    /// Of each automaton, the longest match that a state may lead to.
    reach: [Vec<u16>; 3],
}

/// How far a word is looked at before it is walked.
const PROBE: usize = 6;
/// More than there are kinds of characters before, times characters.
const SLOTS: usize = 4096;

/// Where it stands whether a character behind one of this kind may begin a match.
#[inline]
fn slot(kind: usize, byte: u8) -> usize {
    (kind << 8 | usize::from(byte)) & (SLOTS - 1)
}

/// A policy's own patterns.
pub struct Patterns {
    pub(super) automaton: Automaton<Vec<u32>>,
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
        let live = entities.into_iter().fold(0, |set, index| set | bit(index));
        let automata = builtin::automata()?;
        let mut detector = Detector {
            reach: std::array::from_fn(|group| automata.get(group).map(|own| reach(own, live)).unwrap_or_default()),
            may_follow: std::array::from_fn(|kind| {
                members(live)
                    .filter(|(_, entity)| entity.back.is_some() || !entity.left.forbids_kind(kind))
                    .fold(0, |set, (index, _)| set | bit(index))
            }),
            pivots: members(live)
                .filter(|(_, entity)| entity.back.is_some())
                .fold(0, |set, (index, _)| set | bit(index)),
            begins: Box::new([false; SLOTS]),
            pairs: Box::new([0; 256]),
            automata,
            is_plain: patterns.is_none() && terms.is_none(),
            patterns,
            terms,
            live,
        };
        detector.note_beginnings();
        Ok(detector)
    }

    /// How large its tables are, in bytes: the automata, which a thread's detectors share, and its own.
    pub fn size(&self) -> usize {
        let shared: usize = self.automata.iter().map(Automaton::size).sum();
        let reach: usize = self.reach.iter().map(|reach| size_of_val(reach.as_slice())).sum();
        shared + reach + size_of_val(&*self.begins) + size_of_val(&*self.pairs)
    }

    fn note_beginnings(&mut self) {
        for first in 0..=255u8 {
            let mut seconds = 0;
            let automaton = self.automata.get(builtin::group_of(first));
            let state = automaton.map(|own| own.step(own.start(), first));
            let alive = automaton.zip(state).map_or(0, |(own, state)| own.alive(state) & self.live);
            if let Some((own, state)) = automaton.zip(state).filter(|_| alive != 0) {
                seconds |= seconds_of(own, state, self.live);
            }
            let mut anywhere = false;
            if let Some(own) = self.patterns.as_deref().map(|patterns| &patterns.automaton) {
                let state = own.step(own.start(), first);
                anywhere |= own.alive(state) != 0;
                seconds |= seconds_of(own, state, Set::MAX);
            }
            if self.terms.as_deref().is_some_and(|terms| terms.may_begin(first)) {
                anywhere = true;
                seconds = Set::MAX;
            }
            for (kind, may) in self.may_follow.iter().enumerate() {
                if let Some(begins) = self.begins.get_mut(slot(kind, first)) {
                    *begins = may & alive != 0 || anywhere;
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
        let mut kind = at.checked_sub(1).and_then(|before| text.get(before)).map_or(0, |byte| Edge::kind(*byte));
        let rest = text.get(at..)?;
        for (index, byte) in rest.iter().enumerate() {
            if self.begins.get(slot(kind, *byte)).copied().unwrap_or(false)
                && self.goes_on(rest.get(index..).unwrap_or_default())
            {
                return Some(at + index);
            }
            kind = Edge::kind(*byte);
        }
        None
    }

    /// Whether what begins a text may begin a match: most words can be told within a few characters, without a walk that
    /// keeps account.
    #[inline]
    fn goes_on(&self, text: &[u8]) -> bool {
        let (Some(first), second) = (text.first(), text.get(1)) else { return false };
        let pairs = self.pairs.get(usize::from(*first)).copied().unwrap_or(0);
        if second.is_some_and(|second| pairs & column(*second) == 0) {
            return false;
        }
        let Some(automaton) = self.automata.get(builtin::group_of(*first)).filter(|_| self.is_plain) else {
            return true;
        };
        let mut state = automaton.start();
        for byte in text.iter().take(PROBE) {
            state = automaton.step(state, *byte);
            if automaton.ended(state).next().is_some() {
                return true;
            }
            if automaton.alive(state) & self.live == 0 {
                return false;
            }
        }
        true
    }

    /// The entities that may begin behind this character.
    pub(super) fn may_follow(&self, before: Option<u8>) -> Set {
        self.may_follow.get(before.map_or(0, Edge::kind)).copied().unwrap_or(0)
    }

    /// How long a match that leads through this state may be at most; 0 where none does.
    #[inline]
    pub(super) fn reach(&self, group: usize, index: usize) -> usize {
        self.reach.get(group).and_then(|reach| reach.get(index)).map_or(0, |reach| usize::from(*reach))
    }
}

fn seconds_of<T: AsRef<[u32]>>(
    automaton: &Automaton<T>,
    state: regex_automata::util::primitives::StateID,
    live: Set,
) -> Set {
    (0..=255u8)
        .filter(|second| {
            let state = automaton.step(state, *second);
            automaton.alive(state) & live != 0 || automaton.ended(state).next().is_some()
        })
        .fold(0, |set, second| set | column(second))
}

/// The bit of a second character; the two that stand for all beyond ASCII share those of control characters.
fn column(byte: u8) -> Set {
    1 << (byte & 127)
}

/// The bit of an entity.
pub(super) fn bit(index: u8) -> Set {
    1 << (index & 127)
}

/// The entities in a set.
pub(super) fn members(set: Set) -> impl Iterator<Item = (u8, &'static Entity)> {
    (0u8..)
        .zip(entity::COMPILED)
        .filter(move |(index, _)| set & bit(*index) != 0)
        .map(|(index, entity)| (index, *entity))
}

fn reach(automaton: &Builtin, live: Set) -> Vec<u16> {
    // Many states share a set.
    let mut last = (0, 0);
    let longest = |set: Set| members(set).map(|(_, entity)| entity.longest).max().unwrap_or(0);
    let sets = automaton.all_alive().iter().map(|alive| alive & live);
    sets.map(|set| {
        if set != last.0 {
            last = (set, u16::try_from(longest(set)).unwrap_or(u16::MAX));
        }
        last.1
    })
    .collect()
}
