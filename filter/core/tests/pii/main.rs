//! The search for personal data, held against its definition: whatever the cuts, a text comes out as it would in one
//! piece; and what is found is what looking at each place with each pattern alone finds.

#![expect(clippy::unwrap_used, reason = "a test may")]

mod examples;
mod lane;
mod laws;
mod reference;
mod salted;
mod streams;

use proptest::prelude::ProptestConfig;

/// So many in continuous integration, fewer elsewhere; `LAWS=10` for ten times as many.
fn cases(ci: u32) -> ProptestConfig {
    let times = std::env::var_os("LAWS").map(|times| times.to_str().unwrap().parse::<u32>().unwrap());
    let here = if std::env::var_os("CI").is_some() { ci } else { ci / 20 };
    let cases = times.map_or(here, |times| times * ci);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}
