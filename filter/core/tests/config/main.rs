//! What a configuration compiles to. What is accepted and refused, and in which words, is in `tests/vectors/config`.

#![expect(clippy::panic, reason = "a test may")]

mod mutations;

use dragoman_core::config::gateway::Way;
use dragoman_core::config::{self, Gateway, Problem};
use dragoman_core::endpoint::Endpoint;
use dragoman_core::provider::{Auth, PROVIDERS};
use serde_json::{Value, json};

fn env(name: &str) -> Option<String> {
    match name {
        "KEY" => Some("sk-canary-1".to_owned()),
        "KEY_2" => Some("sk-canary-2".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    }
}

#[track_caller]
fn compiled(json: &Value) -> Gateway {
    config::compile(&json.to_string(), &env)
        .unwrap_or_else(|problems| panic!("{}", problems.iter().map(Problem::to_string).collect::<String>()))
}

#[track_caller]
fn with_target(target: &Value) -> Gateway {
    compiled(&json!({"auth": {"anonymous": true}, "targets": {"a": target}}))
}

#[test]
fn one_target_and_no_route_serves_every_model() {
    let gateway = with_target(&json!({"provider": "local-engine"}));
    let [route] = &gateway.routes[..] else { panic!("one route") };
    assert!(route.models.matches("anything/at all"));
    assert_eq!((route.targets[0].target, &route.targets[0].model, route.targets[0].weight), (0, &None, None));
    assert_eq!(gateway.max_request_bytes, 32 << 20);
}

#[test]
fn each_provider_has_its_address_prefix_and_credential() {
    for (provider, base_url, authority, prefix, auth) in [
        ("openai", None, "api.openai.com", "/v1", Auth::Bearer),
        ("anthropic", None, "api.anthropic.com", "/v1", Auth::Header("x-api-key".into())),
        ("groq", None, "api.groq.com", "/openai/v1", Auth::Bearer),
        ("gemini", None, "generativelanguage.googleapis.com", "/v1beta", Auth::Header("x-goog-api-key".into())),
        ("ollama", None, "127.0.0.1:11434", "/v1", Auth::Bearer),
        ("local-engine", None, "127.0.0.1:8081", "/v1", Auth::Bearer),
        ("azure-openai", Some("https://x.openai.azure.com"), "x.openai.azure.com", "", Auth::Header("api-key".into())),
        ("custom", Some("https://x.example.com:8443"), "x.example.com:8443", "/v1", Auth::Bearer),
    ] {
        let mut target = json!({"provider": provider});
        if let Some(url) = base_url {
            target["base_url"] = url.into();
        }
        let gateway = with_target(&target);
        let target = &gateway.targets[0];
        let found = (target.authority.as_str(), target.prefix.as_str(), &target.auth);
        assert_eq!(found, (authority, prefix, &auth), "{provider}");
    }
}

#[test]
fn every_provider_compiles_with_an_address_of_ours() {
    for provider in PROVIDERS {
        let mut written = json!({"provider": provider.name, "base_url": "https://proxy.example.com/x/"});
        if provider.name.starts_with("vertex-") {
            written["project"] = "p".into();
        }
        let gateway = with_target(&written);
        let target = &gateway.targets[0];
        assert_eq!((target.origin.port, target.origin.tls), (443, true));
        assert!(target.prefix == "/x" || target.prefix.starts_with("/x/projects/p/"), "{}", target.prefix);
        assert_eq!(target.endpoints, provider.endpoints);
    }
}

#[test]
fn what_a_target_says_itself_comes_before_the_table() {
    let gateway = with_target(&json!({
        "provider": "custom", "base_url": "http://127.0.0.1:9", "include_usage": true, "endpoints": ["messages"],
        "auth": {"query": "key"}, "headers": {"X-Org": "o"}, "network": {"headers": {"x-team": "t"}}
    }));
    let target = &gateway.targets[0];
    assert!(target.include_usage);
    assert_eq!(target.endpoints, [Endpoint::Messages]);
    assert_eq!(target.auth, Auth::Query("key".into()));
    assert_eq!(target.headers, [("x-org".to_owned(), "o".to_owned()), ("x-team".to_owned(), "t".to_owned())]);
}

#[test]
fn azure_asks_for_an_api_version() {
    let azure = json!({"provider": "azure-openai", "base_url": "https://x.openai.azure.com"});
    assert_eq!(with_target(&azure).targets[0].query, "api-version=2024-10-21");
    let mut newer = azure;
    newer["api_version"] = "2025-01-01-preview".into();
    assert_eq!(with_target(&newer).targets[0].query, "api-version=2025-01-01-preview");
}

#[test]
fn a_location_names_the_host_and_stands_in_the_path() {
    for (location, host) in [
        (None, "aiplatform.googleapis.com"),
        (Some("us-east5"), "us-east5-aiplatform.googleapis.com"),
        (Some("eu"), "aiplatform.eu.rep.googleapis.com"),
    ] {
        let mut target = json!({"provider": "vertex-anthropic", "project": "p"});
        if let Some(location) = location {
            target["location"] = location.into();
        }
        let gateway = with_target(&target);
        let place = location.unwrap_or("global");
        assert_eq!(gateway.targets[0].authority, host);
        assert_eq!(gateway.targets[0].prefix, format!("/v1/projects/p/locations/{place}/publishers/anthropic"));
    }
}

#[test]
fn a_custom_target_speaks_the_format_that_it_names() {
    for (format, endpoint, auth) in [
        ("chat", Endpoint::Chat, Auth::Bearer),
        ("responses", Endpoint::Responses, Auth::Bearer),
        ("messages", Endpoint::Messages, Auth::Header("x-api-key".into())),
        ("gemini", Endpoint::GenerateContent, Auth::Header("x-goog-api-key".into())),
    ] {
        let gateway = with_target(&json!({"provider": "custom", "base_url": "https://x", "format": format}));
        let target = &gateway.targets[0];
        assert_eq!((target.way(endpoint), &target.auth), (Some(Way::Own), &auth), "{format}");
        let others = [Endpoint::Chat, Endpoint::Responses, Endpoint::Messages, Endpoint::GenerateContent];
        for other in others.into_iter().filter(|other| *other != endpoint) {
            assert_eq!(target.way(other), Some(Way::Translated(endpoint)), "{format}");
        }
    }
}

#[test]
fn a_gateway_keeps_its_fetched_credentials_apart_from_anothers() {
    let key = |name: &str, address: &str| {
        let target = json!({"provider": "vertex-gemini", "project": "p", "metadata_server": "http://127.0.0.1:9"});
        let file = json!({"auth": {"anonymous": true}, "listen": {"address": address}, "targets": {name: target}});
        compiled(&file).targets[0].tokens.as_ref().unwrap().key.clone()
    };
    assert_eq!(key("a", "127.0.0.1:1"), key("a", "127.0.0.1:1"));
    assert_ne!(key("a", "127.0.0.1:1"), key("b", "127.0.0.1:1"));
    assert_ne!(key("a", "127.0.0.1:1"), key("a", "127.0.0.1:2"));
}

#[test]
fn credentials_that_may_be_absent_fall_away_and_keep_their_labels() {
    let credentials = json!(["${env.KEY}", "${env.NOT_SET:=}", "${env.EMPTY:=}", "${env.KEY_2}"]);
    let gateway = with_target(&json!({"provider": "openai", "credentials": credentials}));
    let found: Vec<(&str, &str)> = gateway.targets[0]
        .credentials
        .iter()
        .map(|credential| (credential.secret.as_str(), credential.label.as_str()))
        .collect();
    assert_eq!(found, [("sk-canary-1", "a#0"), ("sk-canary-2", "a#3")]);
}

#[test]
fn a_required_credential_that_is_set_to_nothing_is_refused() {
    let file = json!({
        "auth": {"anonymous": true},
        "targets": {"a": {"provider": "openai", "credentials": ["${env.KEY}", "${env.EMPTY}"]}}
    });
    let problems = config::compile(&file.to_string(), &env).err().unwrap();
    assert!(
        problems[0].to_string().contains("credentials[1]: the environment variable EMPTY is empty"),
        "{problems:?}"
    );
}

#[test]
fn a_credential_does_not_show_in_debug_output() {
    let gateway = with_target(&json!({"provider": "openai", "credentials": "${env.KEY}"}));
    assert_eq!(format!("{:?}", gateway.targets[0].credentials), "[Credential(a#0)]");
}

#[test]
fn a_key_without_models_may_use_all_and_one_with_a_list_is_restricted() {
    let hash = |digit: &str| digit.repeat(64);
    let gateway = compiled(&json!({
        "auth": {"keys": [
            {"id": "a", "sha256": hash("1")},
            {"id": "b", "sha256": hash("2"), "models": ["gpt-*", "*"]},
            {"id": "c", "sha256": hash("A"), "models": "gpt-*", "tenant": "t"}
        ]},
        "targets": {"a": {"provider": "local-engine"}}
    }));
    let restricted: Vec<bool> = gateway.keys.iter().map(|key| key.restricted).collect();
    assert_eq!(restricted, [false, false, true]);
    assert_eq!((gateway.keys[0].tenant.as_str(), gateway.keys[2].tenant.as_str()), ("a", "t"));
    assert_eq!(gateway.keys[2].sha256, [0xaa; 32]);
}

#[test]
fn targets_aliases_and_routes_keep_the_order_of_the_file() {
    let gateway = compiled(&json!({
        "auth": {"anonymous": true},
        "aliases": {"z": "m", "a": "m"},
        "targets": {"z": {"provider": "ollama"}, "a": {"provider": "local-engine"}},
        "routes": [{"models": "m", "targets": ["a", "z"]}, {"targets": "z"}]
    }));
    assert_eq!(gateway.targets.iter().map(|target| target.name.as_str()).collect::<Vec<_>>(), ["z", "a"]);
    assert_eq!(gateway.aliases.iter().map(|(alias, _)| alias.as_str()).collect::<Vec<_>>(), ["z", "a"]);
    assert_eq!(gateway.routes[0].targets.iter().map(|target| target.target).collect::<Vec<_>>(), [1, 0]);
}

#[test]
fn a_clusters_name_changes_with_where_it_leads_and_with_nothing_else() {
    let cluster = |target: Value| {
        let gateway = compiled(&json!({"auth": {"anonymous": true}, "targets": {"a": target}}));
        gateway.targets[0].cluster.clone()
    };
    let one = cluster(json!({"provider": "vllm", "base_url": "http://127.0.0.1:1"}));
    assert!(one.starts_with("dragoman_a_"), "{one}");
    assert_eq!(cluster(json!({"provider": "vllm", "base_url": "http://127.0.0.1:1", "models": ["m"]})), one);
    assert_ne!(cluster(json!({"provider": "vllm", "base_url": "http://127.0.0.1:2"})), one);
    assert_ne!(cluster(json!({"provider": "vllm", "base_url": "https://127.0.0.1:1"})), one);
    let network = json!({"timeout": {"connect": "9s"}});
    assert_ne!(cluster(json!({"provider": "vllm", "base_url": "http://127.0.0.1:1", "network": network})), one);
}

#[test]
fn the_identity_names_the_text_and_not_the_secrets_in_it() {
    let file =
        json!({"auth": {"anonymous": true}, "targets": {"a": {"provider": "openai", "credentials": "${env.KEY}"}}});
    let identity = |text: &str, key: &str| {
        config::compile(text, &|_| Some(key.to_owned())).ok().map(|gateway| gateway.identity).unwrap()
    };
    let text = file.to_string();
    assert_eq!(identity(&text, "one"), identity(&format!(" {text}\n"), "two"));
    assert_ne!(identity(&text, "one"), identity(&text.replace("\"a\"", "\"b\""), "one"));
    assert_eq!(identity(&text, "one").len(), 16);
}
