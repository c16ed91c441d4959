//! HTTP/2 on both sides, with a server and a client that nobody here wrote: Node's.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use dragoman_tests::client::Request;
use dragoman_tests::envoy::{Envoy, Version};
use dragoman_tests::upstream::{Authority, Ending, Reply, Upstream};
use serde_json::json;
use tempfile::TempDir;

use super::{KEY, ask, config, env, send};

/// A server that ends with the test.
struct Server {
    process: Child,
    base_url: String,
    ca: PathBuf,
    _folder: TempDir,
}

impl Server {
    fn start() -> Server {
        let authority = Authority::new();
        let identity = authority.identity("localhost");
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let (cert, key) = (file("cert.pem", identity.certificate_pem()), file("key.pem", identity.key_pem()));
        let ca = file("ca.pem", &authority.pem());
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/h2_upstream.mjs");
        let mut process = Command::new("node").arg(script).arg(cert).arg(key).stdout(Stdio::piped()).spawn().unwrap();
        let mut port = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Server { process, base_url: format!("https://localhost:{}", port.trim()), ca, _folder: folder }
    }

    /// A gateway before it.
    fn gateway(&self) -> Envoy {
        let targets = [("only", ([127, 0, 0, 1], 1).into())];
        let mut config = config(&targets);
        config["targets"]["only"]["base_url"] = json!(self.base_url);
        config["targets"]["only"]["network"] = json!({"tls": {"ca": self.ca}});
        config["targets"]["only"]["endpoints"] = json!(["chat"]);
        Envoy::start(&config, &env(&targets))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_translated_answer_may_end_with_trailers() {
    let server = Server::start();
    let envoy = server.gateway();
    for stream in [true, false] {
        let messages = json!([{"role": "user", "content": "Hello?"}]);
        let body = json!({"model": "with-trailers", "max_tokens": 9, "stream": stream, "messages": messages});
        let answer = send(&envoy, &Request::post("/v1/messages", body.to_string()).key(KEY));
        let text = answer.text();
        assert_eq!((answer.status, &answer.cut), (200, &None), "{text}");
        assert!(text.contains("hi") && !text.contains("error"), "{text}");
        assert_eq!(text.ends_with("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"), stream, "{text}");
        assert!(text.contains(r#""stop_reason":"end_turn""#), "{text}");
    }
}

#[test]
fn a_target_that_offers_http_2_is_spoken_to_in_it_and_its_cuts_are_no_ends() {
    let server = Server::start();
    let envoy = server.gateway();
    let answer = send(&envoy, &ask(&json!({"model": "m", "stream": true, "messages": []})));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let event = answer.text().lines().next().and_then(|line| line.strip_prefix("data: ")).map(str::to_owned);
    let event: serde_json::Value = serde_json::from_str(&event.expect("an event")).unwrap();
    assert_eq!(event["saw"], json!({"version": "2.0", "alpn": "h2", "path": "/v1/chat/completions"}));
    assert!(answer.text().ends_with("data: [DONE]\n\n"));

    for cut in ["stream", "session"] {
        let mut client = envoy.connect();
        client.write(&ask(&json!({"model": "m", "stream": true, "messages": [], "cut": cut})).bytes()).unwrap();
        let answer = client.read().unwrap().finish();
        let told = answer.cut.is_some() || answer.status >= 500 || answer.text().contains("\"error\"");
        assert!(told, "a cut {cut} looks like a clean end: {answer:?}");
    }
}

#[test]
fn a_client_may_send_trailers_cancel_one_of_its_streams_and_is_told_of_a_cut() {
    let upstream = Upstream::start(|request| {
        let body = request.json();
        let event = r#"{"model":"served","choices":[{"index":0,"delta":{"content":"hi"}}]}"#;
        let chunked = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        match body["cut"].as_str() {
            Some("reset") => return Reply::events([event]).ending(Ending::Reset),
            Some("close") => return Reply::raw(format!("{chunked}ff\r\ndata: {{}}\n\n")),
            Some(_) => return Reply::raw(format!("{chunked}zz\r\n")),
            None => {}
        }
        match (body["stream"] == true, body["stall"] == true) {
            (false, _) => Reply::json(200, r#"{"model":"served"}"#),
            (true, true) => Reply::events([event]).ending(Ending::Stall),
            (true, false) => Reply::events([event, "[DONE]"]),
        }
    });
    let targets = [("only", upstream.address())];
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/h2_client.mjs");
    for version in [Version::Current, Version::InMesh] {
        let envoy = Envoy::start_version(version, &config(&targets), &env(&targets));
        let before = upstream.requests().len();
        let base = format!("http://{}", envoy.address());
        let output = Command::new("node").arg(&script).args([base.as_str(), KEY]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(said.lines().count(), 4, "{said}");
        upstream.wait_for("the cancelled stream end", |requests| {
            let mut since = requests.iter().skip(before);
            since.any(|request| request.json()["stall"] == true && request.abandoned)
        });
    }
}
