//! What the command line says in place of the file: where to listen, and which engines something else has started. In a
//! container both differ from what the file says of the machine around it. Not where anything is by itself.

use std::net::SocketAddr;
use std::str::FromStr;

use clap::Args;

use crate::configuration::Configured;
use crate::engine::Authority;

/// What stands elsewhere than the file says.
#[derive(Args)]
pub(super) struct Moved {
    /// Listen here, and not at the configuration's `listen.address`
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Start no engine for this target: one runs there. May be repeated
    #[arg(long = "engine-at", value_name = "TARGET=HOST:PORT")]
    engines: Vec<EngineAt>,
}

impl Moved {
    /// The same configuration with everything where it is.
    pub(super) fn apply(&self, mut configured: Configured) -> Result<Configured, String> {
        if let Some(address) = self.listen {
            configured.plan.listen = address;
        }
        for EngineAt { target, at } in &self.engines {
            let engine = configured.engines.iter_mut().find(|engine| engine.target == *target);
            let upstream = configured.plan.upstreams.iter_mut().find(|upstream| upstream.name == *target);
            let (Some(engine), Some(upstream)) = (engine, upstream) else {
                return Err(format!(
                    "--engine-at: there is no target `{target}` that has `serve`; leave --engine-at out for it"
                ));
            };
            engine.elsewhere = Some(at.clone());
            upstream.host.clone_from(&at.host);
            upstream.port = at.port;
        }
        Ok(configured)
    }
}

/// Where the engine of a target runs.
#[derive(Clone, Debug, PartialEq, Eq)]
struct EngineAt {
    target: String,
    at: Authority,
}

impl FromStr for EngineAt {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<EngineAt, Self::Err> {
        const WANTED: &str = "write it as in local=engine:8081";
        let (target, authority) = text.split_once('=').ok_or(WANTED)?;
        let (host, port) = authority.rsplit_once(':').ok_or(WANTED)?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let port = port.parse().ok().filter(|port| *port != 0).ok_or(WANTED)?;
        if target.is_empty() || host.is_empty() {
            return Err(WANTED);
        }
        Ok(EngineAt { target: target.to_owned(), at: Authority { host: host.to_owned(), port } })
    }
}

#[cfg(test)]
mod tests {
    use super::{Authority, EngineAt};

    #[test]
    fn an_engine_is_named_by_its_target_and_found_by_name_or_address() {
        for (text, host) in [("local=engine:8081", "engine"), ("local=[::1]:8081", "::1")] {
            let at = Authority { host: host.to_owned(), port: 8081 };
            assert_eq!(text.parse(), Ok(EngineAt { target: "local".to_owned(), at }), "{text}");
        }
    }

    #[test]
    fn what_names_no_place_is_refused() {
        for text in ["", "local", "local=engine", "local=:8081", "=engine:8081", "local=engine:0", "local=engine:x"] {
            assert!(text.parse::<EngineAt>().is_err(), "{text}");
        }
    }
}
