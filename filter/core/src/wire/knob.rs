//! Parameters whose values mean the same wherever they are taken: only their spellings differ, one table a format.

use serde_json::{Map, Value};

use super::fields::Fields;
use super::ir::Given;
use super::{Flaw, Losses};

/// A parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knob {
    Temperature,
    TopP,
    TopK,
    Seed,
    PresencePenalty,
    FrequencyPenalty,
    LogitBias,
    Verbosity,
    Metadata,
    CacheKey,
    CacheRetention,
    ServiceTier,
    Store,
}

/// A format's spellings: the key, and its path in the body.
pub(super) type Table = &'static [(Knob, &'static str, &'static str)];

impl Knob {
    /// Whether it shapes how tokens are drawn.
    pub(super) fn is_sampling(self) -> bool {
        self.is_number() && self != Knob::Seed
    }

    fn is_number(self) -> bool {
        matches!(
            self,
            Knob::Temperature | Knob::TopP | Knob::TopK | Knob::Seed | Knob::PresencePenalty | Knob::FrequencyPenalty
        )
    }

    /// Whether this value is what a target does anyway.
    fn is_moot(self, value: &Value) -> bool {
        match self {
            Knob::Store => *value == Value::Bool(false),
            Knob::ServiceTier => matches!(value.as_str(), Some("auto" | "default")),
            Knob::PresencePenalty | Knob::FrequencyPenalty => value.as_f64() == Some(0.0),
            Knob::LogitBias | Knob::Metadata => value.as_object().is_some_and(Map::is_empty),
            _ => false,
        }
    }
}

/// Takes what a table names.
pub(super) fn read(fields: &mut Fields, table: Table, knobs: &mut Vec<(Knob, Given<Value>)>) -> Result<(), Flaw> {
    for &(knob, key, at) in table {
        let Some(is) = fields.take(key) else { continue };
        if knob.is_number() && !is.is_number() {
            return Err(Flaw::wanted(at, "a number"));
        }
        knobs.push((knob, Given { at, is }));
    }
    Ok(())
}

/// Writes what a table names; the rest is lost.
pub(super) fn write(
    knobs: Vec<(Knob, Given<Value>)>,
    table: Table,
    into: &mut Map<String, Value>,
    losses: &mut Losses,
) {
    for (knob, Given { at, is }) in knobs {
        match table.iter().find(|(own, ..)| *own == knob) {
            Some((_, key, _)) => {
                into.insert((*key).to_owned(), is);
            }
            None if knob.is_moot(&is) => {}
            None => losses.note(at),
        }
    }
}

/// Drops the parameters that this says, with a loss each.
pub(super) fn drop_where(knobs: &mut Vec<(Knob, Given<Value>)>, losses: &mut Losses, drop: impl Fn(Knob) -> bool) {
    knobs.retain(|(knob, given)| {
        let stays = !drop(*knob);
        if !stays && !knob.is_moot(&given.is) {
            losses.note(given.at);
        }
        stays
    });
}
