//! What an error is called in each dialect, by its status, after the providers' own tables. Not its shape.

use crate::endpoint::Dialect;

/// The name of an error's type.
pub(crate) fn kind(dialect: Dialect, status: u16) -> &'static str {
    match dialect {
        Dialect::Google => canonical(status),
        Dialect::OpenAi | Dialect::Anthropic => match status {
            401 => "authentication_error",
            402 => "billing_error",
            403 => "permission_error",
            404 => "not_found_error",
            413 => "request_too_large",
            429 => "rate_limit_error",
            503 | 529 => "overloaded_error",
            504 => "timeout_error",
            500.. if dialect == Dialect::OpenAi => "server_error",
            500.. => "api_error",
            _ => "invalid_request_error",
        },
    }
}

/// The name among Google's canonical codes.
fn canonical(status: u16) -> &'static str {
    match status {
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        409 => "ABORTED",
        429 => "RESOURCE_EXHAUSTED",
        499 => "CANCELLED",
        501 => "UNIMPLEMENTED",
        502 | 503 | 529 => "UNAVAILABLE",
        504 => "DEADLINE_EXCEEDED",
        500.. => "INTERNAL",
        _ => "INVALID_ARGUMENT",
    }
}
