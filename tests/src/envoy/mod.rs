//! Real Envoys: one process each on a free loopback port, with all they print kept, and reaped whatever happens.
//! [`Envoy`] runs what `dragoman render envoy` writes, or what a mesh would make of `dragoman render istio`'s documents;
//! [`Up`] is `dragoman up` itself.

mod admin;
mod mesh;
mod process;
mod up;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Client, Request};
use crate::host::module_path;
use process::Process;

pub use up::Up;

/// A running Envoy.
pub struct Envoy {
    process: Process,
    address: SocketAddr,
    rendered: String,
}

/// Two workers, a drain that is soon over, logs at once, and all that the filter and the router have to say.
const OPTIONS: [&str; 9] = [
    "--disable-hot-restart",
    "--drain-time-s",
    "1",
    "--concurrency",
    "2",
    "--file-flush-interval-msec",
    "10",
    "--component-log-level",
    "wasm:debug,http:debug,router:debug",
];

/// Which Envoy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Version {
    /// The one that `ENVOY_BIN` names.
    Current,
    /// The same, as the gateway of a mesh.
    InMesh,
    /// The oldest that is supported, which `ENVOY_BIN_OLD` names.
    Oldest,
}

impl Envoy {
    /// Starts the current Envoy for a configuration (its `listen.address` is chosen here).
    pub fn start(config: &Value, env: &BTreeMap<String, String>) -> Envoy {
        Envoy::start_version(Version::Current, config, env)
    }

    /// Starts an Envoy for a configuration.
    pub fn start_version(version: Version, config: &Value, env: &BTreeMap<String, String>) -> Envoy {
        Envoy::run(version, config, env, |_| Vec::new())
    }

    /// Starts the current Envoy with another module in the place of the built one.
    pub fn start_module(module: &Path, config: &Value, env: &BTreeMap<String, String>) -> Envoy {
        Envoy::run(Version::Current, config, env, |_| vec!["--wasm".into(), module.into()])
    }

    /// Starts an Envoy that watches its configuration; see [`Envoy::reload`].
    pub fn start_watching(config: &Value, env: &BTreeMap<String, String>) -> Envoy {
        Envoy::run(Version::Current, config, env, |folder| {
            let watched = folder.join("watched");
            std::fs::create_dir(&watched).expect("a folder to watch");
            vec!["--dynamic".into(), watched.into()]
        })
    }

    /// Starts the current Envoy as the gateway of a mesh, after a change to the documents that it is set up by.
    pub fn start_in_mesh(
        config: &Value,
        env: &BTreeMap<String, String>,
        change: impl FnOnce(&mut Vec<Value>),
    ) -> Envoy {
        let folder = tempfile::tempdir().expect("a folder for Envoy's files");
        let address = free_address();
        let mut documents = mesh::documents(&istio(folder.path(), &listening(config, address), env));
        change(&mut documents);
        let module = std::path::absolute(module_path()).expect("a path");
        let bootstrap = mesh::bootstrap(&documents, &module).to_string();
        // One that lacks a part answers too.
        let answers = |address| {
            let asked = |mut client: Client| client.try_send(&Request::new("GET", "/healthz"));
            Client::try_connect(address).and_then(asked).is_some()
        };
        Envoy::launch(Version::InMesh, folder, bootstrap, env, address, answers)
    }

    fn run(
        version: Version,
        config: &Value,
        env: &BTreeMap<String, String>,
        options: impl FnOnce(&Path) -> Vec<OsString>,
    ) -> Envoy {
        if version == Version::InMesh {
            return Envoy::start_in_mesh(config, env, |_| {});
        }
        let folder = tempfile::tempdir().expect("a folder for Envoy's files");
        let address = free_address();
        let mut options = options(folder.path());
        options.extend(["--admin".into(), folder.path().join("admin.sock").into()]);
        if version == Version::Oldest {
            options.extend(["--envoy-version".into(), "1.36".into()]);
        }
        let rendered = render(folder.path(), &listening(config, address), env, &options);
        Envoy::launch(version, folder, rendered, env, address, |address| health(address).is_some())
    }

    fn launch(
        version: Version,
        folder: TempDir,
        rendered: String,
        env: &BTreeMap<String, String>,
        address: SocketAddr,
        answers: fn(SocketAddr) -> bool,
    ) -> Envoy {
        let bootstrap = folder.path().join("envoy.yaml");
        std::fs::write(&bootstrap, &rendered).expect("the bootstrap is written");
        let mut command = Command::new(version.binary());
        command.arg("--config-path").arg(bootstrap).env_clear().envs(env).args(OPTIONS);
        let mut process = Process::start(command, folder);
        process.wait_until("it answers", || answers(address));
        Envoy { process, address, rendered }
    }

