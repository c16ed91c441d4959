//! From a tree to the file's types. What serde says of a misfit is turned into where, what and what to write instead,
//! and what it quotes of values is left out: a secret under the wrong key would be in it.

use serde_json::Value;

use super::file::File;
use super::place;
use super::problem::{Path, Problems};
use super::spelling::{either, nearest};

/// Reads the file out of a tree. `None` after a problem.
pub(super) fn read(tree: Value, problems: &mut Problems) -> Option<File> {
    place::deserialize(tree).map_err(|(path, message)| report(&path, &message, problems)).ok()
}

fn report(path: &Path, message: &str, problems: &mut Problems) {
    if let Some(rest) = message.strip_prefix("unknown field ") {
        let names = quoted(rest);
        let Some((written, known)) = names.split_first() else {
            return problems.error(path, message, MEND);
        };
        let path = if ends_in(path, written) { path.clone() } else { path.key(written) };
        problems.error(&path, format!("there is no key `{written}`"), choice(written, known));
    } else if let Some(rest) = message.strip_prefix("unknown variant ") {
        let names = quoted(rest);
        let Some((written, known)) = names.split_first() else {
            return problems.error(path, message, MEND);
        };
        problems.error(path, "this is not one of the values that it can have", choice(written, known));
    } else if let Some(rest) = message.strip_prefix("missing field ") {
        let name = quoted(rest).concat();
        problems.error(path, format!("the key `{name}` is missing"), format!("add `{name}:`"));
    } else if let Some((found, wanted)) = misfit(message) {
        let or_nothing = if found == "empty" { ", or remove the key" } else { "" };
        problems.error(path, format!("this is {found}"), format!("write {wanted}{or_nothing}"));
    } else if let Some(wanted) = message.strip_prefix("not ") {
        problems.error(path, "this cannot be read", format!("write {wanted}"));
    } else {
        problems.error(path, format!("this cannot be read: {message}"), MEND);
    }
}

const MEND: &str = "write it as the reference of this key shows";

/// `invalid type: string "…", expected a boolean` → (`text`, `a boolean`).
fn misfit(message: &str) -> Option<(&'static str, &str)> {
    let rest = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "))?;
    let (_, wanted) = rest.rsplit_once(", expected ")?;
    let found = match rest.split([' ', ',']).next() {
        Some("string" | "character") => "text",
        Some("integer" | "floating") => "a number",
        Some("boolean") => "true or false",
        Some("sequence") => "a list",
        Some("map") => "a mapping",
        _ => "something else",
    };
    let wanted = match wanted {
        "a string" => "text, in quotes if it looks like a number",
        "a map" => "a mapping of keys to values",
        "a sequence" => "a list",
        wanted if wanted.starts_with("struct ") => "a mapping of keys to values",
        wanted => wanted,
    };
    Some((found, wanted))
}

/// What stands between backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

fn ends_in(path: &Path, key: &str) -> bool {
    *path == path.parent().key(key)
}

fn choice(written: &str, known: &[&str]) -> String {
    match nearest(written, known.iter().copied()) {
        Some(name) => format!("write `{name}`"),
        None if known.is_empty() => "remove it".to_owned(),
        None => format!("what can stand here is {}", either(known.iter().copied())),
    }
}
