//! `auth`: keys by their hashes. Running open has to be said.

use super::{flaw_of_name, redaction};
use crate::config::file::{self, File};
use crate::config::gateway::Key;
use crate::config::problem::{Path, Problems};
use crate::glob::{Glob, Globs};

/// SHA-256 of nothing: what a script hashes when its variable was not set.
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

pub(super) fn compile(file: &File, problems: &mut Problems) -> Vec<Key> {
    let auth = &file.auth;
    let at = Path::root().key("auth");
    if auth.keys.is_empty() && !auth.anonymous {
        problems.error(
            &at,
            "nobody could call: there are no keys",
            "add what `dragoman key new ID` prints to `auth.keys`, or say `auth: {anonymous: true}` to let everyone in",
        );
    }
    let mut keys: Vec<(usize, Key)> = Vec::new();
    for (index, key) in auth.keys.iter().enumerate() {
        let at = at.key("keys").index(index);
        let Some(compiled) = compile_key(key, file, &at, problems) else {
            continue;
        };
        if let Some((twin, _)) = keys.iter().find(|(_, other)| other.sha256 == compiled.sha256) {
            let what = format!("this is the same key as `auth.keys[{twin}]`");
            problems.error(&at.key("sha256"), what, "remove one, or make a new key with `dragoman key new ID`");
        }
        keys.push((index, compiled));
    }
    keys.into_iter().map(|(_, key)| key).collect()
}

fn compile_key(key: &file::Key, file: &File, at: &Path, problems: &mut Problems) -> Option<Key> {
    check_name(&at.key("id"), &key.id, problems);
    if key.id == "anonymous" {
        let what = "`anonymous` is the id of callers without a key";
        problems.error(&at.key("id"), what, "give the key another id");
    }
    if let Some(tenant) = &key.tenant {
        check_name(&at.key("tenant"), tenant, problems);
    }
    let models = globs(&at.key("models"), &key.models, problems);
    let sha256 = hash(&at.key("sha256"), &key.sha256, problems);
    let everything = Globs::new(["*"]).unwrap_or_default();
    let models = models?;
    Some(Key {
        id: key.id.clone(),
        tenant: key.tenant.clone().unwrap_or_else(|| key.id.clone()),
        sha256: sha256?,
        restricted: !models.covers(&everything),
        redaction: redaction::find(key.redaction.as_ref(), file, at, problems),
        models,
    })
}

fn hash(path: &Path, hex: &str, problems: &mut Problems) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    let complete = base16ct::mixed::decode(hex, &mut hash).is_ok_and(|bytes| bytes.len() == 32);
    if !complete {
        let mend = "write the `sha256` that `dragoman key new ID` prints";
        problems.error(path, "this is not a SHA-256: 64 hexadecimal digits", mend);
        return None;
    }
    if hex.eq_ignore_ascii_case(EMPTY) {
        problems.error(path, "this is the hash of an empty key", "make one with `dragoman key new ID`");
    }
    Some(hash)
}

fn check_name(path: &Path, name: &str, problems: &mut Problems) {
    if let Some(flaw) = flaw_of_name(name) {
        problems.error(path, format!("this cannot be a name: {flaw}"), "write a short one such as `alice`");
    }
}

/// Compiles a list of globs that may not be empty.
pub(super) fn globs(path: &Path, written: &[String], problems: &mut Problems) -> Option<Globs> {
    if written.is_empty() {
        problems.error(path, "the list is empty, so it matches nothing", "write `[\"*\"]` for everything");
        return None;
    }
    let mut globs = Vec::new();
    for (index, text) in written.iter().enumerate() {
        match Glob::parse(text) {
            Ok(glob) => globs.push(glob),
            Err(flaw) => {
                // A glob's error is a sentence in two halves: what is wrong; what to write.
                let flaw = flaw.to_string();
                let (what, mend) = flaw.rsplit_once("; ").unwrap_or((&flaw, "write a name"));
                problems.error(&path.index(index), what, mend);
            }
        }
    }
    (globs.len() == written.len()).then(|| Globs::from(globs))
}
