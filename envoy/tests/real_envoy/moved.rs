//! `dragoman up` in a container's place: it listens elsewhere than the file says, its engine has been started by something
//! else, and `dragoman ready` says how it is.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use dragoman_tests::client::{Client, Request};
use dragoman_tests::engine::{self, model};
use dragoman_tests::host::module_path;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::running::wait_until;
use crate::{environment, free_port, gateway};

/// A command of ours in a temporary folder of its own, where no other gateway is found.
fn dragoman(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dragoman"));
    command
        .envs(environment())
        .env("TMPDIR", folder)
        .env("DRAGOMAN_WASM", std::path::absolute(module_path()).expect("a path"));
    command
}

/// Processes that end with the test.
struct Ends(Vec<Child>);

impl Drop for Ends {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn written(config: &Value) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("dragoman.yaml"), config.to_string()).expect("the configuration is written");
    folder
}

/// A target that would start an engine, but that nothing is there to serve.
fn served() -> Value {
    json!({"provider": "local-engine", "base_url": format!("http://127.0.0.1:{}", free_port()), "serve": "nowhere.yaml"})
}

#[test]
fn it_listens_and_finds_its_engine_where_the_command_line_says_and_is_ready_then() {
    let mut config = gateway([("local", served())]);
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    config["listen"] = json!({"address": taken.local_addr().expect("its address").to_string()});
    let folder = written(&config);
    let ready = || dragoman(folder.path()).arg("ready").output().expect("it runs");
    let before = ready();
    assert_eq!(before.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&before.stderr).contains("no gateway runs here"));

    let (listen, at) = (format!("127.0.0.1:{}", free_port()), format!("127.0.0.1:{}", free_port()));
    let engine = Command::new(engine::program())
        .args(["serve", "--in-process", "--listen", &at, "--model"])
        .arg(format!("chat={}", model("demo-q8_0.gguf").display()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the engine runs");
    let mut ends = Ends(vec![engine]);
    let up = dragoman(folder.path())
        .args(["up", "--concurrency", "1", "--listen", &listen, "--engine-at", &format!("local={at}")])
        .arg(folder.path().join("dragoman.yaml"))
        .stdout(Stdio::null())
        .spawn()
        .expect("it runs");
    ends.0.push(up);
    wait_until("it is ready", || ready().status.success());
    wait_until("the engine listens", || std::net::TcpStream::connect(&at).is_ok());
    let body = json!({"model": "chat", "temperature": 0, "messages": [{"role": "user", "content": "What is Emma's email address?"}]});
    let mut client = Client::connect(listen.parse().expect("an address"));
    let answer = client.send(&Request::post("/v1/chat/completions", body.to_string()));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.text().contains("emma@example.com"), "{}", answer.text());
}

#[test]
fn an_engine_for_a_target_that_asks_for_none_is_refused() {
    let folder = written(&gateway([("local", json!({"provider": "local-engine"}))]));
    let output = dragoman(folder.path())
        .args(["up", "--engine-at", "local=engine:8081"])
        .arg(folder.path().join("dragoman.yaml"))
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(said.contains("there is no target `local` that has `serve`; leave --engine-at out"), "{said}");
}
