//! What a configuration may say and a mesh cannot be told. Each is refused by its key, with what to write instead.

use std::net::Ipv6Addr;

use dragoman_core::config::file::MinTls;

use super::super::plan::{Plan, Upstream};
use super::label;

/// Why a plan cannot be rendered.
pub(super) fn obstacle(plan: &Plan) -> Option<String> {
    if plan.certificate.is_some() {
        return Some(
            "listen.tls: a gateway's certificate is a secret of its cluster; leave it out, and name a Gateway of your own, \
             which shows one, by --gateway"
                .to_owned(),
        );
    }
    if let Some(server) = plan.token_servers.first() {
        return Some(format!(
            "targets.{}: a plugin cannot reach the server that hands out its credential; \
             write `credentials` in place of `metadata_server` or `service_account`",
            server.name
        ));
    }
    plan.upstreams.iter().enumerate().find_map(|(index, target)| {
        let same = |other: &&Upstream| label(&other.name) == label(&target.name);
        let twice = || {
            plan.upstreams.iter().take(index).find(same).map(|_| {
                ("", "another target's name differs from it only in `_` and `-`, which are one in a mesh; rename it")
            })
        };
        let (key, what) = of_target(target).or_else(twice)?;
        Some(format!("targets.{}{key}: {what}", target.name))
    })
}

fn of_target(target: &Upstream) -> Option<(&'static str, &'static str)> {
    /// The longest label of a host's name.
    const LONGEST: usize = 63;
    if target.name.len() > LONGEST || target.name.ends_with(['-', '_']) {
        let what = "in a mesh the name stands in a host's, which has 63 characters and ends with none of `-` and `_`; rename it";
        return Some(("", what));
    }
    if target.proxy.is_some() {
        return Some((
            ".network.proxy",
            "a mesh has egress gateways of its own; leave it out, and see Istio's on them",
        ));
    }
    if target.host.parse::<Ipv6Addr>().is_ok() {
        return Some((".base_url", "a VirtualService takes no IPv6 address; write a name that leads there"));
    }
    let tls = target.tls.as_ref()?;
    if tls.min_version != MinTls::V1_2 {
        return Some((".network.tls.min_version", "a DestinationRule cannot say it; leave it out"));
    }
    if !tls.ciphers.is_empty() {
        return Some((".network.tls.ciphers", "a DestinationRule cannot say them; leave them out"));
    }
    None
}
