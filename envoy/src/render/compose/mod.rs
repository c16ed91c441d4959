//! `dragoman render compose`: a `docker compose` file that runs what `dragoman up` runs, in containers of its own: the
//! gateway is `dragoman up` on the same file, and each target's `serve` an engine that only the gateway can reach.
//! The same configuration gives the same bytes. Not what is in the images (see `examples/compose/Dockerfile`).
//!
//! What this leans on, as found on Docker 20.10 with docker-compose 1.29 (`examples/compose/run --smoke` keeps it true):
//!
//! - A file that is mounted by itself stays the old one when an editor moves a new one into its place, so the folder of
//!   `dragoman.yaml` is mounted.
//! - Variables that are listed by name are passed through, are empty nowhere, and stand in no file and no image.
//! - A bind in the long form whose source is missing is an error; in the short form root makes a folder there.

mod engine;
mod host;
mod models;
mod obstacle;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use dragoman_core::config::reference::Piece;
use serde_json::{Map, Value, json};

use super::read::Surroundings;
use crate::configuration::{Configured, Configuring};
use crate::load::{self, Loaded};
use engine::Served;
use host::{Mount, literal};
use obstacle::Obstacles;

const MADE_BY: &str = "# Made by `dragoman render compose` from dragoman.yaml: edit that. What it says of `listen`, `serve` and files\n\
                       # elsewhere takes another render; the rest the gateway reads anew by itself.\n";

/// Where the folder of the configuration is mounted.
const FOLDER: &str = "/etc/dragoman";

/// Where the gateway listens in its container: any user may, and no other one is there.
const PORT: u16 = 8080;

/// Whom the images run as, unless `DRAGOMAN_USER` says otherwise: nobody in particular.
const USER: &str = "${DRAGOMAN_USER:-65532:65532}";

/// The name by which a container can call the machine around it.
const MACHINE: &str = "host.docker.internal";

/// The network of gateway and engines, which leads nowhere else.
const INSIDE: &str = "engines";

/// What a worker's module may take, in MiB, and what everything beside Envoy's heap and the modules takes.
const MODULE_MIB: u64 = 1024;
const REST_MIB: u64 = 512;

/// `render compose`
#[derive(Args)]
pub struct Compose {
    /// The configuration
    #[arg(default_value = "dragoman.yaml")]
    file: PathBuf,
    /// Build the images from this checkout of Dragoman, where `./dev build` has run; otherwise they must be there
    #[arg(long, value_name = "FOLDER")]
    build: Option<PathBuf>,
    /// The gateway's worker threads, which also bounds its memory; one per core, without a bound, if nothing is said
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    concurrency: Option<u16>,
}

/// The compose file as YAML, for the current folder to hold.
pub(super) fn run(asked: &Compose) -> Result<String, String> {
    let loaded = load::load(&asked.file).map_err(|error| error.to_string())?;
    // The image has its own module, and its own authorities.
    let surroundings = Surroundings { module: PathBuf::new(), authorities: String::new(), fixed_order: false };
    let configured = Configuring::with(surroundings).configure_elsewhere(&loaded)?;
    let stack = Stack { asked, loaded: &loaded, configured: &configured };
    configured.remarks.iter().for_each(|remark| eprintln!("dragoman: {remark}"));
    super::yaml(MADE_BY, &stack.file()?)
}

struct Stack<'a> {
    asked: &'a Compose,
    loaded: &'a Loaded,
    configured: &'a Configured,
}

