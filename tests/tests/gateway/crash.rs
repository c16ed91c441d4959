//! A VM that crashes: what its requests are answered, what a target sees of them, and what comes after.
//!
//! The module has no input that crashes it, so one is made that has: two of the built module's exports change their
//! names, and the callback for request bodies becomes one that the SDK lets panic for an HTTP stream.

use std::time::Instant;

use dragoman_tests::client::Request;
use dragoman_tests::envoy::Envoy;
use dragoman_tests::host::module_path;
use dragoman_tests::upstream::{PATIENCE, Reply, Upstream};
use serde_json::json;

use super::{ask, config, env, send};

/// The built module, with these two exports named like each other.
fn swapped(one: &str, other: &str) -> Vec<u8> {
    let mut module = std::fs::read(module_path()).unwrap();
    let named = |name: &str| [&[u8::try_from(name.len()).unwrap()], name.as_bytes()].concat();
    let (one, other) = (named(one), named(other));
    let place = |module: &[u8], name: &[u8]| {
        let mut found = (0..module.len()).filter(|at| module[*at..].starts_with(name));
        let at = found.next().expect("the module exports it");
        assert_eq!(found.next(), None, "its name stands in the module once");
        at
    };
    let mut places = [(place(&module, &one), one.len(), other.clone()), (place(&module, &other), other.len(), one)];
    // From behind, so that the first place stays where it is.
    places.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
    for (at, length, name) in places {
        module.splice(at..at + length, name);
    }
    module
}

#[test]
fn a_crashed_vm_answers_503_lets_nothing_pass_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let module = folder.path().join("crashing.wasm");
    std::fs::write(&module, swapped("proxy_on_request_body", "proxy_on_upstream_data")).unwrap();
    let upstream = Upstream::start(|_| Reply::json(200, "{}"));
    let targets = [("only", upstream.address())];
    let mut envoy = Envoy::start_module(&module, &config(&targets), &env(&targets));
    for round in 0..2 {
        let answer = send(&envoy, &ask(&json!({"model": "m", "messages": []})));
        assert_eq!(answer.status, 503, "round {round}: {}", answer.text());
        let healthy =
            || envoy.connect().try_send(&Request::new("GET", "/healthz")).is_some_and(|answer| answer.status == 200);
        let deadline = Instant::now() + PATIENCE;
        while !healthy() {
            assert!(Instant::now() < deadline, "round {round}: the VM does not come back: {}", envoy.log());
        }
    }
    assert!(envoy.log().contains("proxy_on_request_body failed"), "it crashed where it was made to");
    assert!(upstream.requests().is_empty(), "a request passed a filter that does not run");
    assert!(envoy.is_running());
}
