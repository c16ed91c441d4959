//! From a file to what Envoy is to run: the plan, and the environment that its references need. `render`, `up` and `check`
//! come through here. Not what a file may say (see `load` and `dragoman_core::config`).

use std::collections::BTreeMap;
use std::env;
use std::net::SocketAddr;
use std::path::Path;

use dragoman_core::config::Severity;

use crate::engine::{self, Engine};
use crate::envoy_binary::Envoy;
use crate::load::{self, Loaded};
use crate::module;
use crate::render::read::{self, Surroundings};
use crate::render::{self, Layout, Plan};

/// Turns files into plans, again and again.
pub(crate) struct Configuring {
    surroundings: Surroundings,
}

/// A configuration that can be run.
pub(crate) struct Configured {
    /// What to render.
    pub(crate) plan: Plan,
    /// Where the file says that clients connect; the plan's may be another (see `up::moved`).
    pub(crate) listen: SocketAddr,
    /// The engines that it asks for.
    pub(crate) engines: Vec<Engine>,
    /// The variables that it refers to and that are set. Secrets are among them.
    pub(crate) environment: BTreeMap<String, String>,
    /// What the filter calls it.
    pub(crate) identity: String,
    /// Warnings, each with its place.
    pub(crate) remarks: Vec<String>,
}

impl Configuring {
    /// With the module and the authorities of this machine.
    pub(crate) fn here(module: Option<&Path>, envoy: &Envoy) -> Result<Configuring, String> {
        Ok(Configuring::with(Surroundings {
            module: module::find(module)?,
            authorities: system_authorities(),
            fixed_order: envoy.version()?.needs_fixed_order(),
        }))
    }

    /// With others.
    pub(crate) fn with(surroundings: Surroundings) -> Configuring {
        Configuring { surroundings }
    }

    /// Configures from `text`, the content of `file`, for running here and now: what it refers to must be set.
    pub(crate) fn configure(&self, file: &Path, text: &str) -> Result<Configured, String> {
        let loaded = load::load_text(file, text).map_err(|error| error.to_string())?;
        self.configure_loaded(&loaded)
    }

    /// The same from a file that has been loaded.
    pub(crate) fn configure_loaded(&self, loaded: &Loaded) -> Result<Configured, String> {
        self.configured(loaded, &variable)
    }

    /// Configures for running elsewhere: credentials need not be set.
    pub(crate) fn configure_elsewhere(&self, loaded: &Loaded) -> Result<Configured, String> {
        self.configured(loaded, &loaded.elsewhere())
    }

    fn configured(&self, loaded: &Loaded, env: &dyn Fn(&str) -> Option<String>) -> Result<Configured, String> {
        let reading = loaded.read_with(env);
        let findings = loaded.findings(&reading);
        let lines = |severity: Severity| -> Vec<String> {
            let of_this = findings.iter().filter(|finding| finding.problem.severity == severity);
            of_this.map(ToString::to_string).collect()
        };
        let (Some(file), Some(gateway)) = (&reading.file, &reading.gateway) else {
            return Err(lines(Severity::Error).join("\n"));
        };
        let variables: Vec<String> = loaded.carried.keys().cloned().chain(loaded.variables()).collect();
        let set = loaded.variables().into_iter().filter_map(|name| Some((name.clone(), variable(&name)?)));
        let environment = loaded.carried.clone().into_iter().chain(set).collect();
        let json = serde_json::from_str(&loaded.json).map_err(|error| error.to_string())?;
        Ok(Configured {
            plan: read::plan(file, gateway, json, variables, &self.surroundings),
            listen: file.listen.address,
            engines: engine::engines(file, gateway, loaded.file.parent().unwrap_or(Path::new(""))),
            environment,
            identity: gateway.identity.clone(),
            remarks: lines(Severity::Warning),
        })
    }
}

impl Configured {
    /// All of it as one bootstrap.
    pub(crate) fn whole(&self) -> Result<String, String> {
        render::bootstrap(&self.plan, Layout::Whole, None)
    }

    /// Takes the place of `running` in an Envoy that goes on, if nothing has changed that only a new one would see.
    pub(crate) fn replace(mut self, running: &Configured) -> Result<Configured, String> {
        let changed = [
            ("listen", self.listen != running.listen || self.plan.certificate != running.plan.certificate),
            ("log", self.plan.access_log != running.plan.access_log),
            ("limits.max_connections", self.plan.max_connections != running.plan.max_connections),
            ("limits.max_heap_bytes", self.plan.max_heap_bytes != running.plan.max_heap_bytes),
            ("what a target serves", self.engines != running.engines),
            ("a target's network.proxy", self.plan.proxies().ne(running.plan.proxies())),
        ];
        let mut why: Vec<String> =
            changed.iter().filter(|(_, changed)| *changed).map(|(key, _)| format!("`{key}` has changed")).collect();
        for name in &self.plan.variables {
            if !running.plan.variables.contains(name) {
                why.push(format!("{name} is new, and a process keeps the environment that it started with"));
            } else if self.environment.get(name) != running.environment.get(name) {
                why.push(format!("the content of a file has changed ({name})"));
            }
        }
        if !why.is_empty() {
            return Err(format!("{}: restart `dragoman up`", why.join("; ")));
        }
        // Both stages have to name the same variables, and outbound's are in place.
        self.plan.variables.clone_from(&running.plan.variables);
        self.environment.clone_from(&running.environment);
        Ok(self)
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}

/// The bundle that this system keeps, or where most keep it.
pub(crate) fn system_authorities() -> String {
    const USUAL: &str = "/etc/ssl/certs/ca-certificates.crt";
    openssl_probe::probe().cert_file.map_or_else(|| USUAL.to_owned(), |file| file.display().to_string())
}
