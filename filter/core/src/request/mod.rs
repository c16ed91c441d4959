//! The stages a request runs through, in this order. None of them calls another; `exchange` does.

pub mod admit;
pub mod objection;
pub mod read;
pub mod route;
pub mod text;
// `guard`, which redacts what the model would read, will stand here.
pub mod compose;
pub mod translate;
