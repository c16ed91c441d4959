//! The gateway of a mesh: inline with a gate behind it, as Istio would set Envoy up for what `dragoman render istio` writes.
//! What one exchange can show is in `vectors/exchanges`; here is what can go wrong around it.

use std::collections::BTreeMap;
use std::thread;

use dragoman_tests::client::{Answer, Request};
use dragoman_tests::envoy::{Envoy, Version};
use dragoman_tests::upstream::{Authority, Ending, Identity, Refusing, Reply, Upstream};
use serde_json::{Value, json};

use super::{KEY, ask, config, credential, env, send};

/// The targets of a test.
type Targets<'a> = [(&'a str, std::net::SocketAddr)];

fn start(targets: &Targets) -> Envoy {
    Envoy::start_version(Version::InMesh, &config(targets), &env(targets))
}

fn chat(model: &str) -> Request {
    ask(&json!({"model": model, "messages": [{"role": "user", "content": "Hello?"}]}))
}

/// Whether a document has this name.
fn is(document: &Value, name: &str) -> bool {
    document["metadata"]["name"] == name
}

/// An error as OpenAI's clients read it: the status and the code.
fn error(answer: &Answer) -> (u16, String) {
    (answer.status, answer.json()["error"]["code"].as_str().unwrap().to_owned())
}

#[test]
fn parallel_requests_go_where_their_bodies_say_and_nothing_of_theirs_is_mixed_up() {
    let upstreams: Vec<(String, Upstream)> = ["one", "two"]
        .map(|name| (name.to_owned(), Upstream::start(move |request| Reply::json(200, request.json().to_string()))))
        .into();
    let targets: Vec<_> = upstreams.iter().map(|(name, upstream)| (name.as_str(), upstream.address())).collect();
    let mut config = config(&targets);
    config["routes"] = json!([
        {"models": ["one-*"], "targets": ["one"]},
        {"models": ["two-*"], "targets": [{"target": "two", "model": "renamed"}]},
    ]);
    let envoy = Envoy::start_version(Version::InMesh, &config, &env(&targets));
    thread::scope(|scope| {
        for number in 0..24 {
            let envoy = &envoy;
            scope.spawn(move || {
                let mut client = envoy.connect();
                for turn in 0..4 {
                    let name = if (number + turn) % 2 == 0 { "one" } else { "two" };
                    let model = format!("{name}-{number}-{turn}");
                    let body = json!({"model": model, "filler": "x".repeat(20_000), "mark": model}).to_string();
                    let (first, second) = body.split_at(body.len() / 2);
                    let request = Request::post("/v1/chat/completions", first).piece(second).key(KEY);
                    let request = if turn % 2 == 0 { request.chunked() } else { request };
                    let answer = client.send(&request);
                    assert_eq!(answer.status, 200, "{}", answer.text());
                    assert_eq!(answer.headers.first("x-dragoman-target"), Some(name));
                    assert_eq!((&answer.json()["mark"], &answer.json()["model"]), (&json!(model), &json!(model)));
                }
            });
        }
    });
    for (name, upstream) in &upstreams {
        let requests = upstream.requests();
        assert_eq!(requests.len(), 48);
        for request in requests {
            assert!(request.json()["mark"].as_str().unwrap().starts_with(name.as_str()));
            assert_eq!(request.headers.first("authorization"), Some(format!("Bearer {}", credential(name)).as_str()));
            assert!(!request.headers.has("x-dragoman-target"), "the mesh's own header has gone far enough");
        }
    }
}

