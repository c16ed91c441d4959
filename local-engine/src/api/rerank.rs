//! `/v1/rerank`: documents by how well they answer a query, in Jina's shape.

use std::sync::Arc;

use axum::{Json, body::Bytes, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    House, bounds,
    embeddings::{embedder, vectors},
    error::ApiError,
    params::read,
};
use crate::{model::Token, serving::Served, settings::Pooling};

#[derive(Debug, Deserialize)]
pub(super) struct RerankRequest {
    model: Option<String>,
    query: String,
    documents: Vec<Value>,
    top_n: Option<usize>,
    #[serde(default)]
    return_documents: bool,
}

/// Ranks documents.
pub(super) async fn rerank(State(house): State<Arc<House>>, body: Bytes) -> Result<Json<Value>, ApiError> {
    let request: RerankRequest = read(&body)?;
    let served = house.named(request.model.as_deref())?;
    let embedder = embedder(served)?;
    if served.settings.pooling != Pooling::Rank {
        return Err(ApiError::unbuilt(
            "model",
            format!("`{}` has no ranking head; serve a reranker with `reranking: true`", served.settings.name),
        ));
    }
    if request.documents.is_empty() {
        return Err(ApiError::invalid("documents", "holds nothing to rank"));
    }
    bounds::inputs("documents", request.documents.len())?;
    let query = served.model.tokenize(&request.query, true, false);
    if query.len() > served.settings.context {
        return Err(ApiError::too_long(query.len(), served.settings.context));
    }
    let texts: Vec<Vec<Token>> =
        request.documents.iter().map(|document| pair(served, &query, document)).collect::<Result<_, _>>()?;
    let count: usize = texts.iter().map(Vec::len).sum();
    let scores = vectors(embedder, served, texts).await?;
    let mut ranked: Vec<(usize, f32)> =
        scores.iter().map(|score| score.first().copied().unwrap_or(f32::NEG_INFINITY)).enumerate().collect();
    ranked.sort_by(|one, other| other.1.total_cmp(&one.1));
    ranked.truncate(request.top_n.unwrap_or(usize::MAX));
    let result = |(index, score): (usize, f32)| match request.documents.get(index) {
        Some(document) if request.return_documents => {
            json!({"index": index, "relevance_score": score, "document": document})
        }
        _ => json!({"index": index, "relevance_score": score}),
    };
    Ok(Json(json!({
        "object": "list",
        "model": served.settings.name,
        "results": ranked.into_iter().map(result).collect::<Vec<_>>(),
        "usage": {"prompt_tokens": count, "total_tokens": count},
    })))
}

/// Query and document as rerankers read them: each with the model's own start and end around it.
fn pair(served: &Served, query: &[Token], document: &Value) -> Result<Vec<Token>, ApiError> {
    let text = document.as_str().or_else(|| document.get("text").and_then(Value::as_str));
    let text = text.ok_or_else(|| ApiError::invalid("documents", "must hold texts, or objects with `text`"))?;
    let mut tokens = query.to_vec();
    tokens.extend(served.model.tokenize(text, true, false));
    Ok(tokens)
}
