//! The inbound stage: one client request, held until its body is read, and its answer.

use std::cell::RefCell;
use std::rc::Rc;

use dragoman_core::config::Gateway;
use dragoman_core::exchange::{Exchange, Given, Step};
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;

use crate::host::{self, Buffer, Map};
use crate::{meeting, metrics, rest, tokens, waiting};

/// One client request.
pub(crate) struct Inbound {
    id: u32,
    gateway: Rc<Gateway>,
    phase: Phase,
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
    if let Some(step) = meeting::crowded(exchange, size) {
        return take(id, exchange, step, size);
    }
    let body = host::bytes(Buffer::Request, 0, size).unwrap_or_default();
    let now = host::now();
    let step = rest::with(now, |resting| exchange.borrow_mut().read(body, resting, now));
    take(id, exchange, step, size)
}

/// Does what comes next with a request of which `size` bytes of body are here.
fn take(id: u32, exchange: &meeting::Shared, step: Step, size: usize) -> Phase {
    let exchange = Rc::clone(exchange);
    match step {
        Step::Hold => return Phase::Reading(exchange, 0),
        Step::Aside => return Phase::Aside,
        Step::Wait => waiting::add(id, &exchange, size),
        Step::Reply(reply) => host::reply(&reply),
        Step::Go { cluster, edits, body } => {
            let replaced = body.is_none_or(|with| host::replace_beginning(with.reach(), with.pieces().as_deref()));
            if replaced && meeting::leave(id, &exchange) && meeting::name_next(&cluster) {
                host::edit_and_route(&edits);
                return Phase::Gone(exchange);
            }
            host::reply(&meeting::broken());
        }
    }
    Phase::Kept(exchange)
}

impl Inbound {
    pub(crate) fn new(id: u32, gateway: Rc<Gateway>) -> Inbound {
        Inbound { id, gateway, phase: Phase::New }
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
    fn read(&mut self, exchange: &meeting::Shared, size: usize) -> Action {
        if self.gateway.lacks_credential(host::now) {
            tokens::tend(&self.gateway, false);
        }
        self.turn(read(self.id, exchange, size))
    }

    /// A chunk of the answer has come.
    fn give(&self, size: usize, end: bool) -> Action {
        let Some(exchange) = self.exchange() else { return Action::Continue };
        let mut exchange = exchange.borrow_mut();
        if !exchange.wants_body() {
            return Action::Continue;
        }
        let chunk = host::bytes(Buffer::Response, 0, size).unwrap_or_default();
        match exchange.chunk(&chunk, end) {
            Given::Same => {}
            Given::Instead { edits, body } => {
                host::edit(Map::Response, &edits);
                host::replace(Buffer::Response, size, &body);
            }
            Given::Waits => {
                // What waits, waits in the exchange: Envoy's buffer stays empty, and its limit does not matter.
                host::replace(Buffer::Response, size, &[]);
                return Action::Pause;
            }
        }
        if exchange.has_begun() {
            exchange.began(host::now());
        }
        Action::Continue
    }
}

impl Context for Inbound {}

impl HttpContext for Inbound {
    fn on_http_request_headers(&mut self, _: usize, end: bool) -> Action {
        let gateway = Rc::clone(&self.gateway);
        let (exchange, step) = host::with_head(Map::Request, |head| Exchange::begin(gateway, head, host::now()));
        let exchange = Rc::new(RefCell::new(exchange));
        match step {
            Step::Hold if end => self.read(&exchange, 0),
            step => self.turn(take(self.id, &exchange, step, 0)),
        }
    }

    fn on_http_request_body(&mut self, size: usize, end: bool) -> Action {
        let Phase::Reading(exchange, length) = &mut self.phase else {
            return if self.phase.goes_on() { Action::Continue } else { Action::Pause };
        };
        *length = size;
        // A body that is too long is not waited for.
        if end || size > self.gateway.max_request_bytes {
            let exchange = Rc::clone(exchange);
            return self.read(&exchange, size);
        }
        Action::Pause
    }

    fn on_http_request_trailers(&mut self, _: usize) -> Action {
        let Phase::Reading(exchange, size) = &self.phase else { return self.on_http_request_body(0, true) };
        let (exchange, size) = (Rc::clone(exchange), *size);
        self.read(&exchange, size)
    }

    fn on_http_response_headers(&mut self, _: usize, end: bool) -> Action {
        let Some(exchange) = self.exchange() else { return Action::Continue };
        // A target's answer was opened by outbound; this one is Envoy's or Dragoman's own.
        if !exchange.borrow().is_open() {
            meeting::open(exchange, end, host::now());
        }
        let exchange = exchange.borrow();
        if !exchange.holds_head() {
            return Action::Continue;
        }
        meeting::name_client(exchange.dialect());
        Action::Pause
    }

    fn on_http_response_body(&mut self, size: usize, end: bool) -> Action {
        self.give(size, end)
    }

    fn on_http_response_trailers(&mut self, _: usize) -> Action {
        self.give(0, true)
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
        waiting::forget(self.id);
    }
}
