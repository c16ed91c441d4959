//! What is served.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{House, error::ApiError, params::read};
use crate::serving::Served;

/// All models.
pub(super) async fn list(State(house): State<Arc<House>>) -> Json<Value> {
    let data: Vec<Value> = house.models().map(|served| describe(served)).collect();
    Json(json!({"object": "list", "data": data}))
}

/// One model.
pub(super) async fn one(State(house): State<Arc<House>>, Path(name): Path<String>) -> Result<Json<Value>, ApiError> {
    Ok(Json(describe(house.named(Some(&name))?)))
}

#[derive(Deserialize)]
pub(super) struct Named {
    model: Option<String>,
}

/// Models in this process are loaded from the start.
pub(super) async fn load(State(house): State<Arc<House>>, body: Bytes) -> Result<Json<Value>, ApiError> {
    let named: Named = read(&body)?;
    Ok(Json(describe(house.named(named.model.as_deref())?)))
}

/// They stay as long as the process does.
pub(super) async fn unload(State(house): State<Arc<House>>, body: Bytes) -> Result<Json<Value>, ApiError> {
    let named: Named = read(&body)?;
    house.named(named.model.as_deref())?;
    Err(ApiError::unbuilt("model", "with --in-process a model stays loaded; serve without it to unload models"))
}

fn describe(served: &Served) -> Value {
    let facts = served.model.facts();
    json!({
        "id": served.settings.name,
        "object": "model",
        "created": served.since,
        "owned_by": "local-engine",
        "status": "loaded",
        "meta": {
            "n_ctx": served.settings.context,
            "n_ctx_train": facts.trained_context,
            "n_vocab": facts.vocabulary,
            "n_embd": facts.width,
            "n_params": facts.parameters,
            "size": facts.bytes,
        },
    })
}
