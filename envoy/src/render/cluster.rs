//! The clusters: one per target and per server for tokens, and one without hosts. Not when a target is asked (see `route`).
//!
//! A host name that does not resolve leaves a cluster without hosts, and Envoy answers 503 without another attempt. So
//! every cluster has a second endpoint, of a lower priority, where no connection can be made: the attempt fails there, and
//! the next target has its turn.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::any::{any, duration, extension};
use super::plan::{Plan, Upstream};
use super::{fixed_order, tls, tunnel};

/// The cluster that an attempt without a target goes to.
pub(super) const NONE: &str = "dragoman_none";

/// The limited broadcast address: a TCP connection to it fails at once, on every machine.
const NOWHERE: &str = "255.255.255.255";

const CLUSTER: &str = "envoy.config.cluster.v3.Cluster";

/// Every cluster of a plan, those of `also`, and [`NONE`].
pub(super) fn clusters<'a>(plan: &'a Plan, also: impl Iterator<Item = &'a Upstream>) -> Vec<Value> {
    let per_target = |upstream: &Upstream| [Some(cluster(upstream)), tunnel::proxy_cluster(upstream)];
    let walked = plan.fixed_order.then(|| fixed_order::clusters(plan)).into_iter().flatten();
    let targets = plan.upstreams.iter().chain(also).flat_map(per_target).flatten();
    targets.chain(plan.token_servers.iter().map(cluster)).chain(walked).chain([none()]).collect()
}

/// The same as resources for a discovery file.
pub(super) fn resources<'a>(plan: &'a Plan, also: impl Iterator<Item = &'a Upstream>) -> Vec<Value> {
    clusters(plan, also).into_iter().map(|cluster| any(CLUSTER, cluster)).collect()
}

fn none() -> Value {
    json!({"name": NONE, "type": "STATIC", "load_assignment": {"cluster_name": NONE}})
}

fn cluster(upstream: &Upstream) -> Value {
    let mut cluster = match &upstream.proxy {
        None => reached(&upstream.cluster, &upstream.host, upstream.port),
        Some(_) => tunnel::through(upstream),
    };
    cluster["connect_timeout"] = duration(upstream.connect);
    speak(&mut cluster, upstream.tls.is_some());
    if let Some(tls) = &upstream.tls {
        cluster["transport_socket"] = tls::upstream_socket(&upstream.host, tls);
    }
    cluster
}

/// A cluster of the hosts behind a name, or of one address.
pub(super) fn reached(name: &str, host: &str, port: u16) -> Value {
    let mut cluster = frame(name);
    let mut endpoints = vec![json!({"lb_endpoints": [endpoint(host, port)]})];
    if host.parse::<IpAddr>().is_ok() {
        cluster["type"] = json!("STATIC");
    } else {
        cluster["cluster_type"] = by_name();
        endpoints.push(json!({"priority": 1, "lb_endpoints": [nowhere()]}));
    }
    cluster["load_assignment"] = json!({"cluster_name": name, "endpoints": endpoints});
    cluster
}

/// What every cluster says.
pub(super) fn frame(name: &str) -> Value {
    json!({
        "name": name,
        // By default three retries at a time, and a thousand requests. Load is bounded at the listener instead.
        "circuit_breakers": {"thresholds": [{
            "max_connections": u32::MAX,
            "max_pending_requests": u32::MAX,
            "max_requests": u32::MAX,
            "max_retries": u32::MAX,
        }]},
        "upstream_connection_options": {
            "tcp_keepalive": {"keepalive_time": 60, "keepalive_interval": 15, "keepalive_probes": 4},
        },
    })
}

/// The type of a cluster whose hosts have names.
pub(super) fn by_name() -> Value {
    extension(
        "envoy.cluster.dns",
        "envoy.extensions.clusters.dns.v3.DnsCluster",
        // Each address is a host of its own; where IPv6 leads nowhere, every second attempt would too.
        json!({"respect_dns_ttl": true, "dns_lookup_family": "V4_PREFERRED"}),
    )
}

/// An endpoint where a connection fails at once.
pub(super) fn nowhere() -> Value {
    endpoint(NOWHERE, 1)
}

/// An endpoint.
pub(super) fn endpoint(host: &str, port: u16) -> Value {
    json!({"endpoint": {"address": address(host, port)}})
}

/// A TCP address.
pub(super) fn address(host: &str, port: u16) -> Value {
    json!({"socket_address": {"address": host, "port_value": port}})
}

/// Adds how requests are spoken: TLS lets both sides choose HTTP/2 by ALPN; plain text is HTTP/1.1, which every server takes.
pub(super) fn speak(cluster: &mut Value, negotiate: bool) {
    const OPTIONS: &str = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
    let mut options = json!({
        // Shorter than what servers keep idle connections for, so that a request does not meet one that is closing.
        "common_http_protocol_options": {"idle_timeout": "50s"},
    });
    if negotiate {
        options["auto_config"] = json!({
            "http_protocol_options": {},
            "http2_protocol_options": {"connection_keepalive": {"interval": "30s", "timeout": "10s"}},
        });
    } else {
        options["explicit_http_config"] = json!({"http_protocol_options": {}});
    }
    cluster["typed_extension_protocol_options"] = json!({OPTIONS: any(OPTIONS, options)});
}
