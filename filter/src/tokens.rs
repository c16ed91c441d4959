//! Fetches the credentials that servers hand out, and shares them between workers. When one is due and how it is asked for
//! is decided in `dragoman_core::token`.

use std::cell::RefCell;
use std::collections::HashMap;

use dragoman_core::config::Gateway;
use dragoman_core::token::{PATIENCE, Shared, Token};

use crate::host::{self, Buffer, Level, Map};

thread_local! {
    /// Fetches under way, by the call's number: under which name the outcome is shared.
    static CALLS: RefCell<HashMap<u32, String>> = RefCell::default();
}

/// Takes over what other workers have fetched, and fetches what is due, if this is the time.
pub(crate) fn tend(gateway: &Gateway, may_fetch: bool) {
    let now = host::now();
    for server in gateway.token_servers() {
        let mut turn = false;
        host::update(&server.key, |bytes| {
            let mut shared = Shared::decode(bytes);
            server.hold(shared.token.clone());
            turn = may_fetch && shared.take_turn(now);
            turn.then(|| shared.encode())
        });
        if turn {
            match server.ask(now).and_then(|ask| host::call(&server.cluster, ask, PATIENCE)) {
                Some(call) => CALLS.with_borrow_mut(|calls| drop(calls.insert(call, server.key.clone()))),
                None => share(&server.key, None),
            }
        }
    }
}

/// Takes the answer to a fetch.
pub(crate) fn answered(gateway: &Gateway, call: u32, size: usize) {
    let Some(key) = CALLS.with_borrow_mut(|calls| calls.remove(&call)) else { return };
    let body = host::bytes(Buffer::Call, 0, size).unwrap_or_default();
    let server = gateway.token_servers().find(|server| server.key == key);
    let token = server.and_then(|server| host::with_head(Map::Call, |head| server.answer(head, &body, host::now())));
    share(&key, token.as_ref());
}

fn share(key: &str, token: Option<&Token>) {
    if token.is_none() {
        host::log(Level::Error, "dragoman: a target's server for tokens gave none; another try follows");
    }
    host::update(key, |bytes| Some(Shared::decode(bytes).after(token.cloned(), host::now()).encode()));
}
