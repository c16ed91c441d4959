//! What is wrong with a configuration: where, what, and what to write instead. Never a secret: what came out of the
//! environment is struck out wherever it would be quoted.

use std::fmt;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key it is about.
    pub path: Path,
    /// What is wrong with it.
    pub what: String,
    /// What to write instead.
    pub mend: String,
    /// Whether the file can be used all the same.
    pub severity: Severity,
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The file is refused.
    Error,
    /// The file works, but says something that it can hardly mean.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str(match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        write!(out, "{}: {}: {}; {}", self.severity, self.path, self.what, self.mend)
    }
}

/// Where in a file: `routes[1].targets[0].model`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Path(Vec<Step>);

/// One step down in a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Into the value of a key.
    Key(String),
    /// Into an element of a list.
    Index(usize),
}

impl Path {
    /// The file as a whole.
    pub fn root() -> Path {
        Path::default()
    }

    /// The value of a key below this.
    pub fn key(&self, key: &str) -> Path {
        self.step(Step::Key(key.to_owned()))
    }

    /// An element of the list that this is.
    pub fn index(&self, index: usize) -> Path {
        self.step(Step::Index(index))
    }

    /// One level up; the root stays.
    pub fn parent(&self) -> Path {
        let mut steps = self.0.clone();
        steps.pop();
        Path(steps)
    }

    /// The steps from the root.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Whether this is `other` or stands below it.
    pub fn is_within(&self, other: &Path) -> bool {
        self.0.starts_with(&other.0)
    }

    fn step(&self, step: Step) -> Path {
        let mut steps = self.0.clone();
        steps.push(step);
        Path(steps)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        if self.0.is_empty() {
            return out.write_str("(the file)");
        }
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(out, "[{index}]")?,
                Step::Key(key) if !is_plain(key) => write!(out, "[{key:?}]")?,
                Step::Key(key) if position == 0 => out.write_str(key)?,
                Step::Key(key) => write!(out, ".{key}")?,
            }
        }
        Ok(())
    }
}

/// Whether a key can stand in a path without quotes.
fn is_plain(key: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    !key.is_empty() && key.bytes().all(plain)
}

/// The problems found so far, and the values that none of them may show.
#[derive(Default)]
pub(super) struct Problems {
    found: Vec<Problem>,
    secrets: Vec<String>,
    /// Paths whose values are unknown because their references failed: what is said of them is noise.
    unknown: Vec<Path>,
}

impl Problems {
    pub(super) fn error(&mut self, path: &Path, what: impl Into<String>, mend: impl Into<String>) {
        self.push(path, what.into(), mend.into(), Severity::Error);
    }

    pub(super) fn warning(&mut self, path: &Path, what: impl Into<String>, mend: impl Into<String>) {
        self.push(path, what.into(), mend.into(), Severity::Warning);
    }

    /// An error after which nothing more can be said about this path.
    pub(super) fn unresolved(&mut self, path: &Path, what: impl Into<String>, mend: impl Into<String>) {
        self.error(path, what, mend);
        self.unknown.push(path.clone());
    }

    /// Never show this value. Short ones are no secrets, and striking them out would leave no sentence whole.
    pub(super) fn hide(&mut self, value: &str) {
        const SHORTEST_SECRET: usize = 6;
        if value.len() >= SHORTEST_SECRET {
            self.secrets.push(value.to_owned());
        }
    }

    /// Whether the value at this path, or a part of it, could not be resolved.
    pub(super) fn is_unknown(&self, path: &Path) -> bool {
        self.unknown.iter().any(|unknown| unknown.is_within(path))
    }

    pub(super) fn any_error(&self) -> bool {
        self.found.iter().any(|problem| problem.severity == Severity::Error)
    }

    pub(super) fn into_vec(self) -> Vec<Problem> {
        let Problems { found, mut secrets, .. } = self;
        // The longest first: a secret may hold another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        let strike = |text: String| {
            secrets.iter().fold(
                text,
                |text, secret| {
                    if text.contains(secret) { text.replace(secret, "…") } else { text }
                },
            )
        };
        found
            .into_iter()
            .map(|problem| Problem { what: strike(problem.what), mend: strike(problem.mend), ..problem })
            .collect()
    }

    fn push(&mut self, path: &Path, what: String, mend: String, severity: Severity) {
        if !self.unknown.iter().any(|unknown| path.is_within(unknown)) {
            self.found.push(Problem { path: path.clone(), what, mend, severity });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_like_the_file() {
        let path = Path::root().key("routes").index(1).key("targets").index(0).key("model");
        assert_eq!(path.to_string(), "routes[1].targets[0].model");
        assert_eq!(Path::root().key("aliases").key("gpt-4.1").to_string(), r#"aliases["gpt-4.1"]"#);
    }

    #[test]
    fn a_hidden_value_is_struck_out_of_every_sentence() {
        let mut problems = Problems::default();
        problems.hide("sk-secret");
        problems.hide("sk-secret-longer");
        problems.error(&Path::root(), "`sk-secret-longer` is wrong", "not sk-secret");
        let [problem] = &problems.into_vec()[..] else { panic!("one problem") };
        assert_eq!(problem.to_string(), "error: (the file): `…` is wrong; not …");
    }

    #[test]
    fn nothing_more_is_said_of_a_value_that_could_not_be_resolved() {
        let mut problems = Problems::default();
        let address = Path::root().key("listen").key("address");
        problems.unresolved(&address, "A is not set", "set it");
        problems.error(&address, "not an address", "write one");
        assert_eq!(problems.into_vec().len(), 1);
    }
}
