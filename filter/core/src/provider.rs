//! The provider table: one row per provider, and the only place to add one.
//! Not the targets of a deployment (see `config::gateway`).

use std::borrow::Cow;

use crate::endpoint::Endpoint;
use crate::wire::{Format, Quirks};

/// What is known of a provider before any configuration.
#[derive(Debug)]
pub struct Provider {
    /// The name in `targets.*.provider`.
    pub name: &'static str,
    /// `https://host[:port]` when the file gives no `base_url`; `None` means it must.
    pub origin: Option<&'static str>,
    /// The path in front of the endpoint's, when `base_url` has none.
    pub prefix: &'static str,
    /// How its credential travels.
    pub auth: Auth,
    /// Where the model stands besides the body.
    pub addressing: Addressing,
    /// The endpoints it serves, where the file does not say. Into the format of the first that carries conversations those
    /// of other formats are translated.
    pub endpoints: &'static [Endpoint],
    /// Whether `stream_options.include_usage` is to be switched on: it is taken, and usage does not come without it.
    pub include_usage: bool,
    /// Headers it wants when the client did not send them.
    pub default_headers: &'static [(&'static str, &'static str)],
    /// What its dialect of that format takes.
    pub quirks: &'static Quirks,
}

/// How a credential travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// `authorization: Bearer …`
    Bearer,
    /// The header of this (lower-case) name, bare.
    Header(Cow<'static, str>),
    /// The query parameter of this name.
    Query(Cow<'static, str>),
}

/// Where the model stands in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addressing {
    /// In the body only.
    Body,
    /// `/openai/deployments/{model}` in front of the endpoint's path, and in the body.
    AzureDeployment,
    /// In the path of Google's own format; what is compatible with OpenAI stands below `/openai`, and takes another
    /// kind of credential.
    Gemini,
    /// Below a project, a location and this publisher; in the path only.
    Vertex(&'static str),
}

impl Provider {
    /// A server that has no row, and is like OpenAI's as far as the target does not say otherwise.
    pub const CUSTOM: Provider = Provider {
        name: "custom",
        origin: None,
        endpoints: &[Endpoint::Chat, Endpoint::Completions, Endpoint::Embeddings],
        include_usage: false,
        ..COMPATIBLE
    };

    /// A server that has no row, and speaks this format.
    pub fn custom(format: Format) -> &'static Provider {
        static CHAT: Provider = Provider::CUSTOM;
        static RESPONSES: Provider =
            Provider { endpoints: &[Endpoint::Responses], quirks: &Quirks::OPENAI, ..Provider::CUSTOM };
        static MESSAGES: Provider = Provider { name: "custom", origin: None, ..ANTHROPIC };
        static GEMINI: Provider =
            Provider { name: "custom", origin: None, endpoints: &[Endpoint::GenerateContent], ..self::GEMINI };
        match format {
            Format::Chat => &CHAT,
            Format::Responses => &RESPONSES,
            Format::Messages => &MESSAGES,
            Format::Gemini => &GEMINI,
        }
    }

    /// The row of this name.
    pub fn named(name: &str) -> Option<&'static Provider> {
        PROVIDERS.iter().find(|provider| provider.name == name)
    }
}

/// What servers of OpenAI's own making and their closest copies serve.
const OPENAI: Provider = Provider {
    name: "openai",
    origin: Some("https://api.openai.com"),
    prefix: "/v1",
    auth: Auth::Bearer,
    addressing: Addressing::Body,
    endpoints: &[
        Endpoint::Responses,
        Endpoint::Chat,
        Endpoint::Completions,
        Endpoint::Embeddings,
        Endpoint::Moderations,
        Endpoint::ImageGenerations,
        Endpoint::ImageEdits,
        Endpoint::ImageVariations,
        Endpoint::Speech,
        Endpoint::Transcriptions,
        Endpoint::Translations,
    ],
    include_usage: true,
    default_headers: &[],
    quirks: &Quirks::OPENAI,
};

/// What servers serve that copy OpenAI's.
const COMPATIBLE: Provider = Provider { quirks: &Quirks::COMPATIBLE, ..OPENAI };

/// Of those, the hosted ones, which refuse what OpenAI does not have.
const HOSTED: Quirks = Quirks { extensions: false, reasoning_content: false, ..Quirks::COMPATIBLE };

const ANTHROPIC: Provider = Provider {
    name: "anthropic",
    origin: Some("https://api.anthropic.com"),
    auth: Auth::Header(Cow::Borrowed("x-api-key")),
    endpoints: &[Endpoint::Messages, Endpoint::CountTokens],
    include_usage: false,
    default_headers: &[("anthropic-version", "2023-06-01")],
    quirks: &Quirks::ANTHROPIC,
    ..OPENAI
};

/// Its own format for conversations; what it has besides is compatible with OpenAI.
const GEMINI: Provider = Provider {
    name: "gemini",
    origin: Some("https://generativelanguage.googleapis.com"),
    prefix: "/v1beta",
    auth: Auth::Header(Cow::Borrowed("x-goog-api-key")),
    addressing: Addressing::Gemini,
    endpoints: &[Endpoint::GenerateContent, Endpoint::Embeddings, Endpoint::ImageGenerations],
    include_usage: false,
    quirks: &Quirks::GEMINI,
    ..OPENAI
};

