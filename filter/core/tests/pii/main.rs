<<<<<<< HEAD
//! The search for personal data, held against its definition: whatever the cuts, a text comes out as it would in one
//! piece; and what is found is what looking at each place with each pattern alone finds.

mod lane;
=======
//! What entities are found in text. The reference is the definition, written down as plainly as can be.

#![expect(clippy::unwrap_used, reason = "a test may")]

mod examples;
mod reference;
>>>>>>> dd82283 (Find cards, accounts, addresses, tokens and passwords)
