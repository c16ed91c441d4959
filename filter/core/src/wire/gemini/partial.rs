//! Arguments that Gemini streams value by value, each with the path where it belongs, put together into one object.

use serde::Deserialize;
use serde_json::{Map, Value};

/// More elements or levels no arguments have.
const MOST: usize = 4096;
const DEEPEST: usize = 64;

/// One piece.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Piece {
    json_path: String,
    #[serde(default)]
    string_value: Option<String>,
    #[serde(default)]
    number_value: Option<Value>,
    #[serde(default)]
    bool_value: Option<bool>,
}

enum Step {
    Key(String),
    Index(usize),
}

/// Puts a piece in its place. One whose path makes no sense is dropped; it tells whether.
pub(super) fn put(arguments: &mut Value, piece: Piece) -> bool {
    let Some(path) = steps(&piece.json_path) else { return false };
    let Some(place) = path.into_iter().try_fold(arguments, go) else { return false };
    match (piece.string_value, piece.number_value, piece.bool_value) {
        (Some(text), ..) => match place {
            Value::String(own) => own.push_str(&text),
            other => *other = Value::String(text),
        },
        (_, Some(number), _) => *place = number,
        (.., Some(truth)) => *place = Value::Bool(truth),
        (None, None, None) => *place = Value::Null,
    }
    true
}

fn go(value: &mut Value, step: Step) -> Option<&mut Value> {
    match step {
        Step::Key(key) => {
            if !value.is_object() {
                *value = Value::Object(Map::new());
            }
            Some(value.as_object_mut()?.entry(key).or_insert(Value::Null))
        }
        Step::Index(index) => {
            if !value.is_array() {
                *value = Value::Array(Vec::new());
            }
            let list = value.as_array_mut()?;
            if list.len() <= index {
                list.resize(index + 1, Value::Null);
            }
            list.get_mut(index)
        }
    }
}

/// `$.a[0]['b c']`
fn steps(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() && steps.len() < DEEPEST {
        if let Some(key) = rest.strip_prefix('.') {
            let end = key.find(['.', '[']).unwrap_or(key.len());
            let (key, after) = key.split_at_checked(end)?;
            steps.push(Step::Key(key.to_owned()));
            rest = after;
        } else if let Some(quoted) = rest.strip_prefix("['") {
            let (key, after) = quoted.split_once("']")?;
            steps.push(Step::Key(key.to_owned()));
            rest = after;
        } else {
            let (index, after) = rest.strip_prefix('[')?.split_once(']')?;
            steps.push(Step::Index(index.parse().ok().filter(|&index| index < MOST)?));
            rest = after;
        }
    }
    rest.is_empty().then_some(steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pieces_find_their_places_and_strings_grow() {
        let mut arguments = json!({});
        for piece in [
            json!({"jsonPath": "$.city", "stringValue": "Bos"}),
            json!({"jsonPath": "$.city", "stringValue": "ton"}),
            json!({"jsonPath": "$.days[1].wet", "boolValue": true}),
            json!({"jsonPath": "$['a b']", "numberValue": 2}),
        ] {
            assert!(put(&mut arguments, serde_json::from_value(piece).unwrap()));
        }
        assert_eq!(arguments, json!({"city": "Boston", "days": [null, {"wet": true}], "a b": 2}));
        let far = serde_json::from_value(json!({"jsonPath": "$[999999999]", "boolValue": true})).unwrap();
        assert!(!put(&mut arguments, far));
    }
}
