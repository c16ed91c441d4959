//! How much a request may ask for where neither the context nor the queue bounds it. What is bounded here costs llama.cpp's
//! stack, or time on the thread that everyone waits for.

use serde_json::Value;

use super::error::ApiError;

/// Bytes of a client's grammar. The deepest that fits nests no deeper than the threads' stacks hold (see `main.rs`).
const GRAMMAR: usize = 64 << 10;
/// Bytes of a schema, and of a pattern in it.
const SCHEMA: usize = 256 << 10;
const PATTERN: usize = 2 << 10;
/// Texts to look for, and the bytes of all of them.
const TEXTS: usize = 64;
const TEXT: usize = 16 << 10;
/// Texts to embed, and documents to rank.
const INPUTS: usize = 2048;

/// A grammar as the client wrote it.
pub(super) fn grammar(text: &str) -> Result<(), ApiError> {
    if text.len() > GRAMMAR {
        return Err(ApiError::invalid("grammar", format!("must be at most {} KiB", GRAMMAR >> 10)));
    }
    Ok(())
}

/// A JSON schema, or tools with theirs.
pub(super) fn schema(key: &str, schema: &Value) -> Result<(), ApiError> {
    if schema.to_string().len() > SCHEMA {
        return Err(ApiError::invalid(key, format!("must be at most {} KiB of JSON schema", SCHEMA >> 10)));
    }
    if longest_pattern(schema) > PATTERN {
        return Err(ApiError::invalid(key, format!("holds a `pattern` of more than {} KiB", PATTERN >> 10)));
    }
    Ok(())
}

/// The depth is bounded: the body that it came in was read.
fn longest_pattern(schema: &Value) -> usize {
    match schema {
        Value::Object(keys) => {
            let own = keys.get("pattern").and_then(Value::as_str).map_or(0, str::len);
            keys.values().map(longest_pattern).max().unwrap_or(0).max(own)
        }
        Value::Array(items) => items.iter().map(longest_pattern).max().unwrap_or(0),
        _ => 0,
    }
}

/// Texts that are looked for with every token.
pub(super) fn texts<'a>(key: &str, texts: impl Iterator<Item = &'a String> + Clone) -> Result<(), ApiError> {
    if texts.clone().count() > TEXTS || texts.map(String::len).sum::<usize>() > TEXT {
        let problem = format!("must be at most {TEXTS} texts of {} KiB together", TEXT >> 10);
        return Err(ApiError::invalid(key, problem));
    }
    Ok(())
}

/// Texts to embed or documents to rank.
pub(super) fn inputs(key: &str, count: usize) -> Result<(), ApiError> {
    if count > INPUTS {
        return Err(ApiError::invalid(
            key,
            format!("must be at most {INPUTS} texts; send the others in further requests"),
        ));
    }
    Ok(())
}
