//! What `dragoman render compose` writes, and what it refuses. That containers run from it is `examples/compose/smoke`'s.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

const CANARY: &str = "canary-0123456789abcdef0123456789";

/// How the example was rendered.
const RENDERED: [&str; 5] = ["--build", "../..", "--concurrency", "2", "../quickstart/dragoman.yaml"];

fn compose(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dragoman"));
    command.args(["render", "compose"]).args(arguments).current_dir(folder);
    command.env("CANARY", CANARY).env_remove("NOT_SET").output().unwrap()
}

/// A folder with this configuration, and what is rendered for it there.
fn rendered(config: &Value, arguments: &[&str]) -> (TempDir, Result<Value, String>) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("models.yaml"), "{name: m, parameters: {model: m.gguf}}").unwrap();
    fs::write(folder.path().join("m.gguf"), "").unwrap();
    fs::write(folder.path().join("secret"), CANARY).unwrap();
    fs::write(folder.path().join("dragoman.yaml"), config.to_string()).unwrap();
    let output = compose(folder.path(), arguments);
    let (text, said) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(!text.contains("canary") && !said.contains("canary"), "{text}{said}");
    let parsed = output.status.success().then(|| serde_saphyr::from_str(&text).unwrap());
    (folder, parsed.ok_or(said))
}

fn gateway(config: &Value, arguments: &[&str]) -> Value {
    rendered(config, arguments).1.unwrap()["services"]["gateway"].clone()
}

fn open(target: &Value) -> Value {
    json!({"auth": {"anonymous": true}, "targets": {"a": target}})
}

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/compose")
}

#[test]
fn the_example_is_what_is_rendered_for_the_quickstart() {
    let output = compose(&example(), &RENDERED);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let file = example().join("compose.yaml");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&file, &output.stdout).unwrap();
    }
    let same = fs::read(&file).unwrap_or_default() == output.stdout;
    assert!(same, "{} is out of date: run this test with BLESS=1", file.display());
}

#[test]
fn the_examples_readme_says_how_it_was_rendered_and_asks_what_the_quickstart_does() {
    let readme = fs::read_to_string(example().join("README.md")).unwrap();
    assert!(readme.contains(&format!("\ndragoman render compose {} > compose.yaml\n", RENDERED.join(" "))));
    let printed = Command::new(example().join("../quickstart/ask")).arg("--print").output().unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap().replace("dragoman-demo-key", "dragoman-masked-key");
    assert!(readme.contains(&printed), "{printed}");
}

#[test]
fn the_example_builds_what_dev_leaves_and_its_ignore_file_lets_through() {
    let dockerfile = fs::read_to_string(example().join("Dockerfile")).unwrap();
    let ignored = fs::read_to_string(example().join("../../.dockerignore")).unwrap();
    let copied = dockerfile.lines().filter_map(|line| line.strip_prefix("COPY target/")?.split(' ').next());
    let mut copied: Vec<&str> = copied.collect();
    let mut let_through: Vec<&str> = ignored.lines().filter_map(|line| line.strip_prefix("!target/")).collect();
    copied.sort_unstable();
    let_through.sort_unstable();
    assert_eq!(copied, let_through);
    assert!(copied.len() == 4 && ignored.lines().any(|line| line == "*"), "{ignored}");
}

#[test]
fn secrets_are_passed_through_by_name() {
    let config = open(&json!({"provider": "openai", "credentials": ["${env.CANARY}", "${env.NOT_SET:=}"]}));
    assert_eq!(gateway(&config, &[])["environment"], json!(["CANARY", "NOT_SET"]));
    let unset = open(&json!({"provider": "openai", "credentials": "${env.NOT_SET}"}));
    assert_eq!(gateway(&unset, &[])["environment"], json!(["NOT_SET"]));
}

