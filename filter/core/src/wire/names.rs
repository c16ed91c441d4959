//! Tool names and call ids that a format cannot take: made to fit, and names given back as the client knows them.

use std::borrow::Cow;

use sha2::{Digest as _, Sha256};

use super::Losses;
use super::ir::Given;

/// How much of a hash tells names apart.
const HASH: usize = 8;

/// The names that were changed: what the target is told, and what the client said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Names(Vec<(String, String)>);

impl Names {
    /// A name that fits: at most `longest` of `[A-Za-z0-9_-]`, beginning with a letter or `_`.
    pub(super) fn fit(&mut self, name: String, longest: usize) -> String {
        let begins_well = name.bytes().next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_');
        if begins_well && is_plain(&name, longest) {
            return name;
        }
        let fitted = hashed(&name, longest, if begins_well { "" } else { "_" });
        if !self.0.iter().any(|(own, _)| *own == fitted) {
            self.0.push((fitted.clone(), name));
        }
        fitted
    }

    /// The name as the client knows it.
    pub(super) fn given<'a>(&'a self, name: &'a str) -> &'a str {
        self.0.iter().find(|(fitted, _)| fitted == name).map_or(name, |(_, given)| given)
    }
}

/// An id that fits. The same id always becomes the same, so calls and outcomes still meet.
pub(super) fn fit_id(id: &str, longest: usize) -> Cow<'_, str> {
    if is_plain(id, longest) { Cow::Borrowed(id) } else { Cow::Owned(hashed(id, longest, "")) }
}

/// A user's id that fits: one that is too long becomes a short one, always the same.
pub(super) fn fit_user(user: Given<String>, longest: usize, losses: &mut Losses) -> String {
    if user.is.chars().count() <= longest {
        return user.is;
    }
    losses.note(user.at);
    hashed(&user.is, longest, "")
}

fn is_plain(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

fn hashed(text: &str, longest: usize, prefix: &str) -> String {
    let plain = text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' });
    let mut fitted = prefix.to_owned();
    fitted.extend(plain.take(longest.saturating_sub(HASH + 1 + prefix.len())));
    fitted.push('_');
    let hash = format!("{:x}", base16ct::HexDisplay(&Sha256::digest(text)));
    fitted.extend(hash.chars().take(HASH));
    fitted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_fit_stay_and_others_come_back_as_given() {
        let mut names = Names::default();
        assert_eq!(names.fit("get-weather_2".to_owned(), 64), "get-weather_2");
        let long = "mcp__server.tool/".repeat(8);
        let fitted = names.fit(long.clone(), 64);
        assert_eq!(fitted.len(), 64);
        assert!(is_plain(&fitted, 64), "{fitted}");
        assert_eq!(names.fit(long.clone(), 64), fitted);
        assert_eq!(names.given(&fitted), long);
        assert_eq!(names.fit("2go".to_owned(), 64).get(..4), Some("_2go"));
    }

    #[test]
    fn an_id_always_becomes_the_same() {
        assert_eq!(fit_id("call_1", 40), "call_1");
        assert_eq!(fit_id("a:b", 40), fit_id("a:b", 40));
        assert_ne!(fit_id("a:b", 40), fit_id("a.b", 40));
    }
}
