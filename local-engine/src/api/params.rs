//! The sampling keys that chat completions and completions share, and the one reading of a request's body.

use axum::body::Bytes;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::{bias::biases, bounds, error::ApiError};
use crate::{model::Model, sampling::Sampling, settings::Settings};

/// Sampling keys, as OpenAI and llama.cpp spell them. What is absent is as the model's settings say.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Params {
    pub max_tokens: Option<i64>,
    pub max_completion_tokens: Option<i64>,
    pub n_predict: Option<i64>,
    pub n: Option<usize>,
    pub stop: Option<OneOrMany>,
    pub seed: Option<i64>,
    pub stream: Option<bool>,
    pub stream_options: Option<StreamOptions>,
    pub cache_prompt: Option<bool>,
    pub return_progress: Option<bool>,
    pub temperature: Option<f32>,
    pub dynatemp_range: Option<f32>,
    pub dynatemp_exponent: Option<f32>,
    pub top_k: Option<i32>,
    pub top_p: Option<f32>,
    pub min_p: Option<f32>,
    pub typical_p: Option<f32>,
    pub top_n_sigma: Option<f32>,
    pub xtc_probability: Option<f32>,
    pub xtc_threshold: Option<f32>,
    pub repeat_penalty: Option<f32>,
    pub repeat_last_n: Option<i32>,
    pub frequency_penalty: Option<f32>,
    pub presence_penalty: Option<f32>,
    pub dry_multiplier: Option<f32>,
    pub dry_base: Option<f32>,
    pub dry_allowed_length: Option<i32>,
    pub dry_penalty_last_n: Option<i32>,
    pub dry_sequence_breakers: Option<Vec<String>>,
    pub mirostat: Option<u8>,
    pub mirostat_tau: Option<f32>,
    pub mirostat_eta: Option<f32>,
    pub logit_bias: Option<Value>,
    pub ignore_eos: Option<bool>,
    pub grammar: Option<String>,
    pub json_schema: Option<Value>,
    pub response_format: Option<Value>,
}

/// `stream_options`.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) struct StreamOptions {
    /// Whether the stream ends with its usage.
    #[serde(default)]
    pub include_usage: bool,
}

/// A string or a list of them.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMany {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl OneOrMany {
    /// As a list.
    #[must_use]
    pub(super) fn list(&self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text.clone()],
            Self::Many(texts) => texts.clone(),
        }
    }
}

/// Keys that ask for what is not built.
const UNBUILT: &[(&str, &str)] = &[
    ("lora", "LoRA adapters are not served"),
    ("audio", "only text is served"),
    ("image_data", "only text is served"),
    ("modalities", "only text is served"),
    ("speculative.n_max", "speculative decoding is not served"),
    ("functions", "`functions` is gone from the API; send `tools`"),
];

/// Reads a body, naming the key at fault.
pub(super) fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, ApiError> {
    typed(&object(body)?)
}

/// Reads a body that holds sampling keys beside its own. Two readings, for a flattened one forgets the keys' paths.
pub(super) fn read_with_params<T: DeserializeOwned>(body: &Bytes) -> Result<(T, Params), ApiError> {
    let value = object(body)?;
    Ok((typed(&value)?, typed(&value)?))
}

fn object(body: &Bytes) -> Result<Value, ApiError> {
    let value: Value =
        serde_json::from_slice(body).map_err(|error| ApiError::invalid("", format!("the body is no JSON: {error}")))?;
    match value.as_object() {
        Some(object) => refuse_unbuilt(object)?,
        None => return Err(ApiError::invalid("", "the body must be a JSON object")),
    }
    Ok(value)
}

fn typed<T: DeserializeOwned>(value: &Value) -> Result<T, ApiError> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." { String::new() } else { path };
        ApiError::invalid(&path, error.inner().to_string())
    })
}

fn refuse_unbuilt(object: &Map<String, Value>) -> Result<(), ApiError> {
    let asks = |value: &Value| match value {
        Value::Null => false,
        Value::Array(list) => list.iter().any(|item| item != "text"),
        _ => true,
    };
    match UNBUILT.iter().find(|(key, _)| object.get(*key).is_some_and(asks)) {
        Some((key, why)) => Err(ApiError::unbuilt(key, *why)),
        None => Ok(()),
    }
}