#[test]
fn what_fails_is_told_to_its_client_and_the_next_request_goes_elsewhere() {
    let theirs = r#"{"error":{"message":"theirs"}}"#;
    let failing = Upstream::start(move |_| Reply::json(500, theirs).header("retry-after", "100"));
    let sound = Upstream::start(|_| Reply::json(200, r#"{"model":"m"}"#));
    let mut envoy = start(&[("failing", failing.address()), ("sound", sound.address())]);
    // One connection, one worker: what rests is known to it at once.
    let mut client = envoy.connect();
    let answer = client.send(&chat("m"));
    assert_eq!((answer.status, answer.text().as_str()), (500, theirs));
    for _ in 0..2 {
        let answer = client.send(&chat("m"));
        assert_eq!((answer.status, answer.headers.first("x-dragoman-target")), (200, Some("sound")));
    }
    assert_eq!(failing.requests().len(), 1);
    let lines = envoy.access_log(2);
    let told: Vec<_> = lines.iter().map(|line| (&line["target"], &line["attempts"])).collect();
    assert_eq!(told[..2], [(&json!("failing"), &json!(1)), (&json!("sound"), &json!(1))]);
}

#[test]
fn a_target_that_cannot_be_reached_rests_too() {
    let refusing = Refusing::start();
    let sound = Upstream::start(|_| Reply::json(200, r#"{"model":"m"}"#));
    let envoy = start(&[("refusing", refusing.address()), ("sound", sound.address())]);
    let mut client = envoy.connect();
    assert_eq!(error(&client.send(&chat("m"))), (503, "target_unreachable".to_owned()));
    // Its first rest is a second, which may be over by now; each is longer than the one before.
    assert!((0..8).any(|_| client.send(&chat("m")).headers.first("x-dragoman-target") == Some("sound")));
}

#[test]
fn a_credential_that_is_limited_gives_way_for_the_next_request() {
    let upstream = Upstream::start(|request| match request.headers.first("authorization") {
        Some("Bearer sk-a") => Reply::json(429, "{}").header("retry-after", "100"),
        _ => Reply::json(200, r#"{"model":"m"}"#),
    });
    let mut config = config(&[("only", upstream.address())]);
    config["targets"]["only"]["credentials"] = json!(["${env.A}", "${env.B}"]);
    let env: BTreeMap<String, String> =
        [("A", "sk-a"), ("B", "sk-b")].map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let envoy = Envoy::start_version(Version::InMesh, &config, &env);
    let mut client = envoy.connect();
    let statuses = [(); 3].map(|()| client.send(&chat("m")).status);
    assert_eq!(statuses, [429, 200, 200]);
}

#[test]
fn a_whole_answer_that_is_blocked_is_a_502_of_which_the_client_saw_nothing() {
    let text = "Her card is 4111 1111 1111 1111.";
    let upstream = Upstream::start(move |_| {
        let body = json!({"model": "m", "choices": [{"index": 0, "message": {"content": text}}]}).to_string();
        Reply::json(200, body).cut_every(7)
    });
    let targets = [("only", upstream.address())];
    let mut config = config(&targets);
    config["redaction"] = json!({"careful": {"credit_card": "block"}});
    config["routes"][0]["redaction"] = json!("careful");
    let mut envoy = Envoy::start_version(Version::InMesh, &config, &env(&targets));
    let answer = send(&envoy, &chat("m"));
    assert_eq!(error(&answer), (502, "pii_blocked".to_owned()));
    assert!(!answer.text().contains("4111"), "{}", answer.text());
    assert_eq!(envoy.access_log(1)[0]["error"], "pii_blocked");
}

#[test]
fn an_answer_that_breaks_off_while_its_head_is_held_is_never_taken_for_one() {
    let upstream = Upstream::start(|request| {
        let ending = if request.json()["model"] == "reset" { Ending::Reset } else { Ending::Close };
        let body = r#"{"type":"message","role":"assistant","content":[{"type":"text","text":"half"#;
        let mut reply = Reply::json(200, body).ending(ending);
        reply.framing = dragoman_tests::http1::Framing::Length(500);
        reply
    });
    let targets = [("claude", upstream.address())];
    let mut config = config(&targets);
    config["targets"]["claude"]["provider"] = json!("anthropic");
    let mut envoy = Envoy::start_version(Version::InMesh, &config, &env(&targets));
    for model in ["reset", "close"] {
        let answer = envoy.connect().try_send(&chat(model));
        let fine = answer.as_ref().is_none_or(|answer| answer.status >= 500 || answer.cut.is_some());
        assert!(fine, "{answer:?}");
        assert!(answer.is_none_or(|answer| !answer.text().contains("half")));
    }
    assert!(envoy.is_running());
}

#[test]
fn a_client_gone_in_the_middle_of_its_body_is_never_sent_on() {
    let upstream = Upstream::start(|_| Reply::json(200, r#"{"model":"m"}"#));
    let mut envoy = start(&[("only", upstream.address())]);
    for length in [1, 200, 2000] {
        let bytes = ask(&json!({"model": "m", "messages": [{"content": "x".repeat(3000)}]})).bytes();
        let mut client = envoy.connect();
        client.write(&bytes[..length]).unwrap();
        drop(client);
    }
    assert_eq!(send(&envoy, &chat("after")).status, 200);
    assert_eq!(upstream.only_request().json()["model"], "after");
    assert!(envoy.is_running());
}

#[test]
fn a_client_gone_in_the_middle_of_its_stream_frees_the_target() {
    let event = r#"{"choices":[{"index":0,"delta":{"content":"on and on"}}]}"#;
    let upstream = Upstream::start(move |_| Reply::events([event]).ending(Ending::Stall));
    let mut envoy = start(&[("only", upstream.address())]);
    let mut client = envoy.connect();
    client.start(&ask(&json!({"model": "m", "stream": true}))).read_until("on and on");
    drop(client);
    upstream.wait_for("its client leave", |requests| requests[0].abandoned);
    assert_eq!(envoy.access_log(1)[0]["target"], "only");
}

#[test]
fn a_body_that_the_gateway_cannot_hold_is_refused_in_the_clients_format() {
    let upstream = Upstream::start(|_| Reply::json(200, "{}"));
    let mut envoy = start(&[("only", upstream.address())]);
    let body = json!({"model": "m", "filler": "x".repeat(2 << 20)}).to_string();
    assert_eq!(
        error(&send(&envoy, &Request::post("/v1/chat/completions", body).key(KEY))),
        (413, "request_too_large".to_owned())
    );
    assert!(envoy.is_running() && upstream.requests().is_empty());
}

#[test]
fn a_header_of_the_clients_leads_nowhere() {
    let upstream = Upstream::start(|_| Reply::json(200, r#"{"model":"m"}"#));
    let targets = [("only", upstream.address()), ("other", upstream.address())];
    let mut config = config(&targets);
    config["other_paths"] = json!("pass");
    config["routes"][0]["targets"] = json!(["only"]);
    let mut envoy = Envoy::start_version(Version::InMesh, &config, &env(&targets));
    // As if it had been composed: with the host of a target, which is what chooses the virtual host.
    let host = upstream.address().to_string();
    let astray = |request: Request| request.header("x-dragoman-target", "other").host(&host);
    assert_eq!(send(&envoy, &astray(Request::new("GET", "/elsewhere"))).status, 404, "and the mesh has no such route");
    let answer = send(&envoy, &astray(chat("m")));
    assert_eq!((answer.status, answer.headers.first("x-dragoman-target")), (200, Some("only")));
    assert_eq!(upstream.only_request().headers.first("authorization"), Some("Bearer sk-only-canary"));
    assert_eq!(envoy.access_log(2).len(), 2);
}

#[test]
fn a_target_has_to_show_the_certificate_that_the_documents_ask_for() {
    let authority = Authority::new();
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, authority.pem()).unwrap();
    for (what, identity, status) in [
        ("the right one", authority.identity("localhost"), 200),
        ("another name", authority.identity("other.example"), 503),
        ("self-signed", Identity::self_signed("localhost"), 503),
    ] {
        let upstream = Upstream::start_tls(identity, |_| Reply::json(200, r#"{"model":"m"}"#));
        let targets = [("only", upstream.address())];
        let mut config = config(&targets);
        config["targets"]["only"]["base_url"] = json!(format!("https://localhost:{}/v1", upstream.address().port()));
        config["targets"]["only"]["network"] = json!({"tls": {"ca": ca}});
        let envoy = Envoy::start_version(Version::InMesh, &config, &env(&targets));
        assert_eq!(send(&envoy, &chat("m")).status, status, "{what}");
        assert!(!upstream.connections().is_empty(), "{what}: nobody asked it");
        let names: Vec<_> = upstream.requests().into_iter().map(|request| request.server_name).collect();
        assert_eq!(names, vec![Some("localhost".to_owned()); usize::from(status == 200)], "{what}");
    }
}

#[test]
fn without_its_gate_inbound_lets_nothing_go_and_without_inbound_the_gate_does_not() {
    let upstream = Upstream::start(|_| Reply::json(200, "{}"));
    let targets = [("only", upstream.address())];
    type Change = fn(&mut Vec<Value>);
    let lone: [(&str, Change); 3] = [
        ("inbound alone", |documents| documents.retain(|document| !is(document, "dragoman-gate"))),
        ("the gate alone", |documents| documents.retain(|document| !is(document, "dragoman-inbound"))),
        ("the gate in front", |documents| {
            let gates = documents.iter_mut().filter(|document| is(document, "dragoman-gate"));
            gates.for_each(|gate| gate["spec"]["priority"] = json!(99));
        }),
    ];
    for (what, change) in lone {
        let mut envoy = Envoy::start_in_mesh(&config(&targets), &env(&targets), change);
        for request in
            [chat("m"), Request::new("GET", "/v1/files").key(KEY), Request::new("POST", "/v1/chat/completions")]
        {
            let answer = send(&envoy, &request);
            assert!((400..=503).contains(&answer.status), "{what}: {}", answer.text());
        }
        assert_eq!(error(&send(&envoy, &chat("m"))), (503, "gateway_misconfigured".to_owned()), "{what}");
        assert!(envoy.is_running() && upstream.requests().is_empty(), "{what}");
    }
}
