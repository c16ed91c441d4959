//! An answer's body on its way to the client, chunk by chunk. Inbound reads it, inline the gate.

use dragoman_core::exchange::Given;
use proxy_wasm::types::Action;

use crate::host::{self, Buffer, Map};
use crate::meeting;

/// A chunk of the answer has come. Its head is this filter's own; or, `apart`, the first stream holds it for the second,
/// which is this.
pub(crate) fn give(exchange: &meeting::Shared, size: usize, end: bool, apart: Option<(u32, u32)>) -> Action {
    let mut exchange = exchange.borrow_mut();
    if !exchange.wants_body() {
        return Action::Continue;
    }
    let apart = apart.filter(|_| exchange.holds_head());
    let chunk = host::bytes(Buffer::Response, 0, size).unwrap_or_default();
    match exchange.chunk(&chunk, end) {
        Given::Same => {}
        Given::Instead { edits, body } => {
            match apart {
                None => drop(host::edit(Map::Response, &edits)),
                Some((holder, this)) => host::edit_and_resume_response(holder, this, &edits),
            }
            host::replace(Buffer::Response, size, &body);
        }
        Given::Waits => {
            // What waits, waits in the exchange: Envoy's buffer stays empty, and its limit does not matter.
            host::replace(Buffer::Response, size, &[]);
            return Action::Pause;
        }
    }
    exchange.note_beginning(host::now);
    Action::Continue
}
