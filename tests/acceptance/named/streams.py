"""Writes small streams in each format, as a provider would send them."""

import json


def chat(*deltas, finish="stop", usage=None, done=True):
    """Deltas of one choice; then its finish, its usage on a chunk of its own, and the mark."""
    chunks = [{"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    if finish:
        chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    if usage:
        chunks.append({"choices": [], "usage": usage})
    frame = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    lines = [f"data: {json.dumps({**frame, **chunk})}\n\n" for chunk in chunks]
    return "".join([*lines, "data: [DONE]\n\n" if done else ""]).encode()


def call(index, arguments, id=None, name=None):
    """A piece of a tool call in a chat delta."""
    function = {"arguments": arguments, **({"name": name} if name else {})}
    return {"tool_calls": [{"index": index, **({"id": id, "type": "function"} if id else {}), "function": function}]}


def messages(*events, usage=None):
    """Events between message_start and message_stop."""
    start = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": []}
    usage = usage or {"input_tokens": 10, "output_tokens": 1}
    first = {"type": "message_start", "message": {**start, "stop_reason": None, "stop_sequence": None, "usage": usage}}
    return named([first, *events])


def block(index, start, *deltas):
    """A content block: its start, its deltas, its stop."""
    return [
        {"type": "content_block_start", "index": index, "content_block": start},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def stop(reason, output):
    """How a message ends."""
    return [
        {
            "type": "message_delta",
            "delta": {"stop_reason": reason, "stop_sequence": None},
            "usage": {"output_tokens": output},
        },
        {"type": "message_stop"},
    ]


def named(events):
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events).encode()


def gemini(*chunks):
    return "".join(
        f"data: {json.dumps({'responseId': 'r1', 'modelVersion': 'm', **chunk})}\r\n\r\n" for chunk in chunks
    ).encode()


def parts(*parts, finish=None, usage=None):
    """A Gemini chunk of these parts."""
    candidate = {
        "content": {"role": "model", "parts": list(parts)},
        "index": 0,
        **({"finishReason": finish} if finish else {}),
    }
    return {"candidates": [candidate], **({"usageMetadata": usage} if usage else {})}
