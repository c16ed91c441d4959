//! Feeds the host's metrics with receipts. What is counted, and under which names, is `dragoman_core::metrics`.

use std::borrow::Cow;
use std::cell::RefCell;

use dragoman_core::metrics::{self, Kind, Labels, Sample};
use dragoman_core::receipt::Receipt;

use crate::host::{self, Metric};

/// The host's ids of the metrics with these labels. Labels are few: they come from the configuration.
struct Series {
    endpoint: &'static str,
    target: String,
    class: u16,
    ids: Vec<(&'static str, Cow<'static, str>, Option<u32>)>,
}

thread_local! {
    static SERIES: RefCell<Vec<Series>> = RefCell::default();
}

/// Counts an exchange.
pub(crate) fn count(receipt: &Receipt) {
    let labels = Labels::of(receipt);
    SERIES.with_borrow_mut(|all| {
        let index = all.iter().position(|series| series.is(labels)).unwrap_or_else(|| {
            all.push(Series::new(labels));
            all.len() - 1
        });
        if let Some(series) = all.get_mut(index) {
            metrics::samples(receipt).for_each(|sample| series.take(&sample));
        }
    });
}

impl Series {
    fn new(labels: Labels<'_>) -> Series {
        Series { endpoint: labels.endpoint, target: labels.target.to_owned(), class: labels.class, ids: Vec::new() }
    }

    fn is(&self, labels: Labels<'_>) -> bool {
        self.labels() == labels
    }

    fn labels(&self) -> Labels<'_> {
        Labels { endpoint: self.endpoint, target: &self.target, class: self.class }
    }

    fn take(&mut self, sample: &Sample) {
        let known = self.ids.iter().find(|(name, tags, _)| *name == sample.name && *tags == sample.tags);
        let id = known.map(|(_, _, id)| *id).unwrap_or_else(|| self.define(sample));
        match (id, sample.kind) {
            (Some(id), Kind::Counter) => host::increment(id, sample.value),
            (Some(id), Kind::Histogram) => host::record(id, sample.value),
            (None, _) => {}
        }
    }

    fn define(&mut self, sample: &Sample) -> Option<u32> {
        let kind = match sample.kind {
            Kind::Counter => Metric::Counter,
            Kind::Histogram => Metric::Histogram,
        };
        let id = host::define(kind, &format!("{}{}{}", sample.name, sample.tags, self.labels()));
        self.ids.push((sample.name, sample.tags.clone(), id));
        id
    }
}
