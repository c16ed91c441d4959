//! What is known of an exchange when it is over: for the access log and the metrics. It has no field for content.

use std::collections::BTreeMap;

use crate::json;
use crate::pii::Tally;
use crate::resting::Millis;
use crate::usage::Usage;

/// An exchange's account. Durations count from the request's head.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// The request's id.
    pub request_id: String,
    /// The caller's key id, or `anonymous`.
    pub key: String,
    /// The caller's tenant.
    pub tenant: String,
    /// The endpoint's name; or `models`, `passthrough`.
    pub endpoint: &'static str,
    /// The model asked for.
    pub model: Option<String>,
    /// The model that the target says it served, or was asked for.
    pub served: Option<String>,
    /// The target that answered, or was tried last.
    pub target: Option<String>,
    /// The route's number in the file.
    pub route: Option<usize>,
    /// How often a target was tried.
    pub attempts: u32,
    /// The status the client got.
    pub status: u16,
    /// Whether the answer was a stream.
    pub stream: bool,
    /// Why Dragoman itself ended it: a refusal's code, or how the stream broke.
    pub error: Option<&'static str>,
    /// How many things could not be said in the target's format, or in the client's. Which, only the client is told: it made
    /// up their names.
    pub losses: usize,
    /// Milliseconds to the answer's head.
    pub first_byte: Option<Millis>,
    /// Milliseconds to the first content of a stream.
    pub first_content: Option<Millis>,
    /// Milliseconds to the end.
    pub total: Millis,
    /// Tokens, if the target told.
    pub usage: Option<Usage>,
    /// What a policy found: kinds, actions and counts, and hashes if it audits.
    pub redactions: Tally,
}

impl Receipt {
    /// The receipt as members of a JSON object, each with a comma in front: Envoy's access log puts its own members
    /// before them, and is whole without them when a request never reached the filter.
    pub fn members(&self) -> String {
        let mut out = String::with_capacity(512);
        text(&mut out, ",\"request_id\":", Some(&self.request_id));
        text(&mut out, ",\"key\":", Some(&self.key));
        text(&mut out, ",\"tenant\":", Some(&self.tenant));
        text(&mut out, ",\"endpoint\":", Some(self.endpoint));
        text(&mut out, ",\"model\":", self.model.as_deref());
        text(&mut out, ",\"served_model\":", self.served.as_deref());
        text(&mut out, ",\"target\":", self.target.as_deref());
        text(&mut out, ",\"error\":", self.error);
        number(&mut out, ",\"route\":", self.route.map(|route| route as u64));
        number(&mut out, ",\"attempts\":", Some(u64::from(self.attempts)));
        number(&mut out, ",\"losses\":", Some(self.losses as u64).filter(|losses| *losses > 0));
        number(&mut out, ",\"first_byte_ms\":", self.first_byte);
        number(&mut out, ",\"first_content_ms\":", self.first_content);
        number(&mut out, ",\"input_tokens\":", self.usage.map(|usage| usage.input));
        number(&mut out, ",\"cached_tokens\":", self.usage.map(|usage| usage.cached));
        number(&mut out, ",\"output_tokens\":", self.usage.map(|usage| usage.output));
        number(&mut out, ",\"reasoning_tokens\":", self.usage.map(|usage| usage.reasoning));
        redactions(&mut out, &self.redactions);
        out.push_str(if self.stream { ",\"stream\":true" } else { ",\"stream\":false" });
        out
    }
}

fn text(out: &mut String, member: &str, value: Option<&str>) {
    let Some(value) = value.filter(|value| !value.is_empty()) else { return };
    out.push_str(member);
    json::push_quoted(out, value);
}

/// `,"redactions":{"request":{"EMAIL":{"mask":2}}}` and `,"redacted":[{"EMAIL":"9f86…"}]`
fn redactions(out: &mut String, tally: &Tally) {
    if tally.counts.is_empty() {
        return;
    }
    let mut tree: BTreeMap<&str, BTreeMap<&str, BTreeMap<&str, u64>>> = BTreeMap::new();
    for ((direction, label, action), count) in &tally.counts {
        tree.entry(direction.name()).or_default().entry(label).or_default().insert(action.name(), *count);
    }
    // Both are maps of text and numbers, which always can be written.
    out.push_str(",\"redactions\":");
    out.push_str(&serde_json::to_string(&tree).unwrap_or_default());
    if !tally.hashes.is_empty() {
        let hashes: Vec<BTreeMap<&str, &str>> =
            tally.hashes.iter().map(|(label, hash)| BTreeMap::from([(label.as_str(), hash.as_str())])).collect();
        out.push_str(",\"redacted\":");
        out.push_str(&serde_json::to_string(&hashes).unwrap_or_default());
    }
}

fn number(out: &mut String, member: &str, value: Option<u64>) {
    let Some(value) = value else { return };
    out.push_str(member);
    out.push_str(itoa::Buffer::new().format(value));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_continue_an_object_and_escape_what_clients_wrote() {
        let receipt = Receipt {
            model: Some("gpt\"},\"status\":0,\n".to_owned()),
            usage: Some(Usage { input: 3, ..Usage::default() }),
            ..Receipt::default()
        };
        let line = format!("{{\"status\":200{}}}", receipt.members());
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["status"], 200);
        assert_eq!(value["model"], "gpt\"},\"status\":0,\n");
        assert_eq!(value["input_tokens"], 3);
        assert!(!line.contains('\n'));
    }
}
