//! How Envoy reads the tags of the filter's metrics out of their names: `dragoman.requests;endpoint=chat;target=openai`.
//! Not which metrics there are (see `dragoman_core::metrics`).

use serde_json::{Value, json};

/// What stands in a name, and the tag that it becomes.
const TAGS: [(&str, &str); 7] = [
    ("endpoint", "endpoint"),
    ("target", "target"),
    ("status", "status"),
    ("type", "gen_ai.token.type"),
    ("direction", "direction"),
    ("entity", "entity"),
    ("action", "action"),
];

/// The bootstrap's `stats_config`.
pub(super) fn stats_config() -> Value {
    // The first group is cut out of the name, the second is the tag's value.
    let tag =
        |(key, name): (&str, &str)| json!({"tag_name": name, "regex": format!("^wasmcustom\\..*?(;{key}=([^;]+))")});
    json!({"stats_tags": TAGS.map(tag)})
}
