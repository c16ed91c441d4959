//! Whatever a configuration says, it compiles or is refused in words, and no secret is among them: files that are made up,
//! and valid ones with something put anywhere in them.

use dragoman_core::config;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{compiled, env};

/// The keys and values that files are made of: mutations built from them come close to valid files.
const WORDS: &[&str] = &[
    "version",
    "listen",
    "address",
    "auth",
    "keys",
    "anonymous",
    "targets",
    "provider",
    "credentials",
    "routes",
    "models",
    "when",
    "endpoint",
    "header",
    "network",
    "tls",
    "verify",
    "timeout",
    "limits",
    "passthrough",
    "path",
    "methods",
    "openai",
    "custom",
    "local",
    "chat",
    "GET",
    "*",
    "gpt-*",
    "$1",
    "${env.KEY}",
    "${env.NOT_SET}",
    "${env.KEY:=}",
    "${",
    "${file:/x}",
    "https://x/../y",
    "http://[::1]:1",
    "/v1/*",
    "32MiB",
    "5s",
    "18446744073709551615GiB",
    "",
    "\u{0}",
    "é",
];

fn any_json() -> impl Strategy<Value = Value> {
    let word = prop_oneof![4 => prop::sample::select(WORDS).prop_map(str::to_owned), 1 => ".{0,12}"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((word.clone(), inner), 0..5).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// A valid file with something in it.
fn full_file() -> Value {
    json!({
        "version": 1,
        "listen": {"address": "127.0.0.1:8080", "tls": {"cert": "/c", "key": "/k"}},
        "auth": {"keys": [{"id": "a", "tenant": "t", "sha256": "1".repeat(64), "models": ["gpt-*"]}], "anonymous": true},
        "aliases": {"fast": "gpt-4o"},
        "targets": {
            "own": {
                "provider": "custom", "base_url": "https://x.example.com/v1", "credentials": ["${env.KEY}"],
                "auth": {"header": "x-key"}, "endpoints": ["chat"], "forward_headers": {"a": "x-a"},
                "network": {"tls": {"ca": "/ca"}, "timeout": {"connect": "1s"}, "proxy": {"url": "http://p:1"}}
            },
            "local": {"provider": "local-engine", "models": ["tiny"]}
        },
        "routes": [
            {"models": ["gpt-*"], "when": {"header": {"x-a": "b*"}, "max_prompt_bytes": "1KiB"},
             "targets": [{"target": "own", "model": "$1", "weight": 1}, {"target": "local", "weight": 0}]},
            {"targets": "local"}
        ],
        "passthrough": [{"path": "/v1/files/*", "target": "own", "methods": ["GET"]}],
        "limits": {"max_request_bytes": "1MiB"}, "timeouts": {"idle": 5}, "log": {"access": "off"}
    })
}

#[test]
fn the_file_that_is_mutated_is_valid() {
    compiled(&full_file());
}

/// Every place in a tree, as JSON pointers.
fn places(tree: &Value) -> Vec<String> {
    fn walk(tree: &Value, at: &str, out: &mut Vec<String>) {
        out.push(at.to_owned());
        match tree {
            Value::Array(list) => {
                list.iter().enumerate().for_each(|(index, item)| walk(item, &format!("{at}/{index}"), out));
            }
            Value::Object(map) => map.iter().for_each(|(key, value)| walk(value, &format!("{at}/{key}"), out)),
            _ => {}
        }
    }
    let mut out = Vec::new();
    walk(tree, "", &mut out);
    out
}

fn cases() -> u32 {
    if std::env::var_os("CI").is_some() { 10_000 } else { 500 }
}

/// Compiles, and checks what must hold of every outcome.
fn check(text: &str) -> Result<(), TestCaseError> {
    let reading = config::read(text, &env);
    let errors = reading.problems.iter().any(|problem| problem.severity == config::Severity::Error);
    prop_assert_eq!(reading.gateway.is_none(), errors, "an error and a gateway, or neither");
    for problem in &reading.problems {
        let said = problem.to_string();
        prop_assert!(!said.contains("sk-canary"), "a secret is shown: {}", said);
        prop_assert!(!problem.what.is_empty() && !problem.mend.is_empty(), "{:?}", problem);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn any_json_compiles_or_is_refused(json in any_json()) {
        check(&json.to_string())?;
    }

    #[test]
    fn any_text_compiles_or_is_refused(text in ".{0,200}") {
        check(&text)?;
    }

    #[test]
    fn a_valid_file_with_anything_put_anywhere_compiles_or_is_refused(
        swaps in prop::collection::vec((any::<prop::sample::Index>(), any_json()), 1..4)
    ) {
        let mut file = full_file();
        for (place, json) in swaps {
            let places = places(&file);
            if let Some(value) = file.pointer_mut(place.get(&places).as_str()) {
                *value = json;
            }
        }
        check(&file.to_string())?;
    }

    #[test]
    fn a_secret_put_anywhere_is_shown_nowhere(place in any::<prop::sample::Index>()) {
        let mut file = full_file();
        let places = places(&file);
        if let Some(value) = file.pointer_mut(place.get(&places).as_str()) {
            *value = "${env.KEY}".into();
        }
        check(&file.to_string())?;
    }
}
