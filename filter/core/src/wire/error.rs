//! A target's error, whatever shape it comes in, and the client's shapes. The HTTP status decides the type, not the
//! provider's words; those stay in the message.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::Format;
use crate::endpoint::Endpoint;
use crate::kind::kind;

/// A longer message is cut: some targets answer with a page.
const LONGEST: usize = 2000;

/// An error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status, or the one that would say the same.
    pub status: u16,
    /// For people.
    pub message: String,
    /// The provider's word for programs.
    pub code: Option<String>,
    /// The field of the request that is wrong.
    pub param: Option<String>,
}

/// The body of a target's error response, as the client's format has it. Status and headers stay as they are.
pub fn error(from: Format, to: Format, status: u16, body: &[u8]) -> Vec<u8> {
    if from == to {
        return body.to_vec();
    }
    ApiError::read(Some(status), body).body(to)
}

impl ApiError {
    /// Something that this gateway found wrong with a target's answer.
    pub fn bad_gateway(message: &str) -> ApiError {
        ApiError { status: 502, message: message.to_owned(), code: None, param: None }
    }

    pub(super) fn unreadable() -> ApiError {
        ApiError::bad_gateway("The target sent something that could not be read.")
    }

    /// Reads an error of any format, a list of one, a page or plain text.
    pub fn read(status: Option<u16>, body: &[u8]) -> ApiError {
        let said = match serde_json::from_slice::<Value>(body) {
            Ok(value) => ApiError::of_value(status, value),
            Err(_) => None,
        };
        said.unwrap_or_else(|| ApiError {
            status: status.unwrap_or(502),
            message: plain(&String::from_utf8_lossy(body)),
            code: None,
            param: None,
        })
    }

    /// Reads an error that stands in an event or a body; `None` where the value says nothing.
    pub(super) fn of_value(status: Option<u16>, value: Value) -> Option<ApiError> {
        match value {
            Value::Array(list) => list.into_iter().find_map(|value| ApiError::of_value(status, value)),
            Value::String(message) if !message.trim().is_empty() => {
                Some(ApiError { status: status.unwrap_or(502), message: plain(&message), code: None, param: None })
            }
            Value::Object(map) => ApiError::of_map(status, map),
            _ => None,
        }
    }

    fn of_map(status: Option<u16>, mut map: Map<String, Value>) -> Option<ApiError> {
        if let Some(inner) = map.remove("error").filter(|inner| !inner.is_null()) {
            // Some say `{"error": "what", "message": …}`.
            return ApiError::of_value(status, inner);
        }
        let mut text = |key: &str| match map.remove(key) {
            Some(Value::String(text)) if !text.is_empty() => Some(text),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        let message = text("message").or_else(|| text("detail")).or_else(|| text("msg"));
        let (code, kind, state, param) = (text("code"), text("type"), text("status"), text("param"));
        if message.is_none() && code.is_none() && kind.is_none() {
            return None;
        }
        let by_code = code.as_deref().and_then(|code| code.parse().ok()).filter(|code| (400..600).contains(code));
        let by_name = || [&state, &kind, &code].into_iter().flatten().find_map(|name| status_of(name));
        let status = status.or(by_code).or_else(by_name).unwrap_or(502);
        let code = if by_code.is_some() { state } else { code.or(state) };
        let message = message.as_deref().map(plain).or(kind).unwrap_or_else(|| "The target failed.".to_owned());
        Some(ApiError { status, message, code, param })
    }

    /// The body of an error response.
    pub fn body(&self, format: Format) -> Vec<u8> {
        self.value(format).to_string().into_bytes()
    }

    /// The body, as a value.
    pub(super) fn value(&self, format: Format) -> Value {
        match format {
            Format::Chat | Format::Responses => json!({"error": {
                "message": self.message, "type": self.kind(format), "param": self.param, "code": self.code,
            }}),
            Format::Messages => {
                json!({"type": "error", "error": {"type": self.kind(format), "message": self.message}})
            }
            Format::Gemini => {
                json!({"error": {"code": self.status, "message": self.message, "status": self.kind(format)}})
            }
        }
    }

    /// A word for programs; never empty.
    pub(super) fn code(&self) -> Cow<'_, str> {
        self.code.as_deref().unwrap_or(self.kind(Format::Chat)).into()
    }

    fn kind(&self, format: Format) -> &'static str {
        kind(Endpoint::of(format).dialect(), self.status)
    }
}

/// The status that a provider's word stands for.
fn status_of(word: &str) -> Option<u16> {
    Some(match word {
        "invalid_request_error" | "INVALID_ARGUMENT" | "FAILED_PRECONDITION" | "OUT_OF_RANGE" | "invalid_prompt" => 400,
        "authentication_error" | "UNAUTHENTICATED" | "invalid_api_key" => 401,
        "billing_error" | "insufficient_quota" => 402,
        "permission_error" | "PERMISSION_DENIED" => 403,
        "not_found_error" | "NOT_FOUND" | "model_not_found" => 404,
        "request_too_large" | "context_length_exceeded" => 413,
        "rate_limit_error" | "RESOURCE_EXHAUSTED" | "rate_limit_exceeded" | "tokens" | "requests" => 429,
        "api_error" | "server_error" | "internal_server_error" | "INTERNAL" | "UNKNOWN" => 500,
        "overloaded_error" | "UNAVAILABLE" | "service_unavailable" => 503,
        "timeout_error" | "DEADLINE_EXCEEDED" => 504,
        _ => return None,
    })
}

/// A message as one can read it: of a page only its text, and not too much of anything.
fn plain(text: &str) -> String {
    let text = text.trim();
    let is_page = text.starts_with('<');
    let mut said = String::new();
    let mut in_tag = false;
    for c in text.chars() {
        match c {
            '<' if is_page => in_tag = true,
            '>' if is_page => {
                in_tag = false;
                said.push(' ');
            }
            _ if in_tag => {}
            _ => said.push(c),
        }
        if said.len() >= LONGEST {
            said.push('…');
            break;
        }
    }
    let said = if is_page { said.split_whitespace().collect::<Vec<_>>().join(" ") } else { said };
    if said.is_empty() { "The target gave no reason.".to_owned() } else { said }
}
