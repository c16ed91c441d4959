//! Credentials from a metadata server: fetched by the filter itself, ahead of their end, and each target's its own.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use dragoman_core::token;
use dragoman_tests::client::Request;
use dragoman_tests::demo;
use dragoman_tests::envoy::Envoy;
use dragoman_tests::upstream::{PATIENCE, Received, Reply, Upstream};
use serde_json::{Value, json};

use super::{DIGEST, KEY, send};

/// A server that hands out `PREFIX-1`, `PREFIX-2`, …, each for so many seconds.
fn metadata(prefix: &'static str, seconds: u64) -> Upstream {
    let count = AtomicU64::new(0);
    Upstream::start(move |_| {
        let token = format!("{prefix}-{}", count.fetch_add(1, Ordering::SeqCst) + 1);
        let body = json!({"access_token": token, "expires_in": seconds, "token_type": "Bearer"});
        Reply::json(200, body.to_string()).header("metadata-flavor", "Google")
    })
}

/// A server that answers nobody until the gate is opened.
fn gated(gate: &Arc<Gate>) -> Upstream {
    let gate = Arc::clone(gate);
    Upstream::start(move |_| {
        gate.pass();
        let body = json!({"access_token": "late-1", "expires_in": 3600, "token_type": "Bearer"});
        Reply::json(200, body.to_string()).header("metadata-flavor", "Google")
    })
}

#[derive(Default)]
struct Gate {
    open: Mutex<bool>,
    moved: Condvar,
}

impl Gate {
    fn pass(&self) {
        drop(self.moved.wait_while(self.open.lock().unwrap(), |open| !*open).unwrap());
    }

    fn open(&self) {
        *self.open.lock().unwrap() = true;
        self.moved.notify_all();
    }
}

fn target(at: &Upstream, metadata: &Upstream) -> Value {
    json!({
        "provider": "vertex-gemini", "project": "p", "base_url": format!("http://{}", at.address()),
        "metadata_server": format!("http://{}", metadata.address()),
    })
}

fn start(targets: &Value) -> Envoy {
    start_with(targets, &[].into())
}

/// A gateway in which each target serves the model of its name.
pub(super) fn start_with(targets: &Value, env: &BTreeMap<String, String>) -> Envoy {
    let names: Vec<&String> = targets.as_object().unwrap().keys().collect();
    let routes: Vec<Value> =
        names.iter().map(|name| json!({"models": [name], "targets": [{"target": name, "model": "m"}]})).collect();
    let auth = json!({"keys": [{"id": "alice", "sha256": DIGEST}]});
    Envoy::start(&json!({"version": 1, "auth": auth, "targets": targets, "routes": routes}), env)
}

pub(super) fn ask(model: &str) -> Request {
    let body = json!({"model": model, "messages": [{"role": "user", "content": "Hello?"}]});
    Request::post("/v1/chat/completions", body.to_string()).key(KEY)
}

pub(super) fn upstream() -> Upstream {
    Upstream::start(|request: &Received| demo::answer(&Received { path: public(&request.path), ..request.clone() }))
}

/// Vertex's path as the demo upstream knows it.
fn public(path: &str) -> String {
    path.replace("/v1/projects/p/locations/global/publishers/google", "/v1beta")
}

/// Asks until the credential is there; one request that waited in vain may be told so.
pub(super) fn served(envoy: &Envoy, model: &str) {
    let deadline = Instant::now() + PATIENCE;
    while !waited(envoy, model) {
        assert!(Instant::now() < deadline, "no credential came");
    }
}

/// Asks, and tells whether it was served. Only who has waited as long as one may is refused.
pub(super) fn waited(envoy: &Envoy, model: &str) -> bool {
    let since = Instant::now();
    let answer = send(envoy, &ask(model));
    if answer.status == 200 {
        return true;
    }
    assert!(since.elapsed() >= Duration::from_millis(token::WAIT), "refused at once: {}", answer.text());
    assert_eq!((answer.status, answer.headers.first("retry-after")), (503, Some("1")), "{}", answer.text());
    assert!(answer.text().contains("credential_missing"), "{}", answer.text());
    false
}

pub(super) fn bearer(request: &Received) -> &str {
    request.headers.first("authorization").unwrap_or_default()
}

