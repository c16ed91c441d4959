//! Personal data and secrets in text: what there is to find, and how it is found while the text is still arriving.
//! Not where in a request or an answer the text stands: that is `request::guard`'s and `response`'s.
//!
//! ```text
//! raw bytes ─ fold ─▶ one byte per character ─ scan (automata) ─▶ what is found ─ lane (actions) ─▶ raw bytes
//! ```
//!
//! An e-mail address is not searched from its beginning, since any word might be one, but from its `@`, and reaches
//! back from there; all else is found by an anchored automaton from where it begins. That makes ordinary prose nearly
//! free, and bounds what hostile text can cost.

pub mod action;
mod alphabet;
mod announce;
pub mod automaton;
mod builtin;
pub mod catalog;
pub mod detector;
pub mod entity;
mod escape;
pub mod fields;
pub mod fold;
pub mod keyed;
pub mod lane;
pub mod pattern;
pub mod policy;
pub mod redactor;
mod scan;
mod spelling;
pub mod terms;
mod walk;

pub use action::Action;
pub use detector::{Detector, Kind, Patterns};
pub use fold::Depth;
pub use lane::{Edit, Lane, Scratch};
pub use policy::Policy;
pub use redactor::{Blocked, Direction, Hit, Pseudonyms, Redactor, Tally};
