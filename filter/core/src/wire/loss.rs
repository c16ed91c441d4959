//! What a target was not told, or a client not given: paths of fields, never their values.

use std::fmt;

use super::Flaw;
use super::ir::Given;

/// More are counted, not named.
const MOST: usize = 32;
/// A longer path is cut.
const LONGEST: usize = 96;

/// Paths of what was lost, each once, in the order in which it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    paths: Vec<String>,
    more: usize,
}

impl Losses {
    /// Notes one. Of the path only what may stand in a header is kept: clients make up names.
    pub fn note(&mut self, path: impl AsRef<str>) {
        let path: String = path
            .as_ref()
            .chars()
            .take(LONGEST)
            .map(|c| if c.is_ascii_graphic() && !matches!(c, ',' | ';' | '"') { c } else { '?' })
            .collect();
        if self.paths.contains(&path) {
            return;
        }
        if self.paths.len() < MOST { self.paths.push(path) } else { self.more += 1 }
    }

    /// Notes something that belongs to the part at `part`.
    pub(super) fn note_of<T>(&mut self, part: &str, given: &Given<T>) {
        self.note(format!("{part}.{}", given.at));
    }

    /// Adds another list.
    pub fn extend(&mut self, other: &Losses) {
        other.paths.iter().for_each(|path| self.note(path));
        self.more += other.more;
    }

    /// Whether nothing was lost.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// How many were.
    pub fn len(&self) -> usize {
        self.paths.len() + self.more
    }

    /// The paths that are named.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().map(String::as_str)
    }

    /// The refusal in their place, where a target must be told all; `None` if nothing was lost.
    pub fn flaw(&self) -> Option<Flaw> {
        let first = self.paths.first()?;
        Some(Flaw::new(first, format!("this target cannot be told it (lost: {self}); leave it out, or allow losses")))
    }
}

/// A list for a header: `top_k, messages[3].content[1]`.
impl fmt::Display for Losses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.paths.join(", "))?;
        if self.more > 0 { write!(f, ", and {} more", self.more) } else { Ok(()) }
    }
}
