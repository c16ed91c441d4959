//! Configuration, from JSON text to a compiled [`Gateway`], in steps that each have a file:
//!
//! ```text
//! text ─ tree ─ reference ─ shape ─→ file::File ─ compile ─→ Gateway
//! ```
//!
//! The filter and the command both come through [`read`], so what `dragoman check` accepts the filter loads. YAML is the
//! command's affair.

mod compile;
pub mod file;
pub mod gateway;
mod place;
mod problem;
pub mod reference;
mod shape;
pub(crate) mod spelling;
mod tree;

pub use compile::{headers, mask_everything};
pub use file::File;
pub use gateway::Gateway;
pub use problem::{Path, Problem, Severity, Step};

use problem::Problems;

/// What became of a configuration.
pub struct Reading {
    /// What the file says, references replaced; absent if it could not even be read.
    pub file: Option<File>,
    /// What it means; absent if there is an error.
    pub gateway: Option<Gateway>,
    /// Everything that is wrong with it, errors and warnings, in the order in which the file is checked.
    pub problems: Vec<Problem>,
}

/// Reads and compiles a configuration; `env` looks up the variables that it refers to.
pub fn read(json: &str, env: &dyn Fn(&str) -> Option<String>) -> Reading {
    let mut problems = Problems::default();
    let mut file = None;
    let mut gateway = None;
    if let Some(mut tree) = tree::parse(json, &mut problems) {
        let identity = compile::identity(&tree);
        tree::refuse_empty(&tree, &Path::root(), &mut problems);
        compile::credentials_are_references(&tree, &mut problems);
        compile::secret_is_a_reference(&tree, &mut problems);
        reference::expand(&mut tree, &Path::root(), env, &mut problems);
        file = shape::read(tree, &mut problems);
        gateway = file.as_ref().map(|file| compile::gateway(file, identity, &mut problems));
    }
    if problems.any_error() {
        gateway = None;
    }
    Reading { file, gateway, problems: problems.into_vec() }
}

/// Compiles a configuration, or says everything that is wrong with it.
pub fn compile(json: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<Gateway, Vec<Problem>> {
    let Reading { gateway, problems, .. } = read(json, env);
    gateway.ok_or(problems)
}

/// Every reference in a configuration, with the path of the string it stands in; none if it is not JSON.
pub fn references(json: &str) -> Vec<(Path, reference::Piece)> {
    tree::parse(json, &mut Problems::default()).map(|tree| reference::all(&tree)).unwrap_or_default()
}
