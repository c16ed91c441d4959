//! `dragoman explain`: where a request would go, and why. Every answer is the core's own: the filter asks the same
//! functions. Nothing is sent, and credentials need not be set.

mod answer;

use std::path::PathBuf;

use clap::Args;
use dragoman_core::config::Gateway;
use dragoman_core::config::gateway::Key;
use dragoman_core::endpoint::Endpoint;
use dragoman_core::head::Head;
use dragoman_core::request::admit;
use dragoman_core::request::read::Ask;
use dragoman_core::request::route::{self, Caller};
use dragoman_core::resting::Resting;

use crate::load;
use answer::{Considered, Explanation, Refused, Use};

/// A request, as far as it decides where it goes.
#[derive(Args)]
pub struct Explain {
    /// The model that is asked for
    #[arg(long)]
    model: String,
    /// Who asks: the id of a key; without it, someone without a key
    #[arg(long, value_name = "ID")]
    key: Option<String>,
    /// What is called: chat, responses, messages, embeddings, …
    #[arg(long, default_value = "chat", value_parser = endpoint)]
    endpoint: Endpoint,
    /// A header of the request; may be given several times
    #[arg(long = "header", value_name = "NAME=VALUE", value_parser = header)]
    headers: Vec<(String, String)>,
    /// The request asks for a stream
    #[arg(long)]
    stream: bool,
    /// The request offers tools
    #[arg(long)]
    tools: bool,
    /// The request shows images
    #[arg(long)]
    images: bool,
    /// The length of the request's body
    #[arg(long, default_value_t = 0)]
    bytes: usize,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
    /// The configuration
    #[arg(default_value = "dragoman.yaml")]
    file: PathBuf,
}

fn endpoint(name: &str) -> Result<Endpoint, String> {
    Endpoint::ALL.into_iter().find(|endpoint| endpoint.name() == name).ok_or_else(|| {
        let names: Vec<&str> = Endpoint::ALL.iter().map(|endpoint| endpoint.name()).collect();
        format!("there is {}", names.join(", "))
    })
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.to_ascii_lowercase(), value.to_owned()))
}

impl Explain {
    /// The answer, and whether the request would be served. An error is wrong usage.
    pub fn answer(&self) -> Result<(String, bool), String> {
        let explanation = self.explained()?;
        let text = if self.json { format!("{:#}\n", serde_json::json!(explanation)) } else { explanation.to_string() };
        Ok((text, explanation.refusal.is_none()))
    }

    fn explained(&self) -> Result<Explanation, String> {
        let loaded = load::load(&self.file).map_err(|error| error.to_string())?;
        let reading = loaded.read_with(&loaded.elsewhere());
        let Some(gateway) = &reading.gateway else {
            let file = self.file.display();
            return Err(format!("{file} has errors; `dragoman check {file}` shows them"));
        };
        self.of(gateway)
    }

    /// Explains by a gateway.
    fn of(&self, gateway: &Gateway) -> Result<Explanation, String> {
        let key = self.key(gateway)?;
        let pairs: Vec<(&[u8], &[u8])> =
            self.headers.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
        let unmet = admit::unmet(gateway, &Head(&pairs));
        let caller = Caller { key, endpoint: self.endpoint, unmet: &unmet, request_id: "" };
        let ask = self.ask();
        let plan = route::route(gateway, caller, &ask, &Resting::default(), 0);
        let model = gateway.resolve(&self.model);
        let taken = gateway.routes.iter().position(|route| route.takes(model, &caller, &ask));
        let considered = &gateway.routes[..taken.map_or(gateway.routes.len(), |taken| taken + 1)];
        Ok(Explanation {
            model: self.model.clone(),
            alias_of: (model != self.model).then(|| model.to_owned()),
            key: key.map(|key| key.id.clone()),
            tenant: key.map(|key| key.tenant.clone()),
            endpoint: self.endpoint,
            routes: considered.iter().map(|route| Considered::new(route, model, &caller, &ask)).collect(),
            targets: match taken.and_then(|taken| gateway.routes.get(taken)) {
                Some(route) => {
                    route.targets.iter().map(|entry| Use::new(gateway, route, entry, model, &caller)).collect()
                }
                None => Vec::new(),
            },
            refusal: plan.err().map(|refusal| Refused {
                status: refusal.status,
                code: refusal.code,
                message: refusal.message,
            }),
        })
    }

