//! How much a model of Anthropic's is to think: by a budget, or by level, and where it may not.

use serde_json::{Map, Value, json};

use crate::wire::ir::{Given, Thinking, Turn};
use crate::wire::{Losses, Target, repair};

/// The least that may be thought.
const LEAST_BUDGET: u64 = 1024;

/// Says how much to think; tells whether it is to think at all.
pub(super) fn think(
    given: Given<Thinking>,
    turns: &[Turn],
    target: &Target<'_>,
    limit: &mut u64,
    body: &mut Map<String, Value>,
    config: &mut Map<String, Value>,
    losses: &mut Losses,
) -> bool {
    let off = given.is.is_off();
    let Thinking { effort, budget, adaptive, summary } = given.is;
    if off && target.quirks.always_thinks(target.model) {
        losses.note(given.at);
        return true;
    }
    if off {
        body.insert("thinking".to_owned(), json!({"type": "disabled"}));
        return false;
    }
    // By budget, an answer that goes on behind its calls has to have begun with a thought.
    if !target.quirks.thinks_by_level(target.model) && repair::goes_on_without_thought(turns, target.quirks.provider) {
        losses.note(given.at);
        return false;
    }
    if effort.is_some() && budget.is_some() {
        losses.note(given.at);
    }
    if target.quirks.thinks_by_level(target.model) {
        let level = effort.or_else(|| budget.map(|budget| level_of(budget).to_owned()));
        if let Some(level) = level {
            let level = if level == "minimal" { "low".to_owned() } else { level };
            config.insert("effort".to_owned(), level.into());
        }
        let mut thinking = json!({"type": "adaptive"});
        // The newest of these models show nothing unless they are asked.
        if let (Some(_), Some(map)) = (summary, thinking.as_object_mut()) {
            map.insert("display".to_owned(), "summarized".into());
        }
        body.insert("thinking".to_owned(), thinking);
        return true;
    }
    let by_effort = match effort.as_deref() {
        Some("minimal" | "low") => Some(1024),
        Some("medium") => Some(2048),
        Some("high") => Some(4096),
        Some("xhigh") => Some(8192),
        Some("max") => Some(16_384),
        Some(_) => {
            losses.note(given.at);
            None
        }
        None => adaptive.then_some(2048),
    };
    let Some(budget) = budget.or(by_effort) else {
        // To read its thoughts makes no model think.
        summary.iter().for_each(|summary| losses.note(summary.at));
        return false;
    };
    let budget = budget.max(LEAST_BUDGET);
    if *limit <= budget {
        // What is left is for the answer.
        *limit = budget.saturating_add(*limit);
    }
    body.insert("thinking".to_owned(), json!({"type": "enabled", "budget_tokens": budget}));
    true
}

fn level_of(budget: u64) -> &'static str {
    match budget {
        0..=1024 => "low",
        1025..=8192 => "medium",
        _ => "high",
    }
}
