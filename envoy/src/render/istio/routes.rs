//! Where clients come in, and which target a request goes to once the filter has composed it.
//!
//! A request is repeated only if nothing of it can have reached its target: no connection was made, or it broke before the
//! request was sent. The time that is allowed for a try ends when the answer begins, so that it does not cut a stream.

use serde_json::{Value, json};

use dragoman_core::exchange::TARGET;

use super::super::any::duration;
use super::super::plan::{Plan, Upstream};
use super::super::route::OF_THE_HOP;
use super::{Mesh, NETWORKING, document, host};

const NAME: &str = "dragoman";

/// The Gateway, if there is to be one.
pub(super) fn gateway(plan: &Plan, mesh: &Mesh) -> Option<Value> {
    let spec = json!({
        "selector": mesh.selector,
        "servers": [{"port": {"number": plan.listen.port(), "name": "http-dragoman", "protocol": "HTTP"}, "hosts": ["*"]}],
    });
    mesh.gateway.is_none().then(|| document(NETWORKING, "Gateway", NAME, &spec))
}

/// The routes.
pub(super) fn routes(plan: &Plan, mesh: &Mesh) -> Value {
    let mut hosts: Vec<&str> = plan.upstreams.iter().map(|target| target.host.as_str()).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let spec = json!({
        "hosts": hosts,
        "gateways": [mesh.gateway.as_deref().unwrap_or(NAME)],
        "exportTo": ["."],
        "http": plan.upstreams.iter().map(|target| route(target, plan)).collect::<Vec<_>>(),
    });
    document(NETWORKING, "VirtualService", NAME, &spec)
}

fn route(target: &Upstream, plan: &Plan) -> Value {
    json!({
        "name": target.name,
        "match": [{"headers": {TARGET: {"exact": target.name}}}],
        "headers": {"request": {"remove": OF_THE_HOP.iter().chain(&[TARGET]).collect::<Vec<_>>()}},
        "route": [{"destination": {"host": host(&target.name), "port": {"number": target.port}}}],
        "timeout": "0s",
        "retries": {
            "attempts": 1,
            "retryOn": "connect-failure,reset-before-request",
            "perTryTimeout": duration(plan.first_byte),
        },
    })
}
