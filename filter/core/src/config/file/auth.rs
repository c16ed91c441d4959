//! `auth`: who may call.

use serde::Deserialize;

use super::values::{self, OneOrMany};

/// Who may call.
#[derive(Deserialize, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Auth {
    /// The keys that are let in. `dragoman key new ID` makes one and prints what to write here.
    pub keys: Vec<Key>,
    /// Let in requests that carry no key at all. A wrong key is refused all the same. Default: `false`.
    #[serde(deserialize_with = "values::flag")]
    #[cfg_attr(feature = "schema", schemars(with = "values::FlagText"))]
    pub anonymous: bool,
}

/// A key: what is kept is its hash, so that this file does not let anyone in.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// The caller's name in logs. Two keys may share one, so that a key can be replaced without a gap.
    pub id: String,
    /// Whose it is. Default: the id.
    pub tenant: Option<String>,
    /// SHA-256 of the key, in hexadecimal.
    pub sha256: String,
    /// The models it may ask for and be served, as globs. Default: `"*"`.
    #[serde(default = "every_model")]
    #[cfg_attr(feature = "schema", schemars(with = "OneOrMany<String>"))]
    pub models: OneOrMany<String>,
    /// The policy of `redaction` for all of its requests and answers. Where the route names one too, both hold: of two
    /// actions the stricter.
    pub redaction: Option<String>,
}

fn every_model() -> OneOrMany<String> {
    OneOrMany(vec!["*".to_owned()])
}
