//! What failed rests for a while: which targets, credentials and served models are not to be tried, and until when.
//! A table of plain data: the shell loads and stores it (all workers share it), stages only ask and note.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::UNIX_EPOCH;

/// Milliseconds since 1970, as the shell's clock tells them.
pub type Millis = u64;

/// No rest is longer, whatever a provider asks for.
const LONGEST: Millis = 10 * 60 * 1000;
/// The first rest where the provider names no time; it doubles with each failure in a row.
const FIRST: Millis = 1000;
/// Entries kept; the table drops what has rested first.
const CAPACITY: usize = 512;
/// How an entry is stored: key, until, failures in a row.
const ENTRY: usize = 8 + 8 + 1;

/// What rests. Only a hash of it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(u64);

impl Key {
    /// A whole target: it could not be reached.
    pub fn target(target: &str) -> Key {
        Key::of(("target", target, "", ""))
    }

    /// One credential of a target: it is wrong, or its account is empty.
    pub fn credential(target: &str, label: &str) -> Key {
        Key::of(("credential", target, label, ""))
    }

    /// One model under one credential: it is limited, or not allowed.
    pub fn model(target: &str, label: &str, model: &str) -> Key {
        Key::of(("model", target, label, model))
    }

    fn of(parts: (&str, &str, &str, &str)) -> Key {
        // Deterministic within one build, which is all that the workers of one process need.
        let mut hasher = DefaultHasher::new();
        parts.hash(&mut hasher);
        Key(hasher.finish())
    }
}

/// A change to the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It failed: let it rest for as long as the provider asked, or for the next back-off.
    Failed(Key, Option<Millis>),
    /// It works again.
    Recovered(Key),
}

/// A worker's copy of the table that all share, so that a request need not ask for it.
#[derive(Default)]
pub struct Shared {
    read: Millis,
    table: Resting,
}

impl Shared {
    /// What rests now; `load` gives what is shared, where the copy is no longer fresh.
    pub fn at(&mut self, now: Millis, load: impl FnOnce() -> Vec<u8>) -> &Resting {
        /// What another worker noted is seen within this time.
        const FRESH: Millis = 100;
        if now.saturating_sub(self.read) > FRESH {
            (self.read, self.table) = (now, Resting::decode(&load()));
        }
        &self.table
    }

    /// Notes changes, if there are any; `update` replaces what is shared by what it is shown to become.
    pub fn note(
        &mut self,
        changes: &[Change],
        now: Millis,
        update: impl FnOnce(&mut dyn FnMut(&[u8]) -> Option<Vec<u8>>) -> bool,
    ) {
        if changes.is_empty() {
            return;
        }
        let mut table = Resting::default();
        let noted = update(&mut |bytes| {
            table = Resting::decode(bytes);
            table.apply(changes, now);
            Some(table.encode())
        });
        if noted {
            (self.read, self.table) = (now, table);
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    key: Key,
    until: Millis,
    failures: u8,
}

/// The table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resting(Vec<Entry>);

impl Resting {
    /// Reads a stored table; anything malformed counts as empty.
    pub fn decode(bytes: &[u8]) -> Resting {
        let entries = bytes.as_chunks::<ENTRY>().0.iter().filter_map(|entry| {
            let (key, rest) = entry.split_first_chunk::<8>()?;
            let (until, rest) = rest.split_first_chunk::<8>()?;
            let failures = *rest.first()?;
            Some(Entry { key: Key(u64::from_le_bytes(*key)), until: u64::from_le_bytes(*until), failures })
        });
        Resting(entries.take(CAPACITY).collect())
    }

    /// The table as it is stored.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.0.len() * ENTRY);
        for entry in &self.0 {
            bytes.extend_from_slice(&entry.key.0.to_le_bytes());
            bytes.extend_from_slice(&entry.until.to_le_bytes());
            bytes.push(entry.failures);
        }
        bytes
    }

    /// Whether nothing is noted at all, the usual case.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// For how long this still rests; `None` if it does not.
    pub fn remaining(&self, key: Key, now: Millis) -> Option<Millis> {
        self.find(key)?.until.checked_sub(now).filter(|left| *left > 0)
    }

    /// Whether this failed lately, resting or not: a success is then worth noting.
    pub fn knows(&self, key: Key) -> bool {
        self.find(key).is_some()
    }

    /// Notes changes.
    pub fn apply(&mut self, changes: &[Change], now: Millis) {
        for change in changes {
            match *change {
                Change::Recovered(key) => self.0.retain(|entry| entry.key != key),
                Change::Failed(key, asked) => self.fail(key, asked, now),
            }
        }
        if self.0.len() > CAPACITY {
            self.0.sort_by_key(|entry| std::cmp::Reverse(entry.until));
            self.0.truncate(CAPACITY);
        }
    }

    fn fail(&mut self, key: Key, asked: Option<Millis>, now: Millis) {
        let failures = self.find(key).map_or(0, |entry| entry.failures);
        let rest = asked.unwrap_or_else(|| FIRST << failures.min(10)).min(LONGEST);
        let until = now.saturating_add(rest);
        match self.0.iter_mut().find(|entry| entry.key == key) {
            // Parallel requests that fail together are one failure; the longest wish counts.
            Some(entry) if entry.until > now => {
                if asked.is_some() {
                    entry.until = entry.until.max(until);
                }
            }
            Some(entry) => (entry.until, entry.failures) = (until, failures.saturating_add(1)),
            None => self.0.push(Entry { key, until, failures: 1 }),
        }
    }

    fn find(&self, key: Key) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.key == key)
    }
}

