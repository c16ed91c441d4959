//! Laws 1 and 3 through a real Envoy: conversations with data planted in them, in every pair of formats, said in random
//! pieces and sent in random chunks. The same ones each time; what a law draws anew is the core's tests' business.

use std::sync::{Arc, Mutex};

use dragoman_tests::demo;
use dragoman_tests::envoy::Envoy;
use dragoman_tests::upstream::Upstream;
use serde_json::{Map, json};

use super::formats::{FORMATS, asking, read};
use super::{DIGEST, send};

/// What is planted, and what stands in its place.
const PLANTED: [(&str, &str); 8] = [
    ("anna.schmidt@example.com", "[EMAIL]"),
    ("JeanLucMcDonald@example.org", "[EMAIL]"),
    ("4111 1111 1111 1111", "[CREDIT_CARD]"),
    ("DE89 3704 0044 0532 0130 00", "[IBAN]"),
    ("536-90-4399", "[US_SSN]"),
    ("+49 30 901820", "[PHONE]"),
    ("2001:db8:85a3::8a2e:370:7334", "[IPV6]"),
    ("Bluebird", "[PROJECT]"),
];

/// What stands between; some of it needs escapes, and some of those are escapes of text that is JSON itself.
const BETWEEN: [&str; 8] =
    ["Hello ", "\n", "\u{e9} \u{1f600} ", " \"said\", ", "\\n", " \\\\ / ", "{\"a\": \"", ", of \u{4e2d}\u{6587} "];

/// A text with values planted in it, and what is to come of it.
struct Salted {
    values: Vec<&'static str>,
    text: String,
    redacted: String,
}

impl Salted {
    fn new(random: &mut fastrand::Rng) -> Salted {
        let mut salted = Salted { values: Vec::new(), text: String::new(), redacted: String::new() };
        for _ in 0..random.usize(1..6) {
            let (value, label) = PLANTED[random.usize(..PLANTED.len())];
            let between = BETWEEN[random.usize(..BETWEEN.len())];
            salted.values.push(value);
            salted.text += &format!("{between}{value}, ");
            salted.redacted += &format!("{between}{label}, ");
        }
        salted
    }

    fn pieces(&self, random: &mut fastrand::Rng) -> Vec<String> {
        let longest = random.usize(1..12);
        let mut pieces = vec![String::new()];
        for char in self.text.chars() {
            if random.usize(..longest) == 0 {
                pieces.push(String::new());
            }
            pieces.last_mut().unwrap().push(char);
        }
        pieces.retain(|piece| !piece.is_empty());
        pieces
    }
}

/// The next answer: its pieces, and how it is cut on its way.
type Next = Arc<Mutex<(Vec<String>, u64)>>;

fn start(next: &Next) -> (Envoy, Upstream) {
    let said = Arc::clone(next);
    let serving = Upstream::start(move |request| {
        let (pieces, seed) = said.lock().unwrap().clone();
        demo::saying(request, &pieces).cut(seed).pace(std::time::Duration::from_micros(200))
    });
    let (mut targets, mut routes) = (Map::new(), Vec::new());
    for format in FORMATS {
        let base_url = format!("http://{}", serving.address());
        targets.insert(format.to_owned(), json!({"provider": "custom", "format": format, "base_url": base_url}));
        let target = json!({"target": format, "model": "tiny"});
        routes.push(json!({"models": [format], "targets": [target], "redaction": "all"}));
    }
    let terms = json!([{"name": "project", "any": ["Bluebird"]}]);
    let config = json!({
        "version": 1,
        "auth": {"keys": [{"id": "alice", "sha256": DIGEST}]},
        "targets": targets,
        "routes": routes,
        "redaction": {"all": {"all": "mask", "terms": terms}},
    });
    (Envoy::start(&config, &[].into()), serving)
}

#[test]
fn nothing_planted_reaches_a_client_or_a_target_and_all_else_does() {
    let next = Next::default();
    let (envoy, serving) = start(&next);
    let mut random = fastrand::Rng::with_seed(20_261_126);
    let pairs = FORMATS.iter().flat_map(|client| FORMATS.map(|target| (*client, target)));
    for (client, target) in pairs {
        for stream in [true, true, false] {
            let (asked, said) = (Salted::new(&mut random), Salted::new(&mut random));
            *next.lock().unwrap() = (said.pieces(&mut random), random.u64(..));
            let answer = send(&envoy, &asking(client, target, stream, &asked.text));
            let at = format!("{client} from {target}, streamed: {stream}: {}", answer.text());
            assert_eq!((answer.status, &answer.cut), (200, &None), "{at}");
            assert_eq!(read(client, &answer, stream).0, said.redacted, "{at}");
            let sent = String::from_utf8(serving.requests().pop().unwrap().body).unwrap();
            let redacted = json!(asked.redacted).to_string();
            assert!(sent.contains(redacted.trim_matches('"')), "{redacted} is not in {sent}");
            for value in &asked.values {
                assert!(!sent.contains(value), "{value} is in {sent}");
            }
            for value in &said.values {
                assert!(!answer.text().contains(value), "{value} is in {at}");
            }
        }
    }
}
