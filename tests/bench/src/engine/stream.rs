//! One streamed answer, and when each of its tokens came. The benchmark model says one letter with each token, and every
//! letter is an event of its own.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use dragoman_tests::client::{Client, Request};

/// What begins the text of an event, in either server's JSON.
const TEXT: &[u8] = br#""text":""#;

/// An answer that has been heard.
pub(crate) struct Heard {
    /// When it was asked for.
    pub(crate) sent: Instant,
    /// When its head came.
    pub(crate) head: Instant,
    /// When each token came.
    pub(crate) tokens: Vec<Instant>,
}

/// Asks over a connection of its own and listens until the end.
pub(crate) fn listen(address: SocketAddr, request: &Request) -> Heard {
    listen_while(address, request, |_| true)
}

/// The same until `more` has heard enough; the connection is then closed, whatever may still come.
pub(crate) fn listen_while(address: SocketAddr, request: &Request, more: impl Fn(&Heard) -> bool) -> Heard {
    let mut client = Client::connect(address);
    let sent = Instant::now();
    let mut incoming = client.start(request);
    let mut heard = Heard { sent, head: Instant::now(), tokens: Vec::new() };
    assert_eq!(incoming.answer.status, 200, "a measured request is answered");
    while more(&heard) {
        let Some(piece) = incoming.next_piece() else {
            break;
        };
        let now = Instant::now();
        heard.tokens.extend((0..tokens(piece)).map(|_| now));
    }
    heard
}

/// How many events in a piece carry text.
fn tokens(piece: &[u8]) -> usize {
    let said = |window: &[u8]| window.starts_with(TEXT) && window.last() != Some(&b'"');
    piece.windows(TEXT.len() + 1).filter(|window| said(window)).count()
}

impl Heard {
    /// From the request to the first token.
    pub(crate) fn first(&self) -> Duration {
        self.tokens.first().expect("the answer has tokens").duration_since(self.sent)
    }

    /// Tokens per second from the first to the last.
    pub(crate) fn pace(&self) -> f64 {
        let (first, last) = self.tokens.first().zip(self.tokens.last()).expect("the answer has tokens");
        (self.tokens.len() - 1) as f64 / last.duration_since(*first).as_secs_f64()
    }

    /// The times between tokens.
    pub(crate) fn gaps(&self) -> Vec<f64> {
        let pairs = self.tokens.iter().zip(self.tokens.iter().skip(1));
        pairs.map(|(one, next)| next.duration_since(*one).as_secs_f64()).collect()
    }
}
