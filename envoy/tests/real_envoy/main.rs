//! What `dragoman render envoy` writes, run by a real Envoy with the real module, and `dragoman up` around it. What the
//! gateway does with requests is tested in `dragoman-tests`; here it is where they may go, and who is told when not.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod clients;
mod engine;
mod metrics;
mod moved;
mod reach;
mod rendered;
mod replies;
mod room;
mod running;
mod trust;

use std::collections::BTreeMap;
use std::net::TcpListener;

use dragoman_tests::client::Request;
use dragoman_tests::upstream::{Reply, Upstream};
use serde_json::{Value, json};

/// A credential that must arrive where it belongs, and stand nowhere else.
const CANARY: &str = "sk-canary-4f1d";

/// The environment in which `CANARY` is that credential.
fn environment() -> BTreeMap<String, String> {
    [("CANARY".to_owned(), CANARY.to_owned())].into_iter().collect()
}

/// A gateway that is open to everyone and tries these targets in this order.
fn gateway<const N: usize>(targets: [(&str, Value); N]) -> Value {
    let order: Vec<&str> = targets.iter().map(|(name, _)| *name).collect();
    json!({
        "auth": {"anonymous": true},
        "routes": [{"models": "*", "targets": order}],
        "targets": targets.into_iter().map(|(name, target)| (name.to_owned(), target)).collect::<BTreeMap<_, _>>(),
    })
}

/// A target at a URL, with the canary as its credential.
fn target(base_url: &str) -> Value {
    json!({"provider": "custom", "base_url": base_url, "credentials": "${env.CANARY}"})
}

/// A target at an upstream of this test's own.
fn at(upstream: &Upstream) -> Value {
    target(&format!("http://{}/v1", upstream.address()))
}

/// A port that nobody listens on.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address").port()
}

/// An upstream that answers everything with its name.
fn named(name: &'static str) -> Upstream {
    Upstream::start(move |_| answer(name))
}

fn answer(name: &str) -> Reply {
    Reply::json(200, json!({"id": name, "object": "chat.completion", "choices": []}).to_string())
}

/// A request that every target can serve.
fn chat() -> Request {
    Request::post("/v1/chat/completions", r#"{"model":"m","messages":[]}"#).header("content-type", "application/json")
}
