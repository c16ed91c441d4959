//! `dragoman up`: what it starts, it ends, and what is wrong it says.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use dragoman_tests::envoy::Up;
use dragoman_tests::host::module_path;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{CANARY, at, chat, environment, free_port, gateway, named};

/// Long enough for anything; only a failure waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn an_edit_is_in_force_on_connections_that_are_open() {
    let (one, two) = (named("one"), named("two"));
    let mut up = Up::start(&gateway([("one", at(&one))]), &environment());
    let mut client = up.connect();
    assert_eq!(client.send(&chat()).json()["id"], "one");
    up.edit(&gateway([("two", at(&two))]), "the change is in force");
    assert_eq!(client.send(&chat()).json()["id"], "two");
}

#[test]
fn a_bad_edit_changes_nothing_and_says_why() {
    let one = named("one");
    let mut up = Up::start(&gateway([("one", at(&one))]), &environment());
    up.write("{auth: {anonymous: true}, targets: {one: {provider: nonesuch}}}", "the configuration of before stays");
    assert!(up.said().contains("targets.one.provider: there is no such provider"), "{}", up.said());
    assert_eq!(up.connect().send(&chat()).json()["id"], "one");
}

#[test]
fn what_only_a_restart_can_change_is_said() {
    let one = named("one");
    let config = gateway([("one", at(&one))]);
    let mut up = Up::start(&config, &environment());
    let mut other = config.clone();
    other["limits"] = json!({"max_connections": 77});
    up.edit(&other, "`limits.max_connections` has changed");
    let mut other = config;
    other["targets"]["one"]["credentials"] = json!("${env.PATH}");
    up.edit(&other, "PATH is new");
    assert_eq!(up.connect().send(&chat()).json()["id"], "one");
}

#[test]
fn a_secret_from_a_file_reaches_its_target_and_no_file_of_envoys() {
    let upstream = named("one");
    let folder = tempfile::tempdir().expect("a folder");
    let secret = folder.path().join("secret");
    std::fs::write(&secret, format!("{CANARY}\n")).expect("the secret is written");
    let mut target = at(&upstream);
    target["credentials"] = json!(format!("${{file:{}}}", secret.display()));
    let up = Up::start(&gateway([("one", target)]), &environment());
    assert_eq!(up.connect().send(&chat()).status, 200);
    assert_eq!(upstream.only_request().headers.first("authorization"), Some(&*format!("Bearer {CANARY}")));
    let files = watched_folder(&up.said());
    for file in std::fs::read_dir(&files).expect("the folder").flatten() {
        let text = std::fs::read(file.path()).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&text).contains(CANARY), "{}", file.path().display());
    }
}

#[test]
fn the_admin_interface_is_a_socket_for_this_user_alone() {
    let one = named("one");
    let up = Up::start(&gateway([("one", at(&one))]), &environment());
    let socket = watched_folder(&up.said()).join("admin.sock");
    let mode = |path: &Path| std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(&socket), 0o600);
    assert_eq!(mode(socket.parent().expect("a folder")), 0o700);
}

#[test]
fn a_stop_ends_envoy_and_leaves_no_file() {
    let one = named("one");
    let mut up = Up::start(&gateway([("one", at(&one))]), &environment());
    let folder = watched_folder(&up.said());
    assert!(folder.exists());
    up.stop();
    assert!(!folder.exists());
    assert!(up.said().contains("stopping"), "{}", up.said());
}

#[test]
fn envoy_does_not_outlive_an_up_that_is_killed() {
    let one = named("one");
    let (mut up, _folder) = start(&gateway([("one", at(&one))]), free_port());
    let envoy = children_of(up.id()).first().copied().expect("an Envoy");
    up.kill().expect("it is killed");
    up.wait().expect("it ends");
    wait_until("Envoy ends", || !runs(envoy));
}

#[test]
fn a_port_that_is_taken_is_said() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("its address").port();
    let one = named("one");
    let (up, _folder) = spawn(&gateway([("one", at(&one))]), port, &environment());
    let output = up.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(said.contains(&format!("cannot listen on 127.0.0.1:{port}")), "{said}");
}

/// The folder of Envoy's files, by what `up --admin` says.
fn watched_folder(said: &str) -> std::path::PathBuf {
    let line = said.lines().find_map(|line| line.split_once("admin interface on ")).expect("where the socket is");
    Path::new(line.1.trim()).parent().expect("a folder").to_owned()
}

pub(crate) fn spawn(config: &Value, port: u16, variables: &BTreeMap<String, String>) -> (Child, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("dragoman.yaml");
    let mut config = config.clone();
    config["listen"] = json!({"address": format!("127.0.0.1:{port}")});
    std::fs::write(&file, config.to_string()).expect("the configuration is written");
    let child = Command::new(env!("CARGO_BIN_EXE_dragoman"))
        .args(["up", "--concurrency", "1"])
        .arg(&file)
        .envs(variables)
        .env("DRAGOMAN_WASM", std::path::absolute(module_path()).expect("a path"))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command runs");
    (child, folder)
}

/// The same, and waits until it listens.
fn start(config: &Value, port: u16) -> (Child, TempDir) {
    let (mut child, folder) = spawn(config, port, &environment());
    let errors = BufReader::new(child.stderr.take().expect("its standard error"));
    let mut said = errors.lines().map_while(Result::ok);
    assert!(said.any(|line| line.contains("listening on")), "it never listened");
    (child, folder)
}

/// The processes that any thread of a process has started.
pub(crate) fn children_of(pid: u32) -> Vec<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).expect("its threads").flatten();
    let lists = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<u32>>()).collect()
}

/// Whether a process is there and has not ended; one that nobody waits for is still listed.
pub(crate) fn runs(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    status.rsplit(')').next().and_then(|rest| rest.split_whitespace().next()).is_some_and(|state| state != "Z")
}

pub(crate) fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
