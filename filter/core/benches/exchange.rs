//! What one exchange costs the module's own code, host calls left out: a 4 KB chat answered whole, and one that streams.
//! `cargo bench -p dragoman-core --bench exchange`.

#![expect(clippy::expect_used, reason = "a measurement that cannot go on ends")]

use std::rc::Rc;

use divan::{Bencher, black_box};
use dragoman_core::config::{self, Gateway};
use dragoman_core::exchange::{Exchange, Place, Reaction, Step};
use dragoman_core::head::Head;
use dragoman_core::resting::Resting;

fn main() {
    divan::main();
}

const CONFIG: &str = r#"{"version": 1,
    "auth": {"keys": [
        {"id": "other", "sha256": "dfc42b5169264b0614a973f3460a90a255e72d3bf083ced693776b21a3821690"},
        {"id": "bench", "sha256": "b0962662e937d44c699c8305d90cbf190b3150c59b13863d1380b5cc3c711bb7", "models": ["gpt-*", "demo-*"]}
    ]},
    "targets": {
        "first": {"provider": "custom", "base_url": "http://127.0.0.1:1/v1", "credentials": ["${env.KEY}"]},
        "second": {"provider": "custom", "base_url": "http://127.0.0.1:2/v1", "credentials": ["${env.KEY}"]}
    },
    "routes": [{"models": ["gpt-*"], "targets": [{"target": "first", "model": "demo-large"}, "second"]}]}"#;

const REQUEST: [(&[u8], &[u8]); 9] = [
    (b":authority", b"127.0.0.1:8080"),
    (b":path", b"/v1/chat/completions"),
    (b":method", b"POST"),
    (b":scheme", b"http"),
    (b"content-type", b"application/json"),
    (b"authorization", b"Bearer bench-key"),
    (b"content-length", b"4096"),
    (b"x-forwarded-proto", b"http"),
    (b"x-request-id", b"6e7a3c5d-0000-4000-8000-000000000001"),
];

const WHOLE: &[u8] = br#"{"id":"chatcmpl-bench","object":"chat.completion","created":1700000000,"model":"demo-large","choices":[{"index":0,"message":{"role":"assistant","content":"The harbour is quiet today."},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":811,"completion_tokens":7,"total_tokens":818}}"#;
const EVENT: &[u8] = b"data: {\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"demo-large\",\"system_fingerprint\":\"fp_bench\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"harbour \"},\"logprobs\":null,\"finish_reason\":null}]}\n\n";

fn gateway() -> Rc<Gateway> {
    Rc::new(config::compile(CONFIG, &|_| Some("sk-bench".to_owned())).map_err(|_| "refused").expect("a configuration"))
}

fn body(stream: bool) -> Vec<u8> {
    let prose = "Describe what the interpreter said — \\\"word for word\\\" — and what was left out.\\n".repeat(40);
    format!(r#"{{"messages":[{{"role":"user","content":"{prose}"}}],"model":"gpt-4o","stream":{stream}}}"#).into_bytes()
}

/// The exchange up to its answer's head.
fn answered(gateway: &Rc<Gateway>, body: Vec<u8>, content_type: &[u8]) -> Exchange {
    let (mut exchange, _) = Exchange::begin(Rc::clone(gateway), &Head(black_box(&REQUEST)), 0);
    let Step::Go { cluster, .. } = exchange.read(body, &Resting::default(), 1) else { return exchange };
    let attempt = exchange.attempt(Place::Cluster(&cluster), 2);
    black_box(attempt.is_ok());
    black_box(exchange.body());
    let head: [(&[u8], &[u8]); 3] =
        [(b":status", b"200"), (b"content-type", content_type), (b"content-length", b"300")];
    if exchange.answered(&Head(&head), 3) == Reaction::Peek {
        black_box(exchange.peek(EVENT, false));
    }
    black_box(exchange.open(&Head(&head), false, 3));
    exchange
}

#[divan::bench]
fn whole(bencher: Bencher<'_, '_>) {
    let (gateway, body) = (gateway(), body(false));
    bencher.with_inputs(|| body.clone()).bench_local_values(|body| {
        let mut exchange = answered(&gateway, body, b"application/json");
        black_box(exchange.chunk(black_box(WHOLE), false));
        black_box(exchange.chunk(b"", true));
        black_box(exchange.settle(4).members())
    });
}

#[divan::bench]
fn event(bencher: Bencher<'_, '_>) {
    let mut exchange = answered(&gateway(), body(true), b"text/event-stream");
    bencher.bench_local(|| exchange.chunk(black_box(EVENT), false));
}
