//! A bench's result: a table for people, the same figures as JSON for machines.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;
use serde_json::{Map, Value};

/// What a bench found.
#[derive(Serialize)]
pub(crate) struct Report {
    /// The bench's name.
    pub(crate) bench: &'static str,
    /// Its figures, in the order in which they were asked for.
    pub(crate) cases: Vec<Case>,
}

/// One comparison.
#[derive(Serialize)]
pub(crate) struct Case {
    /// Its name.
    pub(crate) case: &'static str,
    /// What `ours` and `other` count.
    pub(crate) unit: &'static str,
    /// Dragoman's figure.
    pub(crate) ours: f64,
    /// What it is measured against.
    pub(crate) other: f64,
    /// `ours` by `other`.
    pub(crate) ratio: f64,
    /// The goal in words, where there is one.
    pub(crate) goal: Option<String>,
    /// Whether it was met.
    pub(crate) met: Option<bool>,
    /// Whatever else the case has to say.
    #[serde(flatten)]
    pub(crate) more: Map<String, Value>,
}

/// What a case should come to.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    /// `ours / other` at most this.
    Ratio(f64),
    /// `ours - other` at most this.
    Over(f64),
    /// `ours` at most this.
    Most(f64),
    /// `ours / other` at least this.
    Keep(f64),
    /// `ours` at least this.
    Least(f64),
}

impl Case {
    /// A comparison without a goal.
    pub(crate) fn new(case: &'static str, unit: &'static str, ours: f64, other: f64) -> Case {
        let ratio = ours / other;
        Case { case, unit, ours, other, ratio, goal: None, met: None, more: Map::new() }
    }

    /// Adds the goal and whether it was met.
    pub(crate) fn goal(mut self, goal: Goal) -> Case {
        let (words, value, met) = match goal {
            Goal::Ratio(limit) => (format!("ratio <= {limit}"), self.ratio, self.ratio <= limit),
            Goal::Over(limit) => {
                let over = self.ours - self.other;
                (format!("ours - other <= {limit}"), over, over <= limit)
            }
            Goal::Most(limit) => (format!("ours <= {limit}"), self.ours, self.ours <= limit),
            Goal::Keep(limit) => (format!("ratio >= {limit}"), self.ratio, self.ratio >= limit),
            Goal::Least(limit) => (format!("ours >= {limit}"), self.ours, self.ours >= limit),
        };
        self.goal = Some(words);
        // What was not measured is neither met nor missed.
        self.met = (!value.is_nan()).then_some(met);
        self
    }

    /// Adds a figure.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Case {
        self.more.insert(name.to_owned(), value.into());
        self
    }
}

impl Report {
    /// The figures as JSON.
    pub(crate) fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("figures are JSON") + "\n"
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<26} {:>12} {:>12} {:>7}  {:<15} goal", "case", "ours", "other", "ratio", "unit")?;
        for case in &self.cases {
            let goal = match (&case.goal, case.met) {
                (Some(goal), Some(true)) => format!("{goal}: met"),
                (Some(goal), Some(false)) => format!("{goal}: MISSED"),
                (Some(goal), None) => format!("{goal}: not measured"),
                (None, _) => String::new(),
            };
            writeln!(
                f,
                "{:<26} {:>12.2} {:>12.2} {:>7.3}  {:<15} {goal}",
                case.case, case.ours, case.other, case.ratio, case.unit
            )?;
            for (name, value) in &case.more {
                writeln!(f, "    {name}: {value}")?;
            }
        }
        Ok(())
    }
}
