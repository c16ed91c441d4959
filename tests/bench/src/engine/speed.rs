//! Tokens per second: llama.cpp's plain loop, local-engine and llama-server, in turn.

use std::net::SocketAddr;
use std::thread;

use super::server::{CONTEXT, completion};
use super::stream::{Heard, listen};
use super::{Bench, letters};
use crate::process;

/// Tokens of each prompt and each answer.
const PROMPT: usize = 64;
const ANSWER: usize = 128;

/// What one round found at one number of clients.
pub(crate) struct Speed {
    /// Of the plain loop, while it decodes.
    pub(crate) raw: f64,
    /// Of one client's stream, from its first token to its last.
    pub(crate) pace: f64,
    /// Of all clients together, prompts included.
    pub(crate) ours: f64,
    /// The same of llama-server; not a number without one.
    pub(crate) theirs: f64,
}

/// Each in turn, once.
pub(crate) fn round(bench: &Bench, clients: usize) -> Speed {
    let raw = raw(bench, clients);
    let (ours, pace) = together(bench.ours.address, clients);
    let theirs = bench.theirs.as_ref().map_or(f64::NAN, |server| together(server.address, clients).0);
    Speed { raw, pace, ours, theirs }
}

/// Tokens per second of so many clients at once, and of the first of them alone.
fn together(address: SocketAddr, clients: usize) -> (f64, f64) {
    let ask = |_| {
        let request = completion(&letters(PROMPT), ANSWER);
        thread::spawn(move || listen(address, &request))
    };
    let asked: Vec<_> = (0..clients).map(ask).collect();
    let heard: Vec<Heard> = asked.into_iter().map(|asked| asked.join().expect("a client hears its answer")).collect();
    let began = heard.iter().map(|heard| heard.sent).min().expect("a client");
    let ended = heard.iter().filter_map(|heard| heard.tokens.last()).max().expect("a token");
    let tokens: usize = heard.iter().map(|heard| heard.tokens.len()).sum();
    assert_eq!(tokens, clients * ANSWER, "every token is an event");
    let pace = heard.first().map_or(f64::NAN, Heard::pace);
    (tokens as f64 / ended.duration_since(began).as_secs_f64(), pace)
}

fn raw(bench: &Bench, sequences: usize) -> f64 {
    let output = process::on(&bench.programs.cores, &bench.raw)
        .arg(&bench.programs.model)
        .args(["--context", &CONTEXT.to_string()])
        .args(["--threads", &bench.threads.to_string(), "--sequences", &sequences.to_string()])
        .args(["--prompt", &PROMPT.to_string(), "--tokens", &ANSWER.to_string()])
        .output()
        .expect("the plain loop runs");
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().unwrap_or_else(|_| panic!("the plain loop failed: {}", String::from_utf8_lossy(&output.stderr)))
}
