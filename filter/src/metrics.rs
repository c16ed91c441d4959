//! Feeds the host's metrics with receipts. What is counted, and under which names, is `dragoman_core::metrics`.

use std::cell::RefCell;

use dragoman_core::metrics::Book;
use dragoman_core::receipt::Receipt;

use crate::host;

thread_local! {
    static BOOK: RefCell<Book> = RefCell::default();
}

/// Counts an exchange.
pub(crate) fn count(receipt: &Receipt) {
    BOOK.with_borrow_mut(|book| book.count(receipt, host::define, host::feed));
}
