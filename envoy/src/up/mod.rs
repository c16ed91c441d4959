//! `dragoman up`: starts Envoy on a configuration, and the engines that it asks for, watches the file, and hands changes over while requests go on.
//! Not what Envoy is told (see `render`).

mod engines;
mod folder;
mod moved;
mod ready;
mod running;
mod service;

pub use ready::run as ready;
pub use running::run;

use moved::Moved;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;

use clap::Args;

/// `up`
#[derive(Args)]
pub struct Up {
    /// The configuration
    #[arg(default_value = "dragoman.yaml")]
    pub(crate) file: PathBuf,
    /// The Envoy executable
    #[arg(long, value_name = "FILE")]
    pub(crate) envoy: Option<PathBuf>,
    /// The module
    #[arg(long, value_name = "FILE")]
    pub(crate) wasm: Option<PathBuf>,
    /// The local-engine executable, for targets that have `serve`
    #[arg(long, value_name = "FILE")]
    pub(crate) engine: Option<PathBuf>,
    #[command(flatten)]
    moved: Moved,
    /// Worker threads; one per core if nothing is said
    #[arg(long, value_name = "NUMBER")]
    pub(crate) concurrency: Option<u32>,
    /// Give Envoy an admin interface, on a Unix socket that only this user can open
    #[arg(long)]
    pub(crate) admin: bool,
    /// How much Envoy writes to standard error: trace, debug, info, warning, error, critical or off
    #[arg(long, value_name = "LEVEL", default_value = "warning")]
    pub(crate) envoy_log: String,
}

/// Whether nobody listens there: Envoy would share the port. `mend` is what else can be done.
fn is_free(address: SocketAddr, mend: &str) -> Result<(), String> {
    TcpListener::bind(address)
        .map(drop)
        .map_err(|error| format!("cannot listen on {address}: {error}; stop what uses it, or {mend}"))
}

fn say(what: &str) {
    eprintln!("dragoman: {what}");
}