#[test]
fn an_engine_lets_in_the_credentials_of_its_target_and_is_told_no_other_secret() {
    let mut config = open(
        &json!({"provider": "local-engine", "serve": "models.yaml", "credentials": ["${env.CANARY}", "${env.NOT_SET:=}"]}),
    );
    config["targets"]["b"] = json!({"provider": "openai", "credentials": "${env.OTHER}"});
    config["routes"] = json!([{"targets": ["a", "b"]}]);
    let (_folder, file) = rendered(&config, &[]);
    let file = file.unwrap();
    let engine = &file["services"]["engine-a"];
    assert_eq!(engine["environment"]["LOCAL_ENGINE_API_KEYS"], "${CANARY:-}\n${NOT_SET:-}\n");
    assert_eq!(engine["environment"].as_object().unwrap().len(), 2);
    assert_eq!(file["services"]["gateway"]["environment"], json!(["CANARY", "NOT_SET", "OTHER"]));
}

#[test]
fn an_engine_can_serve_the_folder_of_the_configuration_and_what_lies_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    fs::write(folder.path().join("b.gguf"), "").unwrap();
    fs::write(inner.join("b.yml"), "{name: b, parameters: {model: ../b.gguf}}").unwrap();
    fs::write(inner.join("dragoman.yaml"), open(&json!({"provider": "local-engine", "serve": "."})).to_string())
        .unwrap();
    let output = compose(&inner, &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let file: Value = serde_saphyr::from_str(&String::from_utf8(output.stdout).unwrap()).unwrap();
    let volumes = file["services"]["engine-a"]["volumes"].as_array().unwrap();
    let pairs: Vec<_> = volumes.iter().map(|volume| [&volume["source"], &volume["target"]]).collect();
    assert_eq!(json!(pairs), json!([["./", "/models/inner"], ["../b.gguf", "/models/b.gguf"]]));
}

