//! The two plugins. Not what a stage does with its configuration (see the filter).
//!
//! Code and environment are the same for both, or each would get a VM of its own, and the filter would refuse what it is
//! sent: the gate stands where inbound's memory is. Istio adds each plugin's version to its environment, and takes it out
//! again where its agent fetches the module; so it has to be fetched, and cannot be a file of the pod's.

use serde_json::{Value, json};

use super::super::plan::Plan;
use super::{Mesh, document};

/// Inbound is in front; between the two nothing else should stand.
const PRIORITIES: [i32; 2] = [20, 10];

/// Inbound and its gate.
pub(super) fn plugins(plan: &Plan, mesh: &Mesh) -> [Value; 2] {
    let [inbound, gate] = PRIORITIES;
    [
        plugin("dragoman-inbound", inbound, &json!({"stage": "inline", "dragoman": plan.filter}), plan, mesh),
        plugin("dragoman-gate", gate, &json!({"stage": "gate"}), plan, mesh),
    ]
}

fn plugin(name: &str, priority: i32, configuration: &Value, plan: &Plan, mesh: &Mesh) -> Value {
    let mut spec = json!({
        "selector": {"matchLabels": mesh.selector},
        "url": mesh.url,
        // In front of what the mesh knows of users: callers are Dragoman's to admit.
        "phase": "AUTHN",
        "priority": priority,
        "failStrategy": "FAIL_CLOSE",
        "pluginConfig": configuration,
    });
    if !plan.variables.is_empty() {
        let from_the_pod = |name: &String| json!({"name": name, "valueFrom": "HOST"});
        spec["vmConfig"] = json!({"env": plan.variables.iter().map(from_the_pod).collect::<Vec<_>>()});
    }
    document("extensions.istio.io/v1alpha1", "WasmPlugin", name, &spec)
}
