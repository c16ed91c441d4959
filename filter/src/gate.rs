//! The gate of an inline gateway: the filter right behind inbound in the listener's chain, for hosts that cannot be told
//! to let a body come while its head is held. Each of the two holds for the other.
//!
//! ```text
//! request:  inbound lets the head go, and reads the body ─▶ the gate holds the head until inbound has changed it
//! answer:   the client ◀─ inbound holds the head, if it has to wait ◀─ the gate lets it go, and reads the body
//! ```
//!
//! Neither can be let go in the same callback that brings all of a body: the host has none of it yet, and would say that
//! nothing follows. HTTP/1 tells a body's end apart, and targets are spoken to in that; an HTTP/2 request that comes in one
//! piece waits for the next tick.
//!
//! A head that a filter has let go is out of its reach: inbound changes it in the gate's context, and the gate the
//! answer's in inbound's. Without a gate in this VM inbound lets nothing go; without inbound in front the gate refuses.

use std::cell::RefCell;

use dragoman_core::exchange::{Gates, Held};
use dragoman_core::head::Edit;
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;

use crate::{answer, host, meeting};

thread_local! {
    static GATES: RefCell<Gates> = RefCell::default();
}

/// Asks for something of this worker's gates.
pub(crate) fn with<R>(ask: impl FnOnce(&mut Gates) -> R) -> R {
    GATES.with_borrow_mut(ask)
}

/// Has the gate of an inline stream hold the head that is about to come; `false` where nobody would.
pub(crate) fn close(inbound: u32, exchange: &meeting::Shared) -> bool {
    with(|gates| gates.close(inbound)) && meeting::leave(inbound, exchange)
}

/// Has the gate of an inline stream let pass what is none of Dragoman's.
pub(crate) fn leave_open(inbound: u32, exchange: &meeting::Shared) {
    if exchange.borrow().is_inline() {
        with(|gates| gates.leave_open(inbound));
        meeting::leave(inbound, exchange);
    }
}

/// Changes a request's head where it is held, which is behind inbound or still there, and lets it go.
pub(crate) fn pass(inbound: u32, edits: &[Edit]) -> bool {
    match with(|gates| gates.open(inbound)) {
        None => false,
        Some(Held::Here) => host::edit_and_route(edits),
        Some(Held::There(gate)) => host::edit_and_resume(gate, inbound, edits),
    }
}

/// One request at its gate.
pub(crate) struct Gate {
    pub(crate) id: u32,
    /// The stream in front, and its exchange, once it is known.
    pub(crate) inbound: Option<(u32, meeting::Shared)>,
}

impl Context for Gate {}

impl HttpContext for Gate {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        self.inbound = meeting::find();
        let holds = self.inbound.as_ref().and_then(|(inbound, _)| with(|gates| gates.arrive(*inbound, self.id)));
        if holds.is_none() {
            host::reply(&meeting::broken());
        }
        if holds == Some(false) { Action::Continue } else { Action::Pause }
    }

    fn on_http_response_headers(&mut self, _: usize, end: bool) -> Action {
        let Some((_, exchange)) = &self.inbound else { return Action::Continue };
        let details = host::text_property("response\0code_details");
        meeting::answer(exchange, details.as_deref() == Some("via_upstream"), end);
        Action::Continue
    }

    fn on_http_response_body(&mut self, size: usize, end: bool) -> Action {
        let Some((holder, exchange)) = &self.inbound else { return Action::Continue };
        answer::give(exchange, size, end, Some((*holder, self.id)))
    }

    fn on_http_response_trailers(&mut self, _: usize) -> Action {
        self.on_http_response_body(0, true)
    }
}
