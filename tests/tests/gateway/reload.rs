//! `dragoman up` takes edits of its file while requests go on.

use std::time::{Duration, Instant};

use dragoman_tests::client::{Client, Request};
use dragoman_tests::envoy::{Envoy, Up};
use dragoman_tests::upstream::{Ending, PATIENCE, Reply, Upstream};
use serde_json::{Value, json};

use super::{ask, config, env, send};

const TAKEN: &str = "the change is in force";
const REFUSED: &str = "the change is not taken";

/// The configuration with another key in place of the one that is let in.
fn revoked(config: &Value) -> Value {
    let mut config = config.clone();
    config["auth"]["keys"][0]["sha256"] = json!("f031fc74d10cf0c1284dc15f679c18b1e8e05f9d1966adefba6c6463cdcef658");
    config
}

fn chat() -> Request {
    ask(&json!({"model": "m", "messages": []}))
}

#[test]
fn a_revoked_key_is_refused_on_an_open_connection_while_a_stream_goes_on() {
    let upstream = Upstream::start(|request| {
        if request.json()["stream"] == true {
            let event = |text: &str| format!(r#"{{"choices":[{{"index":0,"delta":{{"content":"{text}"}}}}]}}"#);
            let events = [event("begun"), event("going on"), event("ended")];
            // It outlives the edits: the client reads on only when they are in force.
            let reply = Reply::events(events.iter().map(String::as_str).chain(["[DONE]"]));
            return reply.pace(Duration::from_secs(3));
        }
        Reply::json(200, "{}")
    });
    let targets = [("only", upstream.address())];
    let config = config(&targets);
    let mut up = Up::start(&config, &env(&targets));
    let mut kept = up.connect();
    assert_eq!(kept.send(&chat()).status, 200);
    let mut streaming = up.connect();
    let mut stream = streaming.start(&ask(&json!({"model": "m", "stream": true})));
    stream.read_until("begun");

    up.edit(&revoked(&config), TAKEN);
    assert_eq!(kept_until(&mut kept, 200), 401);
    let stranger = Request::post("/v1/chat/completions", r#"{"model":"m"}"#).key("key-bob");
    assert_eq!(up.connect().send(&stranger).status, 200);
    let answer = stream.finish();
    assert!(answer.cut.is_none() && answer.text().ends_with("data: [DONE]\n\n"), "{answer:?}");
}

/// What a kept connection answers once it no longer answers with this status. `up` hears from one worker that a change is
/// in force; another may take a moment.
fn kept_until(kept: &mut Client, status: u16) -> u16 {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = kept.send(&chat());
        if answer.status != status || Instant::now() > deadline {
            return answer.status;
        }
    }
}

#[test]
fn a_bad_edit_keeps_the_old_configuration_and_says_why() {
    let upstream = Upstream::start(|_| Reply::json(200, "{}"));
    let targets = [("only", upstream.address())];
    let config = config(&targets);
    let mut up = Up::start(&config, &env(&targets));
    let mut kept = up.connect();
    up.write("version: 1\ntargets: [", REFUSED);
    assert_eq!(kept.send(&chat()).status, 200);
    let mut wrong = config.clone();
    wrong["routes"][0]["targets"] = json!(["onyl"]);
    up.edit(&wrong, REFUSED);
    assert!(up.said().contains("onyl"), "{}", up.said());
    assert_eq!(kept.send(&chat()).status, 200);
    let mut wants_more = config.clone();
    wants_more["targets"]["only"]["credentials"] = json!(["${env.BRAND_NEW}"]);
    up.edit(&wants_more, REFUSED);
    assert!(up.said().contains("BRAND_NEW"), "{}", up.said());
    assert_eq!(kept.send(&chat()).status, 200);
}

#[test]
fn a_target_that_is_added_serves_and_one_that_is_removed_finishes_its_stream() {
    let event = r#"{"choices":[{"index":0,"delta":{"content":"old words"}}]}"#;
    let old = Upstream::start(move |request| match request.json()["stream"].as_bool() {
        Some(true) => Reply::events([event]).ending(Ending::Stall),
        _ => Reply::json(200, r#"{"from":"old"}"#),
    });
    let new = Upstream::start(|_| Reply::json(200, r#"{"from":"new"}"#));
    let (before, after) = ([("old", old.address())], [("new", new.address())]);
    let mut env = env(&before);
    env.extend(super::env(&after));
    // Both variables are known from the start; a new one would need a restart.
    let mut first = config(&before);
    first["targets"]["new"] = config(&after)["targets"]["new"].clone();
    first["routes"].as_array_mut().unwrap().insert(0, json!({"models": ["never-asked"], "targets": ["new"]}));
    let mut up = Up::start(&first, &env);
    let mut streaming = up.connect();
    let mut stream = streaming.start(&ask(&json!({"model": "m", "stream": true})));
    stream.read_until("old words");
    up.edit(&config(&after), TAKEN);
    let deadline = Instant::now() + PATIENCE;
    // One worker has said that the change is in force; this may be another.
    while up.connect().send(&chat()).json()["from"] != "new" {
        assert!(Instant::now() < deadline, "the old target still answers");
    }
    assert!(!old.requests()[0].abandoned, "the stream of before was cut");
}

#[test]
fn a_stream_that_is_older_than_the_drain_time_goes_on_after_a_reload() {
    let upstream = Upstream::start(|_| {
        let event = |text: &str| format!(r#"{{"model":"s","choices":[{{"index":0,"delta":{{"content":"{text}"}}}}]}}"#);
        let events = [event("begun"), event("going on"), event("ended")];
        // The drain time is a second: two of them pass after the reload.
        Reply::events(events.iter().map(String::as_str).chain(["[DONE]"])).pace(Duration::from_millis(1200))
    });
    let targets = [("only", upstream.address())];
    let (config, env) = (config(&targets), env(&targets));
    let mut envoy = Envoy::start_watching(&config, &env);
    let mut client = envoy.connect();
    let mut stream = client.start(&ask(&json!({"model": "m", "stream": true})));
    stream.read_until("begun");
    envoy.reload(&revoked(&config), &env);
    let answer = stream.finish();
    assert!(answer.cut.is_none() && answer.text().ends_with("data: [DONE]\n\n"), "{answer:?}");
    assert_eq!(answer.text().matches(r#""model":"m""#).count(), 3, "{}", answer.text());
}

#[test]
fn memory_is_flat_over_two_hundred_reloads() {
    let upstream = Upstream::start(|_| Reply::json(200, "{}"));
    let targets = [("only", upstream.address())];
    let (config, env) = (config(&targets), env(&targets));
    let mut envoy = Envoy::start_watching(&config, &env);
    let reload = |envoy: &mut Envoy, times: usize| {
        for _ in 0..times / 2 {
            envoy.reload(&revoked(&config), &env);
            envoy.reload(&config, &env);
        }
        assert_eq!(send(envoy, &chat()).status, 200);
        envoy.memory()
    };
    // What grows in the first reloads is what any Envoy grows to; what grows after that is a leak.
    let settled = reload(&mut envoy, 60);
    let later = reload(&mut envoy, 200);
    assert!(later < settled + settled / 10, "{settled} KiB after 60 reloads, {later} KiB after 260");
}
