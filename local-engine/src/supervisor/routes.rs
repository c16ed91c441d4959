//! The supervisor's paths: its own few, and everything else to the worker of the model that the body names.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Body,
    extract::{Request, State},
    http::header,
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use prometheus_client::encoding::text::encode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Supervisor,
    merge::merged,
    place::{Busy, Place},
    proxy,
};
use crate::api::{ApiError, BODY, Keys, guard};

#[derive(Deserialize)]
struct Named {
    model: Option<String>,
}

/// The paths.
pub fn router(supervisor: Arc<Supervisor>, keys: Keys) -> Router {
    Router::new()
        .route("/health", get(|| async { Json(json!({"status": "ok"})) }))
        .route("/v1/health", get(|| async { Json(json!({"status": "ok"})) }))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
        .route("/v1/models", get(list))
        .route("/v1/models/load", post(load))
        .route("/v1/models/unload", post(unload))
        .route("/v1/models/{*name}", get(one))
        .route("/v1/chat/completions", post(hand_on))
        .route("/v1/completions", post(hand_on))
        .route("/v1/embeddings", post(hand_on))
        .route("/v1/rerank", post(hand_on))
        .route("/tokenize", post(hand_on))
        .route("/detokenize", post(hand_on))
        .route("/apply-template", post(hand_on))
        .fallback(
            |uri: axum::http::Uri| async move { ApiError::not_found(format!("there is nothing at {}", uri.path())) },
        )
        .method_not_allowed_fallback(|| async { ApiError::method() })
        .layer(from_fn_with_state(keys, guard))
        .with_state(supervisor)
}

async fn ready(State(supervisor): State<Arc<Supervisor>>) -> Result<Json<Value>, ApiError> {
    if supervisor.ready() {
        return Ok(Json(json!({"status": "ready"})));
    }
    Err(ApiError::unavailable("models are being loaded, or the engine is stopping", Duration::from_secs(1)))
}

async fn metrics(State(supervisor): State<Arc<Supervisor>>) -> Result<Response, ApiError> {
    let mut own = String::new();
    encode(&mut own, &supervisor.registry).map_err(|error| ApiError::failed(error.to_string()))?;
    let mut pages = vec![own];
    for worker in supervisor.places.values().filter_map(|place| place.present()) {
        let page = proxy::get(worker, "/metrics").await;
        pages.extend(page.map(|page| String::from_utf8_lossy(&page).into_owned()));
    }
    Ok(([(header::CONTENT_TYPE, crate::api::METRICS)], merged(&pages)).into_response())
}

async fn list(State(supervisor): State<Arc<Supervisor>>) -> Json<Value> {
    let data: Vec<Value> = supervisor.places.values().map(|place| describe(place)).collect();
    Json(json!({"object": "list", "data": data}))
}

async fn one(
    State(supervisor): State<Arc<Supervisor>>,
    axum::extract::Path(name): axum::extract::Path<String>,
) -> Result<Json<Value>, ApiError> {
    Ok(Json(describe(supervisor.named(Some(&name))?)))
}

fn describe(place: &Place) -> Value {
    let status = if place.loaded() { "loaded" } else { "unloaded" };
    json!({"id": place.settings.name, "object": "model", "created": 0, "owned_by": "local-engine", "status": status})
}

async fn load(State(supervisor): State<Arc<Supervisor>>, request: Request) -> Result<Json<Value>, ApiError> {
    let (_, body) = read(request).await?;
    let place = supervisor.named(name(&body)?.as_deref())?;
    supervisor.worker(place).await?;
    Ok(Json(describe(place)))
}

async fn unload(State(supervisor): State<Arc<Supervisor>>, request: Request) -> Result<Json<Value>, ApiError> {
    let (_, body) = read(request).await?;
    let place = supervisor.named(name(&body)?.as_deref())?;
    if !place.unload().await && place.loaded() {
        return Err(ApiError::busy("the model is in use; try again later", Duration::from_secs(1)));
    }
    Ok(Json(describe(place)))
}

async fn hand_on(State(supervisor): State<Arc<Supervisor>>, request: Request) -> Result<Response<Body>, ApiError> {
    let (parts, body) = read(request).await?;
    let place = supervisor.named(name(&body)?.as_deref())?;
    let busy = Busy::new(place);
    let connection = supervisor.connection(place).await?;
    let response = proxy::hand_on(connection, parts, body, busy).await?;
    place.worked();
    Ok(response)
}

async fn read(request: Request) -> Result<(axum::http::request::Parts, bytes::Bytes), ApiError> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, BODY).await;
    let body =
        body.map_err(|_| ApiError::too_large(format!("the body is larger than {} MiB, or was cut", BODY >> 20)))?;
    Ok((parts, body))
}

fn name(body: &[u8]) -> Result<Option<String>, ApiError> {
    let named: Named = serde_json::from_slice(body)
        .map_err(|error| ApiError::invalid("", format!("the body is no usable JSON object: {error}")))?;
    Ok(named.model)
}
