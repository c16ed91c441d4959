//! The core by itself, natively: what the module's shell does around it is done here by hand, without a host.

use std::rc::Rc;

use super::{Attempt, Cut, Driver, Gateway, Outcome, Played, Stage, target_of};
use crate::client::Request;
use crate::host::{Event, RETRIES, Sent, parts, request_head};
use crate::http1::Headers;
use crate::upstream::Received;
use crate::vector::Vector;
use dragoman_core::config;
use dragoman_core::exchange::{Exchange, Given, Peeked, Place, Reaction, Step};
use dragoman_core::head::{Edit, Head};
use dragoman_core::refusal::LocalReply;
use dragoman_core::resting::{Millis, Resting};

/// The driver.
pub struct Native;

/// A compiled configuration and what rests under it.
struct Core {
    gateway: Rc<config::Gateway>,
    resting: Resting,
    now: Millis,
}

impl Driver for Native {
    fn name(&self) -> &'static str {
        "native"
    }

    fn cuts(&self, vector: &Vector) -> Vec<Cut> {
        let scripts = vector.exchanges.iter().flat_map(crate::vector::Exchange::script);
        let longest = scripts.map(|attempt| match attempt.played {
            Played::Reply(reply) => reply.body().len(),
            Played::Refuse => 0,
        });
        let places = (1..longest.max().unwrap_or(0)).map(Cut::At);
        places.chain((1..8).map(Cut::Every)).chain((0..32).map(Cut::Drawn)).collect()
    }

    fn start(&self, vector: &Vector) -> Box<dyn Gateway> {
        let gateway = config::compile(&vector.config().to_string(), &|name| vector.env.get(name).cloned());
        let gateway = gateway.unwrap_or_else(|problems| {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            panic!("the configuration is refused:\n{}", lines.join("\n"))
        });
        Box::new(Core { gateway: Rc::new(gateway), resting: Resting::default(), now: 1_750_000_000_000 })
    }
}

impl Gateway for Core {
    fn exchange(&mut self, request: &Request, script: Vec<Attempt>) -> Outcome {
        let mut stage = Stage::new(script);
        let mut sent = Sent::default();
        let headers = request_head(request);
        let body = request.pieces().collect::<Vec<_>>().concat();
        let (mut exchange, mut step) =
            borrow(&headers, |head| Exchange::begin(Rc::clone(&self.gateway), head, self.now));
        if matches!(step, Step::Hold) {
            step = exchange.read(body.clone(), &self.resting, self.now);
        }
        match step {
            Step::Hold | Step::Wait => panic!("the core holds a request that is complete"),
            Step::Aside(_) => panic!("no vector asks for what is not the gateway's"),
            Step::Reply(reply) => self.answer_locally(&mut exchange, reply, &mut sent),
            Step::Go { cluster, edits, body: instead } => {
                let headers = edited(headers, &edits);
                let body = match &instead {
                    Some(with) => beginning(&with.pieces().expect("edits of this body"), &body, with.reach()),
                    None => body,
                };
                self.route(&mut exchange, cluster, headers, &body, &mut stage, &mut sent);
            }
        }
        let members = exchange.settle(self.now).members();
        let receipt = serde_json::from_str(&format!("{{\"driver\":\"native\"{members}}}"))
            .unwrap_or_else(|error| panic!("the receipt is not JSON members ({error}): {members}"));
        Outcome { answer: sent.answer(), seen: stage.into_seen(), receipt, sees_refused: true }
    }

    fn wait(&mut self, seconds: u64) {
        self.now += seconds * 1000;
    }
}

/// A body in which these pieces stand in the place of so many bytes.
fn beginning(pieces: &[&[u8]], body: &[u8], reach: usize) -> Vec<u8> {
    [&pieces.concat(), body.get(reach..).expect("only a beginning is replaced")].concat()
}

/// What becomes of a target's answer.
enum Fate {
    /// It goes to the client.
    Relay,
    /// It is thrown away, and this cluster is next.
    Retry(String),
    /// It ended before anything of it could go to the client.
    Lost,
}

