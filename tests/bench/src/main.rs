//! `bench NAME [--json FILE]`: what Dragoman costs, measured on this machine, as a table and as JSON.
//! Not a test: nothing here passes or fails, it prints figures beside their goals.

#![expect(clippy::expect_used, clippy::panic, reason = "a measurement that cannot go on ends with a sentence")]

mod engine;
mod filter;
mod pii;
mod process;
mod redact;
mod report;

use std::path::PathBuf;

use clap::Parser;

/// Measures Dragoman and prints a table.
#[derive(Parser)]
#[command(name = "bench")]
struct Options {
    #[command(subcommand)]
    bench: Bench,
    /// Also write the figures to this file, as JSON.
    #[arg(long, global = true, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(clap::Subcommand)]
enum Bench {
    /// The gateway's cost per request beside bare Envoy and Envoy with an empty Wasm filter.
    Filter(filter::Options),
    /// How much of what is personal or secret is found, and how much that is not.
    Pii(pii::Options),
    /// How fast personal data and secrets are looked for, beside Rust's `regex`, natively and in V8.
    Redact(redact::Options),
    /// local-engine beside llama.cpp's plain loop and llama.cpp's own server.
    Engine(engine::Options),
}

fn main() {
    let options = Options::parse();
    let report = match options.bench {
        Bench::Filter(options) => filter::run(&options),
        Bench::Pii(options) => pii::run(&options),
        Bench::Redact(options) => redact::run(&options),
        Bench::Engine(options) => engine::run(&options),
    };
    print!("{report}");
    if let Some(file) = options.json {
        std::fs::write(&file, report.json()).expect("the JSON file can be written");
    }
}
