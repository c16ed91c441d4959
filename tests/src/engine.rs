//! Where local-engine and its models are. It is built by itself, in release: llama.cpp takes long.

use std::path::{Path, PathBuf};

/// The program: `LOCAL_ENGINE_BIN`, else `target/release/local-engine` of this checkout.
pub fn program() -> PathBuf {
    let program = match std::env::var_os("LOCAL_ENGINE_BIN") {
        Some(path) => path.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/release/local-engine"),
    };
    std::path::absolute(&program).ok().filter(|program| program.is_file()).unwrap_or_else(|| {
        panic!("no engine at {}: build it with ./dev build, or name one in LOCAL_ENGINE_BIN", program.display())
    })
}

/// A committed model.
pub fn model(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../local-engine/models").join(file).canonicalize().expect("a model")
}
