//! The one registry of metrics: what a receipt counts for, and under which names. The shell defines and feeds them.
//! Names are OpenTelemetry's GenAI ones where those exist; tags stand in the name, where Envoy's `stats_tags` read
//! them. No tag holds a client's words: targets, endpoints and refusal codes are the configuration's or ours.

use std::borrow::Cow;

use crate::receipt::Receipt;

/// What a metric does with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Adds it up.
    Counter,
    /// Sorts it into buckets.
    Histogram,
}

/// A value for a metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// What the metric does.
    pub kind: Kind,
    /// Its name; tags follow as `;key=value`.
    pub name: &'static str,
    /// Tags of its own, beside those of [`Labels`].
    pub tags: Cow<'static, str>,
    /// The value.
    pub value: u64,
}

/// The tags that all samples of a receipt share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Labels<'a> {
    /// The endpoint's name.
    pub endpoint: &'static str,
    /// The target's name.
    pub target: &'a str,
    /// The status by its first digit.
    pub class: u16,
}

impl<'a> Labels<'a> {
    /// A receipt's labels.
    pub fn of(receipt: &'a Receipt) -> Labels<'a> {
        Labels {
            endpoint: if receipt.endpoint.is_empty() { "none" } else { receipt.endpoint },
            target: receipt.target.as_deref().unwrap_or("none"),
            class: if (100..600).contains(&receipt.status) { receipt.status / 100 } else { 0 },
        }
    }
}

/// `;endpoint=chat;target=openai;status=2xx`
impl std::fmt::Display for Labels<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, ";endpoint={};target={};status={}xx", self.endpoint, self.target, self.class)
    }
}

/// What a receipt counts for.
pub fn samples(receipt: &Receipt) -> impl Iterator<Item = Sample> {
    let counter = |name, tags, value| Some(Sample { kind: Kind::Counter, name, tags: Cow::Borrowed(tags), value });
    let histogram = |name, value| Some(Sample { kind: Kind::Histogram, name, tags: Cow::Borrowed(""), value });
    let redactions = receipt.redactions.counts.iter().map(|((direction, label, action), count)| {
        let tags = format!(";direction={};entity={};action={}", direction.name(), label.to_lowercase(), action.name());
        Sample { kind: Kind::Counter, name: "dragoman.redactions", tags: Cow::Owned(tags), value: *count }
    });
    let usage = receipt.usage;
    let tokens = |kind: &'static str, count: Option<u64>| {
        count.filter(|count| *count > 0).and_then(|count| counter("gen_ai.client.token.usage", kind, count))
    };
    [
        counter("dragoman.requests", "", 1),
        counter("dragoman.retries", "", u64::from(receipt.attempts.saturating_sub(1)))
            .filter(|sample| sample.value > 0),
        counter("dragoman.errors", "", 1).filter(|_| receipt.error.is_some()),
        counter("dragoman.losses", "", receipt.losses as u64).filter(|sample| sample.value > 0),
        histogram("gen_ai.server.request.duration_ms", receipt.total),
        receipt.first_content.and_then(|first| histogram("gen_ai.server.time_to_first_token_ms", first)),
        tokens(";type=input", usage.map(|usage| usage.input.saturating_sub(usage.cached))),
        tokens(";type=input_cached", usage.map(|usage| usage.cached)),
        tokens(";type=output", usage.map(|usage| usage.output)),
    ]
    .into_iter()
    .flatten()
    .chain(redactions)
}

/// The host's ids of the metrics that were fed so far. Labels are few: they come from the configuration.
#[derive(Default)]
pub struct Book(Vec<Series>);

/// The metrics with the same labels.
struct Series {
    endpoint: &'static str,
    target: String,
    class: u16,
    ids: Vec<(&'static str, Cow<'static, str>, Option<u32>)>,
}

impl Book {
    /// Counts a receipt. `define` makes a metric known to the host and gives its id; `feed` gives a metric a value.
    pub fn count(
        &mut self,
        receipt: &Receipt,
        mut define: impl FnMut(Kind, &str) -> Option<u32>,
        mut feed: impl FnMut(Kind, u32, u64),
    ) {
        let labels = Labels::of(receipt);
        let index = self.0.iter().position(|series| series.labels() == labels).unwrap_or_else(|| {
            self.0.push(Series::new(labels));
            self.0.len() - 1
        });
        let Some(series) = self.0.get_mut(index) else { return };
        for sample in samples(receipt) {
            if let Some(id) = series.id(&sample, &mut define) {
                feed(sample.kind, id, sample.value);
            }
        }
    }
}

impl Series {
    fn new(labels: Labels<'_>) -> Series {
        Series { endpoint: labels.endpoint, target: labels.target.to_owned(), class: labels.class, ids: Vec::new() }
    }

    fn labels(&self) -> Labels<'_> {
        Labels { endpoint: self.endpoint, target: &self.target, class: self.class }
    }

    fn id(&mut self, sample: &Sample, define: impl FnOnce(Kind, &str) -> Option<u32>) -> Option<u32> {
        let known = self.ids.iter().find(|(name, tags, _)| *name == sample.name && *tags == sample.tags);
        if let Some((_, _, id)) = known {
            return *id;
        }
        let id = define(sample.kind, &format!("{}{}{}", sample.name, sample.tags, self.labels()));
        self.ids.push((sample.name, sample.tags.clone(), id));
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usage::Usage;

    #[test]
    fn a_receipt_counts_once_and_its_tokens_by_type() {
        let receipt = Receipt {
            endpoint: "chat",
            target: Some("openai".to_owned()),
            status: 200,
            attempts: 3,
            usage: Some(Usage { input: 10, cached: 4, cache_write: 0, output: 2, reasoning: 0 }),
            ..Receipt::default()
        };
        assert_eq!(Labels::of(&receipt).to_string(), ";endpoint=chat;target=openai;status=2xx");
        let told: Vec<_> =
            samples(&receipt).map(|sample| (sample.name, sample.tags.into_owned(), sample.value)).collect();
        assert_eq!(
            told.iter().map(|(name, tags, value)| (*name, tags.as_str(), *value)).collect::<Vec<_>>(),
            [
                ("dragoman.requests", "", 1),
                ("dragoman.retries", "", 2),
                ("gen_ai.server.request.duration_ms", "", 0),
                ("gen_ai.client.token.usage", ";type=input", 6),
                ("gen_ai.client.token.usage", ";type=input_cached", 4),
                ("gen_ai.client.token.usage", ";type=output", 2),
            ]
        );
    }
}
