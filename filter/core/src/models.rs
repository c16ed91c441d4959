//! `GET /v1/models`: what this caller may ask for, in the shape of its SDK (Google's clients, who ask
//! elsewhere, read OpenAI's). Names come from the configuration alone:
//! nothing is asked of any target.

use crate::config::Gateway;
use crate::endpoint::Dialect;
use crate::json;
use crate::refusal::{LocalReply, Refusal};

/// Lists the models, or shows one.
pub(crate) fn reply(
    gateway: &Gateway,
    may_use: impl Fn(&str) -> bool,
    one: Option<&str>,
    dialect: Dialect,
) -> Result<LocalReply, Refusal> {
    let mut names: Vec<&str> = gateway.model_names().filter(|name| may_use(name)).collect();
    names.sort_unstable();
    names.dedup();
    let body = match one {
        Some(wanted) => match names.iter().find(|name| **name == wanted) {
            Some(name) => entry(name, dialect),
            None => {
                return Err(Refusal::new(404, "model_not_found", "This model is not listed here."));
            }
        },
        None => list(&names, dialect),
    };
    Ok(LocalReply { status: 200, headers: vec![("content-type", "application/json".to_owned())], body })
}

fn list(names: &[&str], dialect: Dialect) -> String {
    let data: Vec<String> = names.iter().map(|name| entry(name, dialect)).collect();
    let data = data.join(",");
    match dialect {
        Dialect::OpenAi | Dialect::Google => format!(r#"{{"object":"list","data":[{data}]}}"#),
        Dialect::Anthropic => {
            let id = |name: Option<&&str>| name.map_or("null".to_owned(), |name| json::quote(name));
            let (first, last) = (id(names.first()), id(names.last()));
            format!(r#"{{"data":[{data}],"has_more":false,"first_id":{first},"last_id":{last}}}"#)
        }
    }
}

fn entry(name: &str, dialect: Dialect) -> String {
    let id = json::quote(name);
    match dialect {
        Dialect::OpenAi | Dialect::Google => {
            format!(r#"{{"id":{id},"object":"model","created":0,"owned_by":"dragoman"}}"#)
        }
        Dialect::Anthropic => {
            format!(r#"{{"type":"model","id":{id},"display_name":{id},"created_at":"1970-01-01T00:00:00Z"}}"#)
        }
    }
}

impl Gateway {
    /// Every model name that the configuration states: aliases, routes without wildcards, and what targets list.
    pub fn model_names(&self) -> impl Iterator<Item = &str> {
        let aliases = self.aliases.iter().map(|(alias, _)| alias.as_str());
        let routed = self.routes.iter().flat_map(|route| route.models.literals());
        // A target's model is listed where a route would take its name to that target as it is.
        let listed = self.routes.iter().flat_map(move |route| {
            let plain = route.targets.iter().filter(|entry| entry.model.is_none());
            let targets = plain.filter_map(|entry| self.targets.get(entry.target));
            targets.flat_map(|target| &target.models).map(String::as_str).filter(|name| route.models.matches(name))
        });
        aliases.chain(routed).chain(listed)
    }

    /// The model that a name stands for.
    pub fn resolve<'a>(&'a self, name: &'a str) -> &'a str {
        self.aliases.iter().find(|(alias, _)| alias == name).map_or(name, |(_, model)| model)
    }
}
