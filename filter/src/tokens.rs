//! Fetches the credentials that a metadata server hands out, and shares them between workers. When one is due is decided
//! in `dragoman_core::token`.

use std::cell::RefCell;
use std::collections::HashMap;

use dragoman_core::config::Gateway;
use dragoman_core::token::{self, FLAVOR, Shared, Token};

use crate::host::{self, Buffer, Level, Map};

thread_local! {
    /// Fetches under way, by the call's number: under which name the outcome is shared.
    static CALLS: RefCell<HashMap<u32, String>> = RefCell::default();
}

/// Takes over what other workers have fetched, and fetches what is due, if this is the time.
pub(crate) fn tend(gateway: &Gateway, may_fetch: bool) {
    let now = host::now();
    for metadata in gateway.targets.iter().filter_map(|target| target.metadata.as_ref()) {
        let mut turn = false;
        host::update(&metadata.key, |bytes| {
            let mut shared = Shared::decode(bytes);
            metadata.hold(shared.token.clone());
            turn = may_fetch && shared.take_turn(now);
            turn.then(|| shared.encode())
        });
        if turn {
            let head = [(":method", "GET"), (":path", token::PATH), (":authority", &metadata.authority), FLAVOR];
            match host::call(&metadata.cluster, &head, token::PATIENCE) {
                Some(call) => CALLS.with_borrow_mut(|calls| drop(calls.insert(call, metadata.key.clone()))),
                None => share(&metadata.key, None),
            }
        }
    }
}

/// Takes the answer to a fetch.
pub(crate) fn answered(call: u32, size: usize) {
    let Some(key) = CALLS.with_borrow_mut(|calls| calls.remove(&call)) else { return };
    let sound =
        host::with_head(Map::Call, |head| head.text(":status") == Some("200") && head.text(FLAVOR.0) == Some(FLAVOR.1));
    let body = host::bytes(Buffer::Call, 0, size).filter(|_| sound).unwrap_or_default();
    share(&key, Token::read(&body, host::now()).as_ref());
}

fn share(key: &str, token: Option<&Token>) {
    if token.is_none() {
        host::log(Level::Error, "dragoman: the metadata server gave no token; another try follows");
    }
    host::update(key, |bytes| Some(Shared::decode(bytes).after(token.cloned(), host::now()).encode()));
}
