//! Addresses of Bitcoin and of the currencies that write theirs as it does.

use super::{Candidate, Edge, Entity, Group, Part, Partial, Same, base58, bech32};

pub(super) const ENTITY: Entity = Entity {
    name: "crypto_address",
    about: "Bitcoin or Litecoin address: Base58Check, Bech32 or Bech32m",
    groups: &[Group::Financial],
    pattern: r"[13][1-9A-HJ-NP-Za-km-z]+|(?:bc|tb|ltc)1[02-9ac-hj-np-z]+|BC1[02-9AC-HJ-NP-Z]+",
    left: Edge::WORD,
    right: Edge::WORD,
    longest: 90,
    shortest: 14,
    check,
    partial: Partial::LastFour,
    same: Same::Exactly,
    hits: &[
        "send to «1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa».",
        "«3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy»",
        "bitcoin:«bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4»?amount=1",
        "«bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0»",
    ],
    misses: &[
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",
        "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLyx",
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
        "16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ2",
        "3rd1st2nd3rd1st2nd3rd1st2nd3rd",
        "1234567891234567891234567891234",
        "bc1",
    ],
    ..Entity::NUMBER
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let text = candidate.text;
    let old = (26..=35).contains(&text.len()) && base58::version(text).is_some_and(|version| matches!(version, 0 | 5));
    let new =
        || (14..=90).contains(&text.len()) && ["bc", "tb", "ltc"].iter().any(|prefix| bech32::is_address(text, prefix));
    candidate.whole_if(old || new())
}
