//! `bench pii`: how well personal data and secrets are found. Each entity alone on its own file of
//! `tests/vectors/pii`, then all of them together on all files; and, where it is there, a sample of other projects' cases.
//!
//! A mark is found if a hit covers it. A hit that touches no mark is false.

mod corpus;
mod sample;
mod search;

use std::path::PathBuf;

use dragoman_core::pii::entity::ALL;

use crate::report::{Case, Goal, Report};
use corpus::Corpus;
use search::Search;

/// What `bench pii` can be told.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The folder of the corpus, a file for each entity.
    #[arg(long, default_value = "tests/vectors/pii")]
    corpus: PathBuf,
    /// Cases of other projects, as JSON lines of `entity`, `text` and `spans_utf8`.
    #[arg(long, default_value = "../shared/corpora/pii/sample.jsonl")]
    sample: PathBuf,
}

/// The goal of both figures.
const GOAL: f64 = 0.98;

/// What was found, and what was not.
#[derive(Clone, Copy, Default)]
pub(crate) struct Score {
    found: u32,
    missed: u32,
    false_hits: u32,
    negatives: u32,
}

pub(crate) fn run(options: &Options) -> Report {
    let everything = Search::everything();
    let (mut cases, mut alone, mut together) = (Vec::new(), Score::default(), Score::default());
    for (index, entity) in (0..).zip(ALL) {
        let search = Search::only(index);
        let mut score = Score::default();
        for text in Corpus::of(&options.corpus, entity.name).texts() {
            score.add(&text.marks, &search.find(&text.plain));
            together.add(&text.marks, &everything.find(&text.plain));
        }
        alone.merge(score);
        cases.push(score.case(entity.name));
    }
    cases.push(alone.case("all, each alone"));
    cases.push(together.case("all together"));
    cases.extend(sample::cases(&options.sample, &everything));
    Report { bench: "pii", cases }
}

impl Score {
    /// Counts the hits on a text.
    pub(crate) fn add(&mut self, marks: &[std::ops::Range<usize>], hits: &[std::ops::Range<usize>]) {
        let covers =
            |mark: &std::ops::Range<usize>| hits.iter().any(|hit| hit.start <= mark.start && hit.end >= mark.end);
        let touches =
            |hit: &std::ops::Range<usize>| marks.iter().any(|mark| hit.start < mark.end && mark.start < hit.end);
        let count =
            |holds: &mut dyn Iterator<Item = bool>| u32::try_from(holds.filter(|holds| *holds).count()).unwrap_or(0);
        self.found += count(&mut marks.iter().map(covers));
        self.missed += count(&mut marks.iter().map(|mark| !covers(mark)));
        self.false_hits += count(&mut hits.iter().map(|hit| !touches(hit)));
        self.negatives += u32::from(marks.is_empty());
    }

    fn merge(&mut self, other: Score) {
        self.found += other.found;
        self.missed += other.missed;
        self.false_hits += other.false_hits;
        self.negatives += other.negatives;
    }

    /// The figures of a row.
    pub(crate) fn case(self, name: &'static str) -> Case {
        let part =
            |rest: u32| if self.found + rest == 0 { 1.0 } else { f64::from(self.found) / f64::from(self.found + rest) };
        let (precision, recall) = (part(self.false_hits), part(self.missed));
        Case::new(name, "worse of both", precision.min(recall), GOAL)
            .goal(Goal::Least(GOAL))
            .with("entity", name)
            .with("precision", precision)
            .with("recall", recall)
            .with("positives", self.found + self.missed)
            .with("negatives", self.negatives)
    }
}
