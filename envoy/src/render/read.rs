//! From a configuration to a plan: which files to trust, and how many attempts a request can make.
//! Not whether the configuration makes sense (see `dragoman_core::config`).

use std::path::PathBuf;

use dragoman_core::config::file::{self, File, MinTls, Network, Verify};
use dragoman_core::config::gateway::{Gateway, Route, Target};
use serde_json::Value;

use super::plan::{Order, Plan, Proxy, Upstream, UpstreamTls};

/// What a plan needs that stands in no configuration.
pub(crate) struct Surroundings {
    /// Where Envoy finds the module.
    pub(crate) module: PathBuf,
    /// The system's certificate authorities, a PEM file.
    pub(crate) authorities: String,
    /// Whether Envoy is too old to be told each attempt's target.
    pub(crate) fixed_order: bool,
}

/// The plan for a configuration: its file, what it compiled to, and its JSON as written with the variables it refers to.
pub(crate) fn plan(
    file: &File,
    gateway: &Gateway,
    filter: Value,
    variables: Vec<String>,
    surroundings: &Surroundings,
) -> Plan {
    let attempts = gateway.routes.iter().map(|route| attempts(route, file, gateway)).max();
    Plan {
        listen: file.listen.address,
        certificate: file.listen.tls.as_ref().map(|tls| (tls.cert.clone(), tls.key.clone())),
        access_log: file.log.access.clone(),
        max_request_bytes: file.limits.max_request_bytes.0,
        max_connections: file.limits.max_connections,
        max_heap_bytes: file.limits.max_heap_bytes.0,
        first_byte: file.timeouts.first_byte.0,
        idle: file.timeouts.idle.0,
        attempts: attempts.unwrap_or(1),
        upstreams: gateway
            .targets
            .iter()
            .filter_map(|target| Some(upstream(target, &file.targets.get(&target.name)?.network, file, surroundings)))
            .collect(),
        token_servers: token_servers(gateway, file, surroundings),
        fixed_order: surroundings.fixed_order,
        orders: gateway.routes.iter().map(order).collect(),
        filter,
        variables,
        module: surroundings.module.clone(),
    }
}

fn token_servers(gateway: &Gateway, file: &File, surroundings: &Surroundings) -> Vec<Upstream> {
    let mut servers: Vec<Upstream> = Vec::new();
    for target in &gateway.targets {
        let Some(server) =
            target.tokens.as_ref().filter(|server| servers.iter().all(|other| other.cluster != server.cluster))
        else {
            continue;
        };
        servers.push(Upstream {
            name: target.name.clone(),
            cluster: server.cluster.clone(),
            host: server.origin.host.clone(),
            port: server.origin.port,
            // What the target's own `network` says is about the target.
            tls: server.origin.tls.then(|| tls(&Network::default(), surroundings)),
            connect: file.timeouts.connect.0,
            proxy: None,
        });
    }
    servers
}

fn order(route: &Route) -> Order {
    Order { cluster: Route::cluster(route.number), targets: route.targets.iter().map(|target| target.target).collect() }
}

/// As many as its targets list credentials, whether or not they are set here.
fn attempts(route: &Route, file: &File, gateway: &Gateway) -> u32 {
    let credentials = |index: usize| {
        let target = gateway.targets.get(index).and_then(|target| file.targets.get(&target.name));
        let listed = target.and_then(|target| target.credentials.as_ref());
        listed.map_or(1, |listed| listed.len().max(1))
    };
    let sum: usize = route.targets.iter().map(|target| credentials(target.target)).sum();
    u32::try_from(sum).unwrap_or(u32::MAX)
}

fn upstream(target: &Target, network: &Network, file: &File, surroundings: &Surroundings) -> Upstream {
    let origin = &target.origin;
    Upstream {
        name: target.name.clone(),
        cluster: target.cluster.clone(),
        host: origin.host.clone(),
        port: origin.port,
        tls: origin.tls.then(|| tls(network, surroundings)),
        connect: network.timeout.connect.unwrap_or(file.timeouts.connect).0,
        proxy: network.proxy.as_ref().and_then(|proxy| self::proxy(proxy, origin.tls)),
    }
}

/// The proxy's address, which has been checked to be `http://host:port`.
fn proxy(proxy: &file::Proxy, tls: bool) -> Option<Proxy> {
    let by_scheme = if tls { &proxy.https } else { &proxy.http };
    let url = proxy.url.as_ref().or(by_scheme.as_ref())?;
    let authority = url.split_once("://")?.1.trim_end_matches('/');
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
        _ => (authority, 80),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    Some(Proxy { host, port })
}

fn tls(network: &Network, surroundings: &Surroundings) -> UpstreamTls {
    let tls = &network.tls;
    UpstreamTls {
        authorities: match (&tls.verify, &tls.ca) {
            (Verify::No, _) => None,
            (Verify::Ca(file), _) | (Verify::Yes, Some(file)) => Some(file.clone()),
            (Verify::Yes, None) => Some(surroundings.authorities.clone()),
        },
        min_version: tls.min_version.unwrap_or(MinTls::V1_2),
        ciphers: tls.ciphers.clone(),
        client: tls.client_cert.clone().zip(tls.client_key.clone()),
    }
}
