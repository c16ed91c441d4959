//! README's claims that a machine can check: its commands exist, its line to paste is the quickstart's, its links lead
//! somewhere. Its configuration is checked beside (see `config_reference`), its demo by running it (`./dev up --smoke`).

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[test]
fn every_dev_command_is_a_recipe() {
    let recipes = fs::read_to_string(root("Justfile")).unwrap();
    let is_recipe = |name: &str| {
        let starts = [format!("{name}:"), format!("{name} ")];
        recipes.lines().any(|line| starts.iter().any(|start| line.starts_with(start)))
    };
    for line in commands("./dev ") {
        let words: Vec<&str> = line.split_whitespace().collect();
        let exists = match words[..] {
            ["bench", name] => is_recipe(&format!("bench-{name}")),
            ["fuzz", name] => root(&format!("filter/core/fuzz/fuzz_targets/{name}.rs")).exists(),
            [name, ..] => is_recipe(name),
            [] => false,
        };
        assert!(exists, "README says `./dev {line}`, and there is no such thing");
    }
}

#[test]
fn every_dragoman_command_takes_what_it_is_given() {
    for line in commands("target/release/dragoman ") {
        let arguments = line.split(['<', '>']).next().unwrap_or_default();
        let ran = Command::new(env!("CARGO_BIN_EXE_dragoman"))
            .args(arguments.split_whitespace())
            .arg("--help")
            .output()
            .unwrap();
        assert!(ran.status.success(), "README says `dragoman {line}`: {}", String::from_utf8_lossy(&ran.stderr));
    }
}

#[test]
fn the_line_to_paste_is_the_one_that_the_quickstart_prints() {
    let printed = Command::new(root("examples/quickstart/ask")).arg("--print").output().unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert_eq!(commands("curl "), [printed.trim().trim_start_matches("curl ")]);
}

#[test]
fn the_redaction_that_is_shown_is_the_one_that_is_made() {
    let readme = readme();
    let policy = readme.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let policy = policy.filter(|example| example.contains("\nredaction:\n")).collect::<String>();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dragoman.yaml");
    fs::write(&file, policy).unwrap();
    let shown = readme.split("```diff\n").nth(1).unwrap();
    let (before, after) = shown.split("```").next().unwrap().split_once("\n+ ").unwrap();
    let mut redact = Command::new(env!("CARGO_BIN_EXE_dragoman"))
        .args(["redact", "--policy", "careful", "--config"])
        .arg(&file)
        .env("DRAGOMAN_PSEUDONYM_KEY", "0123456789abcdef0123456789abcdef")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    redact.stdin.take().unwrap().write_all(before.strip_prefix("- ").unwrap().as_bytes()).unwrap();
    let made = redact.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(made.stdout).unwrap(), after.trim_end());
}

#[test]
fn every_link_leads_somewhere() {
    let readme = readme();
    let links = readme.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    let links: Vec<&str> = links.map(|(link, _)| link).filter(|link| !link.starts_with("http")).collect();
    assert!(!links.is_empty());
    for link in links {
        assert!(root(link).exists(), "README links to {link}, which is not there");
    }
}

/// The lines of README's shell blocks that start so, without that start.
fn commands(start: &str) -> Vec<String> {
    let readme = readme();
    let blocks = readme.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let lines = blocks.flat_map(str::lines).filter_map(|line| line.strip_prefix(start));
    let lines: Vec<String> = lines.map(str::to_owned).collect();
    assert!(!lines.is_empty(), "README has no line that starts with {start:?}");
    lines
}

fn readme() -> String {
    fs::read_to_string(root("README.md")).unwrap()
}

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}
