//! What Dragoman is tested with: parts that misbehave on command, and drivers that carry one exchange through the
//! core, the module in a fake host, and a real Envoy. Not the tests themselves (see `tests/`), nor the cases (see `vectors/`).
//!
//! A harness that cannot do its work panics with a sentence: for a test that is the right end.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a harness that cannot go on fails the test it serves"
)]

pub mod client;
pub mod demo;
pub mod driver;
pub mod engine;
pub mod envoy;
pub mod host;
pub mod http1;
pub mod upstream;
pub mod vector;