    fn key<'g>(&self, gateway: &'g Gateway) -> Result<Option<&'g Key>, String> {
        let ids = || gateway.keys.iter().map(|key| key.id.as_str()).collect::<Vec<_>>().join(", ");
        match &self.key {
            None if gateway.anonymous => Ok(None),
            None => Err(format!("callers without a key are refused; add --key with one of {}", ids())),
            Some(id) => {
                let found = gateway.keys.iter().find(|key| key.id == *id);
                found.map(Some).ok_or_else(|| format!("there is no key {id}; there is {}", ids()))
            }
        }
    }

    fn ask(&self) -> Ask {
        Ask {
            model: self.model.clone(),
            stream: self.stream,
            bytes: self.bytes,
            tools: self.tools,
            images: self.images,
            may_hold_seal: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::Parser;

    use super::*;

    const FILE: &str = r#"
auth:
  keys:
    - {id: alice, tenant: search, sha256: "1111111111111111111111111111111111111111111111111111111111111111"}
    - {id: bob, sha256: "2222222222222222222222222222222222222222222222222222222222222222", models: ["gpt-*", fast, llama3]}
aliases: {fast: gpt-mini}
targets:
  openai: {provider: openai, credentials: ["${env.EXPLAIN_A}", "${env.EXPLAIN_B}"]}
  claude: {provider: anthropic, credentials: "${env.EXPLAIN_C}"}
  local: {provider: local-engine}
routes:
  - {models: ["gpt-*"], when: {stream: true, header: {x-team: "red"}}, targets: local}
  - {models: ["gpt-*"], targets: [openai, {target: claude, model: claude-sonnet}, {target: local, model: tiny}]}
  - {models: ["ollama/*"], targets: [{target: local, model: "$1"}]}
"#;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        explain: Explain,
    }

    fn explain(line: &str) -> Result<Explanation, String> {
        let words = std::iter::once("explain").chain(line.split_whitespace());
        let loaded = load::load_text(Path::new("dragoman.yaml"), FILE).unwrap();
        let reading = loaded.read_with(&loaded.elsewhere());
        Line::parse_from(words).explain.of(&reading.gateway.unwrap())
    }

    #[test]
    fn it_says_which_route_takes_a_request_and_what_its_targets_are_asked() {
        let text = explain("--model gpt-4o --key alice").unwrap().to_string();
        let wanted = "alice (tenant search) asks for gpt-4o at chat
  routes[0] wants certain values of x-team
  routes[1] takes it
    → openai as gpt-4o, with 2 credentials in turn
    → claude as claude-sonnet, translated to messages, with its credential
    → local as tiny, without a credential
";
        assert_eq!(text, wanted);
    }

    #[test]
    fn conditions_are_those_of_the_request() {
        let explanation = explain("--model gpt-4o --key alice --stream --header X-Team=red").unwrap();
        assert_eq!(explanation.routes.len(), 1);
        let explanation = explain("--model gpt-4o --key alice --header X-Team=red").unwrap();
        assert_eq!(explanation.routes[0].because.as_deref(), Some("is for requests with a stream"));
    }

    #[test]
    fn it_says_what_a_key_may_not_use() {
        let text = explain("--model fast --key bob").unwrap().to_string();
        assert!(text.contains("fast is an alias of gpt-mini"), "{text}");
        assert!(text.contains("✗ local as tiny: this key may not use that model"), "{text}");
        let refused = explain("--model claude-3 --key bob").unwrap().refusal.unwrap();
        assert_eq!((refused.status, refused.code), (403, "model_not_allowed"));
    }

    #[test]
    fn a_request_that_no_route_takes_is_refused_with_every_reason() {
        let explanation = explain("--model qwen --key alice").unwrap();
        assert_eq!(explanation.refusal.as_ref().map(|refused| refused.status), Some(404));
        assert!(explanation.targets.is_empty());
        assert!(explanation.to_string().contains("routes[2] takes ollama/*"), "{explanation}");
    }

    #[test]
    fn captures_become_part_of_the_model() {
        let explanation = explain("--model ollama/llama3 --key alice").unwrap();
        assert_eq!(explanation.targets[0].model, "llama3");
    }

    #[test]
    fn an_unknown_key_is_wrong_usage_and_so_is_none_where_one_is_needed() {
        assert!(explain("--model gpt-4o --key carol").is_err_and(|what| what.contains("alice, bob")));
        assert!(explain("--model gpt-4o").is_err_and(|what| what.contains("--key")));
    }

    #[test]
    fn what_is_explained_is_what_the_filter_would_do() {
        for model in ["gpt-4o", "fast", "claude-3", "ollama/x", "ollama/llama3", "nothing"] {
            for key in ["alice", "bob"] {
                for endpoint in ["chat", "messages", "responses", "rerank"] {
                    let explanation = explain(&format!("--model {model} --key {key} --endpoint {endpoint}")).unwrap();
                    let used = explanation.targets.iter().any(|target| target.used);
                    // Whoever may not name a model learns nothing of its route.
                    let barred = explanation.refusal.as_ref().is_some_and(|refused| refused.status == 403);
                    assert!(used != explanation.refusal.is_some() || barred, "{explanation}");
                }
            }
        }
    }
}
