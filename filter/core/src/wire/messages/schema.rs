//! JSON Schemas as Anthropic's structured outputs take them: closed objects, and no bounds on numbers, lengths and
//! counts. Bounds go into descriptions, where the model still reads them.

use serde_json::{Map, Value};

/// Keywords that are refused.
const BOUNDS: [&str; 15] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "patternProperties",
    "minContains",
    "maxContains",
];

/// A schema that is taken.
pub(super) fn accepted(schema: Value) -> Value {
    match schema {
        Value::Object(map) => Value::Object(object(map)),
        other => other,
    }
}

fn object(map: Map<String, Value>) -> Map<String, Value> {
    let mut accepted = Map::new();
    let mut bounds = Vec::new();
    for (key, value) in map {
        match key.as_str() {
            "properties" | "$defs" | "definitions" => {
                let value = match value {
                    Value::Object(named) => {
                        Value::Object(named.into_iter().map(|(name, schema)| (name, self::accepted(schema))).collect())
                    }
                    other => other,
                };
                accepted.insert(key, value);
            }
            "items" | "not" => drop(accepted.insert(key, self::accepted(value))),
            "anyOf" | "allOf" | "oneOf" | "prefixItems" => {
                let value = match value {
                    Value::Array(list) => list.into_iter().map(self::accepted).collect(),
                    other => other,
                };
                accepted.insert(key, value);
            }
            // The only counts that are taken.
            "minItems" if matches!(value.as_u64(), Some(0 | 1)) => drop(accepted.insert(key, value)),
            "additionalProperties" => {}
            key if key == "minItems" || BOUNDS.contains(&key) => bounds.push(format!("{key}: {value}")),
            _ => drop(accepted.insert(key, value)),
        }
    }
    let is_object = accepted.get("type").is_some_and(|kind| kind == "object") || accepted.contains_key("properties");
    if is_object {
        accepted.insert("additionalProperties".to_owned(), false.into());
    }
    if !bounds.is_empty() {
        let bounds = format!("({})", bounds.join(", "));
        let description = match accepted.remove("description") {
            Some(Value::String(text)) => format!("{text} {bounds}"),
            _ => bounds,
        };
        accepted.insert("description".to_owned(), description.into());
    }
    accepted
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn objects_are_closed_and_bounds_are_told_in_words() {
        let schema = json!({"type": "object", "properties": {
            "age": {"type": "integer", "minimum": 0, "description": "In years."},
            "pattern": {"type": "string", "pattern": "a+"},
        }});
        let expected = json!({"type": "object", "properties": {
            "age": {"type": "integer", "description": "In years. (minimum: 0)"},
            "pattern": {"type": "string", "description": "(pattern: \"a+\")"},
        }, "additionalProperties": false});
        assert_eq!(accepted(schema), expected);
    }
}
