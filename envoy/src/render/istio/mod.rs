//! `dragoman render istio`: a plan, as documents for an Istio ingress gateway that has no `EnvoyFilter`. The same plan gives
//! the same bytes. Not how a mesh is run: Istio has not been part of any test. What it makes of these documents is
//! modelled, and run by a real Envoy, in `dragoman-tests`.
//!
//! - The module stands in the gateway's chain twice, with one VM for both: inline, and the gate behind it. Plugins of one
//!   phase are put in order by falling priority.
//! - Each target is a service of its own, `NAME.dragoman.internal`, known to this namespace only: what else the mesh says of
//!   the same host is left alone.
//! - The filter gives a request its target's `:authority`, and so chooses the virtual host; `x-dragoman-target` chooses the
//!   route in it. Where these documents are missing, neither leads anywhere.
//! - A target's port is told as HTTPS where TLS is spoken, although what is sent there is HTTP: told so, no sidecar listens
//!   for plain HTTP on it.

mod command;
mod obstacle;
mod plugins;
mod routes;
mod targets;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::plan::Plan;
use super::yaml;

pub(super) use command::{Istio, run};

const MADE_BY: &str = "# Made by `dragoman render istio` from dragoman.yaml: edit that, and render again.\n";

/// What a mesh has to do without.
const LOST: &str = "one attempt per request: what fails rests, and the next request goes elsewhere. An error \
                    event at the head of a stream reaches the client. `timeouts.idle`, `log` and `limits`, but for those of \
                    requests and answers that are read, are the mesh's to set, and a body longer than the gateway's buffer \
                    (1 MiB if nothing is said) is refused with 413.";

/// What the documents need that stands in no plan.
struct Mesh {
    /// Where the gateway finds the module.
    url: String,
    /// The labels of the gateway's pods.
    selector: BTreeMap<String, String>,
    /// The Gateway that stands already, if one does.
    gateway: Option<String>,
}

/// The documents, under a comment that says who made them; or what cannot be said in a mesh.
fn documents(plan: &Plan, mesh: &Mesh) -> Result<String, String> {
    if let Some(obstacle) = obstacle::obstacle(plan) {
        return Err(obstacle);
    }
    let plugins = plugins::plugins(plan, mesh).into_iter();
    let documents =
        plugins.chain(routes::gateway(plan, mesh)).chain(targets::targets(plan)).chain([routes::routes(plan, mesh)]);
    let head = format!("{MADE_BY}# In a mesh there is {LOST}\n");
    documents.map(|document| yaml("---\n", &document)).try_fold(head, |text, document| Ok(text + &document?))
}

/// One document.
fn document(api: &str, kind: &str, name: &str, spec: &Value) -> Value {
    json!({"apiVersion": api, "kind": kind, "metadata": {"name": name}, "spec": spec})
}

/// The API of everything but plugins; Istio serves it since 1.22.
const NETWORKING: &str = "networking.istio.io/v1";

/// A target's name as part of a host's, which has no `_`.
fn label(target: &str) -> String {
    target.replace('_', "-")
}

/// The name under which the mesh knows a target.
fn host(target: &str) -> String {
    format!("{}.dragoman.internal", label(target))
}

/// The name of a document that is about a target.
fn named(target: &str) -> String {
    format!("dragoman-{}", label(target))
}
