//! Drivers carry a scripted exchange through a gateway: the core natively, the module in the fake host, a real Envoy.
//! All three are judged alike, by what the client is sent and what the targets were.

mod judge;
mod module;
mod native;
mod real;

use std::collections::VecDeque;

use serde_json::Value;

use crate::client::{Answer, Request};
use crate::upstream::{Received, Reply};
use crate::vector::Vector;

pub use crate::host::Played;
pub use judge::judge;
pub use module::Module;
pub use native::Native;
pub use real::Real;

/// A way to run exchanges.
pub trait Driver {
    /// Its name in `not_on`.
    fn name(&self) -> &'static str;

    /// Why it does not run a vector, if it does not.
    fn leaves_out(&self, vector: &Vector) -> Option<String> {
        vector.not_on.get(self.name()).cloned()
    }

    /// How it cuts bodies, beside as they are written.
    fn cuts(&self, vector: &Vector) -> Vec<Cut>;

    /// Starts a gateway for the exchanges of one vector.
    fn start(&self, vector: &Vector) -> Box<dyn Gateway>;
}

/// A gateway that runs.
pub trait Gateway {
    /// Carries one exchange; the targets do as the script says.
    fn exchange(&mut self, request: &Request, script: Vec<Attempt>) -> Outcome;

    /// Lets seconds pass.
    fn wait(&mut self, seconds: u64);
}

/// What a target does when its turn comes.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The target whose turn it is.
    pub target: String,
    /// What it does.
    pub played: Played,
}

/// What came of an exchange.
#[derive(Debug)]
pub struct Outcome {
    /// What the client was sent.
    pub answer: Answer,
    /// Which targets were sent what. A real target that refuses connections cannot tell.
    pub seen: Vec<(String, Received)>,
    /// The access log's members.
    pub receipt: Value,
    /// Whether refused attempts are among `seen`.
    pub sees_refused: bool,
}

/// Where bodies are cut.
#[derive(Clone, Copy, Debug)]
pub enum Cut {
    /// As they are written.
    Written,
    /// Every so many bytes.
    Every(usize),
    /// In two, at this byte.
    At(usize),
    /// At drawn places.
    Drawn(u64),
}

/// Targets on a stage: each attempt takes the next part, whichever target it goes to.
#[derive(Debug, Default)]
pub struct Stage {
    script: VecDeque<Attempt>,
    seen: Vec<(String, Received)>,
}

impl Stage {
    /// Sets the parts.
    pub fn new(script: Vec<Attempt>) -> Stage {
        Stage { script: script.into(), seen: Vec::new() }
    }

    /// A target's turn. One that is nobody's, or another's, is told by its status and left to the judge.
    pub fn play(&mut self, target: &str, received: &Received) -> Played {
        self.seen.push((target.to_owned(), received.clone()));
        match self.script.pop_front() {
            Some(attempt) if attempt.target == target => attempt.played,
            _ => Played::Reply(Reply::json(599, "\"no attempt was expected here\"")),
        }
    }

    /// What was seen.
    pub fn into_seen(self) -> Vec<(String, Received)> {
        self.seen
    }
}

impl Cut {
    /// Cuts what the targets send.
    pub fn script(self, script: Vec<Attempt>) -> Vec<Attempt> {
        let cut = |mut attempt: Attempt| {
            if let Played::Reply(reply) = attempt.played {
                attempt.played = Played::Reply(self.reply(reply));
            }
            attempt
        };
        script.into_iter().map(cut).collect()
    }

    fn reply(self, reply: Reply) -> Reply {
        if reply.head.is_none() {
            return reply;
        }
        match self {
            Cut::Written => reply,
            Cut::Every(size) => reply.cut_every(size),
            Cut::Drawn(seed) => reply.cut(seed),
            Cut::At(place) => {
                let body = reply.body();
                let (first, second) = body.split_at(place.min(body.len()));
                Reply { pieces: vec![first.to_vec(), second.to_vec()], ..reply }
            }
        }
    }
}

/// The target that a cluster leads to: its name stands between `dragoman_` and a hash.
fn target_of(cluster: &str) -> &str {
    let name = cluster.strip_prefix("dragoman_").and_then(|name| name.rsplit_once('_'));
    name.map_or(cluster, |(name, _)| name)
}

/// Runs a vector on a driver, with every cut; the problems found, or why it was not run.
pub fn run(driver: &dyn Driver, vector: &Vector) -> Result<(), String> {
    let cuts = std::iter::once(Cut::Written).chain(driver.cuts(vector));
    for cut in cuts {
        let mut gateway = driver.start(vector);
        for (number, exchange) in vector.exchanges.iter().enumerate() {
            if exchange.after > 0 {
                gateway.wait(exchange.after);
            }
            let outcome = gateway.exchange(&exchange.request(), cut.script(exchange.script()));
            let problems = judge(exchange, &outcome);
            if !problems.is_empty() {
                let driver = driver.name();
                return Err(format!(
                    "{}\n  exchange {number}, on {driver}, cut {cut:?}:\n  - {}",
                    vector.name,
                    problems.join("\n  - ")
                ));
            }
        }
    }
    Ok(())
}