impl Params {
    /// The sampling of the answer with this index, checked.
    pub(super) fn sampling(&self, settings: &Settings, model: &dyn Model, index: usize) -> Result<Sampling, ApiError> {
        self.grammar.as_deref().map_or(Ok(()), bounds::grammar)?;
        bounds::texts("dry_sequence_breakers", self.dry_sequence_breakers.iter().flatten())?;
        let base = settings.sampling.clone();
        let seed = match self.seed {
            Some(seed) if seed >= 0 => u32::try_from(seed & 0xffff_ffff).unwrap_or_default(),
            None if settings.seeded => base.seed,
            _ => rand::random(),
        };
        let sampling = Sampling {
            temperature: ranged("temperature", self.temperature, base.temperature, 0.0, 100.0)?,
            dynatemp_range: ranged("dynatemp_range", self.dynatemp_range, base.dynatemp_range, 0.0, 100.0)?,
            dynatemp_exponent: ranged("dynatemp_exponent", self.dynatemp_exponent, base.dynatemp_exponent, 0.0, 100.0)?,
            top_k: self.top_k.unwrap_or(base.top_k),
            top_p: ranged("top_p", self.top_p, base.top_p, 0.0, 1.0)?,
            min_p: ranged("min_p", self.min_p, base.min_p, 0.0, 1.0)?,
            typical_p: ranged("typical_p", self.typical_p, base.typical_p, 0.0, 1.0)?,
            top_n_sigma: ranged("top_n_sigma", self.top_n_sigma, base.top_n_sigma, -1.0, 100.0)?,
            xtc_probability: ranged("xtc_probability", self.xtc_probability, base.xtc_probability, 0.0, 1.0)?,
            xtc_threshold: ranged("xtc_threshold", self.xtc_threshold, base.xtc_threshold, 0.0, 1.0)?,
            repeat_penalty: ranged("repeat_penalty", self.repeat_penalty, base.repeat_penalty, 0.01, 100.0)?,
            repeat_last_n: self.repeat_last_n.unwrap_or(base.repeat_last_n),
            frequency_penalty: ranged("frequency_penalty", self.frequency_penalty, base.frequency_penalty, -2.0, 2.0)?,
            presence_penalty: ranged("presence_penalty", self.presence_penalty, base.presence_penalty, -2.0, 2.0)?,
            dry_multiplier: ranged("dry_multiplier", self.dry_multiplier, base.dry_multiplier, 0.0, 100.0)?,
            dry_base: ranged("dry_base", self.dry_base, base.dry_base, 1.0, 100.0)?,
            dry_allowed_length: self.dry_allowed_length.unwrap_or(base.dry_allowed_length).max(0),
            dry_penalty_last_n: self.dry_penalty_last_n.unwrap_or(base.dry_penalty_last_n),
            dry_sequence_breakers: self.dry_sequence_breakers.clone().unwrap_or(base.dry_sequence_breakers),
            mirostat: self.mirostat.unwrap_or(base.mirostat),
            mirostat_tau: ranged("mirostat_tau", self.mirostat_tau, base.mirostat_tau, 0.0, 100.0)?,
            mirostat_eta: ranged("mirostat_eta", self.mirostat_eta, base.mirostat_eta, 0.0, 100.0)?,
            logit_bias: match &self.logit_bias {
                Some(bias) => biases(bias, model)?,
                None => base.logit_bias,
            },
            ignore_eos: self.ignore_eos.unwrap_or(base.ignore_eos),
            grammar: self.grammar.clone().filter(|grammar| !grammar.is_empty()).or(base.grammar),
            grammar_triggers: Vec::new(),
            seed: seed.wrapping_add(u32::try_from(index).unwrap_or_default()),
        };
        match sampling.mirostat {
            0..=2 => Ok(sampling),
            _ => Err(ApiError::invalid("mirostat", "must be 0, 1 or 2")),
        }
    }

    /// The most tokens an answer may have, where the prompt leaves `room`.
    pub(super) fn limit(&self, settings: &Settings, room: usize) -> Result<usize, ApiError> {
        let asked = self.max_completion_tokens.or(self.max_tokens).or(self.n_predict);
        match asked {
            None | Some(-1) => Ok(settings.max_tokens.unwrap_or(room).min(room)),
            Some(limit) => match usize::try_from(limit) {
                Ok(limit) if limit > 0 => Ok(limit.min(room)),
                _ => Err(ApiError::invalid("max_tokens", "must be at least 1, or -1 for as many as fit")),
            },
        }
    }

    /// How many answers are asked for.
    pub(super) fn answers(&self) -> Result<usize, ApiError> {
        match self.n.unwrap_or(1) {
            n @ 1..=16 => Ok(n),
            _ => Err(ApiError::invalid("n", "must be between 1 and 16")),
        }
    }

    /// What ends an answer.
    pub(super) fn stops(&self, settings: &Settings) -> Result<Vec<String>, ApiError> {
        let mut stops = self.stop.as_ref().map(OneOrMany::list).unwrap_or_default();
        bounds::texts("stop", stops.iter())?;
        stops.extend(settings.stop.iter().cloned());
        Ok(stops)
    }

    /// The JSON schema that the answer must follow, if one was asked for.
    pub(super) fn schema(&self) -> Result<Option<Value>, ApiError> {
        if let Some(schema) = &self.json_schema {
            return Ok(Some(schema.clone()));
        }
        let Some(format) = self.response_format.as_ref().filter(|format| !format.is_null()) else {
            return Ok(None);
        };
        let any = || serde_json::json!({"type": "object"});
        match format.get("type").and_then(Value::as_str) {
            Some("text") => Ok(None),
            Some("json_object") => Ok(Some(format.get("schema").cloned().unwrap_or_else(any))),
            Some("json_schema") => match format.pointer("/json_schema/schema").or_else(|| format.get("schema")) {
                Some(schema @ Value::Object(_)) => Ok(Some(schema.clone())),
                _ => Err(ApiError::invalid("response_format.json_schema.schema", "must be a JSON schema")),
            },
            _ => Err(ApiError::invalid("response_format.type", "must be text, json_object or json_schema")),
        }
    }
}

fn ranged(key: &str, asked: Option<f32>, base: f32, least: f32, most: f32) -> Result<f32, ApiError> {
    let value = asked.unwrap_or(base);
    if value.is_finite() && (least..=most).contains(&value) {
        return Ok(value);
    }
    Err(ApiError::invalid(key, format!("must be between {least} and {most}")))
}
