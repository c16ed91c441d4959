//! What a configuration says that no container can do, each with its place and a way out.

use std::net::IpAddr;

use dragoman_core::config::file::AccessLog;
use dragoman_core::config::{Path, Problem, Severity};

use super::MACHINE;
use crate::configuration::Configured;
use crate::load::Loaded;

/// What was found so far.
pub(super) struct Obstacles<'a> {
    loaded: &'a Loaded,
    found: Vec<Problem>,
}

impl Obstacles<'_> {
    /// None yet.
    pub(super) fn of(loaded: &Loaded) -> Obstacles<'_> {
        Obstacles { loaded, found: Vec::new() }
    }

    /// Takes one down.
    pub(super) fn add(&mut self, path: &Path, what: impl Into<String>, mend: impl Into<String>) {
        let problem = Problem { path: path.clone(), what: what.into(), mend: mend.into(), severity: Severity::Error };
        self.found.push(problem);
    }

    /// What a configuration wants of the machine that is not there in a container.
    pub(super) fn places(&mut self, Configured { plan, engines, .. }: &Configured) {
        if let AccessLog::File(_) = plan.access_log {
            let what = "nobody can write a file in the container";
            self.add(&Path::root().key("log").key("access"), what, "write `stdout`: `docker compose logs` has it");
        }
        let served = |name: &str| engines.iter().any(|engine| engine.target == name);
        for upstream in plan.upstreams.iter().filter(|upstream| !served(&upstream.name)) {
            let target = Path::root().key("targets").key(&upstream.name);
            match &upstream.proxy {
                Some(proxy) => self.loopback(&target.key("network").key("proxy"), &proxy.host),
                None => self.loopback(&target.key("base_url"), &upstream.host),
            }
        }
        for server in &plan.token_servers {
            let target = Path::root().key("targets").key(&server.name);
            self.loopback(&target.key("metadata_server"), &server.host);
        }
    }

    fn loopback(&mut self, path: &Path, host: &str) {
        let address = host.parse::<IpAddr>();
        if host == "localhost" || address.is_ok_and(|address| address.is_loopback() || address.is_unspecified()) {
            let what = format!("in a container {host} is the container itself");
            let mend = format!("write {MACHINE} for the machine around it, and let it listen there for containers");
            self.add(path, what, mend);
        }
    }

    /// An error with all that was found.
    pub(super) fn none(self) -> Result<(), String> {
        let lines: Vec<String> =
            self.found.into_iter().map(|problem| self.loaded.finding(problem).to_string()).collect();
        if lines.is_empty() { Ok(()) } else { Err(lines.join("\n")) }
    }
}
