//! The search: what comes next in a text, and from where on nothing can be said yet. It decides by the text alone; how
//! much of it happens to have arrived only decides how soon.
//!
//! A walk of the automata from one place notes every end of every pattern, until none can follow. The longest end that
//! proves itself wins; if none does, the next place is tried, one character on.

use std::ops::Range;

use super::automaton::Set;
use super::builtin;
use super::detector::{Detector, Kind, bit, members};
use super::entity::{Back, Candidate, Edge, Entity, Tail, Words};

/// How much text before a candidate its check may see.
pub(super) const CONTEXT: usize = 128;

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

/// Room for the ends of a walk, kept from one to the next.
#[derive(Default)]
pub(super) struct Ends {
    all: Vec<End>,
    /// The words before a place, once a check has wanted them.
    words: Option<(usize, Words)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct End {
    at: usize,
    kind: Kind,
    /// The start, where it is not where the walk began.
    start: usize,
}

/// What begins at one place.
enum Looked {
    Nothing,
    Found(Found),
    /// More text is needed to tell, and the text must be held from here on.
    Hold(usize),
}

/// How a walk ended.
enum Walk {
    /// No more ends can follow; it looked at the text up to here.
    Dead(usize),
    /// The text ended first, and these entities may still end.
    Alive(Set),
    /// An entity with a tail proved itself.
    Proved(Found),
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
        ends.all.clear();
        // A place in one text is another in the next.
        ends.words = None;
        let dead = match self.walk(text, floor, begin, ends) {
            Walk::Dead(at) => at,
            Walk::Proved(found) => return Looked::Found(found),
            Walk::Alive(set) => {
                let pivots = members(set & self.pivots).filter_map(|(_, entity)| entity.back.as_ref());
                let starts = pivots.filter_map(|back| pivot_start(text.bytes, floor, begin, back, Edge::ANY));
                return Looked::Hold(starts.min().unwrap_or(begin));
            }
        };
        ends.all.sort_unstable_by(|a, b| (b.at - b.start, a.kind).cmp(&(a.at - a.start, b.kind)));
        let Ends { all, words } = ends;
        all.iter().find_map(|end| prove(text, *end, dead, words)).map_or(Looked::Nothing, Looked::Found)
    }

    fn walk(&self, text: &Text<'_>, floor: usize, begin: usize, ends: &mut Ends) -> Walk {
        let (mut dead, mut alive) = (begin + 1, None);
        let entities = self.walk_entities(text, floor, begin, ends);
        for walk in [entities, self.walk_patterns(text, begin, ends), self.walk_terms(text, begin, ends)] {
            match walk {
                Walk::Dead(at) => dead = dead.max(at),
                Walk::Alive(set) => alive = Some(alive.unwrap_or(0) | set),
                proved @ Walk::Proved(_) => return proved,
            }
        }
        alive.map_or(Walk::Dead(dead), Walk::Alive)
    }

    fn walk_entities(&self, text: &Text<'_>, floor: usize, begin: usize, ends: &mut Ends) -> Walk {
        let live = self.may_follow(begin.checked_sub(1).and_then(|before| text.bytes.get(before)).copied());
        let Some(first) = text.bytes.get(begin) else { return Walk::Dead(begin) };
        let group = builtin::group_of(*first);
        let Some(automaton) = self.automata.get(group) else { return Walk::Dead(begin) };
        let mut state = automaton.start();
        let mut at = begin;
        loop {
            let next = text.bytes.get(at).copied();
            state = match next {
                Some(byte) => automaton.step(state, byte),
                None if text.last => automaton.end(state),
                None => return Walk::Alive(automaton.alive(state) & live),
            };
            for pattern in automaton.ended(state) {
                let index = u8::try_from(pattern.as_usize()).unwrap_or(u8::MAX);
                let kind = Kind::Entity(index);
                let Some(entity) =
                    kind.entity().filter(|entity| live & bit(index) != 0 && fits(entity, at - begin, next))
                else {
                    continue;
                };
                let start = match &entity.back {
                    Some(back) => pivot_start(text.bytes, floor, begin, back, entity.left),
                    None => Some(begin),
                };
                let Some(start) = start else { continue };
                let end = End { at, kind, start };
                if !matches!(entity.tail, Tail::None) {
                    if let Some(found) = prove(text, end, (at + 1).min(text.bytes.len()), &mut ends.words) {
                        return Walk::Proved(Found { tail: Some(&entity.tail), end: at, ..found });
                    }
                } else {
                    ends.all.push(end);
                }
            }
            at += 1;
            if next.is_none() {
                return Walk::Dead(text.bytes.len());
            }
            if at - begin > self.reach(group, automaton.index(state)) || automaton.alive(state) & live == 0 {
                return Walk::Dead(at);
            }
        }
    }

