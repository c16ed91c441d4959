"""What a format's own clients rely on, held against the bytes themselves: a judge beside the clients, and stricter.

The clients build their objects without looking at types; here each event and each whole answer must also pass the
vendor's published types. Each format has a file with `stream(events)` for the order of events; `problems` adds types.
"""

import json
from functools import cache
from typing import Annotated, get_args, get_origin

import sse
from pydantic import TypeAdapter, ValidationError

from anthropic.types import Message, RawMessageStreamEvent
from google.genai.types import GenerateContentResponse
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent

from . import chat, gemini, messages, responses

ORDER = {"chat": chat, "responses": responses, "messages": messages, "gemini": gemini}
WHOLE = {"chat": ChatCompletion, "responses": Response, "messages": Message, "gemini": GenerateContentResponse}
CHUNK = {"chat": ChatCompletionChunk, "gemini": GenerateContentResponse}


def by_name(union):
    """The types of a union of events, by the events' names."""
    union = get_args(union)[0] if get_origin(union) is Annotated else union
    return {get_args(type.model_fields["type"].annotation)[0]: type for type in get_args(union)}


EVENTS = {"responses": by_name(ResponseStreamEvent), "messages": by_name(RawMessageStreamEvent)}


def problems(format, kind, body):
    """What is wrong with an answer or a stream that a client of this format is to read."""
    try:
        text = body.decode()
        if kind == "answer":
            found = typed(WHOLE[format], json.loads(text), "answer")
            return found + (list(responses.whole(json.loads(text))) if format == "responses" else [])
        read = [(name, data if data == "[DONE]" else json.loads(data)) for name, data in sse.events(text)]
    except ValueError as error:
        return [f"not readable: {error}"]
    if not read:
        return ["nothing is said"]
    found = framing(text)
    for number, (_, event) in enumerate(read):
        if isinstance(event, dict) and "error" not in event and event.get("type") not in ("error", "ping"):
            name = event.get("type", "")
            type = EVENTS[format].get(name) if format in EVENTS else CHUNK[format]
            found += (
                typed(type, event, f"event {number} {name}") if type else [f"event {number} {name}: there is none such"]
            )
    try:
        found += list(ORDER[format].stream(read))
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        found.append(f"an event lacks what the order of events is told by: {error!r}")
    return found[:6]


def failed(format, body):
    """Whether a stream ends by telling of an error."""
    *_, (_, data) = [("", "{}"), *sse.events(body.decode())]
    last = {} if data == "[DONE]" else json.loads(data)
    return last.get("type") == ("response.failed" if format == "responses" else "error") or "error" in last


adapter = cache(TypeAdapter)


def typed(type, value, where):
    try:
        adapter(type).validate_python(value)
    except ValidationError as refused:
        # Providers put more codes into a failed response than are published.
        errors = [one for one in refused.errors() if one["loc"][-2:] != ("error", "code")]
        return [f"{where}: {'.'.join(map(str, one['loc'][-4:]))}: {one['msg']}" for one in errors[:2]]
    return []


def framing(text):
    if text and not text.endswith(("\n\n", "\r\n\r\n")):
        return ["the last event is not closed by a blank line"]
    return []
