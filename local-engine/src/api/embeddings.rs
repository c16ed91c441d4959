//! `/v1/embeddings`.

use std::sync::Arc;

use axum::{Json, body::Bytes, extract::State};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{House, bounds, error::ApiError, generate::refusal, params::read};
use crate::{
    embedder::Embedder,
    model::Token,
    serving::{Served, Work},
    settings::Pooling,
};

#[derive(Debug, Deserialize)]
pub(super) struct EmbeddingsRequest {
    model: Option<String>,
    input: Value,
    encoding_format: Option<String>,
    dimensions: Option<usize>,
}

/// Texts' embeddings, of length 1.
pub(super) async fn embed(State(house): State<Arc<House>>, body: Bytes) -> Result<Json<Value>, ApiError> {
    let request: EmbeddingsRequest = read(&body)?;
    let served = house.named(request.model.as_deref())?;
    let embedder = embedder(served)?;
    if served.settings.pooling == Pooling::Rank {
        return Err(ApiError::invalid(
            "model",
            format!("`{}` is served for ranking; use /v1/rerank", served.settings.name),
        ));
    }
    let base64 = match request.encoding_format.as_deref() {
        None | Some("float") => false,
        Some("base64") => true,
        Some(_) => {
            return Err(ApiError::invalid("encoding_format", "must be float or base64"));
        }
    };
    if request.dimensions.is_some_and(|dimensions| dimensions != served.model.facts().width) {
        return Err(ApiError::unbuilt(
            "dimensions",
            format!("the model's embeddings have {} dimensions and are not cut", served.model.facts().width),
        ));
    }
    let texts = inputs(&request.input, served)?;
    let count: usize = texts.iter().map(Vec::len).sum();
    let vectors = vectors(embedder, served, texts).await?;
    let data = vectors.into_iter().enumerate().map(|(index, vector)| {
        let vector = unit(vector);
        let embedding = if base64 { json!(STANDARD.encode(bytes(&vector))) } else { json!(vector) };
        json!({"object": "embedding", "index": index, "embedding": embedding})
    });
    Ok(Json(json!({
        "object": "list",
        "model": served.settings.name,
        "data": data.collect::<Vec<_>>(),
        "usage": {"prompt_tokens": count, "total_tokens": count},
    })))
}

/// The model's embedder, if it is served for that.
pub(super) fn embedder(served: &Served) -> Result<&Embedder, ApiError> {
    match &served.work {
        Work::Embeddings(embedder) => Ok(embedder),
        Work::Answers(_) => Err(ApiError::invalid(
            "model",
            format!("`{}` is not served for embeddings; serve it with `embeddings: true`", served.settings.name),
        )),
    }
}

/// The texts' vectors; each text must fit the context.
pub(super) async fn vectors(
    embedder: &Embedder,
    served: &Served,
    texts: Vec<Vec<Token>>,
) -> Result<Vec<Vec<f32>>, ApiError> {
    let context = served.settings.context;
    if let Some(long) = texts.iter().find(|text| text.len() > context) {
        return Err(ApiError::too_long(long.len(), context));
    }
    let vectors = embedder.embed(texts).await.map_err(|refused| refusal(&refused))?;
    vectors.map_err(ApiError::failed)
}

fn inputs(input: &Value, served: &Served) -> Result<Vec<Vec<Token>>, ApiError> {
    let size = served.model.facts().vocabulary;
    let token = |value: &Value| {
        let token = value.as_u64().and_then(|token| usize::try_from(token).ok()).filter(|token| *token < size);
        let token = token.and_then(|token| Token::try_from(token).ok());
        token.ok_or_else(|| ApiError::invalid("input", format!("holds {value}, which is no token of this model")))
    };
    let one = |value: &Value| match value {
        Value::String(text) => Ok(served.model.tokenize(text, true, false)),
        Value::Array(tokens) => tokens.iter().map(token).collect(),
        _ => Err(ApiError::invalid("input", "must be text, tokens, or a list of these")),
    };
    let many = input.as_array().filter(|items| !items.iter().any(Value::is_number));
    bounds::inputs("input", many.map_or(1, Vec::len))?;
    let texts: Vec<Vec<Token>> = match input {
        Value::Array(items) if items.iter().any(Value::is_number) => {
            vec![items.iter().map(token).collect::<Result<_, _>>()?]
        }
        Value::Array(items) => items.iter().map(one).collect::<Result<_, _>>()?,
        value => vec![one(value)?],
    };
    if texts.is_empty() || texts.iter().any(Vec::is_empty) {
        return Err(ApiError::invalid("input", "holds nothing to embed"));
    }
    Ok(texts)
}

fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|x| *x = (f64::from(*x) / length) as f32);
    }
    vector
}

fn bytes(vector: &[f32]) -> Vec<u8> {
    vector.iter().flat_map(|x| x.to_le_bytes()).collect()
}
