//! What the `dragoman` command does, a module per subcommand: `dragoman.yaml` checked, explained, rendered and run.
//! What a configuration means is decided in `dragoman-core`, which the filter shares.

mod acceptance;
pub mod check;
mod configuration;
mod engine;
mod envoy_binary;
pub mod explain;
pub mod key;
pub mod load;
mod module;
pub mod redact;
pub mod render;
pub mod schema;
pub mod translate;
pub mod up;
pub mod yaml;
