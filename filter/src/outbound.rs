//! The outbound stage: one attempt at one target. It never pauses a request (Envoy would force it on), and reads the
//! answer only as far as it takes to tell whether another attempt should follow.

use dragoman_core::exchange::{Peeked, Reaction, Rewritten};
use dragoman_core::response::open;
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;

use crate::host::{self, Buffer, Map};
use crate::{meeting, rest};

/// One attempt.
#[derive(Default)]
pub(crate) struct Outbound {
    phase: Phase,
}

#[derive(Default)]
enum Phase {
    /// Its request has not gone out, or was refused.
    #[default]
    New,
    /// Its request is going out, and so has its body, if it has `begun`.
    Sending { exchange: meeting::Shared, begun: bool },
    /// Its answer is held back; so much of it has been seen.
    Peeking(meeting::Shared, usize),
    /// Nothing is left to do.
    Done,
}

impl Outbound {
    fn refuse(&mut self) -> Action {
        self.phase = Phase::New;
        host::reply(&meeting::broken());
        Action::Pause
    }
}

/// Puts what the target is to read in the place of what the client wrote.
fn rewrite(new: &Rewritten<'_>) -> bool {
    let beginning = host::bytes(Buffer::Request, 0, new.reads()).unwrap_or_default();
    host::replace_beginning(new.reach(), new.pieces(&beginning).as_deref())
}

impl Context for Outbound {}

impl HttpContext for Outbound {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        let Some((_, exchange)) = meeting::find() else {
            return self.refuse();
        };
        let now = host::now();
        let Some(place) = host::text_property(exchange.borrow().place_property()) else {
            return self.refuse();
        };
        let attempted = exchange.borrow_mut().attempt_at(&place, now);
        rest::note(&exchange.borrow_mut().take_changes(), now);
        match attempted {
            Ok(attempt) => {
                host::edit(Map::Request, &attempt.edits);
                if attempt.next.is_some_and(|next| !meeting::name_next(&next)) {
                    return self.refuse();
                }
                self.phase = Phase::Sending { exchange, begun: false };
                Action::Continue
            }
            Err(reply) => {
                host::reply(&reply);
                Action::Pause
            }
        }
    }

    fn on_http_request_body(&mut self, size: usize, _: bool) -> Action {
        let sound = match &mut self.phase {
            // Inbound held the body until it was whole, so its beginning comes in one piece.
            Phase::Sending { begun: true, .. } | Phase::Peeking(..) | Phase::Done => true,
            Phase::Sending { exchange, begun } => {
                *begun = true;
                exchange.borrow().body().is_none_or(|new| size >= new.reach() && rewrite(&new))
            }
            Phase::New => return Action::Pause,
        };
        if sound { Action::Continue } else { self.refuse() }
    }

    fn on_http_response_headers(&mut self, _: usize, end: bool) -> Action {
        let Phase::Sending { exchange, .. } = &self.phase else {
            return Action::Continue;
        };
        let exchange = exchange.clone();
        // Read once: where the answer passes, inbound has no more to do with its head.
        if meeting::answer(&exchange, true, end) == Reaction::Peek {
            self.phase = Phase::Peeking(exchange, 0);
            return Action::Pause;
        }
        self.phase = Phase::Done;
        Action::Continue
    }

    fn on_http_response_body(&mut self, size: usize, end: bool) -> Action {
        let Phase::Peeking(exchange, seen) = &mut self.phase else {
            return Action::Continue;
        };
        let chunk = host::bytes(Buffer::Response, *seen, size.saturating_sub(*seen)).unwrap_or_default();
        *seen = size;
        let peeked = exchange.borrow_mut().peek(&chunk, end);
        match peeked {
            Peeked::More => return Action::Pause,
            Peeked::Pass => drop(meeting::answer(exchange, false, false)),
            Peeked::Retry(cluster) => {
                // Envoy 1.36 would send what was held back to the client, without a head.
                host::replace(Buffer::Response, size, &[]);
                meeting::name_next(&cluster);
                host::edit(Map::Response, &open::retry(Some(529)));
            }
        }
        self.phase = Phase::Done;
        Action::Continue
    }
}