#[test]
fn a_credential_is_fetched_and_sent_and_each_targets_is_its_own() {
    let (one, other) = (metadata("one", 3600), metadata("other", 3600));
    let serving = upstream();
    let envoy = start(&json!({"a": target(&serving, &one), "b": target(&serving, &other)}));
    served(&envoy, "a");
    served(&envoy, "b");
    let requests = serving.requests();
    assert!(bearer(&requests[0]).starts_with("Bearer one-"), "{requests:?}");
    assert!(bearer(requests.last().unwrap()).starts_with("Bearer other-"), "{requests:?}");
    assert_eq!(requests[0].path, "/v1/projects/p/locations/global/publishers/google/models/m:generateContent");
    let asked = one.requests();
    assert_eq!(asked[0].path, "/computeMetadata/v1/instance/service-accounts/default/token");
    assert_eq!(asked[0].headers.first("metadata-flavor"), Some("Google"));
    assert!(!envoy.log().contains("one-1"), "a credential is in the log");
    assert!(!envoy.rendered().contains("one-1"));
}

#[test]
fn it_is_fetched_anew_before_its_end_and_no_request_waits_for_that() {
    let server = metadata("short", 10);
    let serving = upstream();
    let envoy = start(&json!({"a": target(&serving, &server)}));
    served(&envoy, "a");
    // Two workers and Envoy's main thread look for it, and take turns once there is one. Requests go on meanwhile: none of
    // them meets a gap.
    let first = server.requests().len();
    let deadline = Instant::now() + PATIENCE;
    while server.requests().len() == first {
        assert!(Instant::now() < deadline, "no new credential came");
        let answer = send(&envoy, &ask("a"));
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}

#[test]
fn requests_wait_for_the_first_credential_and_are_sent_whole_when_it_comes() {
    let gate = Arc::new(Gate::default());
    let server = gated(&gate);
    let serving = upstream();
    let envoy = start(&json!({"a": target(&serving, &server)}));
    let served = thread::scope(|scope| {
        let asking: Vec<_> = (0..8).map(|_| scope.spawn(|| waited(&envoy, "a"))).collect();
        server.wait_for("a fetch", |requests| !requests.is_empty());
        assert!(serving.requests().is_empty(), "sent without a credential");
        gate.open();
        asking.into_iter().map(|asking| usize::from(asking.join().unwrap())).sum::<usize>()
    });
    let requests = serving.requests();
    assert_eq!(requests.len(), served);
    for request in &requests {
        assert_eq!(bearer(request), "Bearer late-1");
        assert!(String::from_utf8_lossy(&request.body).contains("Hello?"), "{request:?}");
    }
    assert!(waited(&envoy, "a"), "a worker still has no credential");
}

#[test]
fn a_client_that_leaves_while_it_waits_is_not_sent_on() {
    let gate = Arc::new(Gate::default());
    let server = gated(&gate);
    let serving = upstream();
    let mut envoy = start(&json!({"a": target(&serving, &server)}));
    let mut client = envoy.connect();
    client.write(&ask("a").bytes()).unwrap();
    server.wait_for("a fetch", |requests| !requests.is_empty());
    drop(client);
    // It is over for Envoy when its line is in the log.
    envoy.access_log(1);
    gate.open();
    served(&envoy, "a");
    assert_eq!(serving.requests().len(), 1, "who had left was sent on");
}

#[test]
fn a_client_is_told_after_a_while_that_there_is_none_and_another_target_serves() {
    let server = Arc::new(AtomicU64::new(0));
    let broken = Upstream::start({
        let server = Arc::clone(&server);
        move |_| {
            server.fetch_add(1, Ordering::SeqCst);
            Reply::json(404, r#"{"error":"no account"}"#)
        }
    });
    let serving = upstream();
    let plain = Upstream::start(demo::answer);
    let targets = json!({
        "a": target(&serving, &broken),
        "b": {"provider": "vllm", "base_url": format!("http://{}/v1", plain.address())},
    });
    let auth = json!({"keys": [{"id": "alice", "sha256": DIGEST}]});
    let routes = json!([{"models": ["both"], "targets": ["a", "b"]}, {"models": ["*"], "targets": ["a"]}]);
    let envoy = Envoy::start(&json!({"version": 1, "auth": auth, "targets": targets, "routes": routes}), &[].into());
    let answer = send(&envoy, &ask("alone"));
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert_eq!(answer.headers.first("retry-after"), Some("1"));
    assert!(answer.text().contains("credential_missing"), "{}", answer.text());
    let answer = send(&envoy, &ask("both"));
    assert_eq!((answer.status, answer.headers.first("x-dragoman-target")), (200, Some("b")), "{}", answer.text());
    assert!(serving.requests().is_empty());
    broken.wait_for("another try", |_| server.load(Ordering::SeqCst) > 1);
}
