//! Stage 3: from an [`Ask`] to a [`Plan`]: which route, and which target, credential and model in which order.
//! Not how a target is asked (see `compose`), nor what happens when one fails (see `exchange`).

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::config::Gateway;
use crate::config::gateway::{Key, Route, RouteTarget, Target, Way};
use crate::endpoint::Endpoint;
use crate::glob;
use crate::refusal::Refusal;
use crate::request::read::Ask;
use crate::resting::{self, Millis, Resting};

/// What to try, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The route's number; `None` for a listed passthrough.
    pub route: Option<usize>,
    /// Never empty.
    pub candidates: Vec<Candidate>,
    /// Dragoman is to answer with an estimate: no target counts tokens.
    pub is_to_estimate: bool,
    /// Keys of candidates that failed lately: a success is to be noted.
    pub known: Vec<resting::Key>,
}

impl Plan {
    /// A plan for one target, whatever is asked of it.
    pub fn single(gateway: &Gateway, target: usize) -> Plan {
        let credentials = gateway.targets.get(target).map(credentials).unwrap_or_default();
        let candidate = |credential| Candidate { target, credential, model: String::new() };
        let candidates = credentials.into_iter().map(candidate).collect();
        Plan { route: None, candidates, is_to_estimate: false, known: Vec::new() }
    }
}

/// One thing to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Index into [`Gateway::targets`].
    pub target: usize,
    /// Index into the target's credentials; `None` where it takes none.
    pub credential: Option<usize>,
    /// The model to ask for.
    pub model: String,
}

/// Who asks, and for what, beside the body.
#[derive(Clone, Copy)]
pub struct Caller<'a> {
    /// The caller's key; `None` is the anonymous one, who may ask for everything.
    pub key: Option<&'a Key>,
    /// What is called.
    pub endpoint: Endpoint,
    /// Routes whose header conditions are not met.
    pub unmet: &'a [usize],
    /// Draws are stable for it.
    pub request_id: &'a str,
}

/// Plans a request, or says why it cannot be served.
pub fn route(
    gateway: &Gateway,
    caller: Caller<'_>,
    ask: &Ask,
    resting: &Resting,
    now: Millis,
) -> Result<Plan, Refusal> {
    if !caller.may_use(&ask.model) {
        return Err(not_allowed(&ask.model));
    }
    let model = gateway.resolve(&ask.model);
    let chosen = gateway.routes.iter().find(|route| route.takes(model, &caller, ask));
    let Some(route) = chosen else {
        return Err(unknown_model(gateway, caller, &ask.model));
    };

    let (mut candidates, mut known) = (Vec::new(), Vec::new());
    let (mut forbidden, mut soonest) = (false, None::<Millis>);
    let (mut speaks, mut waits) = (false, false);
    for entry in order(route, caller.request_id) {
        let Some(target) = gateway.targets.get(entry.target) else {
            continue;
        };
        if target.way(caller.endpoint).is_none() {
            continue;
        }
        speaks = true;
        if target.tokens.as_ref().is_some_and(|tokens| tokens.secret(now).is_none()) {
            waits = true;
            continue;
        }
        let served = route.served_model(entry, model);
        if !caller.may_use(&served) {
            forbidden = true;
            continue;
        }
        for credential in credentials(target) {
            let keys = if resting.is_empty() { None } else { Some(rest_keys(target, credential, &served)) };
            let keys = || keys.into_iter().flatten();
            known.extend(keys().filter(|key| resting.knows(*key)));
            match keys().filter_map(|key| resting.remaining(key, now)).max() {
                None => candidates.push(Candidate { target: entry.target, credential, model: served.clone() }),
                Some(left) => soonest = Some(soonest.map_or(left, |other| other.min(left))),
            }
        }
    }
    match (candidates.is_empty(), soonest) {
        (false, _) => {
            let estimates = |candidate: &Candidate| {
                gateway.targets.get(candidate.target).and_then(|target| target.way(caller.endpoint))
                    == Some(Way::Estimated)
            };
            let is_to_estimate = candidates.iter().all(estimates);
            candidates.retain(|candidate| is_to_estimate || !estimates(candidate));
            Ok(Plan { route: Some(route.number), candidates, is_to_estimate, known })
        }
        (true, Some(left)) => Err(all_rest(left)),
        (true, None) if waits => Err(no_token()),
        (true, None) if forbidden => Err(not_allowed(&ask.model)),
        (true, None) if !speaks => Err(not_spoken(caller.endpoint, &ask.model)),
        (true, None) => Err(unknown_model(gateway, caller, &ask.model)),
    }
}

/// What must not rest for a candidate to be tried: its target, its credential, its model under that credential.
pub fn rest_keys(target: &Target, credential: Option<usize>, model: &str) -> [resting::Key; 3] {
    let label = target.label(credential);
    [
        resting::Key::target(&target.name),
        resting::Key::credential(&target.name, label),
        resting::Key::model(&target.name, label, model),
    ]
}

impl Caller<'_> {
    /// Whether this caller may ask for, or be served, a model.
    pub fn may_use(&self, model: &str) -> bool {
        self.key.is_none_or(|key| key.models.matches(model))
    }
}

impl Route {
    /// Whether this route takes such a request.
    pub fn takes(&self, model: &str, caller: &Caller<'_>, ask: &Ask) -> bool {
        self.objection(model, caller, ask).is_none()
    }

