//! Streams that cannot go on in their own callbacks, and are looked at again from outside: requests that wait for a credential
//! to be fetched (how long that goes on is the exchange's to say), and bodies whose last piece the host has yet to put with
//! what it holds.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::host;

thread_local! {
    /// By their ids: how each goes on.
    static WAITING: RefCell<HashMap<u32, Box<dyn FnOnce()>>> = RefCell::default();
}

/// Adds a stream, to go on like this.
pub(crate) fn add(id: u32, again: impl FnOnce() + 'static) {
    WAITING.with_borrow_mut(|waiting| drop(waiting.insert(id, Box::new(again))));
}

/// Forgets a stream whose client has gone.
pub(crate) fn forget(id: u32) {
    WAITING.with_borrow_mut(|waiting| drop(waiting.remove(&id)));
}

/// Lets each go on.
pub(crate) fn look() {
    WAITING.take().into_iter().filter(|(id, _)| host::act_for(*id)).for_each(|(_, again)| again());
}
