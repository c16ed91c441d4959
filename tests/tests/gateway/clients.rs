//! The published clients, through Envoy, with the upstream's bytes cut at random.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use dragoman_tests::demo;
use dragoman_tests::envoy::Envoy;
use dragoman_tests::upstream::Upstream;
use serde_json::{Value, json};

use super::{DIGEST, KEY};

/// A gateway before the demo upstream: whichever of its models a client asks for, the upstream is asked for `tiny`.
struct Demo {
    envoy: Envoy,
    // Held until the Envoy is gone.
    _upstream: Upstream,
}

impl Demo {
    /// Clients of each format have a target that speaks it.
    fn start() -> Demo {
        Demo::of(|base_url| {
            let models = ["house-model", "gpt-4o", "claude-*"];
            let messages = ["messages", "count_tokens"];
            json!({
                "targets": {
                    "gpt": {"provider": "openai", "base_url": base_url},
                    "claude": {"provider": "anthropic", "base_url": base_url},
                },
                "routes": [
                    {"models": models, "when": {"endpoint": messages}, "targets": [{"target": "claude", "model": "tiny"}]},
                    {"models": models, "targets": [{"target": "gpt", "model": "tiny"}]},
                ],
            })
        })
    }

    /// There is one target, and it speaks this format only.
    fn speaking(format: &str) -> Demo {
        Demo::of(|base_url| {
            json!({
                "targets": {"only": {"provider": "custom", "format": format, "base_url": base_url, "include_usage": true}},
                "routes": [{"models": ["house-model"], "targets": [{"target": "only", "model": "tiny"}]}],
            })
        })
    }

    fn of(config: impl FnOnce(&str) -> Value) -> Demo {
        let seeds = AtomicU64::new(1);
        let upstream = Upstream::start(move |request| {
            demo::answer(request).cut(seeds.fetch_add(1, Ordering::Relaxed)).pace(Duration::ZERO)
        });
        let mut config = config(&format!("http://{}", upstream.address()));
        config["version"] = json!(1);
        config["auth"] = json!({"keys": [{"id": "alice", "sha256": DIGEST}]});
        Demo { envoy: Envoy::start(&config, &[].into()), _upstream: upstream }
    }

    fn base(&self) -> String {
        format!("http://{}", self.envoy.address())
    }
}

/// Runs the checks of one language: they ask for `house-model`, and expect it in every answer. Then those of conversations
/// again, with a target of each format.
fn judged_by(command: impl Fn() -> Command) {
    let judge = |demo: &Demo, only: &[&str], least: usize| {
        let said = output(command().args([demo.base().as_str(), KEY, "house-model", "tiny"]).args(only));
        assert!(said.lines().count() > least, "too few checks ran:\n{said}");
    };
    judge(&Demo::start(), &[], 14);
    for format in ["chat", "responses", "messages", "gemini"] {
        judge(&Demo::speaking(format), &["conversations"], 9);
    }
}

/// What a command says that ends well.
fn output(command: &mut Command) -> String {
    let output = command.output().expect("the client's language is installed");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(name)
}

fn tool(variable: &str) -> std::ffi::OsString {
    let path = std::env::var_os(variable);
    assert!(path.is_some(), "{variable} is not set: run the tests by ./dev test, which installs the clients");
    path.unwrap_or_default()
}

#[test]
fn the_python_clients_are_content_whatever_the_target_speaks() {
    judged_by(|| {
        let mut command = Command::new(tool("DRAGOMAN_PY"));
        command.arg(script("check.py"));
        command
    });
}

#[test]
fn the_node_clients_are_content_whatever_the_target_speaks() {
    judged_by(|| {
        let mut command = Command::new("node");
        command.arg(script("check.mjs")).env("DRAGOMAN_NODE_MODULES", tool("DRAGOMAN_NODE_MODULES"));
        command
    });
}

#[test]
fn the_examples_work_as_they_stand() {
    let demo = Demo::start();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/clients");
    // A module of Node's finds packages beside itself only.
    let beside = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(tool("DRAGOMAN_NODE_MODULES"), beside.path().join("node_modules")).unwrap();
    for name in ["chat.py", "messages.py", "chat.mjs", "messages.mjs"] {
        let example = beside.path().join(name);
        std::fs::copy(folder.join(name), &example).unwrap();
        let language = if name.ends_with(".py") { tool("DRAGOMAN_PY") } else { "node".into() };
        let mut command = Command::new(language);
        command.arg(example).env("OPENAI_BASE_URL", format!("{}/v1", demo.base())).env("OPENAI_API_KEY", KEY);
        command.env("ANTHROPIC_BASE_URL", demo.base()).env("ANTHROPIC_API_KEY", KEY);
        assert_eq!(output(&mut command), "Hello from tiny. Authorization: no.\n", "{name}");
    }
}
