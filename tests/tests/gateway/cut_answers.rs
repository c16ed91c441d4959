//! Whole answers that their targets cut, translated: half of one is never taken for all of it. What Envoy itself cannot
//! tell from an end is the filter's to refuse. For what it can, it answers itself and calls no filter, by what is rendered
//! as its `local_reply_config`. Each is an error in the client's format.

use dragoman_tests::client::Client;
use dragoman_tests::demo;
use dragoman_tests::envoy::Envoy;
use dragoman_tests::upstream::{Ending, Received, Reply, Upstream};
use serde_json::{Map, Value, json};

use super::DIGEST;
use super::formats::{FORMATS, request};

/// Half of the demo's answer, ended so that the target's model says how.
fn half(received: &Received) -> Reply {
    let mut reply = demo::answer(received).length();
    let body = reply.body();
    reply.pieces = vec![body[..body.len() / 2].to_vec()];
    let asked = format!("{} {}", received.path, String::from_utf8_lossy(&received.body));
    match asked {
        asked if asked.contains("ends-early") => reply.until_close(),
        asked if asked.contains("is-reset") => reply.ending(Ending::Reset),
        _ => reply.ending(Ending::Close),
    }
}

fn start(serving: &Upstream) -> Envoy {
    let (mut targets, mut routes) = (Map::new(), Vec::new());
    for format in FORMATS {
        let base_url = format!("http://{}", serving.address());
        targets.insert(format.to_owned(), json!({"provider": "custom", "format": format, "base_url": base_url}));
        for end in ["ends-early", "is-reset", "is-closed"] {
            let target = json!({"target": format, "model": format!("tiny-{end}")});
            routes.push(json!({"models": [format!("{format}-{end}")], "targets": [target]}));
        }
    }
    let auth = json!({"keys": [{"id": "alice", "sha256": DIGEST}]});
    let config = json!({"version": 1, "auth": auth, "targets": targets, "routes": routes});
    Envoy::start(&config, &[].into())
}

/// Whether a body is an error as clients of this format read it.
fn is_error(client: &str, body: &Value) -> bool {
    match client {
        "messages" => body["type"] == "error" && body["error"]["message"].is_string(),
        "gemini" => body["error"]["code"].is_u64() && body["error"]["status"].is_string(),
        _ => body["error"]["message"].is_string() && body["error"].get("param").is_some(),
    }
}

#[test]
fn half_of_a_whole_answer_is_an_error_as_its_client_reads_it_or_no_answer() {
    let serving = Upstream::start(half);
    let envoy = start(&serving);
    let mut answered = 0;
    for (client, target) in FORMATS.iter().flat_map(|client| FORMATS.map(|target| (*client, target))) {
        if client == target {
            continue;
        }
        let at = format!("a {client} client of a {target} target");
        let early = envoy.connect().send(&request(client, &format!("{target}-ends-early"), false));
        assert_eq!(early.status, 502, "{at}: {}", early.text());
        assert!(is_error(client, &early.json()), "{at}: {}", early.text());
        for end in ["is-reset", "is-closed"] {
            let answer = envoy.connect().try_send(&request(client, &format!("{target}-{end}"), false));
            let told = answer.as_ref().is_none_or(|answer| answer.status >= 500 && is_error(client, &answer.json()));
            assert!(told, "{at}, {end}: {:?}", answer.map(|answer| answer.text()));
            answered += usize::from(answer.is_some());
        }
    }
    assert!(answered > 0, "Envoy answered nobody");
    // The gateway serves on.
    let health = Client::connect(envoy.address()).send(&dragoman_tests::client::Request::new("GET", "/healthz"));
    assert_eq!(health.status, 200, "{}", health.text());
}
