//! What Envoy answers by itself: an error in the API's shape, and a connection that never hangs.

use dragoman_tests::client::{Answer, Client, Incoming, Request};
use dragoman_tests::envoy::Envoy;
use dragoman_tests::upstream::{Ending, Reply, Upstream};
use serde_json::json;

use crate::{at, chat, environment, gateway, named};

/// Sends bytes on a connection of their own.
fn answer_to(envoy: &Envoy, bytes: &[u8]) -> Answer {
    let mut client: Client = envoy.connect();
    let _ = client.write(bytes);
    client.read().expect("an answer").finish()
}

fn assert_is_an_error(answer: &Answer, status: u16, what: &str) {
    assert_eq!(answer.status, status, "{what}: {}", answer.text());
    assert_eq!(answer.headers.first("content-type"), Some("application/json"), "{what}");
    let error = &answer.json()["error"];
    assert!(error["message"].is_string() && error["type"].is_string(), "{what}: {}", answer.text());
}

#[test]
fn what_never_reaches_the_filter_is_answered_in_the_shape_of_the_api() {
    let upstream = named("a");
    let envoy = Envoy::start(&gateway([("a", at(&upstream))]), &environment());
    let long = format!("GET / HTTP/1.1\r\nhost: h\r\nlong: {}\r\n\r\n", "x".repeat(70_000));
    for (what, status, bytes) in [
        ("nonsense", 400, "NONSENSE\r\n\r\n"),
        ("no host", 400, "GET / HTTP/1.1\r\n\r\n"),
        (
            "two framings",
            400,
            "POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
        ("headers too large", 431, &long),
        ("an upgrade", 501, "GET / HTTP/1.1\r\nhost: h\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"),
        ("a tunnel", 501, "CONNECT example.com:443 HTTP/1.1\r\nhost: example.com:443\r\n\r\n"),
    ] {
        assert_is_an_error(&answer_to(&envoy, bytes.as_bytes()), status, what);
    }
    assert!(upstream.requests().is_empty());
    assert_eq!(envoy.connect().send(&chat()).status, 200, "the gateway still serves");
}

#[test]
fn what_never_reaches_the_filter_is_answered_as_the_client_of_the_path_reads_it() {
    let upstream = named("a");
    let envoy = Envoy::start(&gateway([("a", at(&upstream))]), &environment());
    let upgrade = |path: &str| {
        let head = format!("POST {path} HTTP/1.1\r\nhost: h\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
        let answer = answer_to(&envoy, head.as_bytes());
        assert_eq!(answer.status, 501, "{path}: {}", answer.text());
        answer.json()
    };
    let message = "protocol upgrades are not supported here";
    for path in ["/v1/messages", "/v1/messages/count_tokens?beta=true"] {
        assert_eq!(
            upgrade(path),
            json!({"type": "error", "error": {"type": "api_error", "message": message}}),
            "{path}"
        );
    }
    for path in ["/v1beta/models/m:generateContent", "/v1/models/a%2Fm:streamGenerateContent?alt=sse"] {
        let error = json!({"code": 501, "message": message, "status": "UNIMPLEMENTED"});
        assert_eq!(upgrade(path), json!({"error": error}), "{path}");
    }
    for path in ["/v1/chat/completions", "/v1/responses", "/elsewhere?:generateContent"] {
        let error = json!({"message": message, "type": "server_error", "param": null, "code": "not_supported"});
        assert_eq!(upgrade(path), json!({"error": error}), "{path}");
    }
}

#[test]
fn a_target_that_does_not_answer_in_time_is_said_to_have_been_too_slow() {
    let silent = Upstream::start(|_| Reply::nothing(Ending::Stall));
    let mut config = gateway([("a", at(&silent))]);
    config["timeouts"] = json!({"first_byte": "1s"});
    let envoy = Envoy::start(&config, &environment());
    let answer = envoy.connect().send(&chat());
    assert!(matches!(answer.status, 502..=504), "{}: {}", answer.status, answer.text());
    assert_is_an_error(&answer, answer.status, "a silent target");
}

#[test]
fn what_a_client_says_about_itself_goes_no_further() {
    let upstream = named("a");
    let envoy = Envoy::start(&gateway([("a", at(&upstream))]), &environment());
    let request = chat()
        .header("x-forwarded-for", "192.0.2.7")
        .header("x-real-ip", "192.0.2.7")
        .header("forwarded", "for=192.0.2.7")
        .header("x-envoy-upstream-alt-stat-name", "mine")
        .header("x-envoy-max-retries", "9")
        .header("x_underscore", "1");
    assert_eq!(envoy.connect().send(&request).status, 200);
    let received = upstream.only_request();
    let names: Vec<&str> = received.headers.0.iter().map(|(name, _)| name.as_str()).collect();
    for name in &names {
        let hop = name.starts_with("x-envoy-") || name.starts_with("x-forwarded-") || name.contains('_');
        assert!(!hop && !["forwarded", "x-real-ip", "via"].contains(name), "{names:?}");
    }
}

#[test]
fn a_path_is_seen_as_a_target_would_read_it() {
    let upstream = named("a");
    let mut config = gateway([("a", at(&upstream))]);
    config["passthrough"] = json!([{"path": "/v1/files/*", "target": "a", "methods": ["GET"]}]);
    let envoy = Envoy::start(&config, &environment());
    for path in ["/v1/files/../chat/completions", "/v1/files/%2e%2e/secret", "/v1/files/..%2f..%2fadmin"] {
        let answer = envoy.connect().send(&Request::new("GET", path));
        assert!((400..500).contains(&answer.status), "{path}: {}", answer.status);
    }
    assert!(upstream.requests().is_empty());
}

#[test]
fn many_large_bodies_at_once_are_shed_and_the_gateway_serves_on() {
    let silent = Upstream::start(|received| {
        if received.body.len() > 1 << 20 {
            Reply::nothing(Ending::Stall)
        } else {
            Reply::json(200, r#"{"id":"small"}"#)
        }
    });
    let mut config = gateway([("a", at(&silent))]);
    config["timeouts"] = json!({"first_byte": "2s"});
    config["limits"] = json!({"max_heap_bytes": "96MiB", "max_request_bytes": "16MiB"});
    let envoy = Envoy::start(&config, &environment());
    let body = format!(r#"{{"model":"m","messages":[],"pad":"{}"}}"#, "x".repeat(12 << 20));
    let request = Request::post("/v1/chat/completions", body).header("content-type", "application/json").bytes();
    let mut clients: Vec<Client> = (0..16).map(|_| envoy.connect()).collect();
    // All but the end of each, so that all of them are held at the same time.
    let (most, end) = request.split_at(request.len() - 1);
    for part in [most, end] {
        for client in &mut clients {
            let _ = client.write(part);
        }
    }
    let shed = clients.iter_mut().any(|client| {
        let answer = client.read().map(Incoming::finish);
        answer.is_ok_and(|answer| answer.status == 503 && answer.text().contains("the gateway is overloaded"))
    });
    assert!(shed, "nothing was shed");
    drop(clients);
    let deadline = std::time::Instant::now() + dragoman_tests::upstream::PATIENCE;
    while envoy.connect().send(&chat()).status != 200 {
        assert!(std::time::Instant::now() < deadline, "the gateway does not recover");
    }
}