impl Stack<'_> {
    fn file(&self) -> Result<Value, String> {
        let mut obstacles = Obstacles::of(self.loaded);
        obstacles.places(self.configured);
        let mounts = self.mounts(&mut obstacles);
        let engines = self.configured.engines.iter();
        let engines: Vec<Served> =
            engines.filter_map(|engine| Served::of(engine, self.loaded, &mut obstacles)).collect();
        obstacles.none()?;
        let mut services = Map::new();
        services.insert("gateway".to_owned(), self.gateway(&mounts, &engines)?);
        for engine in &engines {
            services.insert(engine.name.clone(), self.engine(engine)?);
        }
        let mut file = json!({"services": services});
        if !engines.is_empty() {
            file["networks"] = json!({INSIDE: {"internal": true}});
        }
        Ok(file)
    }

    fn gateway(&self, mounts: &[Mount], engines: &[Served]) -> Result<Value, String> {
        let name = self.asked.file.file_name().unwrap_or_default().to_string_lossy();
        let mut command = vec!["up".to_owned(), "--listen".to_owned(), format!("0.0.0.0:{PORT}")];
        for engine in engines {
            command.extend(["--engine-at".to_owned(), format!("{}={}", engine.target, engine.authority())]);
        }
        command.extend(self.asked.concurrency.iter().flat_map(|n| ["--concurrency".to_owned(), n.to_string()]));
        command.push(literal(&format!("{FOLDER}/{name}")));
        let mut service = self.contained("gateway", &command, mounts)?;
        service["ports"] = json!([format!("{}:{PORT}", self.configured.plan.listen)]);
        let variables = self.loaded.variables();
        if !variables.is_empty() {
            service["environment"] = json!(variables);
        }
        if let Some(workers) = self.asked.concurrency {
            let heap = self.configured.plan.max_heap_bytes >> 20;
            service["mem_limit"] = json!(format!("{}m", heap + MODULE_MIB * u64::from(workers) + REST_MIB));
        }
        if self.configured.plan.hosts().any(|host| host == MACHINE) {
            service["extra_hosts"] = json!([format!("{MACHINE}:host-gateway")]);
        }
        if !engines.is_empty() {
            service["depends_on"] = json!(engines.iter().map(|engine| &engine.name).collect::<Vec<_>>());
            service["networks"] = json!(["default", INSIDE]);
        }
        Ok(service)
    }

    fn engine(&self, engine: &Served) -> Result<Value, String> {
        let mut service = self.contained("engine", &engine.command(), &engine.mounts)?;
        service["environment"] = engine.environment();
        service["networks"] = json!([INSIDE]);
        Ok(service)
    }

    /// What both have: a file system that nobody can write to, no rights, and a start after each end.
    fn contained(&self, image: &str, command: &[String], mounts: &[Mount]) -> Result<Value, String> {
        let mut service = json!({"image": format!("dragoman-{image}:{}", env!("CARGO_PKG_VERSION"))});
        if let Some(checkout) = &self.asked.build {
            let dockerfile = "examples/compose/Dockerfile";
            if !checkout.join(dockerfile).is_file() {
                return Err(format!(
                    "--build: {} is no checkout of Dragoman, for there is no {dockerfile} in it",
                    checkout.display()
                ));
            }
            let context = literal(&host::source(&host::plain(checkout)));
            service["build"] = json!({"context": context, "dockerfile": dockerfile, "target": image});
        }
        service["command"] = json!(command);
        service["volumes"] = mounts.iter().map(Mount::volume).collect();
        service["user"] = json!(USER);
        service["read_only"] = json!(true);
        service["tmpfs"] = json!(["/tmp"]);
        service["cap_drop"] = json!(["ALL"]);
        service["security_opt"] = json!(["no-new-privileges:true"]);
        service["restart"] = json!("unless-stopped");
        Ok(service)
    }

    /// The folder of the configuration, and every file elsewhere that it names.
    fn mounts(&self, obstacles: &mut Obstacles) -> Vec<Mount> {
        let folder = host::plain(self.loaded.file.parent().unwrap_or(Path::new("")));
        let mut elsewhere = BTreeSet::new();
        for (path, piece) in self.loaded.references() {
            let Piece::File(file) = piece else { continue };
            if Path::new(&file).is_absolute() {
                elsewhere.insert(PathBuf::from(file));
            } else if host::plain(Path::new(&file)).starts_with("..") {
                obstacles.add(
                    &path,
                    format!("the container sees the configuration's folder, and {file} lies outside it"),
                    "move it there, or write its absolute path",
                );
            }
        }
        elsewhere.extend(self.configured.plan.files().filter(|file| !file.is_empty()).map(PathBuf::from));
        let folder = Mount { source: folder, target: FOLDER.into() };
        [folder].into_iter().chain(elsewhere.into_iter().map(Mount::in_the_same_place)).collect()
    }
}
