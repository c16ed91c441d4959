//! JSON text to a tree, refusing what JSON readers disagree about: a key that stands twice in one object.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::place;
use super::problem::{Path, Problems};

/// Reads the text. `None` after a problem.
pub(super) fn parse(json: &str, problems: &mut Problems) -> Option<Value> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let parsed = place::deserialize(&mut reader)
        .and_then(|Strict(value)| reader.end().map(|()| value).map_err(|error| (Path::root(), error.to_string())));
    match parsed {
        Ok(value @ Value::Object(_)) => Some(value),
        Ok(_) => {
            problems.error(&Path::root(), "the file is not a mapping of keys to values", "begin with `targets:`");
            None
        }
        Err((path, what)) => {
            problems.error(&path, what, "write each key once, in well-formed JSON or YAML");
            None
        }
    }
}

/// Reports every value that is empty: a key that was begun and left.
pub(super) fn refuse_empty(tree: &Value, path: &Path, problems: &mut Problems) {
    match tree {
        Value::Null => {
            problems.unresolved(path, "this is empty", "write a value, or remove the key");
        }
        Value::Array(list) => {
            for (index, item) in list.iter().enumerate() {
                refuse_empty(item, &path.index(index), problems);
            }
        }
        Value::Object(map) => {
            for (key, value) in map {
                refuse_empty(value, &path.key(key), problems);
            }
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Strict, D::Error> {
        deserializer.deserialize_any(Reader).map(Strict)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            if map.contains_key(&key) {
                return Err(de::Error::custom(format_args!("the key `{key}` stands twice")));
            }
            let Strict(value) = access.next_value()?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(value)) = access.next_element()? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
}
