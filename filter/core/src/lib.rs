//! Everything Dragoman decides, and nothing it does: no host calls, no clock, no environment, no input or output.
//!
//! The path of a request is [`exchange::Exchange`]; its stages are the modules of [`request`] and [`response`], in the
//! order in which they run. What a stage needs to know about the deployment is a compiled [`config::Gateway`].

#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing)]

pub mod config;
pub mod endpoint;
pub mod exchange;
pub mod glob;
pub mod head;
pub mod json;
mod kind;
pub mod metrics;
mod models;
pub mod multipart;
pub mod pii;
pub mod plugin;
pub mod provider;
pub mod receipt;
pub mod refusal;
pub mod request;
pub mod response;
pub mod resting;
pub mod sse;
pub mod token;
pub mod usage;
pub mod wire;
