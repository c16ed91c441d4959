//! The resting table as all workers share it. Each keeps a copy, so that a request need not ask the host for it.

use std::cell::RefCell;

use dragoman_core::resting::{Change, Millis, Resting};

use crate::host;

const KEY: &str = "dragoman.resting";
/// What another worker noted is seen within this time.
const FRESH: Millis = 100;
thread_local! {
    static COPY: RefCell<(Millis, Resting)> = RefCell::default();
}

/// Shows what rests now.
pub(crate) fn with<R>(now: Millis, show: impl FnOnce(&Resting) -> R) -> R {
    COPY.with_borrow_mut(|(read, table)| {
        if now.saturating_sub(*read) > FRESH {
            (*read, *table) = (now, Resting::decode(&host::shared(KEY)));
        }
        show(table)
    })
}

/// Notes changes, if there are any.
pub(crate) fn note(changes: &[Change], now: Millis) {
    if changes.is_empty() {
        return;
    }
    let mut table = Resting::default();
    let noted = host::update(KEY, |bytes| {
        table = Resting::decode(bytes);
        table.apply(changes, now);
        Some(table.encode())
    });
    if noted {
        COPY.set((now, table));
    }
}
