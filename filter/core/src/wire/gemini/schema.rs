//! Google's own schemas, which are OpenAPI's in part, as the JSON Schemas that everyone else takes.

use serde_json::{Map, Value, json};

/// The JSON Schema that says the same.
pub(super) fn json_schema(schema: Value) -> Value {
    match schema {
        Value::Object(map) => Value::Object(object(map)),
        other => other,
    }
}

fn object(map: Map<String, Value>) -> Map<String, Value> {
    let nullable = map.get("nullable").is_some_and(|nullable| *nullable == Value::Bool(true));
    let mut schema = Map::new();
    for (key, value) in map {
        match (key.as_str(), value) {
            ("nullable" | "propertyOrdering", _) => {}
            ("type", Value::String(kind)) => {
                let kind = kind.to_ascii_lowercase();
                let kind = if nullable { json!([kind, "null"]) } else { kind.into() };
                schema.insert(key, kind);
            }
            ("properties", Value::Object(named)) => {
                let named = named.into_iter().map(|(name, schema)| (name, json_schema(schema)));
                schema.insert(key, Value::Object(named.collect()));
            }
            ("items", value) => drop(schema.insert(key, json_schema(value))),
            ("anyOf", Value::Array(list)) => drop(schema.insert(key, list.into_iter().map(json_schema).collect())),
            // Protobuf writes 64-bit counts as strings.
            (
                "minItems" | "maxItems" | "minLength" | "maxLength" | "minProperties" | "maxProperties",
                Value::String(text),
            ) => {
                let count = text.parse::<u64>().map_or(Value::String(text), Value::from);
                schema.insert(key, count);
            }
            (_, value) => drop(schema.insert(key, value)),
        }
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_spelled_as_json_schema_does_and_properties_keep_their_names() {
        let google = json!({"type": "OBJECT", "properties": {
            "type": {"type": "STRING", "nullable": true}, "tags": {"type": "ARRAY", "items": {"type": "INTEGER"}, "maxItems": "3"},
        }, "required": ["type"]});
        let expected = json!({"type": "object", "properties": {
            "type": {"type": ["string", "null"]}, "tags": {"type": "array", "items": {"type": "integer"}, "maxItems": 3},
        }, "required": ["type"]});
        assert_eq!(json_schema(google), expected);
    }
}
