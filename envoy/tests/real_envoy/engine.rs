//! Models of this machine behind Envoy: `dragoman up` starts the engine, requests reach it, and both end together.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use dragoman_tests::client::{Answer, Request};
use dragoman_tests::engine::{self, model};
use dragoman_tests::envoy::Up;
use serde_json::{Value, json};

use crate::running::{children_of, runs, spawn, wait_until};
use crate::{environment, free_port, gateway, target};

const EMMA: &str = "Emma's email is emma@example.com.";

/// A target that an engine is started for, serving what the folder's models.yaml says.
fn local(folder: &Path) -> Value {
    let models = json!({"models": [
        {"name": "chat", "parameters": {"model": model("demo-q8_0.gguf")}},
        {"name": "embed", "parameters": {"model": model("embed-f32.gguf")}},
    ]});
    let file = folder.join("models.yaml");
    std::fs::write(&file, models.to_string()).expect("models.yaml is written");
    json!({"provider": "local-engine", "base_url": format!("http://127.0.0.1:{}", free_port()), "serve": file})
}

fn variables() -> BTreeMap<String, String> {
    let program = engine::program().display().to_string();
    environment().into_iter().chain([("LOCAL_ENGINE_BIN".to_owned(), program)]).collect()
}

fn start(config: &Value) -> Up {
    Up::start(config, &variables())
}

fn emma(stream: bool) -> Request {
    let messages = json!([{"role": "user", "content": "What is Emma's email address?"}]);
    let body = json!({"model": "chat", "messages": messages, "temperature": 0, "stream": stream});
    Request::post("/v1/chat/completions", body.to_string())
}

fn content(answer: &Answer) -> String {
    answer.json()["choices"][0]["message"]["content"].as_str().unwrap_or_default().to_owned()
}

/// The text of a stream that ended properly, and how many events it came in.
fn streamed(answer: &Answer) -> (String, usize) {
    let text = answer.text();
    let events: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
    assert_eq!(events.last(), Some(&"[DONE]"), "{text}");
    let content = |event: &&str| -> Option<String> {
        let event: Value = serde_json::from_str(event).ok()?;
        Some(event["choices"][0]["delta"]["content"].as_str()?.to_owned())
    };
    let parts: Vec<String> = events.iter().filter_map(content).filter(|part| !part.is_empty()).collect();
    (parts.concat(), parts.len())
}

#[test]
fn a_chat_is_answered_whole_and_in_pieces() {
    let folder = tempfile::tempdir().expect("a folder");
    let up = start(&gateway([("local", local(folder.path()))]));
    let mut client = up.connect();
    let whole = client.send(&emma(false));
    assert_eq!((whole.status, content(&whole).as_str()), (200, EMMA), "{}", up.said());
    let (text, pieces) = streamed(&client.send(&emma(true)));
    assert_eq!(text, EMMA);
    assert!(pieces > 5, "{pieces}");
    assert_eq!(content(&client.send(&emma(false))), EMMA, "the connection goes on after a stream");
}

#[test]
fn embeddings_and_completions_pass() {
    let folder = tempfile::tempdir().expect("a folder");
    let up = start(&gateway([("local", local(folder.path()))]));
    let ask = |path: &str, body: Value| up.connect().send(&Request::post(path, body.to_string()));
    let vectors = ask("/v1/embeddings", json!({"model": "embed", "input": ["a cat", "a dog"]}));
    assert_eq!(vectors.status, 200, "{}", vectors.text());
    let vectors = vectors.json();
    assert_eq!(vectors["data"].as_array().map(Vec::len), Some(2));
    assert_eq!(vectors["data"][1]["embedding"].as_array().map(Vec::len), Some(64));
    let text = ask("/v1/completions", json!({"model": "chat", "prompt": "The capital of", "max_tokens": 3}));
    assert_eq!((text.status, &text.json()["usage"]["completion_tokens"]), (200, &json!(3)), "{}", text.text());
}

