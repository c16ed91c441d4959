//! Which strings of a request or an answer are text. All are, but those that programs read: ids, names of models and
//! kinds, and what is encoded or signed. A key that nobody knows here holds text: rather one placeholder too many.

use super::fold::Depth;
use crate::json::leaves::{Frame, member};
use crate::json::{Kind, Span};

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Text.
    Text(Depth),
    /// A model's reasoning.
    Reasoning,
    /// The same, and signed: changed, it would be refused.
    Signed,
    /// Not for people: it stays as it is.
    Code,
}

/// Keys whose values only programs read, at any depth.
const CODE: &[&str] = &[
    "model",
    "id",
    "type",
    "role",
    "object",
    "status",
    "stop_reason",
    "finish_reason",
    "finishReason",
    "call_id",
    "tool_call_id",
    "tool_use_id",
    "item_id",
    "file_id",
    "response_id",
    "responseId",
    "modelVersion",
    "previous_response_id",
    "conversation",
    "container",
    "signature",
    "thought_signature",
    "thoughtSignature",
    "encrypted_content",
    "encrypted_index",
    "media_type",
    "mime_type",
    "mimeType",
    "b64_json",
    "partial_image_b64",
    "system_fingerprint",
    "service_tier",
    "obfuscation",
    "cache_control",
    "tool_choice",
    "reasoning_effort",
    "embedding",
];

/// Keys of encoded content, unless what stands beside them says that it is text.
const ENCODED: &[&str] = &["data", "file_data", "image_data", "video_data"];

/// Keys of what callers give things: inside, any key may mean anything, and any number be somebody's.
const GIVEN: &[&str] = &["metadata", "document", "documents"];

/// The same, but at the top, where some are the formats' own: what a tool is given or gives, and what fills a prompt or
/// a schema in.
const GIVEN_INSIDE: &[&str] =
    &["input", "args", "arguments", "response", "variables", "attributes", "default", "const", "enum", "examples"];

/// Base64 that is no longer may be a secret.
const SHORT: usize = 256;

