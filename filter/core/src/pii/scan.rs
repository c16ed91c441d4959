//! The search: what comes next in a text, and from where on nothing can be said yet. It decides by the text alone; how
//! much of it happens to have arrived only decides how soon.
//!
//! A walk of the automata from one place (see `walk`) notes every end of every pattern, until none can follow. The longest
//! end that proves itself wins; if none does, the next place is tried, one character on.

use std::ops::Range;

use super::automaton::Set;
use super::detector::{Detector, Kind};
use super::entity::{Back, Edge, Entity, Tail};
use super::spelling::members;
use super::walk::{Ends, Walk};

/// A part of a text, and what stands around it.
pub(super) struct Text<'a> {
    /// Folded. It begins with what was decided before, to be looked back at.
    pub(super) bytes: &'a [u8],
    /// Whether nothing follows.
    pub(super) last: bool,
    /// What stands in a range, as it is written.
    pub(super) read: &'a dyn Fn(Range<usize>) -> String,
}

/// What comes next.
pub(super) enum Next {
    /// This.
    Found(Found),
    /// Nothing before this place; from there on more text is needed to tell. At the end: nothing at all.
    Clear(usize),
}

/// Something that was found.
pub(super) struct Found {
    pub(super) kind: Kind,
    /// Where it begins.
    pub(super) start: usize,
    /// What is to be replaced.
    pub(super) replace: Range<usize>,
    /// Where the search goes on.
    pub(super) end: usize,
    /// Whether what follows may belong to it: its entity has a tail.
    pub(super) tail: Option<&'static Tail>,
}

/// What begins at one place.
enum Looked {
    Nothing,
    Found(Found),
    /// More text is needed to tell, and the text must be held from here on.
    Hold(usize),
}

impl Detector {
    /// What comes next from `from` on. Nothing before `floor` can be part of it.
    pub(super) fn next(&self, text: &Text<'_>, floor: usize, from: usize, ends: &mut Ends) -> Next {
        let mut at = from;
        while let Some(begin) = self.next_beginning(text.bytes, at) {
            let looked = self.look(text, floor, begin, ends);
            if !matches!(looked, Looked::Nothing) {
                return self.or_pivot_before(text, floor, begin, looked, ends);
            }
            at = begin + 1;
        }
        Next::Clear(self.held_from(text, floor, text.bytes.len()))
    }

    /// What begins at `begin`.
    fn look(&self, text: &Text<'_>, floor: usize, begin: usize, ends: &mut Ends) -> Looked {
        ends.restart();
        match self.walk(text, floor, begin, ends) {
            Walk::Dead(dead) => self.longest(text, floor, begin, dead, ends).map_or(Looked::Nothing, Looked::Found),
            Walk::Proved(found) => Looked::Found(found),
            Walk::Alive(set) => {
                let starts = self.backs(set).filter_map(|back| pivot_start(text.bytes, floor, begin, back, Edge::ANY));
                Looked::Hold(starts.min().unwrap_or(begin))
            }
        }
    }

    /// Something was found at `begin`, or may be; but what is told from its middle may begin before it and include it,
    /// or begin there too and be longer.
    fn or_pivot_before(&self, text: &Text<'_>, floor: usize, begin: usize, looked: Looked, ends: &mut Ends) -> Next {
        let mut held: Option<usize> = None;
        for entity in self.entities(self.pivots) {
            let Some(back) = &entity.back else { continue };
            let run = text.bytes.get(begin..).unwrap_or_default().iter();
            // One further on does not reach back so far.
            let pivot = begin + run.take(back.most + 1).take_while(|byte| (back.of)(**byte)).count();
            if text.bytes.get(pivot).is_some_and(|at| !self.is_pivot(*at)) {
                continue;
            }
            let start = pivot_start(text.bytes, floor, pivot, back, entity.left).filter(|start| *start <= begin);
            let Some(start) = start.filter(|_| pivot > begin) else { continue };
            // Of two that begin together a tail has no end to be longer than.
            let settled = matches!(&looked, Looked::Found(found) if found.tail.is_some()) && start == begin;
            if settled || (pivot == text.bytes.len() && text.last) {
                continue;
            }
            let runs_on = pivot == text.bytes.len();
            let other = if runs_on { Looked::Hold(start) } else { self.look(text, floor, pivot, ends) };
            match (other, &looked) {
                // What merely begins there, and does not reach back, has its turn later.
                (Looked::Found(other), _) if other.start > begin => {}
                (Looked::Found(other), Looked::Found(found)) if other.start < begin || other.end > found.end => {
                    return Next::Found(other);
                }
                (Looked::Found(other), Looked::Hold(_)) if other.start < begin => return Next::Found(other),
                (Looked::Hold(from), _) if from <= begin => held = Some(held.map_or(from, |held| held.min(from))),
                _ => {}
            }
        }
        match (looked, held) {
            (Looked::Found(found), None) => Next::Found(found),
            (Looked::Found(_), Some(from)) => Next::Clear(from),
            (Looked::Hold(from), held) => {
                Next::Clear(self.held_from(text, floor, held.map_or(from, |held| held.min(from))))
            }
            (Looked::Nothing, held) => Next::Clear(held.unwrap_or(begin)),
        }
    }

    /// From where on the text must be held, if the search itself holds it from `hold` on: what it ends with may be the
    /// beginning of something that is told from its middle.
    fn held_from(&self, text: &Text<'_>, floor: usize, hold: usize) -> usize {
        if text.last {
            return hold;
        }
        let starts = self
            .backs(self.pivots)
            .filter_map(|back| pivot_start(text.bytes, floor, text.bytes.len(), back, Edge::ANY));
        starts.min().map_or(hold, |start| start.min(hold))
    }

    /// What is reached back over by these.
    fn backs(&self, set: Set) -> impl Iterator<Item = &'static Back> {
        self.entities(set & self.pivots).filter_map(|entity| entity.back.as_ref())
    }

    fn entities(&self, set: Set) -> impl Iterator<Item = &'static Entity> {
        members(set).filter_map(|number| Kind::Entity(self.builtin.spellings.entity(number)?).entity())
    }
}

/// Where an entity begins that is told from the character at `pivot`.
pub(super) fn pivot_start(text: &[u8], floor: usize, pivot: usize, back: &Back, left: Edge) -> Option<usize> {
    let lowest = floor.max(pivot.saturating_sub(back.most));
    let run = back.reach(text.get(lowest..pivot)?);
    let mut starts = pivot - run..pivot;
    starts.find(|start| !start.checked_sub(1).and_then(|at| text.get(at)).is_some_and(|byte| left.forbids(*byte)))
}