impl Core {
    /// The router's part: attempt after attempt.
    fn route(
        &mut self,
        exchange: &mut Exchange,
        mut cluster: String,
        mut headers: Headers,
        body: &[u8],
        stage: &mut Stage,
        sent: &mut Sent,
    ) {
        for _ in 0..=RETRIES {
            let attempt = exchange.attempt(Place::Cluster(&cluster), self.now);
            self.note(exchange);
            let attempt = match attempt {
                Ok(attempt) => attempt,
                Err(reply) => return self.answer_locally(exchange, reply, sent),
            };
            headers = edited(headers, &attempt.edits);
            let sent_body = match exchange.body() {
                None => body.to_vec(),
                Some(new) => {
                    let read = body.get(..new.reads()).expect("what there is");
                    beginning(&new.pieces(read).expect("edits of this body"), body, new.reach())
                }
            };
            let target = target_of(&cluster);
            let played = stage.play(target, &Received::composed(&headers, sent_body));
            cluster = attempt.next.unwrap_or(cluster);
            let Played::Reply(reply) = played else {
                continue;
            };
            let Some((status, fields)) = &reply.head else {
                continue;
            };
            let parts = parts(*status, fields, &reply);
            match self.fate(exchange, &parts) {
                Fate::Retry(next) => cluster = next,
                Fate::Lost => {}
                Fate::Relay => return self.relay(exchange, parts, sent),
            }
        }
        panic!("the core would try for ever");
    }

    /// What outbound makes of an answer.
    fn fate(&mut self, exchange: &mut Exchange, parts: &[Event]) -> Fate {
        let mut peeks = false;
        for (index, part) in parts.iter().enumerate() {
            let end = matches!(parts.get(index + 1), Some(Event::End));
            match part {
                Event::Head(head) => {
                    let reaction = borrow(head, |head| exchange.answered(head, self.now));
                    self.note(exchange);
                    match reaction {
                        Reaction::Pass => return Fate::Relay,
                        Reaction::Retry(cluster) => return Fate::Retry(cluster),
                        Reaction::Peek => peeks = true,
                    }
                }
                Event::Data(data) if peeks => match exchange.peek(data, end) {
                    Peeked::More => {}
                    Peeked::Pass => return Fate::Relay,
                    Peeked::Retry(cluster) => return Fate::Retry(cluster),
                },
                Event::Data(_) | Event::Trailers(_) | Event::End => {}
            }
        }
        let ended = matches!(parts.last(), Some(Event::End));
        assert!(!ended, "the core holds back an answer that is complete");
        Fate::Lost
    }

    /// What inbound makes of an answer.
    fn relay(&mut self, exchange: &mut Exchange, parts: Vec<Event>, sent: &mut Sent) {
        let mut held = None;
        let mut parts = parts.into_iter().peekable();
        while let Some(part) = parts.next() {
            let end = matches!(parts.peek(), Some(Event::End));
            let part = match part {
                Event::Head(head) => {
                    let edits = borrow(&head, |head| exchange.open(head, end, self.now));
                    self.note(exchange);
                    let head = edited(head, &edits);
                    if exchange.holds_head() {
                        held = Some(head);
                        continue;
                    }
                    Event::Head(head)
                }
                Event::Data(data) if exchange.wants_body() => {
                    let given = exchange.chunk(&data, end);
                    exchange.note_beginning(|| self.now);
                    match given {
                        Given::Same => Event::Data(data),
                        Given::Waits => continue,
                        Given::Instead { edits, body } => {
                            sent.take(held.take().map(|head| Event::Head(edited(head, &edits))).into_iter().collect());
                            Event::Data(body)
                        }
                    }
                }
                Event::Trailers(trailers) if exchange.wants_body() => {
                    if let Given::Instead { edits, body } = exchange.chunk(&[], true)
                        && let Some(head) = held.take()
                    {
                        sent.take(vec![Event::Head(edited(head, &edits)), Event::Data(body)]);
                    }
                    Event::Trailers(trailers)
                }
                part => part,
            };
            sent.take(vec![part]);
        }
        if !sent.ended {
            sent.cut = Some("the target's answer ended before its end".to_owned());
        }
    }

    fn answer_locally(&mut self, exchange: &mut Exchange, reply: LocalReply, sent: &mut Sent) {
        let mut head: Headers = [(":status", reply.status.to_string())].into_iter().collect();
        head.0.extend(reply.headers.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let parts = vec![Event::Head(head), Event::Data(reply.body.into_bytes()), Event::End];
        self.relay(exchange, parts, sent);
    }

    fn note(&mut self, exchange: &mut Exchange) {
        self.resting.apply(&exchange.take_changes(), self.now);
    }
}

/// Shows headers as the core takes them.
fn borrow<T>(headers: &Headers, show: impl FnOnce(&Head<'_>) -> T) -> T {
    let pairs: Vec<(&[u8], &[u8])> =
        headers.0.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
    show(&Head(&pairs))
}

fn edited(mut headers: Headers, edits: &[Edit]) -> Headers {
    for edit in edits {
        let (Edit::Set(name, _) | Edit::Remove(name)) = edit;
        headers.0.retain(|(field, _)| field != name);
        if let Edit::Set(name, value) = edit {
            headers.0.push((name.to_string(), value.clone()));
        }
    }
    headers
}
