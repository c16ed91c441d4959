//! One walk of the automata from one place: every end of every pattern that may be found there, and of those the longest
//! that proves itself. Not where walks begin, nor what is told from its middle and begins before its walk: that is
//! `scan`'s.
//!
//! What cannot be found here is left out as early as it can be told: by what stands before the place and behind the end,
//! by its length, and, for all that counts only in its context, by the words before. What is left out holds nothing back.

use super::automaton::Set;
use super::builtin::group_of;
use super::detector::{Detector, Kind};
use super::entity::{Candidate, Edge, ends_with_escape};
use super::scan::{Found, Text, pivot_start};
use super::spelling::{bit, members};

/// How much text before a candidate its check may see.
pub(super) const CONTEXT: usize = 128;

/// Room for the ends of a walk, kept from one to the next.
#[derive(Default)]
pub(super) struct Ends {
    /// Where spellings of entities end.
    places: Vec<(usize, Set)>,
    /// Where the policy's own patterns and terms end; later all ends, if they must be put in order.
    all: Vec<End>,
    /// What the words before a place announce, once somebody has asked.
    announced: Option<(usize, Set)>,
}

#[derive(Clone, Copy)]
struct End {
    at: usize,
    kind: Kind,
    /// The bit of the entity's spelling.
    spelling: Set,
    /// The start, where it is not where the walk began.
    start: usize,
}

/// How a walk ended.
pub(super) enum Walk {
    /// No more ends can follow; it looked at the text up to here.
    Dead(usize),
    /// The text ended first, and these spellings may still end.
    Alive(Set),
    /// An entity with a tail proved itself.
    Proved(Found),
}

impl Ends {
    /// Begins anew: a place in one text is another in the next.
    pub(super) fn restart(&mut self) {
        self.places.clear();
        self.all.clear();
        self.announced = None;
    }
}

impl Detector {
    /// Notes all ends of what begins at `begin`.
    pub(super) fn walk(&self, text: &Text<'_>, floor: usize, begin: usize, ends: &mut Ends) -> Walk {
        let entities = self.walk_entities(text, floor, begin, ends);
        if self.patterns.is_none() && self.terms.is_none() {
            return entities;
        }
        let (mut dead, mut alive) = (begin + 1, None);
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
        let spellings = &self.builtin.spellings;
        let Some((before, rest)) = text.bytes.split_at_checked(begin) else { return Walk::Dead(begin) };
        let group = rest.first().map_or(0, |first| group_of(*first));
        let Some(automaton) = self.builtin.automata.get(group) else { return Walk::Dead(begin) };
        let mut live = self.may_follow(before);
        // Those whose context nobody has asked for yet. Where nothing is before it, it may be all there is.
        let mut unasked = if before.is_empty() { 0 } else { spellings.announced };
        let mut state = automaton.start();
        let (mut known, mut longest, mut open, mut closing) = (usize::MAX, 0, live, 0);
        for (length, byte) in (1..).zip(rest) {
            state = automaton.step(state, *byte);
            let number = automaton.note(state);
            if number != known {
                let Some(note) = automaton.notes().get(number) else { return Walk::Dead(begin + length) };
                (known, longest) = (number, self.reach(group, number));
                (open, closing) = (note.open & live, note.ended & live);
                if open == 0 {
                    return Walk::Dead(begin + length);
                }
            }
            if length > longest {
                return Walk::Dead(begin + length);
            }
            if closing == 0 {
                continue;
            }
            let next = rest.get(length).copied();
            let mut ended = closing & spellings.may_precede(next) & spellings.by_length(length);
            if ended == 0 || next.is_none() && !text.last {
                continue;
            }
            if ended & unasked != 0 {
                live &= !unasked | self.announced(text, begin, &mut ends.announced);
                (unasked, open, closing, ended) = (0, open & live, closing & live, ended & live);
                if open == 0 {
                    return Walk::Dead(begin + length);
                }
            }
            let at = begin + length;
            for number in members(ended & spellings.tailed) {
                let dead = (at + 1).min(text.bytes.len());
                let end = self.end(text, floor, begin, at, number);
                if let Some(found) = end.and_then(|end| self.prove(text, end, dead, ends)) {
                    let tail = found.kind.entity().map(|entity| &entity.tail);
                    return Walk::Proved(Found { tail, end: at, ..found });
                }
            }
            if ended & !spellings.tailed != 0 {
                ends.places.push((at, ended & !spellings.tailed));
            }
        }
        if text.last {
            return Walk::Dead(text.bytes.len());
        }
        if open & unasked != 0 {
            open &= !unasked | self.announced(text, begin, &mut ends.announced);
        }
        // Not alive: one that nothing announced, and no other.
        if open == 0 { Walk::Dead(text.bytes.len()) } else { Walk::Alive(open) }
    }