    fn walk_patterns(&self, text: &Text<'_>, begin: usize, ends: &mut Ends) -> Walk {
        let Some(patterns) = self.patterns.as_deref() else { return Walk::Dead(begin) };
        if splits_word(text.bytes, begin) {
            return Walk::Dead(begin);
        }
        let longest = patterns.longest.iter().copied().max().unwrap_or(0);
        let automaton = &patterns.automaton;
        let (mut state, mut at) = (automaton.start(), begin);
        loop {
            let next = text.bytes.get(at).copied();
            state = match next {
                Some(byte) => automaton.step(state, byte),
                None if text.last => automaton.end(state),
                None => return Walk::Alive(0),
            };
            for pattern in automaton.ended(state).filter(|_| !splits_word(text.bytes, at)) {
                let kind = Kind::Pattern(u8::try_from(pattern.as_usize()).unwrap_or(u8::MAX));
                ends.all.push(End { at, kind, start: begin });
            }
            at += 1;
            if next.is_none() || automaton.alive(state) == 0 || at - begin > longest {
                return Walk::Dead(at.min(text.bytes.len()));
            }
        }
    }

    fn walk_terms(&self, text: &Text<'_>, begin: usize, ends: &mut Ends) -> Walk {
        let Some(terms) = self.terms.as_deref() else { return Walk::Dead(begin) };
        if splits_word(text.bytes, begin) {
            return Walk::Dead(begin);
        }
        let Some(mut step) = terms.start() else { return Walk::Dead(begin) };
        let mut at = begin;
        let mut whole = Vec::new();
        loop {
            let next = text.bytes.get(at).copied();
            if !splits_word(text.bytes, at) {
                for word in whole.drain(..) {
                    if let Some(list) = terms.list(word, || (text.read)(begin..at)) {
                        ends.all.push(End { at, kind: Kind::Terms(list), start: begin });
                    }
                }
            }
            whole.clear();
            match next {
                Some(byte) if step.alive(byte) => whole.extend(step.ended()),
                Some(_) => return Walk::Dead((at + 1).min(text.bytes.len())),
                None if text.last => return Walk::Dead(at),
                None => return Walk::Alive(0),
            }
            at += 1;
        }
    }

    /// Something was found at `begin`, or may be; but what is told from its middle may begin before it and include it,
    /// or begin there too and be longer.
    fn or_pivot_before(&self, text: &Text<'_>, floor: usize, begin: usize, looked: Looked, ends: &mut Ends) -> Next {
        let mut held: Option<usize> = None;
        for (_, entity) in members(self.pivots) {
            let Some(back) = &entity.back else { continue };
            let run = text.bytes.get(begin..).unwrap_or_default().iter();
            let pivot = begin + run.take_while(|byte| (back.of)(**byte)).count();
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
        let backs = members(self.pivots).filter_map(|(_, entity)| entity.back.as_ref());
        let starts = backs.filter_map(|back| pivot_start(text.bytes, floor, text.bytes.len(), back, Edge::ANY));
        starts.min().map_or(hold, |start| start.min(hold))
    }
}

/// Whether a word goes on over this place: policies' own patterns and terms are found as whole words.
fn splits_word(text: &[u8], at: usize) -> bool {
    let is_word = |at: usize| text.get(at).is_some_and(|byte| Edge::WORD.forbids(*byte));
    at.checked_sub(1).is_some_and(is_word) && is_word(at)
}

/// Whether an end is one, as far as its length and the next character go.
fn fits(entity: &Entity, length: usize, next: Option<u8>) -> bool {
    let open = matches!(entity.tail, Tail::None) && next.is_some_and(|byte| entity.right.forbids(byte));
    length <= entity.longest && !open
}

/// Where an entity begins that is told from the character at `pivot`.
fn pivot_start(text: &[u8], floor: usize, pivot: usize, back: &Back, left: Edge) -> Option<usize> {
    let lowest = floor.max(pivot.saturating_sub(back.most));
    let run = text.get(lowest..pivot)?.iter().rev().take_while(|byte| (back.of)(**byte)).count();
    let mut starts = pivot - run..pivot;
    starts.find(|start| !start.checked_sub(1).and_then(|at| text.get(at)).is_some_and(|byte| left.forbids(*byte)))
}

/// Shows an end to its entity's check. `dead` is how far the walk looked.
fn prove(text: &Text<'_>, end: End, dead: usize, words: &mut Option<(usize, Words)>) -> Option<Found> {
    let all = end.start..end.at;
    let replace = match end.kind.entity() {
        None => all.clone(),
        Some(entity) => {
            let before = text.bytes.get(end.start.saturating_sub(CONTEXT)..end.start)?;
            let words = match words {
                Some((start, words)) if *start == end.start => *words,
                _ => words.insert((end.start, Words::of(before))).1,
            };
            let candidate = Candidate {
                text: text.bytes.get(all.clone())?,
                before,
                words,
                after: text.bytes.get(end.at..dead.max(end.at)).unwrap_or_default(),
            };
            let part = (entity.check)(&candidate)?;
            end.start + part.start..(end.start + part.end).min(end.at)
        }
    };
    Some(Found { kind: end.kind, start: end.start, replace, end: end.at, tail: None })
}
