"""The shape of an error body in each format, and the type that a status has there."""

import json

MESSAGES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    503: "overloaded_error",
    504: "timeout_error",
    529: "overloaded_error",
}
GOOGLE = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
    529: "UNAVAILABLE",
}


def problems(format, status, body):
    try:
        said = json.loads(body)
        error = said["error"]
        if not error["message"]:
            yield "the message is empty"
    except (ValueError, KeyError, TypeError) as flaw:
        yield f"no error object with a message: {flaw!r}"
        return
    if format in ("chat", "responses"):
        if set(error) < {"message", "type", "param", "code"}:
            yield f"message, type, param and code belong in it: {sorted(error)}"
        if not isinstance(error.get("type"), str):
            yield f"type is {error.get('type')!r}"
    elif format == "messages":
        if said.get("type") != "error":
            yield f"type is {said.get('type')!r}, not error"
        if error.get("type") != MESSAGES[status]:
            yield f"error.type is {error.get('type')!r}, wanted {MESSAGES[status]!r}"
    else:
        if error.get("code") != status:
            yield f"error.code is {error.get('code')!r}, wanted {status}"
        if error.get("status") != GOOGLE[status]:
            yield f"error.status is {error.get('status')!r}, wanted {GOOGLE[status]!r}"
