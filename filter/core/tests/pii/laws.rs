//! Laws 1 and 3 of `design.md` for one text: however it is cut, it comes out as its definition says, and nothing is held
//! that cannot become a match.

use std::cell::RefCell;
use std::collections::HashMap;
use std::convert::Infallible;
use std::rc::Rc;

use dragoman_core::pii::entity::{ALL, Entity};
use dragoman_core::pii::{Depth, Detector, Edit, Kind, Lane, Scratch};
use proptest::prelude::*;
use proptest::sample::select;

use crate::cases;
use crate::reference::find;
use crate::salted::{cuts, pieces, text, written};

/// Some of the entities, and the search for them.
struct Search {
    entities: Vec<&'static Entity>,
    detector: Detector,
}

impl Search {
    /// All of them for 0; else some, few or many.
    fn of(pick: u8) -> Rc<Search> {
        thread_local!(static KNOWN: RefCell<HashMap<u8, Rc<Search>>> = RefCell::default());
        KNOWN.with_borrow_mut(|known| Rc::clone(known.entry(pick).or_insert_with(|| Rc::new(Search::new(pick)))))
    }

    fn new(pick: u8) -> Search {
        let is_on = |index: u64| {
            let mixed = (index + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15 ^ (u64::from(pick) << 17)) >> 33;
            pick == 0 || mixed % 8 < u64::from(1 + pick % 7)
        };
        let on = (0u8..).zip(ALL).filter(|(index, _)| is_on(u64::from(*index)));
        let (indices, entities): (Vec<u8>, Vec<&Entity>) = on.map(|(index, entity)| (index, *entity)).unzip();
        Search { entities, detector: Detector::new(indices, None, None).unwrap() }
    }

    /// The longest match there is.
    fn longest(&self) -> usize {
        let back = |entity: &Entity| entity.back.as_ref().map_or(0, |back| back.most);
        self.entities.iter().map(|entity| entity.longest + back(entity)).max().unwrap_or(0)
    }

    /// What comes out of a lane.
    fn redact(&self, depth: Depth, pieces: &[&[u8]]) -> String {
        let (mut lane, mut scratch, mut out) = (Lane::new(depth), Scratch::default(), Vec::new());
        for piece in pieces {
            lane.push(&self.detector, piece, false, &mut scratch, &mut out, &mut mask).unwrap();
        }
        lane.push(&self.detector, &[], true, &mut scratch, &mut out, &mut mask).unwrap();
        assert_eq!(lane.held(), 0);
        String::from_utf8(out).unwrap()
    }

    /// What the definition says comes out, where the characters are written like this. At the wall a JSON string ends.
    fn expected(&self, text: &str, wall: usize, written: &[String]) -> String {
        let hits = find(text, wall, &self.entities);
        let mut out = String::new();
        for ((at, _), written) in text.char_indices().zip(written) {
            match hits.iter().find(|hit| hit.replace.contains(&at)) {
                Some(hit) if hit.replace.start == at => out.push_str(&placeholder(hit.entity)),
                Some(_) => {}
                None => out.push_str(written),
            }
        }
        out
    }
}

fn mask(kind: Kind, _: &str, _: &[u8]) -> Result<Edit, Infallible> {
    Ok(Edit::Replace(kind.entity().map_or_else(String::new, |entity| placeholder(entity.name))))
}

fn placeholder(name: &str) -> String {
    format!("[{}]", name.to_ascii_uppercase())
}

fn depth() -> impl Strategy<Value = Depth> {
    select(&[Depth::Plain, Depth::Json, Depth::JsonInJson])
}

proptest! {
    #![proptest_config(cases(40_000))]

    /// Law 1.
    #[test]
    fn a_text_comes_out_the_same_wherever_it_is_cut(
        text in text(), pick in prop_oneof![Just(0), 1..24u8], depth in depth(), seed in any::<u64>(), cuts in cuts(),
    ) {
        let search = Search::of(pick);
        let written = written(&text, depth, seed).1.concat();
        let whole = search.redact(depth, &[written.as_bytes()]);
        let bytes = written.as_bytes();
        let pieces = if cuts.len() > 50 { bytes.chunks(1).collect() } else { pieces(bytes, &cuts) };
        prop_assert_eq!(search.redact(depth, &pieces), whole);
    }
}

proptest! {
    #![proptest_config(cases(4_000))]

    /// Law 1, and what it is the same as.
    #[test]
    fn a_text_comes_out_as_the_definition_says(
        text in text(), pick in prop_oneof![Just(0), 1..24u8], depth in depth(), seed in any::<u64>(),
    ) {
        let search = Search::of(pick);
        let (text, written) = written(&text, depth, seed);
        let out = search.redact(depth, &[written.concat().as_bytes()]);
        let wall = if depth == Depth::JsonInJson { text.len() - 1 } else { text.len() };
        prop_assert_eq!(out, search.expected(&text, wall, &written));
    }
}

proptest! {
    #![proptest_config(cases(6_000))]

    /// Law 3: what is held is never longer than what may become a match, and goes once nothing can.
    #[test]
    fn nothing_is_held_that_cannot_become_a_match(text in text(), pick in prop_oneof![Just(0), 1..24u8], cuts in cuts()) {
        let search = Search::of(pick);
        let text = text.replace(|char: char| !char.is_ascii(), "");
        let (mut lane, mut scratch, mut out) = (Lane::new(Depth::Plain), Scratch::default(), Vec::new());
        for piece in pieces(text.as_bytes(), &cuts) {
            lane.push(&search.detector, piece, false, &mut scratch, &mut out, &mut mask).unwrap();
            // And the beginning of an escape, whose character nobody knows yet.
            const ESCAPE: usize = r"\\\\\\\u00e9".len();
            prop_assert!(lane.held() <= search.longest() + ESCAPE, "{} are held", lane.held());
        }
        for _ in 0..search.longest() {
            lane.push(&search.detector, b"\n", false, &mut scratch, &mut out, &mut mask).unwrap();
        }
        prop_assert_eq!(lane.held(), 0);
    }
}
