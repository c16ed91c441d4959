//! The targets: for each a service that is outside of the mesh, and how it is spoken to. Not when (see `routes`).
//!
//! Authorities are always named: an Istio that is told of none may trust anyone, depending on its version. Servers are
//! spoken to in HTTP/1.1, for Istio lets a gateway choose a version of HTTP, but not negotiate it, and the filter's gate counts
//! on it.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::super::any::duration;
use super::super::plan::{Plan, Upstream, UpstreamTls};
use super::{NETWORKING, document, host, named};

/// Each target's documents.
pub(super) fn targets(plan: &Plan) -> impl Iterator<Item = Value> {
    plan.upstreams.iter().flat_map(|target| [service(target), rule(target)])
}

fn service(target: &Upstream) -> Value {
    let (port, protocol) = if target.tls.is_some() { ("https", "HTTPS") } else { ("http", "HTTP") };
    let by_address = target.host.parse::<IpAddr>().is_ok();
    let spec = json!({
        "hosts": [host(&target.name)],
        "exportTo": ["."],
        "location": "MESH_EXTERNAL",
        "resolution": if by_address { "STATIC" } else { "DNS" },
        "ports": [{"number": target.port, "name": port, "protocol": protocol}],
        "endpoints": [{"address": target.host}],
    });
    document(NETWORKING, "ServiceEntry", &named(&target.name), &spec)
}

fn rule(target: &Upstream) -> Value {
    let spec = json!({
        "host": host(&target.name),
        "exportTo": ["."],
        "trafficPolicy": {
            "connectionPool": {
                "tcp": {
                    "connectTimeout": duration(target.connect),
                    "tcpKeepalive": {"time": "60s", "interval": "15s", "probes": 4},
                },
                // Shorter than what servers keep idle connections for.
                "http": {"idleTimeout": "50s", "h2UpgradePolicy": "DO_NOT_UPGRADE"},
            },
            "tls": target.tls.as_ref().map_or_else(|| json!({"mode": "DISABLE"}), |tls| spoken(&target.host, tls)),
        },
    });
    document(NETWORKING, "DestinationRule", &named(&target.name), &spec)
}

fn spoken(host: &str, tls: &UpstreamTls) -> Value {
    let mut spoken = json!({"mode": "SIMPLE"});
    // An address is no server name (RFC 6066, section 3).
    if host.parse::<IpAddr>().is_err() {
        spoken["sni"] = json!(host);
    }
    match &tls.authorities {
        Some(authorities) => {
            spoken["caCertificates"] = json!(authorities);
            spoken["subjectAltNames"] = json!([host]);
        }
        None => spoken["insecureSkipVerify"] = json!(true),
    }
    if let Some((certificate, key)) = &tls.client {
        spoken["mode"] = json!("MUTUAL");
        spoken["clientCertificate"] = json!(certificate);
        spoken["privateKey"] = json!(key);
    }
    spoken
}
