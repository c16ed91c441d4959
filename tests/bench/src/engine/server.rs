//! The servers that are compared: local-engine, and llama.cpp's own with the same threads and the same context for each request.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use dragoman_tests::client::{Client, Request};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process;

/// The most tokens of one request, prompt and answer together.
pub(crate) const CONTEXT: usize = 4608;

/// How a server is to serve.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    /// Threads that compute.
    pub(crate) threads: usize,
    /// Requests side by side.
    pub(crate) parallel: usize,
    /// Requests that may wait, where that can be said.
    pub(crate) queue: usize,
    /// Whether all share one memory, where local-engine serves.
    pub(crate) unified: bool,
}

/// A running server.
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    child: Child,
    folder: TempDir,
}

/// What is to be run.
pub(crate) struct Programs {
    /// Where they may run.
    pub(crate) cores: Vec<usize>,
    pub(crate) engine: PathBuf,
    pub(crate) model: PathBuf,
    /// llama.cpp's own server, if there is one.
    pub(crate) llama_server: Option<PathBuf>,
}

impl Programs {
    /// local-engine.
    pub(crate) fn ours(&self, shape: Shape) -> Server {
        let model = json!({
            "name": "perf",
            "parameters": {"model": self.model},
            "context_size": CONTEXT,
            "parallel": shape.parallel,
            "threads": shape.threads,
            "kv_unified": shape.unified,
            "queue": {"max": shape.queue, "timeout": 600},
            "preload": true,
        });
        Server::start(process::on(&self.cores, &self.engine), "/ready", |command, folder, address| {
            let file = folder.join("models.yaml");
            std::fs::write(&file, json!({"models": [model]}).to_string()).expect("models.yaml is written");
            command.args(["serve", "--listen", &address.to_string(), "--config"]).arg(file);
        })
    }

    /// llama-server. Flash attention is slower on a CPU, so it is measured without, as local-engine is.
    pub(crate) fn theirs(&self, shape: Shape) -> Option<Server> {
        let program = self.llama_server.as_ref()?;
        let context = (CONTEXT * shape.parallel).to_string();
        let (threads, parallel) = (shape.threads.to_string(), shape.parallel.to_string());
        Some(Server::start(process::on(&self.cores, program), "/health", |command, _, address| {
            command.args(["--host", "127.0.0.1", "--port", &address.port().to_string(), "--alias", "perf"]);
            command.args(["--threads", &threads, "--threads-batch", &threads, "--flash-attn", "off"]);
            command.args(["--parallel", &parallel, "--ctx-size", &context, "--model"]).arg(&self.model);
        }))
    }
}

impl Server {
    fn start(mut command: Command, ready: &str, arrange: impl FnOnce(&mut Command, &Path, SocketAddr)) -> Server {
        let folder = TempDir::new().expect("a folder for the server");
        let address = free_address();
        let log = File::create(folder.path().join("log")).expect("a file for its log");
        arrange(&mut command, folder.path(), address);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        let child = child.expect("taskset (Debian: util-linux) starts it");
        let mut server = Server { address, child, folder };
        server.wait_until_ready(ready);
        server
    }

    fn wait_until_ready(&mut self, path: &str) {
        let deadline = Instant::now() + Duration::from_secs(120);
        let request = Request::new("GET", path);
        let ready =
            |address| Client::try_connect(address).and_then(|mut client| Some(client.try_send(&request)?.status));
        while ready(self.address) != Some(200) {
            let ended = self.child.try_wait().ok().flatten();
            if ended.is_some() || Instant::now() > deadline {
                let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
                panic!("a server did not become ready ({ended:?}): {log}");
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A polite end first: local-engine's workers go with it either way.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let deadline = Instant::now() + Duration::from_secs(3);
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address")
}

/// A streamed completion.
pub(crate) fn completion(prompt: &str, tokens: usize) -> Request {
    Request::post("/v1/completions", body(prompt, tokens, true).to_string())
}

/// The same, perhaps not streamed.
pub(crate) fn body(prompt: &str, tokens: usize, stream: bool) -> Value {
    json!({"model": "perf", "prompt": prompt, "max_tokens": tokens, "temperature": 0, "stream": stream})
}
