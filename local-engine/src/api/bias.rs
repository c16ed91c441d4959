//! `logit_bias`, in each form that clients send.

use serde_json::Value;

use super::error::ApiError;
use crate::model::{Model, Token};

/// A bias that decides; a larger one would make probabilities no numbers.
const CERTAIN: f64 = 1e6;

/// OpenAI's map from token to bias, or llama.cpp's list of pairs of a token or text and a bias; `false` forbids.
pub(super) fn biases(bias: &Value, model: &dyn Model) -> Result<Vec<(Token, f32)>, ApiError> {
    let wrong = || {
        ApiError::invalid(
            "logit_bias",
            "must map tokens to numbers, or list pairs of a token or text and a number or false",
        )
    };
    let strength = |value: &Value| match value {
        Value::Bool(false) => Ok(f32::NEG_INFINITY),
        value => value.as_f64().map(|bias| bias.clamp(-CERTAIN, CERTAIN) as f32).ok_or_else(wrong),
    };
    let tokens = |key: &Value| match key {
        Value::String(text) => Ok(model.tokenize(text, false, false)),
        key => key.as_i64().and_then(|token| Token::try_from(token).ok()).map(|token| vec![token]).ok_or_else(wrong),
    };
    let mut biases = Vec::new();
    match bias {
        Value::Object(map) => {
            for (key, value) in map {
                let strength = strength(value)?;
                let tokens = key.parse().map_or_else(|_| model.tokenize(key, false, false), |token| vec![token]);
                biases.extend(tokens.into_iter().map(|token| (token, strength)));
            }
        }
        Value::Array(pairs) => {
            for pair in pairs {
                let (Some(key), Some(value)) = (pair.get(0), pair.get(1)) else {
                    return Err(wrong());
                };
                let strength = strength(value)?;
                biases.extend(tokens(key)?.into_iter().map(|token| (token, strength)));
            }
        }
        Value::Null => {}
        _ => return Err(wrong()),
    }
    Ok(biases)
}
