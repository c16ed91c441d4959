//! From what the file says to what it means: one module per section. Every problem is reported and compilation goes on,
//! so that one run shows them all; the gateway is only used if there was none.

mod address;
mod auth;
mod credentials;
mod dead;
pub mod headers;
mod listen;
mod network;
mod paths;
mod redaction;
mod routes;
mod serve;
mod targets;
mod tokens;
mod vertex;

pub(super) use credentials::credentials_are_references;
pub use redaction::mask_everything;
pub(super) use redaction::secret_is_a_reference;

use base16ct::HexDisplay;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::file::{Bytes, File};
use super::gateway::Gateway;
use super::problem::{Path, Problems};
use crate::resting::Millis;

/// Names a configuration by its text, before any reference is replaced.
pub(super) fn identity(tree: &Value) -> String {
    let hash = Sha256::digest(tree.to_string());
    let short: Vec<u8> = hash.iter().copied().take(8).collect();
    format!("{:x}", HexDisplay(&short))
}

/// Compiles the file. What it returns is only fit for use if no error was reported.
pub(super) fn gateway(file: &File, identity: String, problems: &mut Problems) -> Gateway {
    let root = Path::root();
    if file.version != 1 {
        problems.error(&root.key("version"), format!("there is no version {}", file.version), "write `version: 1`");
    }
    listen::check(file, problems);
    let keys = auth::compile(file, problems);
    let targets = targets::compile(file, problems);
    let routes = routes::compile(file, &targets, problems);
    let aliases = routes::aliases(&file.aliases, &routes, problems);
    let policies = redaction::compile(file, &routes, &keys, problems);
    let passthrough = paths::compile(file, &keys, problems);
    targets::warn_of_unused(file, problems);
    Gateway {
        identity,
        keys,
        anonymous: file.auth.anonymous,
        targets,
        routes,
        policies: policies.all,
        joint_policies: policies.joint,
        aliases,
        passthrough,
        other_paths: file.other_paths,
        show_served_model: file.show_served_model,
        shared_state: file.shared_state,
        strict: file.strict,
        max_request_bytes: usize::try_from(file.limits.max_request_bytes.0).unwrap_or(usize::MAX),
        max_response_bytes: usize::try_from(file.limits.max_response_bytes.0).unwrap_or(usize::MAX),
        first_byte: Millis::try_from(file.timeouts.first_byte.0.as_millis()).unwrap_or(Millis::MAX),
        fixed_order: false,
        inline: false,
    }
}

/// Reports a value outside its range; whether it was inside.
fn check_range(path: &Path, value: Bytes, least: u64, most: u64, problems: &mut Problems) -> bool {
    let inside = (least..=most).contains(&value.0);
    if !inside {
        let (least, most) = (Bytes(least), Bytes(most));
        problems.error(path, format!("{value} is out of range"), format!("write {least} to {most}"));
    }
    inside
}

/// Reports a path that is not absolute: Envoy's working directory is nobody's business.
fn check_file(path: &Path, file: &str, problems: &mut Problems) {
    if !file.starts_with('/') || file.chars().any(char::is_control) {
        problems.error(
            path,
            "this is not the absolute path of a file",
            "write it from the root: `/etc/dragoman/ca.pem`",
        );
    }
}

/// What a name may not be: empty, too long, a step in a path, or holding what does not print.
fn flaw_of_name(name: &str) -> Option<&'static str> {
    const LONGEST: usize = 128;
    match name {
        "" => Some("it is empty"),
        "." | ".." => Some("it would be a step in a path"),
        _ if name.len() > LONGEST => Some("it is longer than 128 bytes"),
        _ if name.chars().any(|letter| letter.is_control() || letter.is_whitespace()) => {
            Some("it holds white space or control characters")
        }
        _ => None,
    }
}
