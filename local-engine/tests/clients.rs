//! The published Python client, against the program itself with a worker for each model.

#![allow(clippy::allow_attributes, clippy::panic, clippy::unwrap_used, reason = "tests fail by panicking")]

mod support;

use std::path::Path;

use support::program::Program;
use tokio::process::Command;

const MODELS: &str = "models:
- {name: chat, parameters: {model: DEMO}}
- {name: endless, parameters: {model: NOEOS}}
- {name: embed, parameters: {model: EMBED}}
";

#[tokio::test]
async fn the_python_client_is_content() {
    let program = Program::with_keys(MODELS, "sesame").await;
    let Some(python) = std::env::var_os("DRAGOMAN_PY") else {
        panic!("DRAGOMAN_PY is not set: run the tests by ./dev test, which installs the clients");
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/clients/engine.py");
    let output = Command::new(python).arg(script).args([&program.base, "sesame"]).output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.lines().count() > 10 && said.lines().all(|line| line.starts_with("ok python ")), "{said}");
}
