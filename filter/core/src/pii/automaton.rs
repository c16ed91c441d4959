//! The automaton that steps through a text: an anchored DFA over many patterns that knows at each state which of them end
//! there, and which may still end. Not the search: that is `scan`'s. The build script includes this file too, and builds
//! with it what is embedded.
//!
//! `regex-automata` makes the DFA; what is kept of it is a table of half the size. A row is a state: first the number of
//! its [`Note`], then where each class of characters leads.

use std::collections::HashMap;

use regex_automata::Anchored;
use regex_automata::MatchKind;
use regex_automata::dfa::{Automaton as _, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_automata::util::{start, syntax};

/// A set of patterns, by their bits.
pub type Set = u128;

/// An automaton; `T` is its table, little endian.
pub struct Automaton<T> {
    /// The column of each byte.
    columns: [u8; 256],
    /// A row's length, as a power of two.
    shift: u32,
    rows: T,
    notes: Vec<Note>,
}

/// What is known of a state.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Note {
    /// The patterns that end here, or may end further on.
    pub open: Set,
    /// The patterns that end here.
    pub ended: Set,
}

/// A state: where its row begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct State(usize);

impl<T: AsRef<[[u8; 2]]>> Automaton<T> {
    /// The state before anything was read.
    pub fn start(&self) -> State {
        State(1 << self.shift)
    }

    /// The state after a byte.
    #[inline]
    pub fn step(&self, state: State, byte: u8) -> State {
        let column = self.columns.get(usize::from(byte)).copied().unwrap_or(0);
        State(self.cell(state.0 + usize::from(column)) << self.shift)
    }

    /// The number of a state's note; 0 where nothing can end any more.
    #[inline]
    pub fn note(&self, state: State) -> usize {
        self.cell(state.0)
    }

    /// The notes, by their numbers.
    #[inline]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// How large the tables are.
    pub fn size(&self) -> usize {
        size_of_val(&self.columns) + size_of_val(self.rows.as_ref()) + size_of_val(self.notes.as_slice())
    }

    #[inline]
    fn cell(&self, at: usize) -> usize {
        usize::from(u16::from_le_bytes(self.rows.as_ref().get(at).copied().unwrap_or_default()))
    }
}

/// Builds one. Patterns may be as large as `limit` bytes of a plain DFA.
pub fn build(patterns: &[&str], limit: usize) -> Result<Automaton<Vec<[u8; 2]>>, String> {
    Graph::of(&dfa(patterns, limit)?)?.table()
}

/// The same, as small as can be, which takes its time.
pub fn build_small(patterns: &[&str], limit: usize) -> Result<Automaton<Vec<[u8; 2]>>, String> {
    Graph::of(&dfa(patterns, limit)?)?.merged().table()
}

fn dfa(patterns: &[&str], limit: usize) -> Result<dense::DFA<Vec<u32>>, String> {
    dense::Builder::new()
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
        .map_err(|error| error.to_string())
}

/// The states that can be reached, by number: 0 is the dead one, 1 the first.
struct Graph {
    /// For each state, where each class of bytes leads.
    next: Vec<Vec<usize>>,
    ended: Vec<Set>,
    /// The class of each byte.
    classes: [u8; 256],
}

impl Graph {
    fn of(dfa: &dense::DFA<Vec<u32>>) -> Result<Graph, String> {
        let first =
            dfa.start_state(&start::Config::new().anchored(Anchored::Yes)).map_err(|error| error.to_string())?;
        let units: Vec<u8> = dfa.byte_classes().representatives(0..=255).filter_map(|unit| unit.as_u8()).collect();
        let mut graph = Graph { next: vec![vec![0; units.len()]], ended: vec![0], classes: [0; 256] };
        for (byte, class) in (0..=255).zip(&mut graph.classes) {
            *class = dfa.byte_classes().get(byte);
        }
        let mut numbers = HashMap::from([(first, 1)]);
        let mut states = vec![first];
        let mut done = 0;
        while let Some(state) = states.get(done).copied() {
            done += 1;
            let mut row = Vec::with_capacity(units.len());
            for unit in &units {
                let next = dfa.next_state(state, *unit);
                if dfa.is_dead_state(next) {
                    row.push(0);
                    continue;
                }
                let fresh = numbers.len() + 1;
                row.push(*numbers.entry(next).or_insert_with(|| {
                    states.push(next);
                    fresh
                }));
            }
            graph.next.push(row);
            // There is no look-around, so what ends here would also end if the text did.
            graph.ended.push(ended(dfa, dfa.next_eoi_state(state)));
        }
        Ok(graph)
    }

