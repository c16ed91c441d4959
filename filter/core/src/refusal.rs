//! A request that Dragoman itself answers, and the one place where such an answer becomes HTTP: in the shape that the
//! client's SDK reads. Not the errors of targets, which pass in their own words.

use crate::endpoint::Dialect;
use crate::json;
use crate::kind::kind;

/// A whole response made here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalReply {
    /// The status code.
    pub status: u16,
    /// Headers, `content-type` among them.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

/// Why a request is refused. Its message never quotes a credential or content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The status code; it also decides the error's type.
    pub status: u16,
    /// A stable word for programs: `model_not_found`.
    pub code: &'static str,
    /// What is wrong and what to do, for people.
    pub message: String,
    /// Seconds after which a new try makes sense.
    pub retry_after: Option<u64>,
    /// The methods to offer with a 405.
    pub allow: Option<&'static str>,
}

impl Refusal {
    /// A refusal with this status, code and message.
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Refusal { status, code, message: message.into(), retry_after: None, allow: None }
    }

    /// A 400 with code `invalid_request`.
    pub fn invalid(message: impl Into<String>) -> Self {
        Refusal::new(400, "invalid_request", message)
    }

    /// The response, as a client of this dialect expects it.
    pub fn reply(&self, dialect: Dialect) -> LocalReply {
        let mut headers = vec![("content-type", "application/json".to_owned())];
        if let Some(seconds) = self.retry_after {
            headers.push(("retry-after", seconds.to_string()));
        }
        if let Some(methods) = self.allow {
            headers.push(("allow", methods.to_owned()));
        }
        LocalReply { status: self.status, headers, body: self.body(dialect) }
    }

    /// The error object, as a client of this dialect expects it.
    pub fn body(&self, dialect: Dialect) -> String {
        let message = json::quote(&self.message);
        let kind = kind(dialect, self.status);
        match dialect {
            Dialect::OpenAi => {
                format!(r#"{{"error":{{"message":{message},"type":"{kind}","param":null,"code":"{}"}}}}"#, self.code)
            }
            Dialect::Anthropic => {
                format!(r#"{{"type":"error","error":{{"type":"{kind}","message":{message}}}}}"#)
            }
            Dialect::Google => {
                format!(r#"{{"error":{{"code":{},"message":{message},"status":"{kind}"}}}}"#, self.status)
            }
        }
    }
}

/// What a client reads when Envoy, not a target, ended its request with this status.
pub fn of_envoy(status: u16) -> Refusal {
    match status {
        413 => Refusal::new(413, "request_too_large", "The request body is larger than this gateway takes."),
        503 => Refusal::new(503, "target_unreachable", "No target could be reached. Try again later."),
        504 => Refusal::new(504, "target_timeout", "The target did not answer in time."),
        _ => Refusal::new(status, "gateway_error", "The gateway could not complete this request."),
    }
}

/// The filters of this host do not meet as they should.
pub fn misplaced() -> Refusal {
    Refusal::new(503, "gateway_misconfigured", "The gateway is not configured to serve this request.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openai_clients_read_all_four_members() {
        let body = Refusal::invalid("say \"hi\"").body(Dialect::OpenAi);
        let value: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(value["error"]["message"], "say \"hi\"");
        assert_eq!(value["error"]["type"], "invalid_request_error");
        assert_eq!(value["error"]["code"], "invalid_request");
        assert!(value["error"]["param"].is_null());
    }

    #[test]
    fn googles_clients_read_a_code_and_its_name() {
        let body = Refusal::new(429, "resting", "wait").body(Dialect::Google);
        let value: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(value["error"], serde_json::json!({"code": 429, "message": "wait", "status": "RESOURCE_EXHAUSTED"}));
    }

    #[test]
    fn anthropic_clients_read_a_typed_envelope() {
        let reply = Refusal { retry_after: Some(7), ..Refusal::new(429, "resting", "wait") }.reply(Dialect::Anthropic);
        let value: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!(value["type"], "error");
        assert_eq!(value["error"]["type"], "rate_limit_error");
        assert!(reply.headers.contains(&("retry-after", "7".to_owned())));
    }
}
