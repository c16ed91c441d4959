//! `routes` and `aliases`: which request goes where.

use indexmap::IndexMap;

use super::auth::globs;
use super::{dead, flaw_of_name, headers, redaction};
use crate::config::file::{self, File};
use crate::config::gateway::{Route, RouteTarget, Target, When};
use crate::config::problem::{Path, Problems};
use crate::config::spelling::{either, nearest};
use crate::glob::{Globs, highest_capture};
use crate::provider::Addressing;

/// Compiles the routes. None written and one target: every model goes there.
pub(super) fn compile(file: &File, targets: &[Target], problems: &mut Problems) -> Vec<Route> {
    let at = Path::root().key("routes");
    if file.routes.is_empty() {
        return match targets {
            [_] => vec![everything_to_the_first()],
            [] => Vec::new(),
            [first, ..] => {
                let mend = format!("add `routes: [{{models: [\"*\"], targets: [{}]}}]`", first.name);
                problems.error(&at, "there are several targets and no route", mend);
                Vec::new()
            }
        };
    }
    let mut routes: Vec<Route> = Vec::new();
    for (number, route) in file.routes.iter().enumerate() {
        let at = at.index(number);
        let Some(route) = one(number, route, file, targets, &at, problems) else {
            continue;
        };
        dead::check(&routes, &route, &at, problems);
        routes.push(route);
    }
    routes
}

fn everything_to_the_first() -> Route {
    Route {
        number: 0,
        models: Globs::new(["*"]).unwrap_or_default(),
        when: When::default(),
        targets: vec![RouteTarget { target: 0, model: None, weight: None }],
        redaction: None,
    }
}

fn one(
    number: usize,
    route: &file::Route,
    file: &File,
    targets: &[Target],
    at: &Path,
    problems: &mut Problems,
) -> Option<Route> {
    let policy = redaction::find(route.redaction.as_ref(), file, at, problems);
    let models = globs(&at.key("models"), &route.models, problems);
    let when = when(&route.when, &at.key("when"), problems);
    let at = at.key("targets");
    if route.targets.is_empty() {
        problems.error(&at, "the list is empty", "name a target");
    }
    let models = models?;
    let mut compiled: Vec<RouteTarget> = Vec::new();
    for (index, written) in route.targets.iter().enumerate() {
        let place = at.index(index);
        let Some(target) = route_target(written, &models, &when, targets, &place, problems) else {
            continue;
        };
        if compiled.iter().any(|other| other.target == target.target && other.model == target.model) {
            problems.error(&place, "the same target and model stand here twice", "remove one");
        }
        compiled.push(target);
    }
    check_weights(&compiled, &at, problems);
    Some(Route { number, models, when, targets: compiled, redaction: policy })
}

fn route_target(
    written: &file::RouteTarget,
    models: &Globs,
    when: &When,
    targets: &[Target],
    at: &Path,
    problems: &mut Problems,
) -> Option<RouteTarget> {
    let names = || targets.iter().map(|target| target.name.as_str());
    let Some(index) = names().position(|name| name == written.target) else {
        let mend = match nearest(&written.target, names()) {
            Some(name) => format!("write `{name}`"),
            None => format!("add it under `targets`, or write {}", either(names())),
        };
        problems.error(at, format!("there is no target `{}`", written.target), mend);
        return None;
    };
    let target = targets.get(index)?;
    if !when.endpoints.is_empty() && !when.endpoints.iter().any(|endpoint| target.way(*endpoint).is_some()) {
        let what = format!("`{}` serves none of this route's endpoints", written.target);
        let serves = either(target.endpoints.iter().map(|endpoint| endpoint.name()));
        problems.error(at, what, format!("remove it, or the condition: it serves {serves}"));
    }
    if let Some(model) = &written.model {
        check_model(model, models, target, &at.key("model"), problems);
    }
    Some(RouteTarget { target: index, model: written.model.clone(), weight: written.weight })
}