/// What the string at the end of this way is.
pub fn of(text: &[u8], way: &[Frame<'_>], span: Span) -> Field {
    let keys = || way.iter().filter_map(|frame| frame.key);
    let Some(last) = way.last() else { return Field::Text(Depth::Json) };
    // The elements of a list are what its key says.
    let key = keys().next_back().unwrap_or_default();
    if is_base64_url(text, span) {
        return Field::Code;
    }
    if is_made_up(way) {
        return Field::Text(Depth::Json);
    }
    if is_one_of(key, CODE) {
        return Field::Code;
    }
    let beside = |name: &str| member(text, last.start, name).and_then(|span| span.of(text));
    let is_member = last.key.is_some();
    match key {
        key if is_member && is_one_of(key, ENCODED) => {
            let is_text = beside("type") == Some(b"\"text\"") || beside("media_type") == Some(b"\"text/plain\"");
            let is_code = !is_text && span.len() > SHORT && is_base64(text, span);
            if is_code { Field::Code } else { Field::Text(Depth::Json) }
        }
        b"thinking" if is_member => {
            let is_signed = beside("signature").is_some_and(|signature| signature.len() > 2);
            if is_signed { Field::Signed } else { Field::Reasoning }
        }
        b"text" if is_member && beside("thought") == Some(b"true") => Field::Reasoning,
        b"text" if keys().any(|key| key == b"summary" || key == b"reasoning_details") => Field::Reasoning,
        b"reasoning" | b"reasoning_content" => Field::Reasoning,
        // A tool call's arguments are JSON in a string; as an object they are text like any other.
        _ if is_member && is_any_case(key, &["arguments", "partial_json"]) => Field::Text(Depth::JsonInJson),
        _ => Field::Text(Depth::Json),
    }
}

/// Whether it is inside of what callers or tools give: there any key may mean anything.
fn is_made_up(way: &[Frame<'_>]) -> bool {
    let outer = way.split_last().map(|(_, outer)| outer).unwrap_or_default();
    let names = |frame: &Frame<'_>, names: &[&str]| frame.key.is_some_and(|key| is_one_of(key, names));
    let inner = outer.get(1..).unwrap_or_default();
    outer.iter().any(|frame| names(frame, GIVEN)) || inner.iter().any(|frame| names(frame, GIVEN_INSIDE))
}

/// Whether a key is written with escapes that it does not need, where formats have their own: one that others read as
/// `content` is none to who goes by the bytes. No honest program writes so.
pub fn is_disguised(text: &[u8], way: &[Frame<'_>], span: Span) -> bool {
    let raw = span.of(text).unwrap_or_default();
    memchr::memchr(b'\\', raw).is_some() && !is_made_up(way) && {
        let is_plain = |char: char| char.is_ascii_alphanumeric() || char == '_';
        serde_json::from_slice::<String>(raw).is_ok_and(|key| key.chars().all(is_plain))
    }
}

/// Whether a key may be somebody's word: inside of what a tool is given or gives, or where it looks like no key.
pub fn is_key_to_see(way: &[Frame<'_>]) -> bool {
    looks_odd(way.last().and_then(|frame| frame.key).unwrap_or_default()) || is_made_up(way)
}

/// Whether what only programs should read looks like something else.
fn looks_odd(word: &[u8]) -> bool {
    const FEW: usize = 6;
    let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
    digits >= FEW || word.iter().any(|byte| matches!(byte, b'@' | b'\\') || !byte.is_ascii())
}

/// Whether a number is long enough to be looked at, and inside of what somebody says.
pub fn is_number_to_see(way: &[Frame<'_>], kind: Kind, span: Span) -> bool {
    const SHORTEST: usize = 8;
    let said = |frame: &Frame<'_>| {
        let names = [&["content", "output", "error"], GIVEN, GIVEN_INSIDE];
        frame.key.is_some_and(|key| names.iter().any(|names| is_one_of(key, names)))
    };
    // A list of tokens is nobody's words.
    let is_inside = way.len() > 2 || way.first().and_then(|frame| frame.key) == Some(b"metadata");
    kind == Kind::Number && span.len() >= SHORTEST && is_inside && way.iter().any(said)
}

fn is_any_case(key: &[u8], names: &[&str]) -> bool {
    names.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(key))
}

fn is_one_of(key: &[u8], names: &[&str]) -> bool {
    names.iter().any(|name| name.as_bytes() == key)
}

/// Whether a string is base64 and nothing else. Digits alone may be a number that somebody has.
pub fn is_base64(text: &[u8], span: Span) -> bool {
    let value = span.inside().of(text).unwrap_or_default();
    is_all_base64(value) && value.iter().any(u8::is_ascii_alphabetic)
}

fn is_all_base64(value: &[u8]) -> bool {
    let mut rest = value.iter();
    while let Some(byte) = rest.next() {
        let fits = match byte {
            // Some write `/` and line breaks as escapes.
            b'\\' => matches!(rest.next(), Some(b'/' | b'n' | b'r')),
            _ => byte.is_ascii_alphanumeric() || b"+/=-_".contains(byte),
        };
        if !fits {
            return false;
        }
    }
    true
}

/// `data:image/png;base64,…`, and nothing behind it, longer than a secret.
fn is_base64_url(text: &[u8], span: Span) -> bool {
    let value = span.inside().of(text).unwrap_or_default();
    value.len() > SHORT
        && value.starts_with(b"data:")
        && value
            .iter()
            .take(128)
            .position(|byte| *byte == b',')
            .and_then(|comma| value.split_at_checked(comma))
            .is_some_and(|(head, rest)| {
                head.ends_with(b";base64") && !looks_odd(head) && is_all_base64(rest.get(1..).unwrap_or_default())
            })
}
