//! Many large requests at once: the module's memory holds no more of them than it must, and refuses what does not fit
//! before it runs out, which would end all that its worker serves.

use std::net::{SocketAddr, TcpListener};

use dragoman_tests::client::{Answer, Client, Incoming, Request};
use dragoman_tests::envoy::Envoy;
use serde_json::json;

use crate::{chat, environment, gateway, target};

const MIB: usize = 1 << 20;
/// What is rendered where the configuration says nothing, in MiB.
const MAX_HEAP: u64 = 2048;

/// A target that reads whatever comes and never answers.
fn silent() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || std::io::copy(&mut stream, &mut std::io::sink()));
        }
    });
    address
}

/// Gives forty requests of 16 MiB, whose model stands at their end, to a target that speaks this format; the answers, and
/// Envoy's memory in MiB while the requests are held.
fn forty_large_requests(format: &str) -> (Vec<Answer>, u64) {
    let mut silent = target(&format!("http://{}/v1", silent()));
    silent["format"] = json!(format);
    let mut config = gateway([("a", silent)]);
    config["routes"] = json!([{"models": "*", "targets": [{"target": "a", "model": "a-model-with-a-longer-name"}]}]);
    config["timeouts"] = json!({"first_byte": "8s"});
    config["limits"] = json!({"max_request_bytes": "17MiB"});
    let envoy = Envoy::start(&config, &environment());
    let text = "x".repeat(16 * MIB);
    let body = format!(r#"{{"max_tokens":9,"messages":[{{"role":"user","content":"{text}"}}],"model":"m"}}"#);
    let request = Request::post("/v1/chat/completions", body).header("content-type", "application/json").bytes();
    let mut clients: Vec<Client> = (0..40).map(|_| envoy.connect()).collect();
    // All but the end of each, so that all of them are held at the same time.
    let (most, end) = request.split_at(request.len() - 1);
    for part in [most, end] {
        for client in &mut clients {
            client.write(part).expect("the gateway reads");
        }
    }
    let answers = clients.iter_mut().map(|client| client.read().map(Incoming::finish).expect("an answer")).collect();
    let memory = envoy.memory() / 1024;
    let log = envoy.log();
    assert!(!log.contains("allocation") && !log.contains("Uncaught"), "the VM ran out of memory: {log}");
    assert_eq!(envoy.connect().send(&Request::new("GET", "/healthz")).status, 200);
    let answer = envoy.connect().send(&chat());
    assert_eq!(answer.json()["error"]["code"], "target_unreachable", "the target is asked, and stays silent");
    (answers, memory)
}

fn code(answer: &Answer) -> String {
    answer.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
}

fn codes(answers: &[Answer]) -> Vec<String> {
    let mut codes: Vec<String> = answers.iter().map(code).collect();
    codes.sort();
    codes.dedup();
    codes
}

#[test]
fn long_requests_that_are_only_rewritten_all_pass_within_the_memory_that_is_rendered() {
    let (answers, memory) = forty_large_requests("chat");
    assert_eq!(codes(&answers), ["target_unreachable"]);
    // Envoy's own copies are within its limit, and so is the module beside them.
    assert!(memory < MAX_HEAP, "{memory} MiB");
}

#[test]
fn long_requests_that_are_written_anew_are_refused_where_they_do_not_fit() {
    let (answers, memory) = forty_large_requests("messages");
    assert_eq!(codes(&answers), ["overloaded", "target_unreachable"]);
    assert!(memory < MAX_HEAP, "{memory} MiB");
    let refused: Vec<&Answer> = answers.iter().filter(|answer| code(answer) == "overloaded").collect();
    assert!(refused.iter().all(|answer| answer.headers.first("retry-after") == Some("1")));
    assert!(refused.len() < 35, "{} of 40 were refused", refused.len());
}