    fn walk_patterns(&self, text: &Text<'_>, begin: usize, ends: &mut Ends) -> Walk {
        let Some(patterns) = self.patterns.as_deref() else { return Walk::Dead(begin) };
        if !begins_word(text.bytes, begin) {
            return Walk::Dead(begin);
        }
        let longest = patterns.longest.iter().copied().max().unwrap_or(0);
        let automaton = &patterns.automaton;
        let mut state = automaton.start();
        let rest = text.bytes.get(begin..).unwrap_or_default();
        for (length, byte) in (1..=longest).zip(rest) {
            state = automaton.step(state, *byte);
            let at = begin + length;
            let Some(note) = automaton.notes().get(automaton.note(state)).filter(|note| note.open != 0) else {
                return Walk::Dead(at);
            };
            let is_whole = (at < text.bytes.len() || text.last) && !splits_word(text.bytes, at);
            for number in members(note.ended).filter(|_| is_whole) {
                ends.all.push(End { at, kind: Kind::Pattern(number), spelling: 0, start: begin });
            }
        }
        // Of one that is as long as can be the next character says whether it is whole.
        if text.last || rest.len() > longest {
            Walk::Dead(text.bytes.len().min(begin + longest + 1))
        } else {
            Walk::Alive(0)
        }
    }

    fn walk_terms(&self, text: &Text<'_>, begin: usize, ends: &mut Ends) -> Walk {
        let Some(terms) = self.terms.as_deref() else { return Walk::Dead(begin) };
        if !begins_word(text.bytes, begin) {
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
                        ends.all.push(End { at, kind: Kind::Terms(list), spelling: 0, start: begin });
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

    /// The longest of the ends that proves itself; of two that are as long, the first of the entities. `dead` is how far
    /// the walk looked.
    pub(super) fn longest(
        &self,
        text: &Text<'_>,
        floor: usize,
        begin: usize,
        dead: usize,
        ends: &mut Ends,
    ) -> Option<Found> {
        let places = std::mem::take(&mut ends.places);
        let numbers = places.iter().rev().flat_map(|(at, set)| members(*set).map(move |number| (*at, number)));
        let mut in_order = numbers.filter_map(|(at, number)| self.end(text, floor, begin, at, number));
        let pivots = places.iter().any(|(_, set)| set & self.pivots != 0);
        let found = if ends.all.is_empty() && !pivots {
            in_order.find_map(|end| self.prove(text, end, dead, ends))
        } else {
            let mut all = std::mem::take(&mut ends.all);
            all.extend(in_order);
            all.sort_unstable_by(|a, b| (b.at - b.start, a.kind).cmp(&(a.at - a.start, b.kind)));
            let found = all.iter().find_map(|end| self.prove(text, *end, dead, ends));
            ends.all = all;
            found
        };
        ends.places = places;
        found
    }

    /// The end of a spelling; `None` where what is told from its middle has no beginning.
    fn end(&self, text: &Text<'_>, floor: usize, begin: usize, at: usize, number: u8) -> Option<End> {
        let kind = Kind::Entity(self.builtin.spellings.entity(number)?);
        let spelling = bit(number);
        let start = if spelling & self.pivots == 0 {
            begin
        } else {
            let entity = kind.entity()?;
            pivot_start(text.bytes, floor, begin, entity.back.as_ref()?, entity.left)?
        };
        Some(End { at, kind, spelling, start })
    }

    /// Shows an end to its entity's check. `dead` is how far the walk looked.
    fn prove(&self, text: &Text<'_>, end: End, dead: usize, ends: &mut Ends) -> Option<Found> {
        let all = end.start..end.at;
        let replace = match end.kind.entity() {
            None => all.clone(),
            Some(entity) => {
                let announces = !entity.context.is_empty()
                    && self.announced(text, end.start, &mut ends.announced) & end.spelling != 0;
                let candidate = Candidate {
                    text: text.bytes.get(all)?,
                    before: before(text, end.start),
                    after: text.bytes.get(end.at..dead.max(end.at)).unwrap_or_default(),
                    announced: announces,
                };
                let part = (entity.check)(&candidate)?;
                end.start + part.start..(end.start + part.end).min(end.at)
            }
        };
        Some(Found { kind: end.kind, start: end.start, replace, end: end.at, tail: None })
    }

    /// What the words before a place announce.
    fn announced(&self, text: &Text<'_>, start: usize, known: &mut Option<(usize, Set)>) -> Set {
        match known {
            Some((place, announced)) if *place == start => *announced,
            _ => known.insert((start, self.builtin.announcements.of(before(text, start)))).1,
        }
    }
}

/// What checks may see of the text before a place.
fn before<'a>(text: &Text<'a>, start: usize) -> &'a [u8] {
    text.bytes.get(start.saturating_sub(CONTEXT)..start).unwrap_or_default()
}

/// Whether a word may begin here: none goes on over this place, or it stands behind an escape.
fn begins_word(text: &[u8], at: usize) -> bool {
    !splits_word(text, at) || text.get(..at).is_some_and(ends_with_escape)
}

/// Whether a word goes on over this place: policies' own patterns and terms are found as whole words.
fn splits_word(text: &[u8], at: usize) -> bool {
    let is_word = |at: usize| text.get(at).is_some_and(|byte| Edge::WORD.forbids(*byte));
    at.checked_sub(1).is_some_and(is_word) && is_word(at)
}
