//! The API endpoints that Dragoman knows: how a path names one, in which format its conversations are written, and which
//! error shape its clients read. Not where an endpoint's request goes (see `provider`), nor what is in its body (see
//! `request::read`).

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

use crate::wire::Format;

/// An endpoint of the API that clients see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// `POST /v1/chat/completions`
    Chat,
    /// `POST /v1/completions`
    Completions,
    /// `POST /v1/responses`
    Responses,
    /// `POST /v1/messages`
    Messages,
    /// `POST /v1/messages/count_tokens`
    CountTokens,
    /// `POST /v1beta/models/MODEL:generateContent`, or `:streamGenerateContent?alt=sse`
    GenerateContent,
    /// `POST /v1/embeddings`
    Embeddings,
    /// `POST /v1/rerank`
    Rerank,
    /// `POST /v1/moderations`
    Moderations,
    /// `POST /v1/images/generations`
    ImageGenerations,
    /// `POST /v1/images/edits` (multipart or JSON)
    ImageEdits,
    /// `POST /v1/images/variations` (multipart)
    ImageVariations,
    /// `POST /v1/audio/speech`
    Speech,
    /// `POST /v1/audio/transcriptions` (multipart)
    Transcriptions,
    /// `POST /v1/audio/translations` (multipart)
    Translations,
}

/// The shape of a client's errors (and of its model list).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `{"error": {message, type, param, code}}`
    OpenAi,
    /// `{"type": "error", "error": {type, message}}`
    Anthropic,
    /// `{"error": {code, message, status}}`
    Google,
}

impl Dialect {
    /// Its name, for filter state.
    pub fn name(self) -> &'static str {
        match self {
            Dialect::OpenAi => "openai",
            Dialect::Anthropic => "anthropic",
            Dialect::Google => "google",
        }
    }
}

/// What a path says beside the endpoint, where the body does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InPath {
    /// The model.
    pub model: String,
    /// Whether a stream is asked for.
    pub stream: bool,
}

impl Endpoint {
    /// Every endpoint, in the order of the documentation.
    pub const ALL: [Endpoint; 15] = [
        Endpoint::Chat,
        Endpoint::Completions,
        Endpoint::Responses,
        Endpoint::Messages,
        Endpoint::CountTokens,
        Endpoint::GenerateContent,
        Endpoint::Embeddings,
        Endpoint::Rerank,
        Endpoint::Moderations,
        Endpoint::ImageGenerations,
        Endpoint::ImageEdits,
        Endpoint::ImageVariations,
        Endpoint::Speech,
        Endpoint::Transcriptions,
        Endpoint::Translations,
    ];

    /// The path below the API's prefix: `/chat/completions`. Where a model stands in it, it is `MODEL`.
    pub fn path(self) -> &'static str {
        match self {
            Endpoint::Chat => "/chat/completions",
            Endpoint::Completions => "/completions",
            Endpoint::Responses => "/responses",
            Endpoint::Messages => "/messages",
            Endpoint::CountTokens => "/messages/count_tokens",
            Endpoint::GenerateContent => "/models/MODEL:generateContent",
            Endpoint::Embeddings => "/embeddings",
            Endpoint::Rerank => "/rerank",
            Endpoint::Moderations => "/moderations",
            Endpoint::ImageGenerations => "/images/generations",
            Endpoint::ImageEdits => "/images/edits",
            Endpoint::ImageVariations => "/images/variations",
            Endpoint::Speech => "/audio/speech",
            Endpoint::Transcriptions => "/audio/transcriptions",
            Endpoint::Translations => "/audio/translations",
        }
    }

    /// The name used in configuration, logs and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Endpoint::Chat => "chat",
            Endpoint::Completions => "completions",
            Endpoint::Responses => "responses",
            Endpoint::Messages => "messages",
            Endpoint::CountTokens => "count_tokens",
            Endpoint::GenerateContent => "generate_content",
            Endpoint::Embeddings => "embeddings",
            Endpoint::Rerank => "rerank",
            Endpoint::Moderations => "moderations",
            Endpoint::ImageGenerations => "image_generations",
            Endpoint::ImageEdits => "image_edits",
            Endpoint::ImageVariations => "image_variations",
            Endpoint::Speech => "speech",
            Endpoint::Transcriptions => "transcriptions",
            Endpoint::Translations => "translations",
        }
    }

    /// The endpoint that a request path (without its query) names, if any.
    pub fn of_path(path: &str) -> Option<Endpoint> {
        if InPath::of(path).is_some() {
            return Some(Endpoint::GenerateContent);
        }
        let rest = path.strip_prefix("/v1")?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let named = Endpoint::ALL.into_iter().find(|endpoint| endpoint.path() == rest);
        named.filter(|endpoint| *endpoint != Endpoint::GenerateContent)
    }

    /// Whether its requests may come as multipart forms.
    pub fn takes_forms(self) -> bool {
        matches!(
            self,
            Endpoint::ImageEdits | Endpoint::ImageVariations | Endpoint::Transcriptions | Endpoint::Translations
        )
    }

    /// The endpoint whose conversations are written in this format.
    pub fn of(format: Format) -> Endpoint {
        match format {
            Format::Chat => Endpoint::Chat,
            Format::Responses => Endpoint::Responses,
            Format::Messages => Endpoint::Messages,
            Format::Gemini => Endpoint::GenerateContent,
        }
    }

    /// The format in which its conversations are written; `None` where it carries none. Formats are translated into
    /// one another.
    pub fn format(self) -> Option<Format> {
        match self {
            Endpoint::Chat => Some(Format::Chat),
            Endpoint::Responses => Some(Format::Responses),
            Endpoint::Messages => Some(Format::Messages),
            Endpoint::GenerateContent => Some(Format::Gemini),
            _ => None,
        }
    }

    /// The error shape that this endpoint's clients read.
    pub fn dialect(self) -> Dialect {
        match self {
            Endpoint::Messages | Endpoint::CountTokens => Dialect::Anthropic,
            Endpoint::GenerateContent => Dialect::Google,
            _ => Dialect::OpenAi,
        }
    }
}

impl InPath {
    /// Reads `/v1beta/models/MODEL:generateContent`; Google's Python client says `/v1`.
    pub fn of(path: &str) -> Option<InPath> {
        let named = path.strip_prefix("/v1beta/models/").or_else(|| path.strip_prefix("/v1/models/"))?;
        let (model, verb) = named.rsplit_once(':')?;
        let stream = match verb {
            "generateContent" => false,
            "streamGenerateContent" => true,
            _ => return None,
        };
        Some(InPath { model: percent_decode_str(model).decode_utf8().ok()?.into_owned(), stream })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_an_endpoint_and_sometimes_its_model() {
        assert_eq!(Endpoint::of_path("/v1/chat/completions/"), Some(Endpoint::Chat));
        assert_eq!(Endpoint::of_path("/v1/models/MODEL"), None);
        assert_eq!(Endpoint::of_path("/v1beta/models/gemini-3:countTokens"), None);
        for (path, model, stream) in [
            ("/v1beta/models/gemini-3:generateContent", "gemini-3", false),
            ("/v1/models/gemini-3:generateContent", "gemini-3", false),
            ("/v1beta/models/ollama%2Fqwen:7b:streamGenerateContent", "ollama/qwen:7b", true),
        ] {
            assert_eq!(Endpoint::of_path(path), Some(Endpoint::GenerateContent));
            assert_eq!(InPath::of(path), Some(InPath { model: model.to_owned(), stream }));
        }
    }
}
