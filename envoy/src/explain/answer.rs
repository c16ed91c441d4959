//! The answer of `dragoman explain`, for people and as JSON.

use std::fmt;

use dragoman_core::config::Gateway;
use dragoman_core::config::gateway::{Route, RouteTarget, Way};
use dragoman_core::endpoint::Endpoint;
use dragoman_core::request::read::Ask;
use dragoman_core::request::route::Caller;
use serde::Serialize;

/// Where a request would go, and why.
#[derive(Serialize)]
pub(super) struct Explanation {
    pub(super) model: String,
    pub(super) alias_of: Option<String>,
    pub(super) key: Option<String>,
    pub(super) tenant: Option<String>,
    pub(super) endpoint: Endpoint,
    /// The routes that were looked at; the last one takes the request, if one does.
    pub(super) routes: Vec<Considered>,
    /// That route's targets, in the order of the file.
    pub(super) targets: Vec<Use>,
    pub(super) refusal: Option<Refused>,
}

/// A route that was looked at.
#[derive(Serialize)]
pub(super) struct Considered {
    pub(super) route: usize,
    pub(super) takes: bool,
    /// Why not.
    pub(super) because: Option<String>,
}

/// A target of the route that takes the request.
#[derive(Serialize)]
pub(super) struct Use {
    pub(super) target: String,
    /// What it would be asked for.
    pub(super) model: String,
    /// The endpoint in whose format it is asked, if that is another one.
    pub(super) translated_to: Option<Endpoint>,
    pub(super) credentials: usize,
    pub(super) weight: Option<u32>,
    pub(super) used: bool,
    /// Why not.
    pub(super) because: Option<String>,
}

/// What the client is told.
#[derive(Serialize)]
pub(super) struct Refused {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Considered {
    pub(super) fn new(route: &Route, model: &str, caller: &Caller<'_>, ask: &Ask) -> Considered {
        let objection = route.objection(model, caller, ask);
        Considered {
            route: route.number,
            takes: objection.is_none(),
            because: objection.map(|objection| objection.sentence(route)),
        }
    }
}

impl Use {
    pub(super) fn new(gateway: &Gateway, route: &Route, entry: &RouteTarget, model: &str, caller: &Caller<'_>) -> Use {
        let target = &gateway.targets[entry.target];
        let served = route.served_model(entry, model);
        let because = if target.way(caller.endpoint).is_none() {
            Some(format!("does not serve {}", caller.endpoint.name()))
        } else if !caller.may_use(&served) {
            Some("this key may not use that model".to_owned())
        } else {
            None
        };
        Use {
            target: target.name.clone(),
            model: served,
            translated_to: match target.way(caller.endpoint) {
                Some(Way::Translated(endpoint)) => Some(endpoint),
                _ => None,
            },
            credentials: target.credentials.len(),
            weight: entry.weight,
            used: because.is_none(),
            because,
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        let who = match (&self.key, &self.tenant) {
            (Some(key), Some(tenant)) => format!("{key} (tenant {tenant})"),
            _ => "someone without a key".to_owned(),
        };
        writeln!(out, "{who} asks for {} at {}", self.model, self.endpoint.name())?;
        if let Some(model) = &self.alias_of {
            writeln!(out, "  {} is an alias of {model}", self.model)?;
        }
        for Considered { route, because, .. } in &self.routes {
            match because {
                Some(because) => writeln!(out, "  routes[{route}] {because}")?,
                None => writeln!(out, "  routes[{route}] takes it")?,
            }
        }
        for target in &self.targets {
            writeln!(out, "    {target}")?;
        }
        match &self.refusal {
            Some(Refused { status, message, .. }) => writeln!(out, "  refused: {status} {message}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Use {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        write!(out, "{} {} as {}", if self.used { "→" } else { "✗" }, self.target, self.model)?;
        if let Some(because) = &self.because {
            return write!(out, ": {because}");
        }
        if let Some(endpoint) = self.translated_to {
            write!(out, ", translated to {}", endpoint.name())?;
        }
        match self.credentials {
            0 => write!(out, ", without a credential")?,
            1 => write!(out, ", with its credential")?,
            several => write!(out, ", with {several} credentials in turn")?,
        }
        match self.weight {
            Some(weight) => write!(out, ", weight {weight}"),
            None => Ok(()),
        }
    }
}
