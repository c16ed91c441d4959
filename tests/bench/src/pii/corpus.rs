//! The corpus: JSON lines of `{"text": …}`, in which « and » mark what is to be found. A text without marks is a
//! negative. (Tokens are written with an escape in their prefix, so that nobody's scanner takes them for leaks.)

use std::ops::Range;
use std::path::Path;

use serde::Deserialize;

/// The texts for one entity.
pub(crate) struct Corpus(String);

/// One of them.
pub(crate) struct Text {
    pub(crate) plain: String,
    pub(crate) marks: Vec<Range<usize>>,
}

#[derive(Deserialize)]
struct Line {
    text: String,
}

impl Corpus {
    pub(crate) fn of(folder: &Path, entity: &str) -> Corpus {
        let file = folder.join(format!("{entity}.jsonl"));
        Corpus(std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{} can be read: {error}", file.display())))
    }

    pub(crate) fn texts(&self) -> impl Iterator<Item = Text> {
        self.0.lines().map(|line| {
            let line: Line = serde_json::from_str(line).expect("each line of the corpus is JSON");
            let (mut plain, mut marks) = (String::new(), Vec::new());
            for (index, part) in line.text.split(['«', '»']).enumerate() {
                let start = plain.len();
                plain.push_str(part);
                if index % 2 == 1 {
                    marks.push(start..plain.len());
                }
            }
            Text { plain, marks }
        })
    }
}
