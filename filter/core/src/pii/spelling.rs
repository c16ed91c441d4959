//! What is known of the patterns that the automata were built from, as sets of them: so that a place, a length or a
//! neighbour refuses all that it refuses at once. Not the patterns: those are `entity`'s.

use super::automaton::Set;
use super::entity::{self, Edge, Entity, Spelling};

/// The spellings, by their numbers, which are their bits.
pub(super) struct Spellings {
    all: Vec<Spelling>,
    /// Those that count only where their entity's context is before them.
    pub(super) announced: Set,
    /// Those that have tails.
    pub(super) tailed: Set,
    /// Those that are told from their middle.
    pub(super) pivots: Set,
    /// Those that may not begin inside of an address.
    pub(super) addresses: Set,
    /// Those that may stand behind a character of each kind.
    may_follow: [Set; Edge::KINDS],
    /// Those that may stand before one.
    may_precede: [Set; Edge::KINDS],
    /// Those that may be so long.
    by_length: Vec<Set>,
    /// Those of each longest length, the longest first.
    longest: Vec<(usize, Set)>,
}

impl Spellings {
    pub(super) fn new() -> Spellings {
        let those = |holds: &dyn Fn(&Spelling, &Entity) -> bool| {
            let held = entity::spellings().filter(|(_, own)| entity_of(own).is_some_and(|entity| holds(own, entity)));
            held.fold(0, |set, (number, _)| set | bit(number))
        };
        let mut longest: Vec<usize> = entity::COMPILED.iter().map(|entity| entity.longest).collect();
        longest.sort_unstable_by(|a, b| b.cmp(a));
        longest.dedup();
        let mut by_length = vec![0; longest.first().map_or(0, |longest| longest + 1)];
        for (number, own) in entity::spellings() {
            let lengths = entity_of(&own).and_then(|entity| by_length.get_mut(entity.shortest..=entity.longest));
            lengths.unwrap_or_default().iter_mut().for_each(|set| *set |= bit(number));
        }
        Spellings {
            all: entity::spellings().map(|(_, own)| own).collect(),
            announced: those(&|own, _| own.announced),
            tailed: those(&|_, entity| entity.is_open()),
            pivots: those(&|_, entity| entity.back.is_some()),
            addresses: those(&|_, entity| entity.back.is_none() && entity.left.is_address()),
            // Where what is told from its middle may begin is seen once it is.
            may_follow: std::array::from_fn(|kind| {
                those(&|_, entity| entity.back.is_some() || !entity.left.forbids_kind(kind))
            }),
            may_precede: std::array::from_fn(|kind| {
                those(&|_, entity| entity.is_open() || !entity.right.forbids_kind(kind))
            }),
            longest: longest.into_iter().map(|length| (length, those(&|_, own| own.longest == length))).collect(),
            by_length,
        }
    }

    /// The number of the entity that a spelling is of.
    pub(super) fn entity(&self, number: u8) -> Option<u8> {
        self.all.get(usize::from(number)).map(|own| own.entity)
    }

    /// All spellings of these entities.
    pub(super) fn of(&self, is_meant: impl Fn(u8) -> bool) -> Set {
        let meant = (0u8..).zip(&self.all).filter(|(_, own)| is_meant(own.entity));
        meant.fold(0, |set, (number, _)| set | bit(number))
    }

    /// The longest match of any of these.
    pub(super) fn longest(&self, set: Set) -> usize {
        self.longest.iter().find(|(_, own)| own & set != 0).map_or(0, |(length, _)| *length)
    }

    /// Those that may stand behind characters of this kind.
    #[inline]
    pub(super) fn may_follow(&self, kind: usize) -> Set {
        self.may_follow.get(kind).copied().unwrap_or(0)
    }

    /// Those that may stand before this.
    #[inline]
    pub(super) fn may_precede(&self, next: Option<u8>) -> Set {
        self.may_precede.get(next.map_or(0, Edge::kind)).copied().unwrap_or(0)
    }

    /// Those that may be so long.
    #[inline]
    pub(super) fn by_length(&self, length: usize) -> Set {
        self.by_length.get(length).copied().unwrap_or(0)
    }

    pub(super) fn size(&self) -> usize {
        let lengths = size_of_val(self.by_length.as_slice()) + size_of_val(self.longest.as_slice());
        size_of_val(self) + size_of_val(self.all.as_slice()) + lengths
    }
}

fn entity_of(spelling: &Spelling) -> Option<&'static Entity> {
    entity::COMPILED.get(usize::from(spelling.entity)).copied()
}

/// The bit of a spelling.
pub(super) fn bit(number: u8) -> Set {
    1 << (number & 127)
}

/// The numbers in a set, the lowest first.
#[inline]
pub(super) fn members(mut set: Set) -> impl Iterator<Item = u8> {
    std::iter::from_fn(move || {
        let lowest = (set != 0).then(|| set.trailing_zeros() as u8);
        set &= set.wrapping_sub(1);
        lowest
    })
}
