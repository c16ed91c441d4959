//! A worker process: started with its settings on standard input, ready when it says so, told to end by closing that input.
//! Both ends are here: what the supervisor holds, and what the process runs.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
    process::{ChildStdin, Command},
    sync::watch,
};

use crate::{
    api::{House, Keys},
    engine::stats::Metrics,
    model::{
        estimate::{available, needed},
        llama::LoadFailed,
    },
    serving::Served,
    settings::Settings,
};

/// What a worker says when it has loaded its model, or has not.
#[derive(Debug, Deserialize, Serialize)]
enum Word {
    Ready,
    Memory { need: u64, free: u64 },
    Unbuilt(String),
    Failed(String),
}

/// Why a worker did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartFailed {
    /// The model does not fit.
    #[error("the model needs about {} MiB and {} MiB are free; unload another, or serve it with a smaller context_size or parallel", need >> 20, free >> 20)]
    Memory {
        /// Bytes it needs.
        need: u64,
        /// Bytes there are.
        free: u64,
    },
    /// The file holds what is not served.
    #[error("{0}")]
    Unbuilt(String),
    /// It said why.
    #[error("{0}")]
    Said(String),
    /// It ended without a word.
    #[error("the model's worker ended while loading")]
    Ended,
    /// It could not be started.
    #[error("a worker could not be started: {0}")]
    Spawn(#[from] std::io::Error),
}

/// A worker that serves.
pub struct Worker {
    socket: PathBuf,
    /// Holds the socket; nobody else may enter it.
    _folder: tempfile::TempDir,
    input: Mutex<Option<ChildStdin>>,
    ended: watch::Receiver<bool>,
    /// Its process, for tests and the log.
    pub pid: u32,
}

impl Worker {
    /// Starts one, and waits until its model is loaded.
    pub async fn start(settings: &Settings) -> Result<Self, StartFailed> {
        let folder = tempfile::Builder::new().prefix("local-engine-").tempdir()?;
        let socket = folder.path().join("worker");
        let mut child = Command::new(program()?)
            .arg("worker")
            .arg(&socket)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let pid = child.id().unwrap_or_default();
        let mut input = child.stdin.take().ok_or(StartFailed::Ended)?;
        let output = child.stdout.take().ok_or(StartFailed::Ended)?;
        let told = serde_json::to_string(settings).map_err(std::io::Error::other)? + "\n";
        input.write_all(told.as_bytes()).await?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).await?;
        match serde_json::from_str(&line) {
            Ok(Word::Ready) => {}
            Ok(Word::Memory { need, free }) => return Err(StartFailed::Memory { need, free }),
            Ok(Word::Unbuilt(reason)) => return Err(StartFailed::Unbuilt(reason)),
            Ok(Word::Failed(reason)) => return Err(StartFailed::Said(reason)),
            Err(_) => return Err(StartFailed::Ended),
        }
        let (end, ended) = watch::channel(false);
        let model = settings.name.clone();
        tokio::spawn(async move {
            let status = child.wait().await.map_or_else(|error| error.to_string(), |status| status.to_string());
            tracing::info!(model, pid, status, "a worker ended");
            end.send_replace(true);
        });
        tracing::info!(model = settings.name, pid, "a model was loaded");
        Ok(Self { socket, _folder: folder, input: Mutex::new(Some(input)), ended, pid })
    }

    /// A connection to it.
    pub async fn connect(&self) -> std::io::Result<UnixStream> {
        UnixStream::connect(&self.socket).await
    }

    /// Whether it lives.
    #[must_use]
    pub fn lives(&self) -> bool {
        !*self.ended.borrow()
    }

    /// Tells it to end: what it does ends with a reason.
    pub fn stop(&self) {
        if let Ok(mut input) = self.input.lock() {
            *input = None;
        }
    }

    /// Waits until it has ended.
    pub async fn ended(&self) {
        // The sender is dropped only after it has sent.
        let _ = self.ended.clone().wait_for(|ended| *ended).await;
    }
}

/// This program. Tests run inside another, and name it.
fn program() -> std::io::Result<PathBuf> {
    std::env::var_os("LOCAL_ENGINE_PROGRAM").map_or_else(std::env::current_exe, |program| Ok(program.into()))
}

/// What a worker process runs.
pub async fn run(socket: &Path) -> Result<(), String> {
    let mut input = BufReader::new(tokio::io::stdin());
    let mut line = String::new();
    input.read_line(&mut line).await.map_err(|error| error.to_string())?;
    let settings: Settings = serde_json::from_str(&line).map_err(|error| error.to_string())?;
    let need = settings.memory_mb.map(|mb| mb << 20).or_else(|| needed(&settings));
    if let (Some(need), Some(free)) = (need, available())
        && need > free
    {
        return say(&Word::Memory { need, free }).await;
    }
    let metrics = Metrics::default();
    let counted = metrics.clone();
    let served = tokio::task::spawn_blocking(move || Served::load(settings, &counted))
        .await
        .map_err(|error| error.to_string())?;
    let served = match served {
        Ok(served) => served,
        Err(failed @ LoadFailed::Unbuilt(..)) => return say(&Word::Unbuilt(failed.to_string())).await,
        Err(failed) => return say(&Word::Failed(failed.to_string())).await,
    };
    let house = Arc::new(House::new(vec![served], &metrics));
    let listener = UnixListener::bind(socket).map_err(|error| error.to_string())?;
    let routes = crate::api::router(Arc::clone(&house), Keys::default());
    say(&Word::Ready).await?;
    let stop = async move {
        let mut nothing = [0; 64];
        while input.read(&mut nothing).await.is_ok_and(|read| read > 0) {}
    };
    crate::serve::serve(listener, routes, house, stop, Duration::ZERO).await.map_err(|error| error.to_string())
}

async fn say(word: &Word) -> Result<(), String> {
    let line = serde_json::to_string(word).map_err(|error| error.to_string())? + "\n";
    let mut output = tokio::io::stdout();
    output.write_all(line.as_bytes()).await.map_err(|error| error.to_string())?;
    output.flush().await.map_err(|error| error.to_string())
}
