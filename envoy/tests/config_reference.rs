//! What is written about configuration is true: the committed schema is the one the types make, it takes every file that
//! the command takes, and the tables of the reference hold every key and every provider. `BLESS=1` writes them anew.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test may")]

use std::fs;
use std::path::{Path, PathBuf};

use dragoman::{load, schema};
use dragoman_core::provider::{Auth, PROVIDERS};
use serde_json::Value;

#[test]
fn the_committed_schema_is_the_one_the_types_make() {
    agree(&here("dragoman.schema.json"), &schema::text());
}

#[test]
fn the_schema_takes_every_file_that_the_command_takes() {
    let validator = validator();
    for file in vectors("accept") {
        let errors: Vec<String> = validator.iter_errors(&content(&file)).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", file.display());
    }
}

#[test]
fn the_schema_refuses_what_has_the_wrong_shape() {
    let validator = validator();
    for name in
        ["unknown_key", "unknown_key_below", "misfits", "empty_section", "targets_missing", "endpoint_unknown", "size"]
    {
        let file = here("../tests/vectors/config/reject").join(name).with_extension("yaml");
        assert!(!validator.is_valid(&content(&file)), "{name}");
    }
}

#[test]
fn the_reference_holds_every_key_and_every_provider() {
    let file = here("../README.md");
    let text = fs::read_to_string(&file).unwrap();
    let text = filled(&text, "providers", &providers());
    let text = filled(&text, "keys", &keys());
    agree(&file, &text);
}

#[test]
fn the_examples_of_the_reference_are_accepted() {
    let text = fs::read_to_string(here("../README.md")).unwrap();
    let examples: Vec<&str> = text.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(examples.len(), 3);
    for example in examples {
        let example = example.replace("${file:/run/secrets/anthropic}", "${env.ANTHROPIC_API_KEY}");
        let loaded = load::load_text(Path::new("dragoman.yaml"), &example).unwrap();
        let reading = loaded.read_with(&|name| Some(format!("value of {name}").replace(' ', "-")));
        assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    }
}

fn validator() -> jsonschema::Validator {
    jsonschema::validator_for(&serde_json::from_str(&schema::text()).unwrap()).unwrap()
}

fn content(file: &Path) -> Value {
    let loaded = load::load(file).unwrap_or_else(|error| panic!("{error}"));
    serde_json::from_str(&loaded.json).unwrap()
}

fn vectors(folder: &str) -> Vec<PathBuf> {
    let folder = here("../tests/vectors/config").join(folder);
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn agree(file: &Path, text: &str) {
    if std::env::var_os("BLESS").is_some() {
        fs::write(file, text).unwrap();
    }
    let committed = fs::read_to_string(file).unwrap_or_default();
    assert!(committed == text, "{} is out of date: run this test with BLESS=1", file.display());
}

/// The text with a table put between the marks of this name.
fn filled(text: &str, name: &str, table: &str) -> String {
    let (before, rest) = text.split_once(&format!("<!-- {name}:")).unwrap();
    let (mark, rest) = rest.split_once('\n').unwrap();
    let (_, after) = rest.split_once(&format!("<!-- /{name} -->")).unwrap();
    format!("{before}<!-- {name}:{mark}\n{table}<!-- /{name} -->{after}")
}

fn providers() -> String {
    let mut table = "| provider | address | credential | endpoints |\n|---|---|---|---|\n".to_owned();
    for provider in PROVIDERS {
        let address = match provider.origin {
            Some(origin) => format!("`{origin}{}`", provider.prefix),
            None if provider.prefix.is_empty() => "`base_url`".to_owned(),
            None => format!("`base_url`, `{}` if it has no path", provider.prefix),
        };
        let auth = match &provider.auth {
            Auth::Bearer => "`authorization: Bearer`".to_owned(),
            Auth::Header(name) => format!("`{name}`"),
            Auth::Query(name) => format!("query `{name}`"),
        };
        let endpoints: Vec<&str> = provider.endpoints.iter().map(|endpoint| endpoint.name()).collect();
        table += &format!("| `{}` | {address} | {auth} | {} |\n", provider.name, endpoints.join(", "));
    }
    table
}

fn keys() -> String {
    let schema: Value = serde_json::from_str(&schema::text()).unwrap();
    let mut rows = Vec::new();
    rows_of(&schema, &schema, "", &mut rows);
    let rows: String = rows.into_iter().flat_map(|row| [row, "\n".to_owned()]).collect();
    format!("| key | what it says |\n|---|---|\n{rows}")
}

/// A row for each key of a schema, in the order of the schema, deepest first below its own.
fn rows_of(node: &Value, root: &Value, path: &str, rows: &mut Vec<String>) {
    for (key, property) in node["properties"].as_object().into_iter().flatten() {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let description = description(property, node, root).replace('\n', " ").replace('|', "\\|");
        rows.push(format!("| `{path}` | {description} |"));
        below(property, root, &path, rows);
    }
}

/// Follows a property to the keys below it. Where one value or a list of it may stand, the list is enough.
fn below(property: &Value, root: &Value, path: &str, rows: &mut Vec<String>) {
    let node = resolved(property, root);
    if node.get("properties").is_some() {
        rows_of(node, root, path, rows);
    }
    if let Some(items) = node.get("items") {
        below(items, root, &format!("{path}[]"), rows);
    }
    if let Some(values) = node.get("additionalProperties").filter(|values| values.is_object()) {
        below(values, root, &format!("{path}.*"), rows);
    }
    let sides: Vec<&Value> = ["anyOf", "oneOf"].iter().flat_map(|key| node[*key].as_array()).flatten().collect();
    let list = sides.iter().find(|side| side.get("items").is_some());
    for side in list.map_or(&sides[..], std::slice::from_ref) {
        below(side, root, path, rows);
    }
}

fn resolved<'s>(node: &'s Value, root: &'s Value) -> &'s Value {
    match node["$ref"].as_str().and_then(|path| path.strip_prefix('#')) {
        Some(pointer) => root.pointer(pointer).unwrap(),
        None => node,
    }
}

/// What is said of a property, or of what it holds, or (a choice with one property) of the whole.
fn description<'s>(property: &'s Value, node: &'s Value, root: &'s Value) -> &'s str {
    let said = [property, resolved(property, root), node];
    said.iter().find_map(|node| node["description"].as_str()).unwrap_or_default()
}
