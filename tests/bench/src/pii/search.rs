//! The engine itself, asked where it finds something.

use std::convert::Infallible;
use std::ops::Range;

use dragoman_core::pii::entity::ALL;
use dragoman_core::pii::{Depth, Detector, Edit, Lane, Scratch};

/// Some entities, switched on.
pub(crate) struct Search(Detector);

/// Around what is found; in no text of the corpus.
const MARKS: [char; 2] = ['\u{1}', '\u{2}'];

impl Search {
    pub(crate) fn everything() -> Search {
        Search::of(0..u8::try_from(ALL.len()).expect("there are at most 128"))
    }

    pub(crate) fn only(index: u8) -> Search {
        Search::of([index])
    }

    fn of(entities: impl IntoIterator<Item = u8>) -> Search {
        Search(Detector::new(entities, None, None).expect("the built-in automata load"))
    }

    /// What it finds, in bytes of the text.
    pub(crate) fn find(&self, text: &str) -> Vec<Range<usize>> {
        let (mut lane, mut out) = (Lane::new(Depth::Plain), Vec::new());
        let [open, close] = MARKS;
        let mut mark = |_, value: &str, _: &[u8]| Ok::<_, Infallible>(Edit::Replace(format!("{open}{value}{close}")));
        let done = lane.push(&self.0, text.as_bytes(), true, &mut Scratch::default(), &mut out, &mut mark);
        done.unwrap_or_else(|never| match never {});
        let out = String::from_utf8(out).expect("text in, text out");
        let (mut at, mut found) = (0, Vec::new());
        for (index, part) in out.split(MARKS).enumerate() {
            if index % 2 == 1 {
                found.push(at..at + part.len());
            }
            at += part.len();
        }
        found
    }
}
