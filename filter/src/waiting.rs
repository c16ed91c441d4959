//! Requests that wait for a credential to be fetched. Each is read again whenever one may have come, outside of its own
//! callbacks; how long that goes on is the exchange's to say.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::{host, inbound, meeting};

thread_local! {
    /// By their streams' ids, and how long their bodies are.
    static WAITING: RefCell<HashMap<u32, (meeting::Shared, usize)>> = RefCell::default();
}

/// Adds a request.
pub(crate) fn add(id: u32, exchange: &meeting::Shared, size: usize) {
    WAITING.with_borrow_mut(|waiting| waiting.insert(id, (meeting::Shared::clone(exchange), size)));
}

/// Forgets a request whose client has gone.
pub(crate) fn forget(id: u32) {
    WAITING.with_borrow_mut(|waiting| waiting.remove(&id));
}

/// Reads each again.
pub(crate) fn look() {
    for (id, (exchange, size)) in WAITING.take() {
        if host::act_for(id) && inbound::read(id, &exchange, size).goes_on() {
            host::resume_request();
        }
    }
}
