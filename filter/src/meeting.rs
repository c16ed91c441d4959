//! Where the two stages of one request meet: exchanges by the id of their inbound stream. Both stages of a worker live
//! in one VM, so this is plain memory; what outbound, or the gate, cannot find here it refuses to send.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use dragoman_core::endpoint::Dialect;
use dragoman_core::exchange::{self, Exchange, Reaction, Step};
use dragoman_core::refusal::{self, LocalReply};

use crate::host::{self, Map};
use crate::rest;

/// An exchange as both stages hold it. A worker is one thread, and a stage lets go before it returns.
pub(crate) type Shared = Rc<RefCell<Exchange>>;

/// Filter state: the inbound stream's id.
const EXCHANGE: &str = "dragoman.exchange";
/// Filter state: the cluster of the next attempt, read by the route's cluster matcher.
const NEXT: &str = "dragoman.next";
/// Filter state: the shape of the client's errors, read by the rendered `local_reply_config`.
const CLIENT: &str = "dragoman.client";

thread_local! {
    static EXCHANGES: RefCell<HashMap<u32, Shared>> = RefCell::default();
}

/// Leaves an exchange for outbound to find.
pub(crate) fn leave(id: u32, exchange: &Shared) -> bool {
    EXCHANGES.with_borrow_mut(|exchanges| exchanges.insert(id, Rc::clone(exchange)));
    host::set_property(EXCHANGE, &id.to_le_bytes())
}

/// Finds the exchange that this stream belongs to, and the id of its inbound.
pub(crate) fn find() -> Option<(u32, Shared)> {
    let id = u32::from_le_bytes(host::property(EXCHANGE)?.try_into().ok()?);
    EXCHANGES.with_borrow(|exchanges| exchanges.get(&id).map(|exchange| (id, Rc::clone(exchange))))
}

/// Forgets an exchange.
pub(crate) fn forget(id: u32) {
    EXCHANGES.with_borrow_mut(|exchanges| exchanges.remove(&id));
}

/// What to do with a request whose body of this size does not fit in beside the others.
pub(crate) fn crowded(exchange: &Shared, size: usize) -> Option<Step> {
    let fits = |all: &HashMap<u32, Shared>| exchange::fits(size, all.values().map(|one| one.borrow().held()));
    (!EXCHANGES.with_borrow(fits)).then(|| exchange.borrow_mut().shed())
}

/// Shows an exchange the answer whose head is at hand, and is all of it at its `end`; what is to be done with it.
pub(crate) fn answer(exchange: &Shared, is_targets: bool, end: bool) -> Reaction {
    let now = host::now();
    let mut exchange = exchange.borrow_mut();
    let (reaction, edits) = host::with_head(Map::Response, |head| exchange.answer(head, is_targets, end, now));
    rest::note(&exchange.take_changes(), now);
    if let Reaction::Retry(cluster) = &reaction {
        name_next(cluster);
    }
    host::edit(Map::Response, &edits);
    reaction
}

/// Names the cluster of the next attempt.
pub(crate) fn name_next(cluster: &str) -> bool {
    host::set_property(NEXT, cluster.as_bytes())
}

/// Says how the client reads errors, for what Envoy answers without asking a filter: a target breaks off, and the path is
/// by now the target's.
pub(crate) fn name_client(dialect: Dialect) {
    host::set_property(CLIENT, dialect.name().as_bytes());
}

/// The answer when the stages do not meet.
pub(crate) fn broken() -> LocalReply {
    refusal::misplaced().reply(Dialect::OpenAi)
}
