//! Plays the host of one exchange: lets inbound and each attempt run as Envoy would, and keeps what went each way.

use std::rc::Rc;

use dragoman_core::config;
use dragoman_core::exchange::{Exchange, Given, Peeked, Place, Reaction, Step};
use dragoman_core::head::{Edit, Head};
use dragoman_core::receipt::Receipt;
use dragoman_core::refusal::LocalReply;
use dragoman_core::resting::Resting;
use proptest::prelude::*;

/// Configurations that the laws hold for.
pub(crate) struct Gateway(Rc<config::Gateway>);

impl Gateway {
    /// One target, asked as the client asks; answers keep the target's name for the model.
    pub(crate) fn plain() -> Gateway {
        Gateway::of(
            r#"{"show_served_model": true, "targets": {"a": {"provider": "vllm", "base_url": "http://127.0.0.1:1", "include_usage": false}},
            "routes": [{"models": ["*"], "targets": ["a"]}]}"#,
        )
    }

    /// One target that calls the model otherwise, and tells usage when asked.
    pub(crate) fn rewriting() -> Gateway {
        Gateway::of(
            r#"{"targets": {"a": {"provider": "vllm", "base_url": "http://127.0.0.1:1", "include_usage": false}},
            "routes": [{"models": ["*"], "targets": [{"target": "a", "model": "served"}]}]}"#,
        )
    }

    /// One target, which speaks chat.
    pub(crate) fn speaking_chat() -> Gateway {
        Gateway::of(
            r#"{"targets": {"a": {"provider": "vllm", "base_url": "http://127.0.0.1:1"}},
            "routes": [{"models": ["*"], "targets": [{"target": "a", "model": "served"}]}]}"#,
        )
    }

    /// Two targets.
    pub(crate) fn failing_over() -> Gateway {
        Gateway::of(
            r#"{"targets": {"a": {"provider": "openai", "base_url": "http://127.0.0.1:1"}, "b": {"provider": "openai", "base_url": "http://127.0.0.1:2"}},
            "routes": [{"models": ["*"], "targets": [{"target": "a", "model": "served"}, "b"]}]}"#,
        )
    }

    /// One target that speaks a format, and a policy that does this with everything.
    pub(crate) fn redacting(format: &str, action: &str) -> Gateway {
        Gateway::of(&format!(
            r#"{{"targets": {{"a": {{"provider": "custom", "base_url": "http://127.0.0.1:1", "format": "{format}"}}}},
            "routes": [{{"models": ["*"], "targets": [{{"target": "a", "model": "served"}}], "redaction": "all"}}],
            "redaction": {{"secret": "${{env.SECRET}}", "all": {{"all": "{action}", "terms": [{{"name": "project", "any": ["Bluebird"], "action": "{action}"}}],
            "patterns": [{{"name": "ticket", "match": "EMP-[0-9]{{6}}", "action": "{action}"}}]}}}}}}"#,
        ))
    }

    /// Its only policy.
    pub(crate) fn policy(&self) -> Rc<dragoman_core::pii::Policy> {
        Rc::clone(&self.0.policies[0])
    }

    fn of(json: &str) -> Gateway {
        let json = json.replacen('{', r#"{"version": 1, "auth": {"anonymous": true}, "#, 1);
        let gateway = config::compile(&json, &|_| Some("0123456789abcdef0123456789abcdef".to_owned()));
        Gateway(Rc::new(gateway.unwrap_or_else(|problems| panic!("{problems:?}"))))
    }
}

/// What every target answers.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn stream(body: &[u8]) -> Answer {
        Answer { status: 200, content_type: "text/event-stream", body: body.to_vec() }
    }

    pub(crate) fn json(body: &[u8]) -> Answer {
        Answer { status: 200, content_type: "application/json", body: body.to_vec() }
    }
}

/// Where an answer is cut, in tenths of a percent of its length; no cut means all at once.
#[derive(Clone, Debug)]
pub(crate) struct Cuts(Vec<usize>);

impl Cuts {
    pub(crate) fn none() -> Cuts {
        Cuts(Vec::new())
    }

    fn pieces<'a>(&self, body: &'a [u8]) -> Vec<&'a [u8]> {
        let mut at: Vec<usize> = self.0.iter().map(|cut| cut * body.len() / 1000).collect();
        at.extend([0, body.len()]);
        at.sort_unstable();
        at.windows(2).map(|pair| &body[pair[0]..pair[1]]).collect()
    }
}

impl Arbitrary for Cuts {
    type Parameters = ();
    type Strategy = BoxedStrategy<Cuts>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        let few = prop::collection::vec(0usize..=1000, 0..6);
        let every_byte = Just((0..=1000).collect::<Vec<usize>>());
        prop_oneof![6 => few, 1 => every_byte].prop_map(Cuts).boxed()
    }
}

