//! The HTTP side: paths to handlers, and what they share.

mod bias;
mod bounds;
mod chat;
mod completions;
mod embeddings;
mod error;
mod generate;
mod guard;
mod health;
mod metrics;
mod models;
mod params;
mod receipt;
mod rerank;
mod stream;
mod tokens;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::from_fn_with_state,
    routing::{get, post},
};

pub use error::ApiError;
pub use guard::Keys;
pub(crate) use guard::guard;
pub(crate) use metrics::FORMAT as METRICS;
use prometheus_client::registry::Registry;

use crate::{
    engine::stats::Metrics,
    serve::Service,
    serving::{Served, Work, Writer},
};

/// The most bytes of a request's body.
pub(crate) const BODY: usize = 32 << 20;

/// What is served, by name.
pub struct House {
    models: BTreeMap<String, Arc<Served>>,
    stopping: AtomicBool,
    registry: Registry,
}

impl House {
    /// A house that serves these models.
    #[must_use]
    pub fn new(models: Vec<Served>, metrics: &Metrics) -> Self {
        let named = |served: Served| (served.settings.name.clone(), Arc::new(served));
        let mut registry = Registry::with_prefix("local_engine");
        metrics.register(&mut registry);
        let models = models.into_iter().map(named).collect();
        Self { models, stopping: AtomicBool::new(false), registry }
    }

    fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The models, by name.
    pub fn models(&self) -> impl Iterator<Item = &Arc<Served>> {
        self.models.values()
    }

    /// Whether requests are taken.
    #[must_use]
    pub fn ready(&self) -> bool {
        !self.stopping.load(Ordering::SeqCst)
    }

    /// The model of this name; the only one there is when none is named.
    fn named(&self, name: Option<&str>) -> Result<&Arc<Served>, ApiError> {
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            let mut models = self.models.values();
            return match (models.next(), models.next()) {
                (Some(only), None) => Ok(only),
                _ => Err(ApiError::invalid("model", format!("is missing; it must be one of: {}", self.names()))),
            };
        };
        self.models
            .values()
            .find(|served| served.settings.is_called(name))
            .ok_or_else(|| ApiError::no_model(format!("there is no model `{name}`; there are: {}", self.names())))
    }

    /// The model of this name, if it answers.
    fn answering(&self, name: Option<&str>) -> Result<(&Arc<Served>, &Writer), ApiError> {
        let served = self.named(name)?;
        match &served.work {
            Work::Answers(writer) => Ok((served, writer)),
            Work::Embeddings(_) => Err(ApiError::invalid(
                "model",
                format!("`{}` is served for embeddings, it does not answer", served.settings.name),
            )),
        }
    }

    fn names(&self) -> String {
        self.models.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
    }
}

impl Service for House {
    /// Takes no more requests; those that run go on.
    fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        for served in self.models() {
            match &served.work {
                Work::Answers(writer) => writer.engine.stop(),
                Work::Embeddings(embedder) => embedder.stop(),
            }
        }
    }

    /// Ends requests that run, each with a reason.
    fn cut(&self) {
        for served in self.models() {
            if let Work::Answers(writer) = &served.work {
                writer.engine.cut();
            }
        }
    }

    /// How many requests run or wait.
    fn occupied(&self) -> usize {
        let occupied = |served: &Arc<Served>| match &served.work {
            Work::Answers(writer) => writer.engine.occupied(),
            Work::Embeddings(embedder) => embedder.occupied(),
        };
        self.models().map(occupied).sum()
    }
}

/// The paths.
pub fn router(house: Arc<House>, keys: Keys) -> Router {
    Router::new()
        .route("/health", get(health::health))
        .route("/v1/health", get(health::health))
        .route("/ready", get(health::ready))
        .route("/metrics", get(metrics::metrics))
        .route("/v1/models", get(models::list))
        .route("/v1/models/load", post(models::load))
        .route("/v1/models/unload", post(models::unload))
        .route("/v1/models/{*name}", get(models::one))
        .route("/v1/chat/completions", post(chat::complete))
        .route("/v1/completions", post(completions::complete))
        .route("/v1/embeddings", post(embeddings::embed))
        .route("/v1/rerank", post(rerank::rerank))
        .route("/tokenize", post(tokens::tokenize))
        .route("/detokenize", post(tokens::detokenize))
        .route("/apply-template", post(tokens::apply_template))
        .fallback(
            |uri: axum::http::Uri| async move { ApiError::not_found(format!("there is nothing at {}", uri.path())) },
        )
        .method_not_allowed_fallback(|| async { ApiError::method() })
        .layer(DefaultBodyLimit::max(BODY))
        .layer(from_fn_with_state(keys, guard))
        .with_state(house)
}