#[test]
fn only_the_gateway_is_published_and_engines_have_a_network_that_leads_nowhere() {
    let (_folder, file) = rendered(&open(&json!({"provider": "local-engine", "serve": "models.yaml"})), &[]);
    let file = file.unwrap();
    let engine = &file["services"]["engine-a"];
    assert_eq!((&engine["ports"], &engine["networks"]), (&Value::Null, &json!(["engines"])));
    assert_eq!(file["networks"], json!({"engines": {"internal": true}}));
    let gateway = &file["services"]["gateway"];
    assert_eq!(
        (&gateway["ports"], &gateway["networks"]),
        (&json!(["127.0.0.1:8080:8080"]), &json!(["default", "engines"]))
    );
    let command: Vec<&str> = gateway["command"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(command.windows(2).any(|pair| pair == ["--engine-at", "a=engine-a:8081"]), "{command:?}");
}

#[test]
fn nobody_can_write_to_a_container_or_gain_rights_in_it() {
    let (_folder, file) = rendered(&open(&json!({"provider": "local-engine", "serve": "models.yaml"})), &[]);
    for (name, service) in file.unwrap()["services"].as_object().unwrap() {
        assert_eq!(service["read_only"], true, "{name}");
        assert_eq!(service["cap_drop"], json!(["ALL"]), "{name}");
        assert_eq!(service["security_opt"], json!(["no-new-privileges:true"]), "{name}");
        assert_eq!(service["user"], "${DRAGOMAN_USER:-65532:65532}", "{name}");
        let volumes = service["volumes"].as_array().unwrap();
        assert!(!volumes.is_empty() && volumes.iter().all(|volume| volume["read_only"] == true), "{name}");
    }
}

#[test]
fn the_published_address_is_the_one_of_the_configuration() {
    for (listen, port) in [("0.0.0.0:443", "0.0.0.0:443:8080"), ("[::1]:9000", "[::1]:9000:8080")] {
        let mut config = json!({"targets": {"a": {"provider": "openai", "credentials": "${env.CANARY}"}}});
        config["auth"] = json!({"keys": [{"id": "a", "sha256": "0".repeat(64)}]});
        config["listen"] = json!({"address": listen});
        assert_eq!(gateway(&config, &[])["ports"], json!([port]));
    }
}

#[test]
fn the_memory_of_a_known_number_of_workers_is_bounded() {
    let mut config = open(&json!({"provider": "openai", "credentials": "${env.CANARY}"}));
    config["limits"] = json!({"max_heap_bytes": "1GiB"});
    assert_eq!(gateway(&config, &["--concurrency", "3"])["mem_limit"], "4608m");
    assert_eq!(gateway(&config, &[])["mem_limit"], Value::Null);
}

#[test]
fn a_file_that_the_configuration_names_is_mounted_where_it_is_looked_for() {
    let secret = tempfile::NamedTempFile::new().unwrap();
    fs::write(secret.path(), CANARY).unwrap();
    let secret = secret.path().to_str().unwrap();
    let mut config =
        open(&json!({"provider": "openai", "credentials": [format!("${{file:{secret}}}"), "${env.CANARY}"]}));
    config["targets"]["a"]["credentials"] = json!([format!("${{file:{secret}}}")]);
    config["targets"]["a"]["network"] = json!({"tls": {"ca": "/etc/ca $1.pem"}});
    let volumes = gateway(&config, &[])["volumes"].clone();
    let pairs: Vec<_> =
        volumes.as_array().unwrap().iter().map(|volume| [&volume["source"], &volume["target"]]).collect();
    assert_eq!(
        json!(pairs),
        json!([["./", "/etc/dragoman"], ["/etc/ca $$1.pem", "/etc/ca $$1.pem"], [secret, secret]])
    );
}

#[test]
fn the_machine_around_the_containers_has_a_name() {
    let config = open(&json!({"provider": "ollama", "base_url": "http://host.docker.internal:11434"}));
    assert_eq!(gateway(&config, &[])["extra_hosts"], json!(["host.docker.internal:host-gateway"]));
    let other = open(&json!({"provider": "openai", "credentials": "${env.CANARY}"}));
    assert_eq!(gateway(&other, &[])["extra_hosts"], Value::Null);
}

#[test]
fn what_no_container_can_do_is_refused_all_at_once_with_key_problem_and_mend() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("etc")).unwrap();
    fs::write(folder.path().join("secret"), CANARY).unwrap();
    let long = "l".repeat(60);
    let config = json!({
        "auth": {"anonymous": true},
        "log": {"access": "/var/log/dragoman.json"},
        "routes": [{"targets": ["near", "proxied", "local", long]}],
        "targets": {
            "near": {"provider": "ollama"},
            "proxied": {
                "provider": "openai",
                "credentials": "${file:../secret}",
                "network": {"proxy": {"url": "http://localhost:3128"}},
            },
            "local": {"provider": "local-engine", "serve": "gone.yaml", "credentials": "${file:../secret}"},
            (long): {"provider": "local-engine", "serve": ".", "base_url": "http://127.0.0.1:8082"},
        },
    });
    fs::write(folder.path().join("etc/dragoman.yaml"), config.to_string()).unwrap();
    let output = compose(folder.path(), &["etc/dragoman.yaml"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && output.stdout.is_empty() && !said.contains("canary"), "{said}");
    for wanted in [
        "error: log.access: nobody can write a file in the container; write `stdout`",
        "error: targets.near.base_url: in a container 127.0.0.1 is the container itself; write host.docker.internal",
        "error: targets.proxied.network.proxy: in a container localhost is the container itself; write host.docker.internal",
        "error: targets.proxied.credentials: the container sees the configuration's folder, and ../secret lies outside it; move it",
        "error: targets.local.credentials: an engine in a container is not given ../secret, the key that it lets in; put the key",
        "error: targets.local.serve: etc/gone.yaml cannot be read",
        "has more than 63 characters; give the target a shorter name",
    ] {
        assert!(said.contains(wanted), "{wanted}\n{said}");
    }
    assert!(said.lines().all(|line| line.contains("etc/dragoman.yaml:1:")), "{said}");
}

#[test]
fn a_checkout_to_build_from_has_to_be_one() {
    let config = open(&json!({"provider": "openai", "credentials": "${env.CANARY}"}));
    let said = rendered(&config, &["--build", "nowhere"]).1.unwrap_err();
    assert!(said.contains("--build: nowhere is no checkout of Dragoman"), "{said}");
}
