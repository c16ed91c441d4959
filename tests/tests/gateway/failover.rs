//! Failover under load, and by time.

use std::thread;

use dragoman_tests::client::Answer;
use dragoman_tests::envoy::Envoy;
use dragoman_tests::upstream::{Ending, Received, Refusing, Reply, Upstream};
use serde_json::json;

use super::{ask, config, env, send, start};

/// Sends requests all at once, each with a text of its own.
fn all_at_once(envoy: &Envoy, count: usize, stream: bool) -> Vec<(String, Answer)> {
    let one = |number: usize| {
        let text = format!("text {number} {}", "x".repeat(number * 97));
        let body = json!({"model": "m", "stream": stream, "messages": [{"role": "user", "content": text}]});
        (text, send(envoy, &ask(&body)))
    };
    thread::scope(|scope| {
        let asking: Vec<_> = (0..count).map(|number| scope.spawn(move || one(number))).collect();
        asking.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Answers with the text that it was sent.
fn echo(request: &Received) -> Reply {
    let body = request.json();
    let text = &body["messages"][0]["content"];
    if body["stream"] == true {
        let event = json!({"model": "served", "choices": [{"index": 0, "delta": {"content": text}}]});
        return Reply::events([event.to_string().as_str(), "[DONE]"]);
    }
    let message = json!({"role": "assistant", "content": text});
    Reply::json(200, json!({"model": "served", "choices": [{"index": 0, "message": message}]}).to_string())
}

fn all_served_by_second(answers: Vec<(String, Answer)>) {
    for (text, answer) in answers {
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.headers.first("x-dragoman-target"), Some("second"));
        assert!(answer.text().contains(&text), "{text}: {}", answer.text());
        assert!(answer.text().contains("\"model\":\"m\""), "{}", answer.text());
    }
}

#[test]
fn fifty_at_once_fail_over_with_their_own_bodies() {
    let first = Upstream::start(|_| Reply::json(503, "{}"));
    let second = Upstream::start(echo);
    let envoy = start(&[("first", first.address()), ("second", second.address())]);
    all_served_by_second(all_at_once(&envoy, 50, false));
    assert_eq!(first.requests().len(), 50);
    assert_eq!(second.requests().len(), 50);
}

#[test]
fn fifty_streams_at_once_fail_over_from_an_error_inside_the_stream() {
    let first = Upstream::start(|_| {
        Reply::events([
            r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#,
            r#"{"error":{"message":"overloaded","type":"server_error"}}"#,
        ])
        .ending(Ending::Stall)
    });
    let second = Upstream::start(echo);
    let envoy = start(&[("first", first.address()), ("second", second.address())]);
    all_served_by_second(all_at_once(&envoy, 50, true));
}

#[test]
fn fifty_at_once_fail_over_from_refused_connections() {
    let first = Refusing::start();
    let second = Upstream::start(echo);
    let envoy = start(&[("first", first.address()), ("second", second.address())]);
    all_served_by_second(all_at_once(&envoy, 50, false));
}

#[test]
fn a_target_that_says_nothing_in_time_gives_way_and_is_told() {
    let first = Upstream::start(|_| Reply::nothing(Ending::Stall));
    let second = Upstream::start(echo);
    let targets = [("first", first.address()), ("second", second.address())];
    let mut config = config(&targets);
    config["timeouts"] = json!({"first_byte": "1s"});
    let envoy = Envoy::start(&config, &env(&targets));
    all_served_by_second(all_at_once(&envoy, 3, true));
    first.wait_for("its requests abandoned", |requests| {
        requests.iter().filter(|request| request.abandoned).count() == 3
    });
}

#[test]
fn a_stream_that_stalls_after_its_first_content_is_cut_and_not_retried() {
    let first = Upstream::start(|_| {
        let half = r#"{"choices":[{"index":0,"delta":{"content":"half"}}]}"#;
        Reply::events([half]).ending(Ending::Stall)
    });
    let second = Upstream::start(echo);
    let targets = [("first", first.address()), ("second", second.address())];
    let mut config = config(&targets);
    config["timeouts"] = json!({"first_byte": "1s", "idle": "2s"});
    let envoy = Envoy::start(&config, &env(&targets));
    let answer = send(&envoy, &ask(&json!({"model": "m", "stream": true, "messages": []})));
    assert!(answer.text().contains("half"), "{answer:?}");
    assert!(answer.cut.is_some() || answer.text().contains("error"), "{answer:?}");
    assert!(!answer.text().contains("[DONE]"), "{answer:?}");
    assert!(second.requests().is_empty());
}

#[test]
fn a_target_cannot_have_its_answer_thrown_away() {
    let upstream = Upstream::start(|_| Reply::json(200, r#"{"model":"served"}"#).header("x-dragoman-retry", "1"));
    let envoy = start(&[("first", upstream.address()), ("second", upstream.address())]);
    for stream in [false, true] {
        let answer = send(&envoy, &ask(&json!({"model": "m", "stream": stream, "messages": []})));
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.headers.first("x-dragoman-attempts"), Some("1"));
        assert!(!answer.headers.has("x-dragoman-retry"));
    }
    assert_eq!(upstream.requests().len(), 2);
}
