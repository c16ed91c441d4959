//! `targets.*`: a place that serves models.

use indexmap::IndexMap;
use serde::Deserialize;

use super::network::Network;
use super::values::{self, OneOrMany};
use crate::endpoint::Endpoint;
use crate::wire::Format;

/// A place that serves models.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// What speaks there: a row of the provider table, such as `openai`, `anthropic`, `ollama`, `custom`.
    pub provider: String,
    /// `http(s)://host[:port][/path]`. A path replaces the provider's. Default: the provider's own address, if it has one.
    pub base_url: Option<String>,
    /// The provider's keys, tried in this order, each a reference: `${env.NAME}`, `${env.NAME:=}` (may be absent) or
    /// `${file:/path}`. None for a target that takes none.
    #[serde(default)]
    pub credentials: Option<OneOrMany<String>>,
    /// The models it serves, by name: `GET /v1/models` lists them for routes that only have globs.
    #[serde(default)]
    pub models: OneOrMany<String>,
    /// `local-engine` only: a models.yaml, or a folder of GGUF files, that `dragoman up` starts an engine for, at the target's
    /// address. A relative path starts at the configuration.
    pub serve: Option<String>,
    /// Headers that every request to it carries.
    #[serde(default)]
    pub headers: IndexMap<String, String>,
    /// Whether Dragoman asks it for the usage of streams (`stream_options.include_usage`). Default: as the provider needs.
    #[serde(default, deserialize_with = "values::some_flag")]
    #[cfg_attr(feature = "schema", schemars(with = "values::FlagText"))]
    pub include_usage: Option<bool>,
    /// `azure-openai` only: the `api-version` to ask for. Default: `2024-10-21`.
    pub api_version: Option<String>,
    /// `custom` only: the format of its conversations: `chat`, `responses`, `messages` or `gemini`. Default: `chat`.
    pub format: Option<Format>,
    /// `custom` only: how its credential travels: `bearer`, `{header: NAME}` or `{query: NAME}`.
    /// Default: as servers of its format have it.
    pub auth: Option<CustomAuth>,
    /// `vertex-gemini` and `vertex-anthropic` only: the project that pays.
    pub project: Option<String>,
    /// `vertex-gemini` and `vertex-anthropic` only: where the model runs: `us-central1`, `eu`, `global`. It names the host,
    /// where `base_url` does not. Default: `global`.
    pub location: Option<String>,
    /// `vertex-gemini` and `vertex-anthropic` only, in place of `credentials`: the address of Google's metadata server, which
    /// hands out the credential of the machine: `http://metadata.google.internal`.
    pub metadata_server: Option<String>,
    /// `vertex-gemini` and `vertex-anthropic` only, in place of `credentials`: a service account's key, the JSON file that
    /// Google hands out, as a reference: `${file:/path}` or `${env.NAME}`. Only in builds with the feature `service-account`.
    pub service_account: Option<String>,
    /// The endpoints it serves. Conversations in other formats are translated into that of the first of them that carries
    /// any. Default: what the provider serves.
    pub endpoints: Option<OneOrMany<Endpoint>>,
    /// The most tokens to answer with, where a translated request does not say and its new format has to. Default: `4096`.
    #[serde(default, deserialize_with = "values::some_number")]
    #[cfg_attr(feature = "schema", schemars(with = "values::NumberText"))]
    pub max_tokens: Option<u32>,
    /// Keys of the caller's `x-dragoman-provider-data` (a JSON object) → the header in which its value is sent on.
    #[serde(default)]
    pub forward_headers: IndexMap<String, String>,
    /// Header names that `forward_headers` may not set, beside those that it never may.
    #[serde(default)]
    pub extra_blocked_headers: Vec<String>,
    /// How it is reached.
    #[serde(default)]
    pub network: Network,
}

/// How a custom target's credential travels.
#[derive(Deserialize, Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CustomAuth {
    /// `authorization: Bearer …`
    Bearer,
    /// The header of this name, bare.
    Header(String),
    /// The query parameter of this name.
    Query(String),
}