    /// Moves another configuration into place, and waits until a worker has it.
    pub fn reload(&mut self, config: &Value, env: &BTreeMap<String, String>) {
        let before = health(self.address).expect("a gateway that answers");
        let new = tempfile::tempdir_in(self.process.folder()).expect("a folder for what is new");
        let options = ["--dynamic".into(), new.path().into()];
        render(new.path(), &listening(config, self.address), env, &options);
        let (from, to) = (new.path().join("inbound.json"), self.process.folder().join("watched/inbound.json"));
        std::fs::rename(from, to).expect("the file is moved into place");
        let address = self.address;
        // No answer is no news: a change that is taken for done too early is then waited for in vain.
        let changed = || health(address).is_some_and(|now| now != before);
        self.process.wait_until("the change is in force", changed);
    }

    /// Its resident memory in KiB.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.pid())).expect("its status");
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        resident.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A new connection to it.
    pub fn connect(&self) -> Client {
        Client::connect(self.address)
    }

    /// What it was started with.
    pub fn rendered(&self) -> &str {
        &self.rendered
    }

    /// What it wrote to its log.
    pub fn log(&self) -> String {
        self.process.errors()
    }

    /// Its access log's lines, once there are so many, without that of the check that it answers.
    pub fn access_log(&mut self, count: usize) -> Vec<Value> {
        let lines = |text: String| -> Vec<Value> {
            let parse = |line: &str| {
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in the access log: {line}"))
            };
            let complete = text.rfind('\n').map_or("", |end| &text[..end]);
            complete.lines().skip(1).map(parse).collect()
        };
        let output = self.process.output_file();
        let read = || lines(std::fs::read_to_string(&output).unwrap_or_default());
        self.process.wait_until(&format!("there are {count} lines in the access log"), || read().len() >= count);
        read()
    }

    /// Asks the admin interface.
    pub fn admin(&self, path: &str) -> String {
        admin::ask(&self.process.folder().join("admin.sock"), path)
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.process.is_running()
    }
}

impl Version {
    fn binary(self) -> PathBuf {
        let name = match self {
            Version::Current | Version::InMesh => "ENVOY_BIN",
            Version::Oldest => "ENVOY_BIN_OLD",
        };
        std::env::var_os(name)
            .unwrap_or_else(|| panic!("{name} names no Envoy: run the tests by ./dev test, or set it"))
            .into()
    }
}

/// The `dragoman` command: `DRAGOMAN_BIN`, else the release build of this checkout.
fn dragoman() -> Command {
    let path = std::env::var_os("DRAGOMAN_BIN")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/release/dragoman"), PathBuf::from);
    assert!(path.exists(), "no command at {}: build it with ./dev build, or name one in DRAGOMAN_BIN", path.display());
    let mut command = Command::new(path);
    command.env("DRAGOMAN_WASM", std::path::absolute(module_path()).expect("a path"));
    command
}

/// What `dragoman render envoy` writes for a configuration.
fn render(folder: &Path, config: &Value, env: &BTreeMap<String, String>, options: &[OsString]) -> String {
    rendered("envoy", folder, config, env, options)
}

/// What `dragoman render istio` writes for a configuration.
fn istio(folder: &Path, config: &Value, env: &BTreeMap<String, String>) -> String {
    rendered("istio", folder, config, env, &["--image".into(), mesh::IMAGE.into()])
}

fn rendered(what: &str, folder: &Path, config: &Value, env: &BTreeMap<String, String>, options: &[OsString]) -> String {
    let file = folder.join("dragoman.yaml");
    std::fs::write(&file, config.to_string()).expect("the configuration is written");
    let output = dragoman().args(["render", what]).args(options).arg(&file).envs(env).output();
    let output = output.expect("the command runs");
    assert!(
        output.status.success(),
        "dragoman render {what} refused the configuration:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("a rendered text")
}

/// The configuration with its address.
fn listening(config: &Value, address: SocketAddr) -> Value {
    let mut config = config.clone();
    config["listen"]["address"] = json!(address.to_string());
    config
}

/// An address that is free, and that nobody who takes any port is given: the system hands those out from 32768 on.
fn free_address() -> SocketAddr {
    let mut ports = std::iter::repeat_with(|| fastrand::u16(10_000..32_000));
    let free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    SocketAddr::from(([127, 0, 0, 1], ports.find(free).expect("a free port")))
}

/// The configuration that answers, if one does.
fn health(address: SocketAddr) -> Option<String> {
    let mut client = Client::try_connect(address)?;
    let answer = client.try_send(&Request::new("GET", "/healthz")).filter(|answer| answer.status == 200)?;
    Some(answer.headers.first("x-dragoman-configuration").unwrap_or_default().to_owned())
}
