//! Why a request cannot be translated, said so that the client can mend it. Never content, save a name.

use std::fmt;

use crate::json::shown_key;
use crate::refusal::Refusal;

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The field: `messages[2].content`; empty for the whole body.
    pub at: String,
    /// The problem and its mend.
    pub what: String,
}

impl Flaw {
    /// A flaw of this field.
    pub fn new(at: impl Into<String>, what: impl Into<String>) -> Flaw {
        Flaw { at: at.into(), what: what.into() }
    }

    /// The field is of another kind than the format wants.
    pub(super) fn wanted(at: impl Into<String>, wanted: &str) -> Flaw {
        Flaw::new(at, format!("must be {wanted}"))
    }

    /// Something that only its own provider runs.
    pub(super) fn server_tool(at: impl Into<String>, name: &str) -> Flaw {
        let name = shown_key(name);
        Flaw::new(
            at,
            format!("the tool {name:?} is run by its provider, and this target has none like it; leave it out"),
        )
    }

    /// State that another provider keeps.
    pub(super) fn state(at: &str) -> Flaw {
        Flaw::new(at, "this target keeps no earlier responses or files; send the whole conversation in the request")
    }

    /// As the refusal that the client reads: a 400 that names the field.
    pub fn refusal(&self) -> Refusal {
        Refusal::invalid(self.to_string())
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.at.is_empty() { f.write_str(&self.what) } else { write!(f, "{}: {}", self.at, self.what) }
    }
}

impl std::error::Error for Flaw {}