/// What a target received.
pub(crate) struct Sent {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Sent {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// What came of an exchange.
pub(crate) struct Played {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    pub(crate) upstream: Vec<Sent>,
    pub(crate) receipt: Receipt,
}

impl Played {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn replied(reply: &LocalReply, upstream: Vec<Sent>, mut exchange: Exchange) -> Played {
        Played {
            status: reply.status,
            body: reply.body.clone().into_bytes(),
            upstream,
            receipt: exchange.settle(9).clone(),
        }
    }
}

/// Sends a request through, with `answer` from every target.
pub(crate) fn exchange(gateway: &Gateway, path: &str, body: &[u8], answer: &Answer, cuts: &Cuts) -> Played {
    let mut headers: Vec<(String, String)> = [
        (":method", "POST"),
        (":path", path),
        (":authority", "gateway"),
        ("content-type", if path.contains("audio") { "multipart/form-data; boundary=b" } else { "application/json" }),
        ("x-request-id", "r1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec();
    headers.push(("content-length".to_owned(), body.len().to_string()));
    let (mut exchange, mut step) = with_head(&headers, |head| Exchange::begin(Rc::clone(&gateway.0), head, 0));
    if matches!(step, Step::Hold) {
        step = exchange.read(body.to_vec(), &Resting::default(), 1);
    }
    let mut upstream = Vec::new();
    let (mut cluster, edits, instead) = match step {
        Step::Go { cluster, edits, body } => (cluster, edits, body),
        Step::Reply(reply) => return Played::replied(&reply, upstream, exchange),
        Step::Hold | Step::Wait | Step::Aside(_) => panic!("a whole body is read"),
    };
    apply(&mut headers, &edits);
    let body = match &instead {
        Some(with) => [with.pieces().unwrap().concat().as_slice(), &body[with.reach()..]].concat(),
        None => body.to_vec(),
    };
    let head = [
        (":status".to_owned(), answer.status.to_string()),
        ("content-type".to_owned(), answer.content_type.to_owned()),
    ];
    for _ in 0..16 {
        let attempt = match exchange.attempt(Place::Cluster(&cluster), 2) {
            Ok(attempt) => attempt,
            Err(reply) => return Played::replied(&reply, upstream, exchange),
        };
        apply(&mut headers, &attempt.edits);
        let sent = match exchange.body() {
            Some(new) => [new.pieces(&body[..new.reads()]).unwrap().concat().as_slice(), &body[new.reach()..]].concat(),
            None => body.clone(),
        };
        upstream.push(Sent { headers: headers.clone(), body: sent });
        match attempts_end(&mut exchange, &head, answer, cuts) {
            Some(next) => cluster = next,
            None => return answered(exchange, &head, answer, cuts, upstream),
        }
    }
    panic!("the attempts do not end");
}

/// The cluster to retry at; `None` when the answer goes to the client.
fn attempts_end(exchange: &mut Exchange, head: &[(String, String)], answer: &Answer, cuts: &Cuts) -> Option<String> {
    match with_head(head, |head| exchange.answered(head, 3)) {
        Reaction::Pass => return None,
        Reaction::Retry(next) => return Some(next),
        Reaction::Peek => {}
    }
    let pieces = cuts.pieces(&answer.body);
    for (index, piece) in pieces.iter().enumerate() {
        match exchange.peek(piece, index + 1 == pieces.len()) {
            Peeked::More => {}
            Peeked::Pass => return None,
            Peeked::Retry(next) => return Some(next),
        }
    }
    panic!("a whole answer is still held");
}

fn answered(
    mut exchange: Exchange,
    head: &[(String, String)],
    answer: &Answer,
    cuts: &Cuts,
    upstream: Vec<Sent>,
) -> Played {
    with_head(head, |head| exchange.open(head, false, 4));
    let mut status = answer.status;
    let mut body = Vec::new();
    let pieces = cuts.pieces(&answer.body);
    for (index, piece) in pieces.iter().enumerate() {
        let end = index + 1 == pieces.len();
        match if exchange.wants_body() { exchange.chunk(piece, end) } else { Given::Same } {
            Given::Same => body.extend_from_slice(piece),
            Given::Waits => assert!(!end, "a whole answer is still held"),
            Given::Instead { edits, body: client } => {
                let mut head = vec![(":status".to_owned(), status.to_string())];
                apply(&mut head, &edits);
                status = head[0].1.parse().unwrap();
                body.extend(client);
            }
        }
    }
    Played { status, body, upstream, receipt: exchange.settle(9).clone() }
}

fn with_head<R>(headers: &[(String, String)], read: impl FnOnce(&Head<'_>) -> R) -> R {
    let pairs: Vec<(&[u8], &[u8])> = headers.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
    read(&Head(&pairs))
}

fn apply(headers: &mut Vec<(String, String)>, edits: &[Edit]) {
    for edit in edits {
        match edit {
            Edit::Set(name, value) => {
                headers.retain(|(own, _)| own != name);
                headers.push((name.clone().into_owned(), value.clone()));
            }
            Edit::Remove(name) => headers.retain(|(own, _)| own != name),
        }
    }
}
