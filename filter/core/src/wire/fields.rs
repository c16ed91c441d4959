//! A request's object, consumed key by key: a decoder takes what it understands, and what is then left is a loss.
//! Nothing can be dropped without being listed.

use serde_json::{Map, Value};

use super::{Flaw, Losses};

/// An object, and where it stands.
pub(super) struct Fields {
    map: Map<String, Value>,
    path: String,
}

impl Fields {
    /// A whole body.
    pub(super) fn of_body(body: &[u8]) -> Result<Fields, Flaw> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(map)) => Ok(Fields { map, path: String::new() }),
            Ok(_) => Err(Flaw::new("", "the body must be a JSON object")),
            Err(error) => Err(Flaw::new(
                "",
                format!("the body cannot be read as JSON (line {}, column {})", error.line(), error.column()),
            )),
        }
    }

    /// A value that has to be an object.
    pub(super) fn of(value: Value, path: impl Into<String>) -> Result<Fields, Flaw> {
        let path = path.into();
        match value {
            Value::Object(map) => Ok(Fields { map, path }),
            _ => Err(Flaw::wanted(path, "an object")),
        }
    }

    /// One with nothing in it.
    pub(super) fn empty(path: &str) -> Fields {
        Fields { map: Map::new(), path: path.to_owned() }
    }

    /// Itself, its keys in camel case: protobuf's readers take either.
    pub(super) fn camel(self) -> Fields {
        let map = self.map.into_iter().map(|(key, value)| (if key.contains('_') { camel(&key) } else { key }, value));
        Fields { map: map.collect(), path: self.path }
    }

    /// The path of one of its members.
    pub(super) fn at(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Its own path.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Whether there is such a member, and it is not null.
    pub(super) fn has(&self, key: &str) -> bool {
        self.map.get(key).is_some_and(|value| !value.is_null())
    }

    /// A member that stays to be taken.
    pub(super) fn peek(&self, key: &str) -> Option<&Value> {
        self.map.get(key)
    }

    /// Takes a member out. Null is as good as nothing.
    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        self.map.remove(key).filter(|value| !value.is_null())
    }

    /// Takes a text.
    pub(super) fn text(&mut self, key: &str) -> Result<Option<String>, Flaw> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Flaw::wanted(self.at(key), "a string")),
        }
    }

    /// Takes a text that has to be there.
    pub(super) fn needed(&mut self, key: &str) -> Result<String, Flaw> {
        self.text(key)?.ok_or_else(|| Flaw::new(self.at(key), "is missing"))
    }

    /// Takes a boolean.
    pub(super) fn truth(&mut self, key: &str) -> Result<Option<bool>, Flaw> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::Bool(truth)) => Ok(Some(truth)),
            Some(_) => Err(Flaw::wanted(self.at(key), "a boolean")),
        }
    }

    /// Takes a count.
    pub(super) fn count(&mut self, key: &str) -> Result<Option<u64>, Flaw> {
        let Some(value) = self.take(key) else { return Ok(None) };
        let count =
            value.as_u64().or_else(|| value.as_f64().filter(|n| n.fract() == 0.0 && *n >= 0.0).map(|n| n as u64));
        count.map(Some).ok_or_else(|| Flaw::wanted(self.at(key), "a whole number, 0 or more"))
    }

    /// Takes a list; nothing is an empty one.
    pub(super) fn list(&mut self, key: &str) -> Result<Vec<Value>, Flaw> {
        match self.take(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(list)) => Ok(list),
            Some(_) => Err(Flaw::wanted(self.at(key), "an array")),
        }
    }

    /// Takes a list of texts, or a single one.
    pub(super) fn texts(&mut self, key: &str) -> Result<Option<Vec<String>>, Flaw> {
        let texts = match self.take(key) {
            None => return Ok(None),
            Some(Value::String(text)) => vec![Value::String(text)],
            Some(Value::Array(list)) => list,
            Some(_) => return Err(Flaw::wanted(self.at(key), "a string or an array of strings")),
        };
        let texts: Option<Vec<String>> = texts
            .into_iter()
            .map(|text| match text {
                Value::String(text) => Some(text),
                _ => None,
            })
            .collect();
        texts.map(Some).ok_or_else(|| Flaw::wanted(self.at(key), "an array of strings"))
    }

    /// Takes an object.
    pub(super) fn object(&mut self, key: &str) -> Result<Option<Fields>, Flaw> {
        self.take(key).map(|value| Fields::of(value, self.at(key))).transpose()
    }

    /// What is left was not understood.
    pub(super) fn close(self, losses: &mut Losses) {
        for (key, value) in &self.map {
            if !says_nothing(value) {
                losses.note(self.at(key));
            }
        }
    }

    /// The object itself.
    pub(super) fn into_map(self) -> Map<String, Value> {
        self.map
    }
}

fn camel(key: &str) -> String {
    let mut words = key.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut camel, word| {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
        camel
    })
}

/// Whether leaving a value out changes nothing: `null`, `false`, and what holds nothing else.
fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(list) => list.iter().all(says_nothing),
        Value::Object(map) => map.values().all(says_nothing),
        _ => false,
    }
}
