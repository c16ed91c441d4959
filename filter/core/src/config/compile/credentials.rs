//! `targets.*.credentials` and `service_account`: secrets, which stand in no file. What is written is a reference; what is compiled is its value.

use serde_json::Value;

use crate::config::file;
use crate::config::gateway::Credential;
use crate::config::problem::{Path, Problems};
use crate::config::reference::{self, Piece, Rule};

/// Reports credentials that are written out. The file travels: into Envoy's configuration, its dumps, a repository.
pub(in crate::config) fn credentials_are_references(tree: &Value, problems: &mut Problems) {
    let targets = tree.get("targets").and_then(Value::as_object);
    for (name, target) in targets.into_iter().flatten() {
        for key in ["credentials", "service_account"] {
            let at = Path::root().key("targets").key(name).key(key);
            match target.get(key) {
                Some(Value::Array(list)) => {
                    for (index, item) in list.iter().enumerate() {
                        check(&at.index(index), item, problems);
                    }
                }
                Some(one) => check(&at, one, problems),
                None => {}
            }
        }
    }
}

fn check(path: &Path, written: &Value, problems: &mut Problems) {
    let Value::String(text) = written else { return };
    if !is_reference(text) {
        problems.hide(text);
        problems.unresolved(
            path,
            "a credential is written out",
            "put it into an environment variable or a file, and write ${env.NAME}, ${env.NAME:=} or ${file:/path} here",
        );
    }
}

/// Whether a text is a reference and nothing else, with no value of its own.
pub(super) fn is_reference(text: &str) -> bool {
    let optional = Rule::Default(String::new());
    match reference::parse(text).as_deref() {
        Ok([Piece::File(_)]) => true,
        Ok([Piece::Env { rule, .. }]) => *rule == Rule::Required || *rule == optional,
        Ok(_) => false,
        Err(_) => true, // reported where references are replaced
    }
}

/// Compiles a target's credentials; absent ones (`${env.NAME:=}`) fall away.
pub(super) fn compile(name: &str, target: &file::Target, at: &Path, problems: &mut Problems) -> Vec<Credential> {
    let Some(written) = &target.credentials else {
        return Vec::new();
    };
    let at = at.key("credentials");
    let mut credentials: Vec<Credential> = Vec::new();
    for (index, secret) in written.iter().enumerate() {
        if secret.is_empty() {
            continue;
        }
        // Not a list: a single credential has no index in its path either.
        let place = if written.len() == 1 { at.clone() } else { at.index(index) };
        if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            problems.error(
                &place,
                "the credential holds a character that cannot stand in a header",
                "look for line breaks and spaces in the variable or file that it comes from",
            );
        }
        if credentials.iter().any(|other| other.secret == *secret) {
            problems.error(&place, "the same credential stands here twice", "remove one");
        }
        credentials.push(Credential { secret: secret.clone(), label: format!("{name}#{index}") });
    }
    if credentials.is_empty() && !problems.is_unknown(&at) {
        problems.error(
            &at,
            "an empty credential: none of these is set",
            "set one, or leave `credentials` out for a target that takes none",
        );
    }
    credentials
}
