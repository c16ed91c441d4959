//! The search for personal data, held against its definition: whatever the cuts, a text comes out as it would in one
//! piece; and what is found is what looking at each place with each pattern alone finds.

#![expect(clippy::unwrap_used, reason = "a test may")]

mod examples;
mod lane;
mod reference;
