//! The route: which cluster an attempt goes to, and when there is another attempt. The filter decides both; this is how
//! Envoy is told to listen to it. Not the clusters themselves (see `cluster`).
//!
//! - `wasm.dragoman.next` names the cluster of the next attempt. Where it names none, `dragoman_none` has no host, and the
//!   client gets 503 at once, also after a reset.
//! - A response head with `x-dragoman-retry` asks for another attempt; resets, refused connections and a first byte that
//!   does not come in time always do.
//! - `per_try_timeout` ends when outbound lets the response head go: it bounds the wait for the first content.
//! - The body limit holds what the filter makes of a request of the largest size. It is also what a retry can repeat:
//!   beyond it retries would silently stop.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::any::{duration, extension};
use super::cluster::NONE;
use super::fixed_order;
use super::plan::{Plan, Upstream};

/// Room for what rewriting adds to the largest request.
const REWRITE_ROOM: u64 = 1 << 20;

/// Retries beyond those that a route's targets and credentials ask for: the last target once more, when a connection that
/// it had just closed was reset, and one that lets outbound say in the client's format that nothing is left.
const MORE: u32 = 1;

/// Envoy's answer to a route that loops, not a limit that a configuration should meet.
const MAX_RETRIES: u32 = 30;

/// Nothing about the client or this hop is a target's business.
pub(super) const OF_THE_HOP: &[&str] = &[
    "forwarded",
    "via",
    "x-envoy-external-address",
    "x-envoy-internal",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-real-ip",
];

/// The route configuration, in which the clusters of the plan and of `also` may be named.
pub(super) fn route_configuration<'a>(plan: &'a Plan, also: impl Iterator<Item = &'a Upstream>) -> Value {
    json!({
        "name": "dragoman",
        "virtual_hosts": [{
            "name": "dragoman",
            "domains": ["*"],
            "routes": [
                {"match": {"connect_matcher": {}}, "direct_response": {"status": 501}},
                {
                    "match": {"prefix": "/"},
                    "request_body_buffer_limit": plan.max_request_bytes + REWRITE_ROOM,
                    "request_headers_to_remove": OF_THE_HOP,
                    "route": action(plan, also),
                },
            ],
        }],
    })
}

fn action<'a>(plan: &'a Plan, also: impl Iterator<Item = &'a Upstream>) -> Value {
    let targets = plan.upstreams.iter().chain(also).map(|upstream| upstream.cluster.as_str());
    let walked = plan.fixed_order.then(|| fixed_order::names(plan)).into_iter().flatten();
    json!({
        "timeout": "0s",
        // Longer than what an attempt may wait, so that a slow target ends as a failed attempt and not as a timed out request.
        "idle_timeout": duration(plan.first_byte.max(plan.idle) + Duration::from_secs(30)),
        "retry_policy": retries(plan),
        "inline_cluster_specifier_plugin": {"extension": extension(
            "envoy.router.cluster_specifier_plugin.matcher",
            "envoy.extensions.router.cluster_specifiers.matcher.v3.MatcherClusterSpecifier",
            json!({"cluster_matcher": next_cluster(targets.chain(walked))}),
        )},
    })
}

fn retries(plan: &Plan) -> Value {
    let mut policy = json!({
        "retry_on": "connect-failure,reset,retriable-headers",
        "retriable_headers": [{"name": "x-dragoman-retry", "present_match": true}],
        "num_retries": plan.attempts.saturating_add(MORE).min(MAX_RETRIES),
        "per_try_timeout": duration(plan.first_byte),
        "per_try_idle_timeout": duration(plan.idle),
        // The next attempt goes elsewhere: there is nothing to wait for.
        "retry_back_off": {"base_interval": "0.001s", "max_interval": "0.001s"},
    });
    if plan.fixed_order {
        policy["retry_priority"] = fixed_order::next_priority();
    } else {
        policy["refresh_cluster_on_retry"] = json!(true);
    }
    policy
}

fn next_cluster<'a>(clusters: impl Iterator<Item = &'a str>) -> Value {
    let choices: Map<String, Value> = clusters.map(|cluster| (cluster.to_owned(), choose(cluster))).collect();
    json!({
        "matcher_tree": {
            "input": extension(
                "next",
                "envoy.extensions.matching.common_inputs.network.v3.FilterStateInput",
                json!({"key": "wasm.dragoman.next"}),
            ),
            "exact_match_map": {"map": choices},
        },
        "on_no_match": choose(NONE),
    })
}

fn choose(cluster: &str) -> Value {
    json!({"action": extension(
        cluster,
        "envoy.extensions.router.cluster_specifiers.matcher.v3.ClusterAction",
        json!({"cluster": cluster}),
    )})
}
