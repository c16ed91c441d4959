//! Structured output: a schema with a name, a purpose and a wish for strictness, as OpenAI's formats have it, and as a
//! schema that says all that itself. How a format wraps it is the format's own.

use serde_json::{Map, Value};

use super::Flaw;
use super::fields::Fields;
use super::ir::Output;

/// Reads a schema with its name.
pub(super) fn read(fields: &mut Fields) -> Result<Output, Flaw> {
    Ok(Output::Schema {
        name: fields.text("name")?,
        description: fields.text("description")?,
        schema: fields.take("schema").ok_or_else(|| Flaw::new(fields.at("schema"), "is missing"))?,
        strict: fields.truth("strict")?,
    })
}

/// Writes it with its name; `None` where any JSON will do.
pub(super) fn named(output: Output) -> Option<Map<String, Value>> {
    let Output::Schema { name, description, schema, strict } = output else { return None };
    let mut named = Map::new();
    named.insert("name".to_owned(), name.unwrap_or_else(|| "answer".to_owned()).into());
    named.extend(description.map(|text| ("description".to_owned(), text.into())));
    named.insert("schema".to_owned(), schema);
    named.extend(strict.map(|strict| ("strict".to_owned(), strict.into())));
    Some(named)
}

/// Writes it as a schema only: JSON Schema has words of its own for name and purpose.
pub(super) fn bare(name: Option<String>, description: Option<String>, mut schema: Value) -> Value {
    if let Some(map) = schema.as_object_mut() {
        for (key, said) in [("title", name), ("description", description)] {
            let said = said.filter(|_| !map.contains_key(key));
            map.extend(said.map(|said| (key.to_owned(), said.into())));
        }
    }
    schema
}
