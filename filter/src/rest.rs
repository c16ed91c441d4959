//! The resting table as all workers share it, and this one's copy.

use std::cell::RefCell;

use dragoman_core::resting::{Change, Millis, Resting, Shared};

use crate::host;

const KEY: &str = "dragoman.resting";

thread_local! {
    static COPY: RefCell<Shared> = RefCell::default();
}

/// Shows what rests now.
pub(crate) fn with<R>(now: Millis, show: impl FnOnce(&Resting) -> R) -> R {
    COPY.with_borrow_mut(|copy| show(copy.at(now, || host::shared(KEY))))
}

/// Notes changes, if there are any.
pub(crate) fn note(changes: &[Change], now: Millis) {
    COPY.with_borrow_mut(|copy| copy.note(changes, now, |change| host::update(KEY, change)));
}
