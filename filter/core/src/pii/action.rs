//! What is done with what was found. Where it was found, and what a policy says, is others' business.

use serde::Deserialize;

use super::entity::{Partial, Same};

/// What is done with a kind of data.
#[derive(Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Nothing: it is not looked for.
    Allow,
    /// It is counted, and stays.
    Count,
    /// A stable pseudonym takes its place, and is put back in this client's answer.
    Pseudonym,
    /// Its last four characters stay, or the first letter of a mailbox.
    Partial,
    /// A keyed hash takes its place.
    Hash,
    /// `[EMAIL]` takes its place.
    Mask,
    /// The request or the answer is refused.
    Block,
}

impl Action {
    /// Its name in the configuration and in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Action::Allow => "allow",
            Action::Count => "count",
            Action::Pseudonym => "pseudonym",
            Action::Partial => "partial",
            Action::Hash => "hash",
            Action::Mask => "mask",
            Action::Block => "block",
        }
    }

    /// Whether it needs the configuration's secret.
    pub fn is_keyed(self) -> bool {
        matches!(self, Action::Pseudonym | Action::Hash)
    }
}

/// The placeholder for a kind of data.
pub fn placeholder(label: &str) -> String {
    format!("[{label}]")
}

/// A label: the name in capitals, with nothing in it that a format could escape.
pub fn label(name: &str) -> String {
    name.chars().map(|char| if char.is_ascii_alphanumeric() { char.to_ascii_uppercase() } else { '_' }).collect()
}

/// What `partial` leaves of a value, given as patterns see it.
pub fn partial(folded: &[u8], keep: Partial, label: &str) -> String {
    match keep {
        Partial::Nothing => placeholder(label),
        Partial::LastFour => {
            let last: Vec<u8> = folded.iter().copied().filter(u8::is_ascii_alphanumeric).collect();
            let from = last.len().saturating_sub(4);
            // Of a short value the last four characters would be most of it.
            if last.len() < 8 {
                return placeholder(label);
            }
            format!("****{}", String::from_utf8_lossy(last.get(from..).unwrap_or_default()))
        }
        Partial::Mailbox => {
            let at = folded.iter().position(|byte| *byte == b'@').unwrap_or(folded.len());
            let (local, domain) = folded.split_at_checked(at).unwrap_or((folded, &[]));
            let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b".-@".contains(byte);
            if !local.first().is_some_and(u8::is_ascii_alphanumeric) || !domain.iter().all(plain) {
                return placeholder(label);
            }
            let first = local.get(..1).unwrap_or_default();
            format!("{}***{}", String::from_utf8_lossy(first), String::from_utf8_lossy(domain))
        }
    }
}

/// A value without what makes no difference.
pub fn normal(value: &str, same: Same) -> String {
    match same {
        Same::Exactly => value.to_owned(),
        Same::AnyCase => value.to_lowercase(),
        Same::Alphanumeric => {
            value.chars().filter(|char| char.is_alphanumeric()).flat_map(char::to_lowercase).collect()
        }
    }
}
