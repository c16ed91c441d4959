//! What rendering needs to know of a configuration, with every default filled in.
//! Not what routes and keys say: that is the filter's, and travels as `filter`, word for word.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use dragoman_core::config::file::{AccessLog, MinTls};
use serde_json::Value;

/// A gateway, as far as Envoy's configuration depends on it.
#[derive(Clone)]
pub(crate) struct Plan {
    /// Where clients connect.
    pub(crate) listen: SocketAddr,
    /// The certificate chain shown to them, and its key: PEM files.
    pub(crate) certificate: Option<(String, String)>,
    /// Where the access log goes.
    pub(crate) access_log: AccessLog,
    /// The largest request body.
    pub(crate) max_request_bytes: u64,
    /// The most client connections at a time.
    pub(crate) max_connections: u32,
    /// Envoy's heap.
    pub(crate) max_heap_bytes: u64,
    /// How long an attempt may take until its answer begins.
    pub(crate) first_byte: Duration,
    /// How long an answer may pause.
    pub(crate) idle: Duration,
    /// The most attempts that one request can make.
    pub(crate) attempts: u32,
    /// The targets, in the file's order.
    pub(crate) upstreams: Vec<Upstream>,
    /// The servers that hand out credentials, each once.
    pub(crate) token_servers: Vec<Upstream>,
    /// Whether Envoy is too old to be told each attempt's target.
    pub(crate) fixed_order: bool,
    /// For each route, where it leads.
    pub(crate) orders: Vec<Order>,
    /// `dragoman.yaml` as JSON, references unresolved: the inbound stage's configuration.
    pub(crate) filter: Value,
    /// The environment variables that `filter` refers to.
    pub(crate) variables: Vec<String>,
    /// Where Envoy finds the module.
    pub(crate) module: PathBuf,
}

impl Plan {
    /// Every host that is connected to.
    pub(crate) fn hosts(&self) -> impl Iterator<Item = &str> {
        self.upstreams.iter().chain(&self.token_servers).map(Upstream::reached)
    }

    /// Every file that Envoy reads, but the module and what the system trusts.
    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        let upstream = self.upstreams.iter().filter_map(|upstream| upstream.tls.as_ref());
        let pairs = self.certificate.iter().chain(upstream.clone().filter_map(|tls| tls.client.as_ref()));
        let pairs = pairs.flat_map(|(certificate, key)| [certificate.as_str(), key]);
        pairs.chain(upstream.filter_map(|tls| tls.authorities.as_deref()))
    }

    /// Each proxied target with its proxy.
    pub(crate) fn proxies(&self) -> impl Iterator<Item = (&str, &str, u16, &Proxy)> {
        self.upstreams.iter().filter_map(|upstream| {
            Some((upstream.cluster.as_str(), upstream.host.as_str(), upstream.port, upstream.proxy.as_ref()?))
        })
    }
}

/// A route's targets.
#[derive(Clone)]
pub(crate) struct Order {
    /// The cluster that walks them, for Envoys that cannot be told each attempt's target.
    pub(crate) cluster: String,
    /// Indices into [`Plan::upstreams`], in the file's order.
    pub(crate) targets: Vec<usize>,
}

/// A target or a server for its tokens, as a place to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Upstream {
    /// The target's name in the file.
    pub(crate) name: String,
    /// Its cluster: `dragoman_`, the name, and a hash of where it leads.
    pub(crate) cluster: String,
    /// Host name or IP address, without brackets.
    pub(crate) host: String,
    /// Port.
    pub(crate) port: u16,
    /// How TLS is spoken; `None` is plain text.
    pub(crate) tls: Option<UpstreamTls>,
    /// How long a connection may take.
    pub(crate) connect: Duration,
    /// The proxy in between, which is asked to `CONNECT`.
    pub(crate) proxy: Option<Proxy>,
}

impl Upstream {
    /// The host that is connected to: a proxy's, if there is one.
    pub(crate) fn reached(&self) -> &str {
        self.proxy.as_ref().map_or(&self.host, |proxy| &proxy.host)
    }
}

/// TLS towards a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UpstreamTls {
    /// The authorities to trust, a PEM file; `None` trusts anyone.
    pub(crate) authorities: Option<String>,
    /// The oldest version to accept.
    pub(crate) min_version: MinTls,
    /// The cipher suites below TLS 1.3; empty leaves Envoy's.
    pub(crate) ciphers: Vec<String>,
    /// Certificate and key to show, PEM files.
    pub(crate) client: Option<(String, String)>,
}

/// A proxy, reached in plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proxy {
    /// Host name or IP address, without brackets.
    pub(crate) host: String,
    /// Port.
    pub(crate) port: u16,
}