fn check_model(model: &str, models: &Globs, target: &Target, at: &Path, problems: &mut Problems) {
    if let Some(flaw) = flaw_of_name(model) {
        let in_path = target.provider.addressing != Addressing::Body;
        if in_path || !matches!(model, "." | "..") {
            let what = format!("this cannot be a model's name: {flaw}");
            problems.error(at, what, "write the name as the target knows it");
        }
    }
    let wanted = highest_capture(model);
    for glob in models.iter().filter(|glob| glob.stars() < wanted) {
        let what =
            format!("`${wanted}` is what the {} `*` matched, and `{glob}` has {}", ordinal(wanted), glob.stars());
        problems.error(at, what, "count the stars, or give that glob a route of its own");
    }
}

fn ordinal(number: usize) -> String {
    match number {
        1 => "first".to_owned(),
        2 => "second".to_owned(),
        3 => "third".to_owned(),
        _ => format!("{number}th"),
    }
}

fn check_weights(targets: &[RouteTarget], at: &Path, problems: &mut Problems) {
    let weighted = targets.iter().filter(|target| target.weight.is_some()).count();
    if weighted == 0 {
        return;
    }
    if weighted < targets.len() {
        let mend = "give each a weight (0 takes only what others failed), or none";
        problems.error(at, "some targets have a weight and some have none", mend);
    }
    let weights = || targets.iter().enumerate().filter_map(|(index, target)| Some((index, target.weight?)));
    if weights().all(|(_, weight)| weight == 0) {
        problems.error(at, "all weights are 0, so no target is ever drawn", "give one a weight of 1 or more");
    }
    for (index, weight) in weights().filter(|(_, weight)| *weight > 1_000_000) {
        let what = format!("{weight} is out of range");
        problems.error(&at.index(index).key("weight"), what, "write 0 to 1000000");
    }
}

fn when(when: &file::When, at: &Path, problems: &mut Problems) -> When {
    let mut headers = Vec::new();
    for (name, values) in &when.header {
        let at = at.key("header").key(name);
        match headers::token(name) {
            Some(name) => {
                if let Some(values) = globs(&at, values, problems) {
                    headers.push((name, values));
                }
            }
            None => problems.error(&at, "this is no header name", "write one such as `x-team`"),
        }
    }
    if when.max_prompt_bytes.is_some_and(|most| most.0 == 0) {
        problems.error(&at.key("max_prompt_bytes"), "no request is that short", "write 1 or more");
    }
    When {
        endpoints: when.endpoint.to_vec(),
        headers,
        tools: when.tools,
        images: when.images,
        max_prompt_bytes: when.max_prompt_bytes.map(|most| usize::try_from(most.0).unwrap_or(usize::MAX)),
        stream: when.stream,
    }
}

/// Compiles the aliases. They are applied once, so one may not lead to another.
pub(super) fn aliases(
    written: &IndexMap<String, String>,
    routes: &[Route],
    problems: &mut Problems,
) -> Vec<(String, String)> {
    for (alias, model) in written {
        let at = Path::root().key("aliases").key(alias);
        for (what, name) in [("an alias", alias), ("a model's name", model)] {
            if let Some(flaw) = flaw_of_name(name) {
                problems.error(&at, format!("this cannot be {what}: {flaw}"), "write a name");
            }
        }
        if alias == model {
            problems.error(&at, "the alias leads to itself", "remove it");
        } else if let Some(next) = written.get(model) {
            let what = format!("`{model}` is an alias too, and aliases are applied once");
            problems.error(&at, what, format!("write `{next}`"));
        } else if !routes.is_empty() && !routes.iter().any(|route| route.models.matches(model)) {
            let what = format!("no route takes `{model}`");
            problems.error(&at, what, "add a route for it, or write a model that has one");
        }
        for route in routes.iter().filter(|route| route.models.literals().any(|name| name == alias)) {
            let what = format!("`{alias}` never reaches a route by that name: the alias turns it into `{model}`");
            let at = Path::root().key("routes").index(route.number).key("models");
            problems.warning(&at, what, "remove it from the route, or remove the alias");
        }
    }
    written.iter().map(|(alias, model)| (alias.clone(), model.clone())).collect()
}
