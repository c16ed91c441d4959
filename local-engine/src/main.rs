//! The `local-engine` command.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use axum::{Router, serve::ListenerExt};
use clap::{Parser, Subcommand};
use local_engine::{
    api::{House, Keys, router},
    config,
    engine::{STACK, stats::Metrics},
    model::logs::Complaints,
    serve::{Service, told_to_stop},
    serving::Served,
    settings::Settings,
    supervisor::{self, Supervisor, worker},
};
use tracing_subscriber::{EnvFilter, Layer, fmt::format::FmtSpan, layer::SubscriberExt, util::SubscriberInitExt};

/// llama.cpp models behind an OpenAI-compatible API.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve models.
    Serve(Serve),
    /// Serve one model to a supervisor.
    #[command(hide = true)]
    Worker {
        /// The Unix socket to listen on.
        socket: PathBuf,
    },
}

const EXAMPLES: &str = "\
Examples:
  local-engine serve --model chat=llama.gguf
  local-engine serve --config models.yaml --listen 127.0.0.1:9000
  LOCAL_ENGINE_API_KEYS=one,two local-engine serve --config models/

Ask it:
  curl http://127.0.0.1:8081/v1/chat/completions -H 'content-type: application/json' \\
    -d '{\"model\": \"chat\", \"messages\": [{\"role\": \"user\", \"content\": \"Hello\"}]}'";

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
struct Serve {
    /// A GGUF file, perhaps with a name: `--model chat=llama.gguf`. May be repeated.
    #[arg(long = "model", value_name = "[NAME=]FILE", required_unless_present = "config")]
    models: Vec<String>,
    /// A models.yaml, or a folder of GGUF files.
    #[arg(long, value_name = "FILE|FOLDER")]
    config: Option<PathBuf>,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8081")]
    listen: SocketAddr,
    /// Keys that clients must show, separated by commas, or one on each line; without any, everyone is let in.
    #[arg(long, env = "LOCAL_ENGINE_API_KEYS", hide_env_values = true, hide = true)]
    api_keys: Option<String>,
    /// Seconds that running requests get to finish when the service is told to stop.
    #[arg(long, default_value_t = 30, value_name = "SECONDS")]
    drain: u64,
    /// Serve in this process, for the smallest set-ups: what ends one model then ends all.
    #[arg(long)]
    in_process: bool,
}

fn main() -> ExitCode {
    log();
    let command = Arguments::parse().command;
    let run = async {
        match command {
            Command::Serve(serve) => run(serve).await,
            Command::Worker { socket } => worker::run(&socket).await,
        }
    };
    let ran = runtime().map_err(|error| error.to_string()).and_then(|runtime| runtime.block_on(run));
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("local-engine: {reason}");
            ExitCode::FAILURE
        }
    }
}

/// Few threads: what they do is little, and each one that wakes may take a core from the thread that computes.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads((cores / 4).clamp(1, 8))
        .thread_stack_size(STACK)
        .enable_all()
        .build()
}

async fn run(serve: Serve) -> Result<(), String> {
    let models = serve.settings()?;
    let keys = Keys::listed(serve.api_keys.as_deref().unwrap_or_default())?;
    let listener = tokio::net::TcpListener::bind(serve.listen)
        .await
        .map_err(|error| format!("{} cannot be listened on: {error}", serve.listen))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let (service, routes): (Arc<dyn Service>, Router) = if serve.in_process {
        let house = Arc::new(load(models).await?);
        (Arc::clone(&house) as Arc<dyn Service>, router(house, keys))
    } else {
        let supervisor = Supervisor::new(models);
        tokio::spawn(Arc::clone(&supervisor).tend());
        (Arc::clone(&supervisor) as Arc<dyn Service>, supervisor::router(supervisor, keys))
    };
    // A token is sent as it comes, not when the one before has been acknowledged.
    let listener = listener.tap_io(|connection| drop(connection.set_nodelay(true)));
    println!("local-engine listens on http://{address}");
    let drain = Duration::from_secs(serve.drain);
    local_engine::serve::serve(listener, routes, service, told_to_stop(), drain)
        .await
        .map_err(|error| error.to_string())
}

/// Loads models into this process.
async fn load(models: Vec<Settings>) -> Result<House, String> {
    let metrics = Metrics::default();
    let mut loaded = Vec::new();
    for settings in models {
        let metrics = metrics.clone();
        let served = tokio::task::spawn_blocking(move || Served::load(settings, &metrics))
            .await
            .map_err(|error| error.to_string())?;
        loaded.push(served.map_err(|error| error.to_string())?);
    }
    Ok(House::new(loaded, &metrics))
}

impl Serve {
    /// The models of the configuration, then those of the command line.
    fn settings(&self) -> Result<Vec<Settings>, String> {
        let mut models = match &self.config {
            Some(path) => config::read(path).map_err(|error| error.to_string())?,
            None => Vec::new(),
        };
        models.extend(self.models.iter().map(|model| settings(model)));
        Ok(models)
    }
}

/// A model of the command line: its name is the file's, unless one is given.
fn settings(model: &str) -> Settings {
    let (name, file) = model.split_once('=').unwrap_or(("", model));
    let file = PathBuf::from(file);
    let name = if name.is_empty() {
        file.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
    } else {
        name.to_string()
    };
    Settings { preload: true, ..Settings::of_file(name, file) }
}

fn log() {
    let filter =
        EnvFilter::try_from_env("LOCAL_ENGINE_LOG").unwrap_or_else(|_| EnvFilter::new("info,llama-cpp-2=warn"));
    // A span's closing line says how long it took.
    let lines = tracing_subscriber::fmt::layer().json().with_span_events(FmtSpan::CLOSE);
    let lines = lines.with_writer(std::io::stderr).with_filter(filter);
    tracing_subscriber::registry().with(lines).with(Complaints).init();
}
