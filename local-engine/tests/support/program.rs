//! The program itself, as a user runs it over a models.yaml, and what tests ask of it.

use std::{path::PathBuf, process::Stdio, time::Duration};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use super::say;

/// The program, over a models.yaml.
pub struct Program {
    pub child: Child,
    pub base: String,
    pub client: reqwest::Client,
    pub folder: tempfile::TempDir,
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models").join(name)
}

/// A GGUF file of one key and no tensors.
fn gguf(key: &str, value: &str) -> Vec<u8> {
    let text = |text: &str| [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat();
    let counts = [0_u64, 1].map(u64::to_le_bytes).concat();
    [&b"GGUF"[..], &3_u32.to_le_bytes(), &counts, &text(key), &8_u32.to_le_bytes(), &text(value)].concat()
}

impl Program {
    pub async fn start(models: &str) -> Self {
        Self::with_keys(models, "").await
    }

    /// Lets in these keys only, if any; `DEMO`, `NOEOS`, `EMBED` and `RANK` in the text are the committed models.
    pub async fn with_keys(models: &str, keys: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("models.yaml");
        let demo = file("demo-q8_0.gguf");
        let committed = [("DEMO", "demo-q8_0"), ("NOEOS", "noeos-f32"), ("EMBED", "embed-f32"), ("RANK", "rank-f32")];
        let models = committed.iter().fold(models.to_string(), |models, (name, stem)| {
            models.replace(name, file(&format!("{stem}.gguf")).to_str().unwrap())
        });
        std::fs::write(&config, models).unwrap();
        std::fs::write(folder.path().join("broken.gguf"), b"GGUF and nothing that follows").unwrap();
        let (kind, architecture) = ("general.type", "general.architecture");
        for (key, value) in [(kind, "adapter"), (kind, "mmproj"), (architecture, "clip"), (architecture, "eagle3")] {
            std::fs::write(folder.path().join(format!("{value}.gguf")), gguf(key, value)).unwrap();
        }
        let whole = std::fs::read(&demo).unwrap();
        std::fs::write(folder.path().join("truncated.gguf"), &whole[..whole.len() / 2]).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_local-engine"))
            .args(["serve", "--listen", "127.0.0.1:0", "--drain", "20", "--config"])
            .arg(&config)
            .env("LOCAL_ENGINE_API_KEYS", keys)
            .env("LOCAL_ENGINE_LOG", "debug")
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(folder.path().join("log")).unwrap())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).await.unwrap();
        let base = line.trim().rsplit(' ').next().unwrap().to_string();
        Self { child, base, client: reqwest::Client::new(), folder }
    }

    pub async fn post(&self, path: &str, body: &Value) -> reqwest::Response {
        self.client.post(format!("{}{path}", self.base)).json(body).send().await.unwrap()
    }

    pub async fn chat(&self, model: &str) -> String {
        let mut body = say("What is Emma's email address?");
        body["model"] = json!(model);
        let answer: Value = self.post("/v1/chat/completions", &body).await.json().await.unwrap();
        answer["choices"][0]["message"]["content"].as_str().unwrap_or_else(|| panic!("{answer}")).to_string()
    }

    pub async fn status(&self, model: &str) -> String {
        let list: Value =
            self.client.get(format!("{}/v1/models/{model}", self.base)).send().await.unwrap().json().await.unwrap();
        list["status"].as_str().unwrap().to_string()
    }

    /// Many short chats, four at a time, every other one streamed.
    pub async fn ask_often(&self, times: usize) {
        let one = |n: usize| async move {
            let messages = json!([{"role": "user", "content": format!("Say {n}.")}]);
            let body = json!({"model": "chat", "stream": n.is_multiple_of(2), "max_tokens": 4, "messages": messages});
            let response = self.post("/v1/chat/completions", &body).await;
            assert_eq!(response.status(), 200);
            response.text().await.unwrap();
        };
        for start in (0..times).step_by(4) {
            futures_util::future::join_all((start..start + 4).map(one)).await;
        }
    }

    pub async fn metrics(&self) -> String {
        let page = self.client.get(format!("{}/metrics", self.base)).send().await.unwrap();
        page.text().await.unwrap()
    }

    /// Waits until the metrics say this.
    pub async fn until(&self, said: &str) {
        while !self.metrics().await.contains(said) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The processes of its workers.
    pub fn workers(&self) -> Vec<i32> {
        let pid = self.child.id().unwrap();
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
        let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
        let of = |task: std::io::Result<std::fs::DirEntry>| {
            std::fs::read_to_string(task.unwrap().path().join("children")).unwrap_or_default()
        };
        let all: String = tasks.map(of).chain([children.unwrap_or_default()]).collect::<Vec<_>>().join(" ");
        let mut pids: Vec<i32> = all.split_whitespace().map(|pid| pid.parse().unwrap()).collect();
        pids.sort_unstable();
        pids.dedup();
        pids
    }

    pub async fn signal(&self, pid: i32, signal: &str) {
        assert!(Command::new("kill").args([signal, &pid.to_string()]).status().await.unwrap().success());
    }

    /// The lines of its log, and its workers', so far.
    pub fn log(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.folder.path().join("log")).unwrap();
        let complete = text.rfind('\n').map_or("", |end| &text[..end]);
        complete.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
    }
}
