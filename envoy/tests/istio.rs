//! What `dragoman render istio` writes, letter by letter, and what it refuses. That it works is tested in `dragoman-tests`.
//!
//! With `BLESS=1` the expected documents are written from what is rendered, to be read before they are committed.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Credentials that may stand nowhere in what is rendered.
const CANARY: &str = "sk-canary-71c4";

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn render(file: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dragoman"))
        .args(["render", "istio"])
        .args(arguments)
        .arg(file)
        .envs(["CANARY", "OPENAI_API_KEY", "ANTHROPIC_API_KEY"].map(|name| (name, CANARY)))
        .env_remove("CANARY_2")
        .output()
        .expect("the command runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn rendered(file: &Path, arguments: &[&str]) -> String {
    let output = render(file, &[&["--image", "registry.example.com/dragoman:1"], arguments].concat());
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("one attempt per request"), "what is lost is said: {}", said(&output));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn the_documents_are_the_expected_ones_and_hold_no_secret() {
    for (config, expected) in [
        ("examples/istio/dragoman.yaml", "tests/vectors/istio/example.documents.yaml"),
        ("tests/vectors/istio/everything.yaml", "tests/vectors/istio/everything.documents.yaml"),
    ] {
        let (config, expected) = (root(config), root(expected));
        let text = rendered(&config, &[]);
        assert!(!text.contains(CANARY), "a secret is written out");
        if std::env::var_os("BLESS").is_some() {
            fs::write(&expected, &text).unwrap();
        }
        let wanted = fs::read_to_string(&expected).unwrap_or_default();
        let lines = || text.lines().zip(wanted.lines());
        if let Some((is, was)) = lines().find(|(is, was)| is != was) {
            panic!("{}: {is:?} instead of {was:?}", expected.display());
        }
        assert_eq!(text, wanted, "{}", expected.display());
        assert_eq!(rendered(&config, &[]), text, "the same input gives the same bytes");
    }
}

#[test]
fn both_plugins_share_a_vm_whatever_is_asked_for() {
    let text =
        rendered(&root("examples/istio/dragoman.yaml"), &["--selector", "app=edge", "--selector", "tier=public"]);
    let plugins: Vec<&str> = text.split("---\n").filter(|document| document.contains("kind: WasmPlugin")).collect();
    let part = |document: &str, from: &str, to: &str| {
        let rest = &document[document.find(from).expect("its beginning")..];
        rest[..rest.find(to).unwrap_or(rest.len())].to_owned()
    };
    let [inbound, gate] = plugins[..] else { panic!("{} plugins", plugins.len()) };
    for (from, to) in [("  selector:", "  phase:"), ("  vmConfig:", "\0"), ("  failStrategy:", "\n")] {
        assert_eq!(part(inbound, from, to), part(gate, from, to));
    }
    assert!(part(inbound, "  selector:", "  url:").contains("app: edge") && inbound.contains("tier: public"));
    assert!(inbound.contains("stage: inline") && gate.contains("stage: gate"));
}

#[test]
fn a_gateway_that_stands_already_is_bound_to_and_not_written() {
    let text = rendered(&root("examples/istio/dragoman.yaml"), &["--gateway", "istio-ingress/edge"]);
    assert!(!text.contains("kind: Gateway") && text.contains("  - istio-ingress/edge\n"), "{text}");
}

#[test]
fn a_module_that_would_not_be_fetched_is_refused() {
    let output = render(&root("examples/istio/dragoman.yaml"), &["--image", "file:///opt/dragoman.wasm"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("gives each plugin a VM of its own"), "{}", said(&output));
}

#[test]
fn what_a_mesh_cannot_be_told_is_refused_by_its_key_with_a_mend() {
    let with = |target: &str, rest: &str| format!("auth: {{anonymous: true}}\ntargets:\n  {target}\n{rest}");
    let tls = |tls: &str| with(&format!("a: {{provider: openai, network: {{tls: {tls}}}}}"), "");
    let long = format!("{}: {{provider: openai}}", "x".repeat(64));
    let twins = "a_b: {provider: openai}\n  a-b: {provider: openai}";
    let route = "routes: [{models: ['*'], targets: [a_b, a-b]}]\n";
    for (config, key, mend) in [
        (with("a: {provider: openai}", "listen: {tls: {cert: /c.pem, key: /k.pem}}\n"), "listen.tls:", "--gateway"),
        (tls("{min_version: TLSv1.3}"), "targets.a.network.tls.min_version:", "leave it out"),
        (tls("{ciphers: [ECDHE-RSA-AES128-GCM-SHA256]}"), "targets.a.network.tls.ciphers:", "leave them out"),
        (
            with("a: {provider: openai, network: {proxy: {url: 'http://proxy:3128'}}}", ""),
            "targets.a.network.proxy:",
            "egress gateways",
        ),
        (with("a: {provider: ollama, base_url: 'http://[::1]:11434'}", ""), "targets.a.base_url:", "write a name"),
        (
            with("a: {provider: vertex-gemini, project: p, metadata_server: 'http://metadata.google.internal'}", ""),
            "targets.a:",
            "write `credentials`",
        ),
        (with(&long, ""), "targets.xxx", "rename it"),
        (with("a_: {provider: openai}", ""), "targets.a_:", "rename it"),
        (with(twins, route), "targets.a-b:", "rename it"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("dragoman.yaml");
        fs::write(&file, &config).unwrap();
        let output = render(&file, &["--image", "dragoman:1"]);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{config}\n{said}");
        assert!(said.contains(key) && said.contains(mend), "{key} {mend}: {said}");
        assert!(output.stdout.is_empty(), "half of a configuration is none");
    }
}