#[test]
fn what_another_target_cannot_do_the_engine_does() {
    let folder = tempfile::tempdir().expect("a folder");
    // Nobody listens there.
    let gone = target(&format!("http://127.0.0.1:{}/v1", free_port()));
    let up = start(&gateway([("gone", gone), ("local", local(folder.path()))]));
    // What failed rests: the second request does not try it.
    for (stream, attempts) in [(false, "2"), (true, "1")] {
        let answer = up.connect().send(&emma(stream));
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.headers.first("x-dragoman-target"), Some("local"));
        assert_eq!(answer.headers.first("x-dragoman-attempts"), Some(attempts));
        let text = if stream { streamed(&answer).0 } else { content(&answer) };
        assert_eq!(text, EMMA);
    }
}

#[test]
fn the_engine_takes_the_targets_credential_and_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut target = local(folder.path());
    target["credentials"] = json!("${env.WITH_COMMA}");
    let address = target["base_url"].as_str().expect("an address").trim_start_matches("http://").to_owned();
    let variables = variables().into_iter().chain([("WITH_COMMA".to_owned(), "open,sesame".to_owned())]).collect();
    let up = Up::start(&gateway([("local", target)]), &variables);
    assert_eq!(content(&up.connect().send(&emma(false))), EMMA);
    let mut direct = dragoman_tests::client::Client::connect(address.parse().expect("an address"));
    assert_eq!(direct.send(&emma(false)).status, 401);
}

#[test]
fn an_engine_that_dies_is_started_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let up = start(&gateway([("local", local(folder.path()))]));
    assert_eq!(up.connect().send(&emma(false)).status, 200);
    kill(engine_of(up.pid()));
    wait_until("it is said", || up.said().contains("the engine of target `local` stopped by itself"));
    wait_until("it answers again", || up.connect().send(&emma(false)).status == 200);
}

#[test]
fn one_stop_ends_envoy_the_engine_and_its_workers() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut up = start(&gateway([("local", local(folder.path()))]));
    assert_eq!(up.connect().send(&emma(false)).status, 200);
    let engine = engine_of(up.pid());
    let all: Vec<u32> = children_of(up.pid()).into_iter().chain(children_of(engine)).collect();
    assert_eq!(all.len(), 3, "Envoy, the engine, one worker");
    up.stop();
    wait_until("all have ended", || !all.iter().any(|pid| runs(*pid)));
}

#[test]
fn an_engine_that_cannot_serve_ends_up_with_its_reason() {
    let said = |target: Value| {
        let (up, _folder) = spawn(&gateway([("local", target)]), free_port(), &variables());
        let output = up.wait_with_output().expect("it ends");
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let folder = tempfile::tempdir().expect("a folder");
    let good = local(folder.path());
    let mut missing = good.clone();
    missing["serve"] = json!("/nowhere/models.yaml");
    let text = said(missing);
    assert!(text.contains("/nowhere/models.yaml: cannot be read"), "{text}");
    assert!(text.contains("the engine of target `local` ended before it listened"), "{text}");

    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let mut busy = good;
    let port = taken.local_addr().expect("its address").port();
    busy["base_url"] = json!(format!("http://127.0.0.1:{port}"));
    let text = said(busy);
    assert!(text.contains(&format!("cannot listen on 127.0.0.1:{port}")), "{text}");
    assert!(text.contains("change `base_url` of the target `local`"), "{text}");
}

#[test]
fn what_is_served_changes_with_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = gateway([("local", local(folder.path()))]);
    let mut up = start(&config);
    let mut other = config;
    other["targets"]["local"]["serve"] = json!(PathBuf::from("/elsewhere"));
    up.edit(&other, "`what a target serves` has changed");
    assert_eq!(content(&up.connect().send(&emma(false))), EMMA);
}

/// Of the processes that `up` started, the engine.
fn engine_of(up: u32) -> u32 {
    let name = |pid: &u32| std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    children_of(up).into_iter().find(|pid| name(pid).starts_with("local-engine")).expect("an engine")
}

fn kill(pid: u32) {
    let done = std::process::Command::new("kill").args(["-KILL", &pid.to_string()]).status();
    assert!(done.is_ok_and(|status| status.success()), "it is killed");
}
