//! A server over the committed models, in this process, and what tests ask of it.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::allow_attributes,
    clippy::needless_pass_by_value,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests fail by panicking, and each test file uses its own part"
)]

pub mod program;

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use local_engine::{
    api::{House, Keys, router},
    engine::stats::Metrics,
    serve::Service,
    serving::Served,
    settings::Settings,
};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::{sync::oneshot, task::JoinHandle};

/// The settings of a committed model, named by the start of its file's name.
pub fn model(name: &str) -> Settings {
    let file = match name {
        "demo" => "demo-q8_0.gguf",
        "noeos" => "noeos-f32.gguf",
        "embed" => "embed-f32.gguf",
        "rank" => "rank-f32.gguf",
        other => panic!("there is no model {other}"),
    };
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models").join(file);
    Settings { context: 2048, ..Settings::of_file(name.into(), path) }
}

/// A running server.
pub struct Server {
    pub address: SocketAddr,
    pub client: Client,
    pub house: Arc<House>,
    stop: Option<oneshot::Sender<()>>,
    served: Option<JoinHandle<std::io::Result<()>>>,
}

impl Server {
    pub async fn start(models: Vec<Settings>) -> Self {
        Self::with(models, "", Duration::from_secs(5)).await
    }

    pub async fn with(models: Vec<Settings>, keys: &str, drain: Duration) -> Self {
        let metrics = Metrics::default();
        let served = models.into_iter().map(|settings| Served::load(settings, &metrics).unwrap()).collect();
        let house = Arc::new(House::new(served, &metrics));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let routes = router(Arc::clone(&house), Keys::new(keys.split(',')));
        let stopped = async { drop(stopped.await) };
        let served = tokio::spawn(local_engine::serve::serve(
            listener,
            routes,
            Arc::clone(&house) as Arc<dyn Service>,
            stopped,
            drain,
        ));
        Self { address, client: Client::new(), house, stop: Some(stop), served: Some(served) }
    }

    /// Tells the server to stop, as SIGTERM does.
    pub fn tell_to_stop(&mut self) -> JoinHandle<std::io::Result<()>> {
        drop(self.stop.take());
        self.served.take().unwrap()
    }

    pub fn request(&self, path: &str, body: &Value) -> RequestBuilder {
        self.client.post(self.url(path)).json(body)
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub async fn get(&self, path: &str) -> Response {
        self.client.get(self.url(path)).send().await.unwrap()
    }

    pub async fn post(&self, path: &str, body: &Value) -> Response {
        self.request(path, body).send().await.unwrap()
    }

    /// The body of an answer that must be 200.
    pub async fn ok(&self, path: &str, body: &Value) -> Value {
        let response = self.post(path, body).await;
        let status = response.status();
        let body: Value = response.json().await.unwrap();
        assert_eq!(status, 200, "{body}");
        body
    }

    /// The error of an answer that must have this status.
    pub async fn error(&self, status: u16, path: &str, body: &Value) -> Value {
        let response = self.post(path, body).await;
        let got = response.status();
        let body: Value = response.json().await.unwrap();
        assert_eq!(got, status, "{body}");
        body["error"].clone()
    }

    /// The events of a stream, without `[DONE]`, which must be the last.
    pub async fn events(&self, path: &str, body: &Value) -> Vec<Value> {
        let mut body = body.clone();
        body["stream"] = json!(true);
        let response = self.post(path, &body).await;
        assert_eq!(response.status(), 200);
        events(&response.text().await.unwrap())
    }

    /// A chat's text, whole.
    pub async fn chat(&self, body: &Value) -> String {
        let answer = self.ok("/v1/chat/completions", body).await;
        answer["choices"][0]["message"]["content"].as_str().unwrap_or_default().to_string()
    }

    /// A chat's text, streamed.
    pub async fn streamed(&self, body: &Value) -> String {
        let events = self.events("/v1/chat/completions", body).await;
        events.iter().filter_map(|event| event["choices"][0]["delta"]["content"].as_str()).collect()
    }

    /// Waits until nothing runs.
    pub async fn idle(&self) {
        while self.house.occupied() > 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

pub fn events(text: &str) -> Vec<Value> {
    let mut data: Vec<&str> = text.split("\n\n").filter_map(|event| event.strip_prefix("data: ")).collect();
    assert_eq!(data.pop(), Some("[DONE]"), "{text}");
    data.into_iter().map(|data| serde_json::from_str(data).unwrap()).collect()
}

/// A chat of one message at temperature 0.
pub fn say(text: &str) -> Value {
    json!({"messages": [{"role": "user", "content": text}], "temperature": 0})
}

/// `body` with more keys.
pub fn with(body: &Value, more: Value) -> Value {
    let mut body = body.clone();
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}
