//! The stages a request runs through, in this order. None of them calls another; `exchange` does.

pub mod admit;
pub mod compose;
pub mod guard;
pub mod objection;
pub mod read;
pub mod route;
pub mod text;
pub mod translate;
