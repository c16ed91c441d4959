//! The shape of `dragoman.yaml`, one module per section: what may be written, and what is meant where nothing is.
//! Unknown keys are errors everywhere. Not what a configuration means as a whole (see `compile`).
//!
//! The doc comments of the fields are the descriptions in `dragoman.schema.json`.

mod auth;
mod limits;
mod listen;
mod network;
mod redaction;
mod route;
mod target;
mod values;

pub use auth::{Auth, Key};
pub use limits::{Limits, Timeouts};
pub use listen::{AccessLog, Listen, Log, ServerTls};
pub use network::{MinTls, Network, Proxy, Timeout, Tls, Verify};
pub use redaction::{Binary, Pattern, Policy, Reasoning, Redaction, TermList};
pub use route::{Method, OtherPaths, Passthrough, Route, RouteTarget, When};
pub use target::{CustomAuth, Target};
pub use values::{Bytes, OneOrMany, Period};

use indexmap::IndexMap;
use serde::Deserialize;

/// A gateway: who may call it, what it can reach, and which request goes where.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct File {
    /// The version of this format. Default: `1`, the only one.
    #[serde(default = "first_version", deserialize_with = "values::number")]
    #[cfg_attr(feature = "schema", schemars(with = "values::NumberText"))]
    pub version: u32,
    /// Where clients connect.
    #[serde(default)]
    pub listen: Listen,
    /// Who may call. Running open has to be said: `anonymous: true`.
    #[serde(default)]
    pub auth: Auth,
    /// Other names for models: what the client says → what it means. Applied before the routes, and once.
    #[serde(default)]
    pub aliases: IndexMap<String, String>,
    /// The places that serve models, by name: `[a-z0-9][a-z0-9_-]*`, at most 64 characters.
    pub targets: IndexMap<String, Target>,
    /// Which request goes where; the first match wins. May be left out when there is one target: it takes every model.
    #[serde(default)]
    pub routes: Vec<Route>,
    /// What happens to paths that Dragoman does not know and `passthrough` does not list. Default: `refuse`.
    #[serde(default)]
    pub other_paths: OtherPaths,
    /// Paths that go to a target as they are, with its credential. Only keys that may use every model may use them.
    #[serde(default)]
    pub passthrough: Vec<Passthrough>,
    /// Allow references to what a target stores (`previous_response_id`, `conversation`, file ids). Targets know the
    /// gateway's credential only, so with this on every caller can reach what any other stored. Default: `false`.
    #[serde(default, deserialize_with = "values::flag")]
    #[cfg_attr(feature = "schema", schemars(with = "values::FlagText"))]
    pub shared_state: bool,
    /// Refuse what cannot be said in a target's format, with 400 and its place in the request. Otherwise it is left out, and
    /// `x-dragoman-losses` in the answer names it. Default: `false`.
    #[serde(default, deserialize_with = "values::flag")]
    #[cfg_attr(feature = "schema", schemars(with = "values::FlagText"))]
    pub strict: bool,
    /// Leave the model name in answers as the target reports it, instead of the one the client asked for. Default:
    /// `false`.
    #[serde(default, deserialize_with = "values::flag")]
    #[cfg_attr(feature = "schema", schemars(with = "values::FlagText"))]
    pub show_served_model: bool,
    /// What is done with personal data and secrets: policies by name, for routes and keys to name. Default: nothing is
    /// looked for.
    #[serde(default)]
    pub redaction: Redaction,
    /// How much is accepted.
    #[serde(default)]
    pub limits: Limits,
    /// How long is waited.
    #[serde(default)]
    pub timeouts: Timeouts,
    /// What is written down.
    #[serde(default)]
    pub log: Log,
}

fn first_version() -> u32 {
    1
}