    /// What a target of this route calls the model.
    pub fn served_model(&self, entry: &RouteTarget, model: &str) -> String {
        match &entry.model {
            // Whether a template's captures exist was checked with the configuration.
            Some(template) => {
                let captures = self.models.captures(model).unwrap_or_default();
                glob::expand(template, &captures).unwrap_or_else(|| template.clone())
            }
            None => model.to_owned(),
        }
    }
}

/// The route's targets in the order in which this request tries them: the first is drawn by weight, if there are
/// weights; the others follow as the file has them.
fn order<'a>(route: &'a Route, request_id: &str) -> Vec<&'a RouteTarget> {
    let mut entries: Vec<&RouteTarget> = route.targets.iter().collect();
    let total: u64 = entries.iter().filter_map(|entry| entry.weight).map(u64::from).sum();
    if total == 0 {
        return entries;
    }
    let mut hasher = DefaultHasher::new();
    request_id.hash(&mut hasher);
    let mut drawn = hasher.finish() % total;
    let first = entries.iter().position(|entry| {
        let weight = u64::from(entry.weight.unwrap_or(0));
        let hit = drawn < weight;
        drawn = drawn.saturating_sub(weight);
        hit
    });
    if let Some(first) = first {
        entries.get_mut(..=first).unwrap_or_default().rotate_right(1);
    }
    entries
}

impl Target {
    /// The credential's name, which is safe to store and log; empty where there is none.
    fn label(&self, credential: Option<usize>) -> &str {
        credential.and_then(|index| self.credentials.get(index)).map_or("", |credential| &credential.label)
    }
}

fn credentials(target: &Target) -> Vec<Option<usize>> {
    if target.credentials.is_empty() { vec![None] } else { (0..target.credentials.len()).map(Some).collect() }
}

fn not_allowed(model: &str) -> Refusal {
    Refusal::new(403, "model_not_allowed", format!("This key may not use the model `{}`.", shown(model)))
}

fn not_spoken(endpoint: Endpoint, model: &str) -> Refusal {
    let what = format!("No target that serves `{}` speaks `/v1{}`.", shown(model), endpoint.path());
    Refusal::new(400, "endpoint_not_supported", what)
}

/// The code of a refusal that another look in a moment may spare the client.
pub const NO_CREDENTIAL: &str = "credential_missing";

fn no_token() -> Refusal {
    let what = "The target's credential has not been fetched yet; try again in a second.";
    Refusal { retry_after: Some(1), ..Refusal::new(503, NO_CREDENTIAL, what) }
}

fn all_rest(left: Millis) -> Refusal {
    let seconds = left.div_ceil(1000).max(1);
    let what = format!("Every target of this model failed a moment ago and rests; try again in {seconds} s.");
    Refusal { retry_after: Some(seconds), ..Refusal::new(429, "targets_resting", what) }
}

fn unknown_model(gateway: &Gateway, caller: Caller<'_>, model: &str) -> Refusal {
    let mut close: Vec<(usize, String)> = gateway
        .model_names()
        .filter(|name| caller.may_use(name))
        .map(|name| (strsim::levenshtein(name, model), name.to_owned()))
        .filter(|(distance, name)| *distance <= 2.max(name.len() / 3))
        .collect();
    close.sort();
    close.dedup();
    let names: Vec<String> = close.into_iter().take(3).map(|(_, name)| format!("`{name}`")).collect();
    let hint = if names.is_empty() { String::new() } else { format!(" Did you mean {}?", names.join(", ")) };
    let what = format!("The model `{}` is not served here.{hint}", shown(model));
    Refusal::new(404, "model_not_found", what)
}

fn shown(model: &str) -> String {
    model.chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::gateway::When;
    use crate::glob::Globs;

    fn route(weights: &[Option<u32>]) -> Route {
        let target = |(target, weight): (usize, &Option<u32>)| RouteTarget { target, model: None, weight: *weight };
        Route {
            number: 0,
            models: Globs::new(["*"]).unwrap(),
            when: When::default(),
            targets: weights.iter().enumerate().map(target).collect(),
            redaction: None,
        }
    }

    fn firsts(route: &Route, target: usize) -> usize {
        (0..4000).filter(|id| order(route, &format!("request-{id}"))[0].target == target).count()
    }

    #[test]
    fn weights_share_the_first_attempts_and_leave_the_rest_in_order() {
        let route = route(&[Some(1), Some(3), Some(0)]);
        let share = firsts(&route, 1);
        assert!((2850..=3150).contains(&share), "{share} of 4000 should be about three quarters");
        assert_eq!(firsts(&route, 2), 0, "a target without weight only takes what others failed");
        let drawn = (0..4000).map(|id| order(&route, &format!("request-{id}"))).find(|order| order[0].target == 1);
        let drawn: Vec<usize> = drawn.unwrap().iter().map(|entry| entry.target).collect();
        assert_eq!(drawn, [1, 0, 2]);
    }

    #[test]
    fn a_request_is_drawn_the_same_way_each_time() {
        let route = route(&[Some(1), Some(1)]);
        let draw = |id: &str| order(&route, id)[0].target;
        assert!((0..100).all(|id| draw(&format!("{id}")) == draw(&format!("{id}"))));
    }

    #[test]
    fn without_weights_the_files_order_holds() {
        assert_eq!(firsts(&route(&[None, None]), 0), 4000);
    }
}
