//! The engines that a configuration asks for, and what is run for each. Not how they are kept running (see `up`), nor what
//! a models.yaml may say: the engine reads it.

use std::collections::BTreeMap;
use std::env;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dragoman_core::config::file::File;
use dragoman_core::config::gateway::{Gateway, Target};

use crate::envoy_binary::is_executable;

const NAME: &str = "local-engine";

/// Seconds that requests get when the engine is told to stop: Envoy, and with it every client, has gone by then.
const DRAIN: &str = "1";

/// What it logs: the access log has the requests.
pub(crate) const LOG: &str = "warn,local_engine::supervisor=info";

/// A place in a network, by name or address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Authority {
    /// Host name or IP address, without brackets.
    pub(crate) host: String,
    /// Port.
    pub(crate) port: u16,
}

/// An engine to run for a target.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Engine {
    /// The target's name.
    pub(crate) target: String,
    /// Where it listens.
    pub(crate) listen: SocketAddr,
    /// Where it runs instead, started by something else (see `up::moved`).
    pub(crate) elsewhere: Option<Authority>,
    /// A models.yaml, or a folder of GGUF files.
    pub(crate) models: PathBuf,
    /// The keys that it lets in: the target's credentials.
    keys: Vec<String>,
}

/// The engines of a configuration that stands in `folder`.
pub(crate) fn engines(file: &File, gateway: &Gateway, folder: &Path) -> Vec<Engine> {
    let engine = |target: &Target| {
        let models = file.targets.get(&target.name)?.serve.as_ref()?;
        Some(Engine {
            target: target.name.clone(),
            listen: SocketAddr::new(target.origin.host.parse().ok()?, target.origin.port),
            elsewhere: None,
            models: folder.join(models),
            keys: target.credentials.iter().map(|credential| credential.secret.clone()).collect(),
        })
    };
    gateway.targets.iter().filter_map(engine).collect()
}

impl Engine {
    /// The command for people who run it themselves.
    pub(crate) fn line(&self) -> String {
        format!("{NAME} serve --config {} --listen {}", self.models.display(), self.listen)
    }

    /// What is to be run. The variables that the configuration refers to are other targets' secrets, and are left out.
    pub(crate) fn command(&self, program: &Path, secrets: &BTreeMap<String, String>) -> Command {
        let mut command = Command::new(program);
        command.args(["serve", "--drain", DRAIN, "--listen", &self.listen.to_string(), "--config"]).arg(&self.models);
        for name in secrets.keys() {
            command.env_remove(name);
        }
        command.env_remove("LOCAL_ENGINE_API_KEYS");
        if !self.keys.is_empty() {
            // On lines, for a key may hold a comma.
            let lines: String = self.keys.iter().map(|key| format!("{key}\n")).collect();
            command.env("LOCAL_ENGINE_API_KEYS", lines);
        }
        if env::var_os("LOCAL_ENGINE_LOG").is_none() {
            command.env("LOCAL_ENGINE_LOG", LOG);
        }
        // Standard output is the access log's.
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command
    }
}

/// The program: the one asked for, or `$LOCAL_ENGINE_BIN`, or the one beside this executable, or on the path.
pub(crate) fn find(asked_for: Option<&Path>) -> Result<PathBuf, String> {
    let named = asked_for
        .map(Path::to_path_buf)
        .or_else(|| env::var_os("LOCAL_ENGINE_BIN").filter(|path| !path.is_empty()).map(PathBuf::from));
    if let Some(path) = named {
        return if is_executable(&path) { Ok(path) } else { Err(format!("{} is no executable file", path.display())) };
    }
    let beside =
        env::current_exe().ok().and_then(|executable| Some(executable.canonicalize().ok()?.with_file_name(NAME)));
    let on_the_path: Option<Vec<PathBuf>> =
        env::var_os("PATH").map(|folders| env::split_paths(&folders).map(|f| f.join(NAME)).collect());
    beside.into_iter().chain(on_the_path.unwrap_or_default()).find(|path| is_executable(path)).ok_or_else(|| {
        format!("a target has `serve`, and no {NAME} was found; build it (./dev build), or name one by --engine or LOCAL_ENGINE_BIN")
    })
}
