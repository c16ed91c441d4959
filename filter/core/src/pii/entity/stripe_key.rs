//! Secret keys of Stripe. Not publishable ones, which are made to be seen.

use super::{Candidate, Entity, Part, entropy};

pub(super) const ENTITY: Entity = Entity {
    name: "stripe_key",
    about: "Stripe key: `sk_live_`, `rk_test_` and their kin, or `whsec_`, random enough",
    pattern: r"(?:[sr]k_(?:live|test|prod)|whsec)_[A-Za-z0-9/+]+",
    check,
    hits: &[
        concat!("«sk_", "live_4eC39HqLyjWDarjtT1zdp7dc»"),
        concat!("STRIPE=«rk_", "test_51HqLyjWDarjtT1zdp7dc4eC39»."),
        concat!("\"«whsec_", "9dHqLyjW7arjtT1zdp7dc4eC39x0Zb2K»\""),
    ],
    misses: &[
        "pk_live_4eC39HqLyjWDarjtT1zdp7dc",
        "sk_live_xxxxxxxxxxxxxxxxxxxxxxxx",
        "sk_test_short1",
        "risk_live_4eC39HqLyjWDarjtT1zdp7dc",
        "sk_live_your_key_here",
        "task_test_results_2024_01_15",
    ],
    ..Entity::SECRET
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let underscore = candidate.text.iter().rposition(|byte| *byte == b'_')?;
    candidate.whole_if(entropy::is_random(candidate.text.get(underscore + 1..)?, 20, 3.2))
}
