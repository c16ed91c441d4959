//! `limits` and `timeouts`: how much is accepted, and how long is waited.

use serde::Deserialize;

use super::values::{self, Bytes, Period};

/// How much is accepted.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// The largest request body; a larger one is answered 413. Default: `32MiB`.
    pub max_request_bytes: Bytes,
    /// The largest unstreamed answer that is translated or redacted; in place of a larger one the client is answered
    /// 502. Default: `16MiB`.
    pub max_response_bytes: Bytes,
    /// The most client connections at a time. Default: `10000`.
    #[serde(deserialize_with = "values::number")]
    #[cfg_attr(feature = "schema", schemars(with = "values::NumberText"))]
    pub max_connections: u32,
    /// Envoy's heap: from here on new requests are answered 503. Default: `2GiB`.
    pub max_heap_bytes: Bytes,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            max_request_bytes: Bytes(32 << 20),
            max_response_bytes: Bytes(16 << 20),
            max_connections: 10_000,
            max_heap_bytes: Bytes(2 << 30),
        }
    }
}

/// How long is waited. Each failure but the last one's moves on to the next target.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Timeouts {
    /// For a connection to a target. Default: `5s`.
    pub connect: Period,
    /// For the first byte of a target's answer. An unstreamed answer starts when it is complete, so this bounds it all.
    /// Default: `5m`.
    pub first_byte: Period,
    /// For the next byte of an answer that has begun. Default: `5m`.
    pub idle: Period,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts { connect: Period::seconds(5), first_byte: Period::seconds(300), idle: Period::seconds(300) }
    }
}