    /// The same with one state for all that cannot be told apart: at first by what ends there, then, again and again, by
    /// where they lead.
    fn merged(self) -> Graph {
        let mut blocks: Vec<usize> = Vec::new();
        let mut count = 0;
        loop {
            let mut numbers = HashMap::new();
            let block = |state: &usize| blocks.get(*state).copied().unwrap_or(0);
            let told = self.next.iter().zip(&self.ended).enumerate().map(|(state, (row, ended))| {
                let fresh = numbers.len();
                let row: Vec<usize> = row.iter().map(block).collect();
                *numbers.entry((block(&state), *ended, row)).or_insert(fresh)
            });
            let told: Vec<usize> = told.collect();
            blocks = told;
            if numbers.len() == count {
                break;
            }
            count = numbers.len();
        }
        let mut merged = Graph { next: Vec::new(), ended: Vec::new(), classes: self.classes };
        for (state, (row, ended)) in self.next.iter().zip(&self.ended).enumerate() {
            // Blocks are numbered in the order of their first states.
            if blocks.get(state) == Some(&merged.next.len()) {
                merged.next.push(row.iter().map(|state| blocks.get(*state).copied().unwrap_or(0)).collect());
                merged.ended.push(*ended);
            }
        }
        merged
    }

    /// What may end at each state or further on, by going round until nothing changes.
    fn open(&self) -> Vec<Set> {
        let mut open = self.ended.clone();
        loop {
            let mut changed = false;
            for (state, row) in self.next.iter().enumerate().rev() {
                let behind = row.iter().fold(0, |set, next| set | open.get(*next).copied().unwrap_or(0));
                if let Some(own) = open.get_mut(state).filter(|own| behind & !**own != 0) {
                    *own |= behind;
                    changed = true;
                }
            }
            if !changed {
                return open;
            }
        }
    }

    fn table(&self) -> Result<Automaton<Vec<[u8; 2]>>, String> {
        let (columns, units) = self.columns();
        if units.len() > usize::from(u8::MAX) {
            return Err("they tell every character apart".to_owned());
        }
        let all: Vec<Note> =
            self.open().into_iter().zip(&self.ended).map(|(open, ended)| Note { open, ended: *ended }).collect();
        let mut notes = all.clone();
        notes.sort_unstable_by_key(|note| (note.open, note.ended));
        notes.dedup();
        let numbers: HashMap<Note, usize> = notes.iter().enumerate().map(|(number, note)| (*note, number)).collect();
        let shift = (units.len() + 1).next_power_of_two().trailing_zeros();
        let mut rows = Vec::with_capacity(self.next.len() << shift);
        for (row, note) in self.next.iter().zip(&all) {
            let cells = numbers.get(note).into_iter().chain(units.iter().filter_map(|unit| row.get(*unit)));
            for cell in cells {
                let cell = u16::try_from(*cell).map_err(|_| "more than 65,535 states".to_owned())?;
                rows.push(cell.to_le_bytes());
            }
            rows.resize(rows.len().next_multiple_of(1 << shift), [0; 2]);
        }
        Ok(Automaton { columns, shift, rows, notes })
    }

    /// Classes that lead to the same states everywhere share a column: the column of each byte, and each column's class.
    fn columns(&self) -> ([u8; 256], Vec<usize>) {
        let mut numbers = HashMap::new();
        let mut units = Vec::new();
        let columns = self.classes.map(|class| {
            let class = usize::from(class);
            let leads: Vec<usize> = self.next.iter().map(|row| row.get(class).copied().unwrap_or(0)).collect();
            *numbers.entry(leads).or_insert_with(|| {
                units.push(class);
                // Column 0 is the note's.
                u8::try_from(units.len()).unwrap_or(u8::MAX)
            })
        });
        (columns, units)
    }
}

fn ended(dfa: &dense::DFA<Vec<u32>>, state: StateID) -> Set {
    if !dfa.is_match_state(state) {
        return 0;
    }
    (0..dfa.match_len(state)).fold(0, |set, index| set | 1 << (dfa.match_pattern(state, index).as_usize() & 127))
}

/// An automaton as bytes, for [`embedded`]: what is small, and the table.
pub fn to_bytes(automaton: &Automaton<Vec<[u8; 2]>>) -> (Vec<u8>, Vec<u8>) {
    let mut head = automaton.columns.to_vec();
    head.extend(automaton.shift.to_le_bytes());
    head.extend(automaton.notes.iter().flat_map(|note| [note.open, note.ended]).flat_map(Set::to_le_bytes));
    (head, automaton.rows.concat())
}

/// The automaton that [`to_bytes`] wrote.
pub fn embedded(head: &[u8], rows: &'static [u8]) -> Option<Automaton<&'static [[u8; 2]]>> {
    let (columns, head) = head.split_first_chunk()?;
    let (shift, head) = head.split_first_chunk()?;
    let (sets, _) = head.as_chunks::<16>();
    let (notes, _) = sets.as_chunks::<2>();
    let note =
        |[open, ended]: &[[u8; 16]; 2]| Note { open: Set::from_le_bytes(*open), ended: Set::from_le_bytes(*ended) };
    Some(Automaton {
        columns: *columns,
        shift: u32::from_le_bytes(*shift),
        rows: rows.as_chunks().0,
        notes: notes.iter().map(note).collect(),
    })
}
