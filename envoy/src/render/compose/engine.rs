//! An engine as a service: its command, its keys, and what it serves. Not what a models.yaml says (see `models`).

use std::path::PathBuf;

use dragoman_core::config::Path;
use dragoman_core::config::reference::Piece;
use serde_json::{Value, json};

use super::host::{Mount, literal};
use super::models::Models;
use super::obstacle::Obstacles;
use crate::engine::{self, Engine};
use crate::load::Loaded;

/// Where it listens in its container.
const PORT: u16 = 8081;

/// The longest name by which a service can be found.
const LONGEST: usize = 63;

/// Seconds that requests get when the engine is told to stop; Docker kills after ten.
const DRAIN: &str = "8";

/// A target's engine.
pub(super) struct Served {
    /// The target's name.
    pub(super) target: String,
    /// The service's.
    pub(super) name: String,
    /// What it reads.
    pub(super) mounts: Vec<Mount>,
    config: PathBuf,
    keys: String,
}

impl Served {
    /// The engine as a service; nothing if there is an obstacle.
    pub(super) fn of(engine: &Engine, loaded: &Loaded, obstacles: &mut Obstacles) -> Option<Served> {
        let target = Path::root().key("targets").key(&engine.target);
        let name = format!("engine-{}", engine.target);
        if name.len() > LONGEST {
            let what = format!("`{name}`, its engine's service, has more than {LONGEST} characters");
            obstacles.add(&target, what, "give the target a shorter name");
        }
        let keys = keys(loaded, &target, obstacles);
        let models = Models::of(&engine.models);
        let models = models
            .map_err(|what| obstacles.add(&target.key("serve"), what, "write the path of what can be served"))
            .ok()?;
        Some(Served { target: engine.target.clone(), name, mounts: models.mounts, config: models.config, keys })
    }

    /// Where the gateway reaches it.
    pub(super) fn authority(&self) -> String {
        format!("{}:{PORT}", self.name)
    }

    /// What follows the program's name.
    pub(super) fn command(&self) -> Vec<String> {
        let config = literal(&self.config.display().to_string());
        let listen = format!("0.0.0.0:{PORT}");
        ["serve", "--drain", DRAIN, "--listen", &listen, "--config", &config].map(str::to_owned).to_vec()
    }

    /// Its variables.
    pub(super) fn environment(&self) -> Value {
        let mut environment = json!({"LOCAL_ENGINE_LOG": engine::LOG});
        if !self.keys.is_empty() {
            environment["LOCAL_ENGINE_API_KEYS"] = json!(self.keys);
        }
        environment
    }
}

/// The target's credentials, which the engine lets in, as compose refers to them: on lines, for a key may hold a comma. If
/// none is set the lines are empty, and the engine does not start.
fn keys(loaded: &Loaded, at: &Path, obstacles: &mut Obstacles) -> String {
    let at = at.key("credentials");
    let mut keys = String::new();
    for (_, piece) in loaded.references().into_iter().filter(|(path, _)| path.is_within(&at)) {
        match piece {
            Piece::Env { name, .. } => keys += &format!("${{{name}:-}}\n"),
            Piece::File(file) => obstacles.add(
                &at,
                format!("an engine in a container is not given {file}, the key that it lets in"),
                "put the key into a variable, and write ${env.NAME}",
            ),
            Piece::Text(_) => {}
        }
    }
    keys
}
