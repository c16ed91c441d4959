//! `/tokenize`, `/detokenize` and `/apply-template`: what a prompt is to the model.

use std::sync::Arc;

use axum::{Json, body::Bytes, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{House, chat::ChatRequest, error::ApiError, params::read};
use crate::model::Token;

#[derive(Debug, Deserialize)]
pub(super) struct Text {
    model: Option<String>,
    content: String,
    #[serde(default)]
    add_special: bool,
    #[serde(default = "yes")]
    parse_special: bool,
    #[serde(default)]
    with_pieces: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Tokens {
    model: Option<String>,
    tokens: Vec<Token>,
}

fn yes() -> bool {
    true
}

/// A text's tokens.
pub(super) async fn tokenize(State(house): State<Arc<House>>, body: Bytes) -> Result<Json<Value>, ApiError> {
    let request: Text = read(&body)?;
    let model = &house.named(request.model.as_deref())?.model;
    let tokens = model.tokenize(&request.content, request.add_special, request.parse_special);
    if !request.with_pieces {
        return Ok(Json(json!({"tokens": tokens})));
    }
    let piece = |token: &Token| {
        let bytes = model.piece(*token, true);
        // What is no text is given as its bytes.
        String::from_utf8(bytes).map_or_else(|broken| json!(broken.into_bytes()), |text| json!(text))
    };
    let tokens: Vec<Value> = tokens.iter().map(|token| json!({"id": token, "piece": piece(token)})).collect();
    Ok(Json(json!({"tokens": tokens})))
}

/// Tokens' text.
pub(super) async fn detokenize(State(house): State<Arc<House>>, body: Bytes) -> Result<Json<Value>, ApiError> {
    let request: Tokens = read(&body)?;
    let model = &house.named(request.model.as_deref())?.model;
    let bytes: Vec<u8> = request.tokens.iter().flat_map(|token| model.piece(*token, true)).collect();
    Ok(Json(json!({"content": String::from_utf8_lossy(&bytes)})))
}

/// The prompt that a chat becomes.
pub(super) async fn apply_template(State(house): State<Arc<House>>, body: Bytes) -> Result<Json<Value>, ApiError> {
    let request: ChatRequest = read(&body)?;
    let (served, writer) = house.answering(request.model())?;
    let chat = writer.chat.as_ref().map_err(|why| ApiError::invalid("messages", why.clone()))?;
    let tools = request.read_tools()?;
    Ok(Json(json!({"prompt": request.prompt(chat, &tools, &served.settings)?})))
}
