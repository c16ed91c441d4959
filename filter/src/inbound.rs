//! The inbound stage: one client request, held until its body is read, and its answer. Inline, its head is held by the
//! gate behind it, and the gate reads the answer while inbound holds that one's head: see `gate`.

use std::cell::RefCell;
use std::rc::Rc;

use dragoman_core::config::Gateway;
use dragoman_core::exchange::{Exchange, Step};
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;

use crate::host::{self, Buffer, Map};
use crate::{answer, gate, meeting, metrics, rest, tokens, waiting};

/// One client request.
pub(crate) struct Inbound {
    id: u32,
    gateway: Rc<Gateway>,
    phase: Phase,
    /// Whether the answer's body is the gate's to read.
    relays: bool,
}

pub(crate) enum Phase {
    /// Its head has not come.
    New,
    /// Its body is awaited; so much has come.
    Reading(meeting::Shared, usize),
    /// It went on, and its answer is awaited or on its way.
    Gone(meeting::Shared),
    /// It is none of Dragoman's.
    Aside,
    /// Dragoman answered it, or goes on with it when it has waited.
    Kept(meeting::Shared),
}

impl Phase {
    /// Whether the request is Envoy's to send on.
    pub(crate) fn goes_on(&self) -> bool {
        matches!(self, Phase::Gone(_) | Phase::Aside)
    }
}

/// Reads a request whose body is complete, `size` bytes of it.
pub(crate) fn read(id: u32, exchange: &meeting::Shared, size: usize) -> Phase {
    let step = meeting::crowded(exchange, size).unwrap_or_else(|| {
        let body = host::bytes(Buffer::Request, 0, size).unwrap_or_default();
        let now = host::now();
        rest::with(now, |resting| exchange.borrow_mut().read(body, resting, now))
    });
    take(id, exchange, step, size)
}

/// Reads it from outside of its own callbacks.
fn read_again(id: u32, exchange: meeting::Shared, size: usize) -> impl FnOnce() {
    move || _ = read(id, &exchange, size).goes_on().then(host::resume_request)
}

/// Does what comes next with a request of which `size` bytes of body are here.
fn take(id: u32, exchange: &meeting::Shared, step: Step, size: usize) -> Phase {
    let exchange = Rc::clone(exchange);
    match step {
        Step::Hold => return Phase::Reading(exchange, 0),
        Step::Aside(edits) => {
            host::edit(Map::Request, &edits);
            gate::leave_open(id, &exchange);
            return Phase::Aside;
        }
        Step::Wait => waiting::add(id, read_again(id, Rc::clone(&exchange), size)),
        Step::Reply(reply) => host::reply(&reply),
        Step::Go { cluster, edits, body } => {
            let replaced = body.is_none_or(|with| host::replace_beginning(with.reach(), with.pieces().as_deref()));
            let left = replaced && meeting::leave(id, &exchange);
            let goes = if exchange.borrow().is_inline() {
                left && gate::pass(id, &edits)
            } else {
                left && meeting::name_next(&cluster) && host::edit_and_route(&edits)
            };
            if goes {
                return Phase::Gone(exchange);
            }
            return refuse(exchange);
        }
    }
    Phase::Kept(exchange)
}

/// The filters do not meet.
fn refuse(exchange: meeting::Shared) -> Phase {
    host::reply(&exchange.borrow_mut().misplaced());
    Phase::Kept(exchange)
}

impl Inbound {
    pub(crate) fn new(id: u32, gateway: Rc<Gateway>) -> Inbound {
        Inbound { id, gateway, phase: Phase::New, relays: false }
    }

    fn exchange(&self) -> Option<&meeting::Shared> {
        match &self.phase {
            Phase::Reading(exchange, _) | Phase::Gone(exchange) | Phase::Kept(exchange) => Some(exchange),
            Phase::New | Phase::Aside => None,
        }
    }

    fn turn(&mut self, phase: Phase) -> Action {
        let goes_on = phase.goes_on();
        self.phase = phase;
        if goes_on { Action::Continue } else { Action::Pause }
    }

    /// The body is complete, `size` bytes of it.
    fn read(&mut self, size: usize) -> Action {
        self.gateway.lacks_credential(host::now).then(|| tokens::tend(&self.gateway, false));
        let Some(exchange) = self.exchange() else { return Action::Pause };
        let phase = read(self.id, exchange, size);
        self.turn(phase)
    }
}

impl Context for Inbound {}

impl HttpContext for Inbound {
    fn on_http_request_headers(&mut self, _: usize, end: bool) -> Action {
        let gateway = Rc::clone(&self.gateway);
        let (exchange, step) = host::with_head(Map::Request, |head| Exchange::begin(gateway, head, host::now()));
        let exchange = Rc::new(RefCell::new(exchange));
        match step {
            Step::Hold if end => {
                self.phase = Phase::Reading(exchange, 0);
                self.read(0)
            }
            Step::Hold if self.gateway.inline => {
                let closed = gate::close(self.id, &exchange);
                if closed && host::edit(Map::Request, &exchange.borrow_mut().strip()) {
                    self.phase = Phase::Reading(exchange, 0);
                    return Action::Continue;
                }
                self.turn(refuse(exchange))
            }
            step => self.turn(take(self.id, &exchange, step, 0)),
        }
    }

    fn on_http_request_body(&mut self, size: usize, end: bool) -> Action {
        let Phase::Reading(exchange, length) = &mut self.phase else {
            return if self.phase.goes_on() { Action::Continue } else { Action::Pause };
        };
        let is_first = std::mem::replace(length, size) == 0;
        if end && is_first && size > 0 && self.gateway.inline {
            // The host has none of it yet, and would let the head go as if nothing followed.
            waiting::add(self.id, read_again(self.id, Rc::clone(exchange), size));
            host::hurry_tick();
            return Action::Pause;
        }
        // A body that is too long is not waited for.
        if end || size > self.gateway.max_request_bytes { self.read(size) } else { Action::Pause }
    }

    fn on_http_request_trailers(&mut self, _: usize) -> Action {
        let size = if let Phase::Reading(_, size) = self.phase { size } else { 0 };
        self.on_http_request_body(size, true)
    }

    fn on_http_response_headers(&mut self, _: usize, end: bool) -> Action {
        let Some(exchange) = self.exchange() else { return Action::Continue };
        // A target's answer was opened by outbound or the gate; this one is Envoy's or Dragoman's own.
        let is_open = exchange.borrow().is_open();
        (!is_open).then(|| meeting::answer(exchange, false, end));
        let exchange = exchange.borrow();
        let (relays, holds) = (is_open && exchange.is_inline(), exchange.holds_head());
        holds.then(|| meeting::name_client(exchange.dialect()));
        drop(exchange);
        self.relays = relays;
        if holds { Action::Pause } else { Action::Continue }
    }

    fn on_http_response_body(&mut self, size: usize, end: bool) -> Action {
        let exchange = self.exchange().filter(|_| !self.relays);
        exchange.map_or(Action::Continue, |exchange| answer::give(exchange, size, end, None))
    }

    fn on_http_response_trailers(&mut self, _: usize) -> Action {
        self.on_http_response_body(0, true)
    }

    fn on_log(&mut self) {
        let Some(exchange) = self.exchange() else { return };
        let mut exchange = exchange.borrow_mut();
        let receipt = exchange.settle(host::now());
        host::set_property("dragoman.receipt", receipt.members().as_bytes());
        metrics::count(receipt);
    }
}

impl Drop for Inbound {
    fn drop(&mut self) {
        meeting::forget(self.id);
        gate::with(|gates| gates.forget(self.id));
        waiting::forget(self.id);
    }
}
