//! The gateway end to end: a real Envoy with what `dragoman` renders, scripted upstreams behind it, raw clients before it.
//! What a single exchange can show is in `vectors/exchanges`; here is what takes several, or bytes that no vector holds.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod bodies;
mod canary;
mod clients;
mod crash;
mod cut_answers;
mod failover;
mod formats;
mod http2;
mod mesh;
mod metadata;
mod odd_clients;
mod redacted;
mod reload;
#[cfg(feature = "service-account")]
mod service_account;
mod upstreams;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use dragoman_tests::client::{Answer, Request};
use dragoman_tests::envoy::Envoy;
use serde_json::{Value, json};

/// The key that [`config`] lets in, and its digest.
const KEY: &str = "key-alice";
const DIGEST: &str = "87844ec0b0d738e89628640588acaa48537b814a5c4f9697e3b352d11ffedaef";

/// One key, and one route for every model over all targets in order.
fn config(targets: &[(&str, SocketAddr)]) -> Value {
    let entry = |(name, address): &(&str, SocketAddr)| {
        let credential = format!("${{env.{}}}", credential_name(name));
        let target =
            json!({"provider": "openai", "base_url": format!("http://{address}"), "credentials": [credential]});
        ((*name).to_owned(), target)
    };
    json!({
        "version": 1,
        "auth": {"keys": [{"id": "alice", "sha256": DIGEST}]},
        "targets": targets.iter().map(entry).collect::<serde_json::Map<_, _>>(),
        "routes": [{"models": ["*"], "targets": targets.iter().map(|(name, _)| *name).collect::<Vec<_>>()}],
    })
}

/// The environment of [`config`]: a credential per target.
fn env(targets: &[(&str, SocketAddr)]) -> BTreeMap<String, String> {
    targets.iter().map(|(name, _)| (credential_name(name), credential(name))).collect()
}

fn credential_name(target: &str) -> String {
    format!("{}_KEY", target.to_uppercase())
}

fn credential(target: &str) -> String {
    format!("sk-{target}-canary")
}

fn start(targets: &[(&str, SocketAddr)]) -> Envoy {
    Envoy::start(&config(targets), &env(targets))
}

/// A chat request by the key that is let in.
fn ask(body: &Value) -> Request {
    Request::post("/v1/chat/completions", body.to_string()).key(KEY)
}

/// Sends a request on a connection of its own.
fn send(envoy: &Envoy, request: &Request) -> Answer {
    envoy.connect().send(request)
}
