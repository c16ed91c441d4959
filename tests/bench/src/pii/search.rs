//! The engine itself, asked where it finds something.

use std::convert::Infallible;
use std::ops::Range;

use dragoman_core::pii::entity::ALL;
use dragoman_core::pii::{Depth, Detector, Edit, Lane, Scratch};

/// Some entities, switched on.
pub(crate) struct Search(Detector);

/// What takes the place of what is found; in no text of the corpus.
const MARK: char = '\u{1}';

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
        let (mut lane, mut out, mut values) = (Lane::new(Depth::Plain), Vec::new(), Vec::new());
        let mut mark = |_, value: &str, _: &[u8]| {
            values.push(value.len());
            Ok::<_, Infallible>(Edit::Replace(MARK.to_string()))
        };
        let done = lane.push(&self.0, text.as_bytes(), true, &mut Scratch::default(), &mut out, &mut mark);
        done.unwrap_or_else(|never| match never {});
        let out = String::from_utf8(out).expect("text in, text out");
        let mut kept = out.split(MARK);
        let mut at = kept.next().map_or(0, str::len);
        let mut found = Vec::new();
        for (index, (kept, value)) in kept.zip(&values).enumerate() {
            // What has a tail is longer than what was decided on; it ends where the text that was kept goes on.
            let last = index + 1 == values.len();
            let end = if last {
                Some(text.len() - kept.len())
            } else {
                text[at + value..].find(kept).map(|gap| at + value + gap)
            };
            let end = end.expect("what is kept stands in the text");
            found.push(at..end);
            at = end + kept.len();
        }
        found
    }
}
