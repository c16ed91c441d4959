//! What Envoy itself answers: refusals of its codec, bodies over the limit, no target left, answers that break off. They
//! take the shape that the client reads. Not what the filter answers: its replies carry no response code details, and that
//! is how they are told apart.

use dragoman_core::endpoint::Dialect;
use dragoman_core::refusal::Refusal;
use serde_json::{Value, json};

use super::any::extension;

/// What is said instead of what.
struct Mapper {
    /// Which replies, in CEL. The first mapper that matches is the one.
    condition: &'static str,
    /// The status that the error's type is that of.
    status: u16,
    /// Whether it is also what is answered: Envoy's own is not right.
    corrects: bool,
    code: &'static str,
    message: &'static str,
}

const MAPPERS: [Mapper; 8] = [
    Mapper {
        condition: "response.code_details == 'upgrade_failed'",
        status: 501,
        corrects: true,
        code: "not_supported",
        message: "protocol upgrades are not supported here",
    },
    Mapper {
        condition: "response.code_details == 'direct_response'",
        status: 501,
        corrects: false,
        code: "not_supported",
        message: "CONNECT is not supported here",
    },
    Mapper {
        condition: "response.code_details == 'request_payload_too_large'",
        status: 413,
        corrects: false,
        code: "request_too_large",
        message: "the request body is too large",
    },
    Mapper {
        condition: "response.code_details.contains('overload')",
        status: 503,
        corrects: true,
        code: "overloaded",
        message: "the gateway is overloaded, try again later",
    },
    Mapper {
        condition: "response.code_details.contains('timeout') && response.code == 504",
        status: 504,
        corrects: false,
        code: "target_timeout",
        message: "no target answered in time",
    },
    Mapper {
        condition: "(response.code_details == 'no_healthy_upstream' \
                    || response.code_details.startsWith('upstream_reset'))",
        status: 503,
        corrects: false,
        code: "target_unreachable",
        message: "no target could be reached",
    },
    Mapper {
        condition: "response.code_details != '' && response.code < 500",
        status: 400,
        corrects: false,
        code: "invalid_request",
        message: "the request was refused: %RESPONSE_CODE_DETAILS%",
    },
    Mapper {
        condition: "response.code_details != ''",
        status: 500,
        corrects: false,
        code: "gateway_error",
        message: "the gateway could not answer: %RESPONSE_CODE_DETAILS%",
    },
];

/// Whose clients a reply goes to, in CEL: the filter says it when it takes an answer in, for the path is the target's by
/// then; before that the path does.
const CLIENTS: [(Dialect, &str); 2] = [
    (
        Dialect::Anthropic,
        "('wasm.dragoman.client' in filter_state ? filter_state['wasm.dragoman.client'] == b'anthropic' \
         : request.url_path.startsWith('/v1/messages'))",
    ),
    (
        Dialect::Google,
        "('wasm.dragoman.client' in filter_state ? filter_state['wasm.dragoman.client'] == b'google' \
         : request.url_path.endsWith(':generateContent') || request.url_path.endsWith(':streamGenerateContent'))",
    ),
];

/// The HTTP connection manager's `local_reply_config`.
pub(super) fn local_replies() -> Value {
    let of = |(dialect, client): &(Dialect, &str)| {
        MAPPERS
            .iter()
            .map(|reply| mapper(reply, *dialect, &format!("{} && {client}", reply.condition)))
            .collect::<Vec<_>>()
    };
    let others = MAPPERS.iter().map(|reply| mapper(reply, Dialect::OpenAi, reply.condition));
    json!({"mappers": CLIENTS.iter().flat_map(of).chain(others).collect::<Vec<_>>()})
}

fn mapper(reply: &Mapper, dialect: Dialect, condition: &str) -> Value {
    let mut body: Value =
        serde_json::from_str(&Refusal::new(reply.status, reply.code, reply.message).body(dialect)).unwrap_or_default();
    if dialect == Dialect::Google {
        body["error"]["code"] = json!("%RESPONSE_CODE%");
    }
    let mut mapper = json!({
        "filter": {"extension_filter": extension(
            "cel",
            "envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter",
            json!({"expression": condition}),
        )},
        "body_format_override": {"content_type": "application/json", "json_format": body},
    });
    if reply.corrects {
        mapper["status_code"] = json!(reply.status);
    }
    mapper
}
