//! `dragoman render envoy`: a plan, as Envoy's configuration. The same plan gives the same bytes.
//! Not how Envoy is run (see `up`), nor what the filter decides. For a mesh see `istio`.
//!
//! What this leans on, as found on Envoy 1.40 (`envoy/tests` keeps it true):
//!
//! - `refresh_cluster_on_retry` asks the matcher again before each attempt; a cluster without hosts ends the request with 503
//!   and without another attempt, which is wanted for `dragoman_none` and not for a name that does not resolve.
//! - outbound's `on_done` is called when an attempt is reset, refused or times out, before the next cluster is chosen, and
//!   may still set `dragoman.next`. There, `upstream.transport_failure_reason` tells a refused connection; after a reset or
//!   a time-out it is absent, and `response.code_details` is absent unless a response head had come. Later attempts and
//!   `on_log` see nothing of it.
//! - `per_try_timeout` runs until outbound lets the response head go, so it bounds the first content, and does not cut a
//!   stream after that. A stall later on is `per_try_idle_timeout`'s.
//! - After the head went out, a reset from the target resets the client's stream; no callback can write any more.
//! - A filter's local reply has no response code details, Envoy's own always have.

mod any;
mod bootstrap;
mod cluster;
mod command;
mod compose;
mod fixed_order;
mod istio;
mod listener;
mod log;
mod plan;
pub(crate) mod read;
mod reply;
mod route;
mod stats;
mod tls;
mod tunnel;
mod wasm;

use std::path::Path;

pub use command::{Render, run};
use serde_json::Value;

pub(crate) use bootstrap::{Discovery, Layout};
pub(crate) use fixed_order::LOST;
pub(crate) use plan::{Plan, Upstream};

const MADE_BY: &str = "# Made by `dragoman render envoy` from dragoman.yaml: edit that, and render again.\n";

/// The bootstrap as YAML, under a comment that says who made it. `admin` is the path of the admin interface's socket, if
/// there is to be one.
pub(crate) fn bootstrap(plan: &Plan, layout: Layout, admin: Option<&Path>) -> Result<String, String> {
    if let Some(obstacle) = plan.fixed_order.then(|| fixed_order::obstacle(plan)).flatten() {
        return Err(obstacle);
    }
    let lost = if plan.fixed_order { format!("# {LOST}\n") } else { String::new() };
    yaml(&format!("{MADE_BY}{lost}"), &bootstrap::bootstrap(plan, layout, admin))
}

/// A rendered file, under comments that say who made it.
fn yaml(head: &str, content: &Value) -> Result<String, String> {
    let options = serde_saphyr::ser_options! { folded_wrap_chars: usize::MAX };
    serde_saphyr::to_string_with_options(content, options)
        .map(|body| format!("{head}{body}"))
        .map_err(|error| error.to_string())
}

/// The file that says which clusters there are: the plan's and those of `also`.
pub(crate) fn clusters_file<'a>(plan: &'a Plan, also: impl Iterator<Item = &'a Upstream>) -> String {
    bootstrap::clusters_file(plan, also).to_string()
}

/// The file that says how attempts find the clusters of the plan and of `also`.
pub(crate) fn routes_file<'a>(plan: &'a Plan, also: impl Iterator<Item = &'a Upstream>) -> String {
    bootstrap::routes_file(plan, also).to_string()
}

/// The file of the inbound stage.
pub(crate) fn inbound_file(plan: &Plan) -> String {
    bootstrap::inbound_file(plan).to_string()
}
