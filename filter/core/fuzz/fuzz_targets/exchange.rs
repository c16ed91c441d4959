//! A whole exchange over any bytes: the client's bytes do not depend on how the answer was cut, nothing panics, and
//! attempts end. The first line of the input is the request's body, the rest is every target's answer.

#![no_main]

use std::rc::Rc;

use dragoman_core::config::{self, Gateway};
use dragoman_core::exchange::{Exchange, Given, Peeked, Place, Reaction, Step};
use dragoman_core::head::Head;
use dragoman_core::resting::Resting;
use libfuzzer_sys::fuzz_target;

const CONFIG: &str = r#"{"auth": {"anonymous": true}, "targets": {
    "a": {"provider": "openai", "base_url": "http://127.0.0.1:1"},
    "b": {"provider": "openai", "base_url": "http://127.0.0.1:2"},
    "c": {"provider": "anthropic", "base_url": "http://127.0.0.1:3"}},
    "routes": [{"models": ["*"], "targets": [{"target": "a", "model": "served"}, "b", "c"]}]}"#;

const PATHS: [&str; 4] = ["/v1/chat/completions", "/v1/messages", "/v1/responses", "/v1/audio/transcriptions"];
const TYPES: [&str; 3] = ["text/event-stream", "application/json", "multipart/form-data; boundary=b"];
const STATUSES: [&str; 4] = ["200", "429", "500", "400"];

/// What the client got, or nothing where Dragoman answered.
fn play(gateway: &Rc<Gateway>, kind: u8, body: &[u8], answer: &[u8], piece: usize) -> Option<Vec<u8>> {
    let pick = |list: &[&'static str], shift: u8| list[usize::from(kind >> shift) % list.len()].as_bytes();
    let request: [(&[u8], &[u8]); 4] = [
        (b":method", b"POST"),
        (b":path", pick(&PATHS, 0)),
        (b"content-type", pick(&TYPES, 2)),
        (b"x-dragoman-provider-data", body),
    ];
    let head: [(&[u8], &[u8]); 2] = [(b":status", pick(&STATUSES, 4)), (b"content-type", pick(&TYPES, 6))];
    let (mut exchange, mut step) = Exchange::begin(Rc::clone(gateway), &Head(&request), 0);
    if matches!(step, Step::Hold) {
        step = exchange.read(body.to_vec(), &Resting::default(), 1);
    }
    let Step::Go { mut cluster, .. } = step else { return None };
    let pieces: Vec<&[u8]> = answer.chunks(piece).chain([&b""[..]]).collect();
    for attempts in 0.. {
        assert!(attempts < 8, "attempts do not end");
        if exchange.attempt(Place::Cluster(&cluster), 2).is_err() {
            return None;
        }
        let next = match exchange.answered(&Head(&head), 3) {
            Reaction::Pass => None,
            Reaction::Retry(next) => Some(next),
            Reaction::Peek => peeked(&mut exchange, &pieces),
        };
        match next {
            Some(next) => cluster = next,
            None => break,
        }
    }
    exchange.open(&Head(&head), false, 4);
    let mut client = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        let end = index + 1 == pieces.len();
        match if exchange.wants_body() { exchange.chunk(piece, end) } else { Given::Same } {
            Given::Same => client.extend_from_slice(piece),
            Given::Waits => assert!(!end, "a whole answer is held"),
            Given::Instead { body, .. } => client.extend(body),
        }
    }
    serde_json::from_str::<serde_json::Value>(&format!("{{\"a\":0{}}}", exchange.settle(9).members()))
        .expect("a receipt is JSON");
    Some(client)
}

/// Where a held answer is retried; `None` when it goes on.
fn peeked(exchange: &mut Exchange, pieces: &[&[u8]]) -> Option<String> {
    for (index, piece) in pieces.iter().enumerate() {
        match exchange.peek(piece, index + 1 == pieces.len()) {
            Peeked::More => {}
            Peeked::Pass => return None,
            Peeked::Retry(next) => return Some(next),
        }
    }
    panic!("a whole answer is held");
}

thread_local! {
    static GATEWAY: Rc<Gateway> =
        Rc::new(config::compile(CONFIG, &|_| None).unwrap_or_else(|problems| panic!("{problems:?}")));
}

fuzz_target!(|input: &[u8]| {
    let gateway = GATEWAY.with(Rc::clone);
    let Some((&kind, rest)) = input.split_first() else { return };
    let Some((&size, rest)) = rest.split_first() else { return };
    let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    let (body, answer) = rest.split_at(end);
    let answer = answer.get(1..).unwrap_or_default();
    let whole = play(&gateway, kind, body, answer, answer.len().max(1));
    assert_eq!(play(&gateway, kind, body, answer, usize::from(size) % 16 + 1), whole);
});
