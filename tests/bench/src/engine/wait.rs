//! What one has to wait for: first tokens, a stream while a long prompt arrives, a place that a client left, a refusal.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use dragoman_tests::client::{Client, Request};

use super::server::{body, completion};
use super::stream::{Heard, listen, listen_while};
use super::{letters, median};

/// Tokens of the start that prompts share, and of a prompt that is in everyone's way.
const SHARED: usize = 1000;
const LONG: usize = 4000;

/// First tokens after a prompt that is new, and after one that is the same but for its last token; and a step at that depth.
/// In seconds.
pub(crate) fn first_tokens(address: SocketAddr) -> [f64; 3] {
    let shared = letters(SHARED);
    let ask = || listen(address, &completion(&(shared.clone() + &letters(1)), 32));
    let (cold, warm) = (ask(), ask());
    [cold.first().as_secs_f64(), warm.first().as_secs_f64(), median(warm.gaps())]
}

/// The longest pause of a stream while a long prompt is read, in seconds; and how long that prompt's first token takes.
pub(crate) fn gap(address: SocketAddr) -> [f64; 2] {
    let stream = completion(&letters(32), 3000);
    let listener = thread::spawn(move || {
        let until = Instant::now() + Duration::from_secs(60);
        listen_while(address, &stream, |heard| heard.tokens.len() < 2900 && Instant::now() < until)
    });
    thread::sleep(Duration::from_millis(500));
    let long = listen_while(address, &completion(&letters(LONG), 8), |heard| heard.tokens.is_empty());
    let arrived = long.tokens.first().copied().expect("the long prompt is answered");
    let heard: Heard = listener.join().expect("the stream is heard");
    let pairs = heard.tokens.iter().zip(heard.tokens.iter().skip(1));
    let during = pairs.filter(|(one, next)| **next >= long.sent && **one <= arrived);
    let longest = during.map(|(one, next)| next.duration_since(*one).as_secs_f64()).fold(0.0, f64::max);
    [longest, long.first().as_secs_f64()]
}

/// Where one request runs at a time: from a client's leaving until the next in line is told that it runs, and has its
/// first token. In seconds.
pub(crate) fn freed(address: SocketAddr, streamed: bool) -> [f64; 2] {
    let request = Request::post("/v1/completions", body(&letters(32), 4000, streamed).to_string());
    let mut leaver = Client::connect(address);
    if streamed {
        leaver.start(&request).read_until("data:");
    } else {
        leaver.write(&request.bytes()).expect("the request is sent");
    }
    thread::sleep(Duration::from_millis(150));
    let next =
        thread::spawn(move || listen_while(address, &completion(&letters(2), 4), |heard| heard.tokens.is_empty()));
    thread::sleep(Duration::from_millis(150));
    let left = Instant::now();
    drop(leaver);
    let next = next.join().expect("the next in line is answered");
    let first = next.tokens.first().copied().expect("a first token");
    [next.head, first].map(|when| when.saturating_duration_since(left).as_secs_f64())
}

/// How many of ten streamed requests one connection carries.
pub(crate) fn reused(address: SocketAddr) -> usize {
    let request = completion(&letters(16), 8);
    let mut client = Client::connect(address);
    (0..10).take_while(|_| client.try_send(&request).is_some_and(|answer| answer.status == 200)).count()
}

/// Where one runs and one waits: how long it takes to be told that there is no room, in seconds.
pub(crate) fn rejection(address: SocketAddr) -> f64 {
    let endless = completion(&letters(32), 4000);
    let mut running = Client::connect(address);
    running.start(&endless).read_until("data:");
    let mut waiting = Client::connect(address);
    waiting.write(&endless.bytes()).expect("the request is sent");
    thread::sleep(Duration::from_millis(150));
    let mut client = Client::connect(address);
    let refused = (0..20).map(|_| {
        let asked = Instant::now();
        let answer = client.send(&endless);
        assert_eq!(answer.status, 429, "a third request is refused");
        asked.elapsed().as_secs_f64()
    });
    median(refused.collect())
}