/// What an answer's `retry-after-ms` or `retry-after` (seconds, or a date) asks for.
pub fn asked_rest(retry_after_ms: Option<&str>, retry_after: Option<&str>, now: Millis) -> Option<Millis> {
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0);
    let date = |text: &str| {
        let date = httpdate::parse_http_date(text.trim()).ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some((date.as_millis() as f64 - now as f64).max(0.0))
    };
    let millis = retry_after_ms
        .and_then(number)
        .or_else(|| retry_after.and_then(|text| number(text).map(|seconds| seconds * 1000.0).or_else(|| date(text))))?;
    Some((millis.ceil().min(LONGEST as f64) as Millis).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_off_doubles_with_failures_in_a_row_and_resets_on_success() {
        let (mut table, key) = (Resting::default(), Key::target("a"));
        table.apply(&[Change::Failed(key, None)], 0);
        assert_eq!(table.remaining(key, 0), Some(1000));
        table.apply(&[Change::Failed(key, None)], 1000);
        assert_eq!(table.remaining(key, 1000), Some(2000));
        table.apply(&[Change::Recovered(key)], 3000);
        assert!(table.is_empty());
        table.apply(&[Change::Failed(key, None)], 3000);
        assert_eq!(table.remaining(key, 3000), Some(1000));
    }

    #[test]
    fn a_provider_may_ask_for_ten_minutes_at_most() {
        let (mut table, key) = (Resting::default(), Key::credential("a", "0"));
        table.apply(&[Change::Failed(key, Some(86_400_000))], 5);
        assert_eq!(table.remaining(key, 5), Some(LONGEST));
        assert_eq!(table.remaining(key, 5 + LONGEST), None);
        assert!(table.knows(key));
    }

    #[test]
    fn failures_of_parallel_requests_count_once() {
        let (mut table, key) = (Resting::default(), Key::model("a", "0", "m"));
        table.apply(&[Change::Failed(key, None); 50], 0);
        assert_eq!(table.remaining(key, 0), Some(1000));
    }

    #[test]
    fn the_stored_form_reads_back_and_garbage_is_empty() {
        let mut table = Resting::default();
        table.apply(&[Change::Failed(Key::target("a"), None), Change::Failed(Key::target("b"), Some(9))], 1);
        assert_eq!(Resting::decode(&table.encode()), table);
        assert!(Resting::decode(b"garbage").is_empty());
    }

    #[test]
    fn retry_after_reads_seconds_milliseconds_and_dates() {
        assert_eq!(asked_rest(None, Some("2"), 0), Some(2000));
        assert_eq!(asked_rest(Some("150"), Some("2"), 0), Some(150));
        assert_eq!(asked_rest(None, Some("-1"), 0), None);
        assert_eq!(asked_rest(None, Some("NaN"), 0), None);
        assert_eq!(asked_rest(None, Some("1e300"), 0), Some(LONGEST));
        assert_eq!(asked_rest(None, Some("Thu, 01 Jan 1970 00:01:00 GMT"), 45_000), Some(15_000));
        assert_eq!(asked_rest(None, Some("Thu, 01 Jan 1970 00:01:00 GMT"), 90_000), Some(1));
    }
}