/// The table. Where a row leaves something out, it is as OpenAI does it.
pub static PROVIDERS: &[Provider] = &[
    OPENAI,
    ANTHROPIC,
    // Responses and messages exist in newer releases: a target says so with `endpoints`.
    Provider {
        name: "ollama",
        origin: Some("http://127.0.0.1:11434"),
        endpoints: &[Endpoint::Chat, Endpoint::Completions, Endpoint::Embeddings],
        ..COMPATIBLE
    },
    Provider {
        name: "vllm",
        origin: None,
        endpoints: &[
            Endpoint::Chat,
            Endpoint::Completions,
            Endpoint::Embeddings,
            Endpoint::Rerank,
            Endpoint::Transcriptions,
            Endpoint::Translations,
        ],
        ..COMPATIBLE
    },
    Provider {
        name: "openrouter",
        origin: Some("https://openrouter.ai"),
        prefix: "/api/v1",
        endpoints: &[
            Endpoint::Chat,
            Endpoint::Completions,
            Endpoint::Responses,
            Endpoint::Messages,
            Endpoint::Embeddings,
        ],
        quirks: &HOSTED,
        ..OPENAI
    },
    Provider {
        name: "groq",
        origin: Some("https://api.groq.com"),
        prefix: "/openai/v1",
        endpoints: &[
            Endpoint::Chat,
            Endpoint::Responses,
            Endpoint::Speech,
            Endpoint::Transcriptions,
            Endpoint::Translations,
        ],
        quirks: &HOSTED,
        ..OPENAI
    },
    Provider {
        name: "together",
        origin: Some("https://api.together.ai"),
        endpoints: &[
            Endpoint::Chat,
            Endpoint::Completions,
            Endpoint::Embeddings,
            Endpoint::Rerank,
            Endpoint::ImageGenerations,
            Endpoint::Speech,
            Endpoint::Transcriptions,
            Endpoint::Translations,
        ],
        quirks: &HOSTED,
        ..OPENAI
    },
    Provider {
        name: "deepinfra",
        origin: Some("https://api.deepinfra.com"),
        prefix: "/v1/openai",
        endpoints: &[
            Endpoint::Chat,
            Endpoint::Completions,
            Endpoint::Embeddings,
            Endpoint::ImageGenerations,
            Endpoint::ImageEdits,
            Endpoint::Speech,
            Endpoint::Transcriptions,
            Endpoint::Translations,
        ],
        quirks: &HOSTED,
        ..OPENAI
    },
    Provider {
        name: "deepseek",
        origin: Some("https://api.deepseek.com"),
        endpoints: &[Endpoint::Chat],
        quirks: &HOSTED,
        ..OPENAI
    },
    // Its streams end with usage unasked, and fields it does not know are a 422.
    Provider {
        name: "mistral",
        origin: Some("https://api.mistral.ai"),
        endpoints: &[Endpoint::Chat, Endpoint::Embeddings, Endpoint::Moderations, Endpoint::Transcriptions],
        include_usage: false,
        quirks: &HOSTED,
        ..OPENAI
    },
    // Its streams end with usage unasked.
    Provider {
        name: "fireworks",
        origin: Some("https://api.fireworks.ai"),
        prefix: "/inference/v1",
        endpoints: &[
            Endpoint::Chat,
            Endpoint::Completions,
            Endpoint::Responses,
            Endpoint::Embeddings,
            Endpoint::Rerank,
        ],
        include_usage: false,
        quirks: &HOSTED,
        ..OPENAI
    },
    Provider {
        name: "xai",
        origin: Some("https://api.x.ai"),
        endpoints: &[Endpoint::Chat, Endpoint::Completions, Endpoint::Responses, Endpoint::ImageGenerations],
        quirks: &HOSTED,
        ..OPENAI
    },
    Provider {
        name: "azure-openai",
        origin: None,
        prefix: "",
        auth: Auth::Header(Cow::Borrowed("api-key")),
        addressing: Addressing::AzureDeployment,
        // The deployments' paths only: responses stand elsewhere there.
        endpoints: &[
            Endpoint::Chat,
            Endpoint::Completions,
            Endpoint::Embeddings,
            Endpoint::ImageGenerations,
            Endpoint::Speech,
            Endpoint::Transcriptions,
            Endpoint::Translations,
        ],
        ..OPENAI
    },
    GEMINI,
    // Google's platform: its host and its paths have a location in them.
    Provider {
        name: "vertex-gemini",
        origin: None,
        addressing: Addressing::Vertex("google"),
        endpoints: &[Endpoint::GenerateContent],
        include_usage: false,
        quirks: &Quirks::GEMINI,
        ..OPENAI
    },
    Provider {
        name: "vertex-anthropic",
        origin: None,
        addressing: Addressing::Vertex("anthropic"),
        endpoints: &[Endpoint::Messages, Endpoint::CountTokens],
        include_usage: false,
        quirks: &Quirks::VERTEX_ANTHROPIC,
        ..OPENAI
    },
    Provider {
        name: "local-engine",
        origin: Some("http://127.0.0.1:8081"),
        endpoints: &[Endpoint::Chat, Endpoint::Completions, Endpoint::Embeddings, Endpoint::Rerank],
        ..COMPATIBLE
    },
    Provider::CUSTOM,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_of_the_issue_has_one_row() {
        let names: Vec<&str> = PROVIDERS.iter().map(|provider| provider.name).collect();
        assert_eq!(
            names,
            [
                "openai",
                "anthropic",
                "ollama",
                "vllm",
                "openrouter",
                "groq",
                "together",
                "deepinfra",
                "deepseek",
                "mistral",
                "fireworks",
                "xai",
                "azure-openai",
                "gemini",
                "vertex-gemini",
                "vertex-anthropic",
                "local-engine",
                "custom"
            ]
        );
    }

    #[test]
    fn no_prefix_ends_in_a_slash_and_no_origin_has_a_path() {
        for provider in PROVIDERS {
            assert!(!provider.prefix.ends_with('/'), "{}", provider.name);
            let rest = provider.origin.and_then(|origin| origin.split_once("://"));
            assert!(rest.is_none_or(|(_, host)| !host.contains('/')), "{}", provider.name);
        }
    }
}
