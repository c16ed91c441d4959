"""The order of a Messages stream: one start with usage, blocks from 0 and one at a time, one delta, one stop."""

import json

DELTAS = {
    "text_delta": ("text",),
    "citations_delta": ("text",),
    "thinking_delta": ("thinking",),
    "signature_delta": ("thinking",),
    "input_json_delta": ("tool_use",),
}


def stream(events):
    events = [(name, event) for name, event in events if event.get("type") != "ping"]
    for name, event in events:
        if name != event["type"]:
            yield f"event {event['type']} is named {name}"
    kinds = [event["type"] for _, event in events]
    failed = kinds[-1] == "error"
    if not (failed and len(kinds) == 1):
        if kinds[0] != "message_start" or kinds.count("message_start") != 1:
            yield "there is not one message_start at the beginning"
    if not failed and (kinds[-2:] != ["message_delta", "message_stop"] or kinds.count("message_delta") != 1):
        yield "the stream does not end with one message_delta and message_stop"
    if "error" in kinds[:-1]:
        yield "something follows an error"
    index, block = -1, None
    for _, event in events:
        kind = event["type"]
        if kind == "content_block_start":
            if block:
                yield f"block {event['index']} begins while {index} is open"
            index, block = index + 1, {**event["content_block"], "said": ""}
            if block["type"] == "tool_use" and block["input"] != {}:
                yield f"block {index} begins with an input"
        if kind.startswith("content_block") and event["index"] != index:
            yield f"{kind} of block {event['index']} while {index} is the last"
        if kind == "content_block_delta":
            delta = event["delta"]
            if not block or block["type"] not in DELTAS[delta["type"]]:
                yield f"{delta['type']} for block {index}, which takes none"
                continue
            block["said"] += str(
                delta.get("text") or delta.get("partial_json") or delta.get("thinking") or delta.get("signature") or ""
            )
        if kind == "content_block_stop":
            yield from closed(index, block)
            block = None
    if block and not failed:
        yield f"block {index} is never closed"


def closed(index, block):
    if not block:
        yield f"block {index} is closed twice"
    elif block["type"] == "tool_use" and block["said"]:
        try:
            if not isinstance(json.loads(block["said"]), dict):
                yield f"the input of block {index} is no object"
        except ValueError:
            yield f"the input of block {index} is no JSON"
    elif block["type"] in ("text", "thinking") and not block["said"]:
        yield f"block {index} is empty, which the provider refuses when it is sent back"
