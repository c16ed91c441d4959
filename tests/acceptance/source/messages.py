"""Reads recorded Messages answers. What the provider's own tools did is left out: no other format can carry it."""

from summary import Failure, Summary, Usage, arguments

STOPS = {
    "end_turn": "natural",
    "stop_sequence": "natural",
    "pause_turn": "natural",
    "tool_use": "tools",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "filter",
}


def answer(body):
    if body.get("error"):
        return Failure(body["error"]["message"])
    said = Summary(usage=usage(body["usage"]))
    for block in body["content"]:
        if block["type"] == "text":
            said.text += block["text"]
            said.cited += [one["url"] for one in block.get("citations") or [] if one.get("url")]
        elif block["type"] == "thinking":
            said.reasoning += block["thinking"]
        elif block["type"] == "tool_use":
            said.calls.append([block["name"], block["input"]])
    said.stop = STOPS[body["stop_reason"]]
    return said


def stream(payloads):
    return answer(collect(payloads))


def collect(payloads):
    """The whole answer that a stream amounts to, or the error that it ends in."""
    body, blocks, partial = None, {}, {}
    for event in payloads:
        kind = event["type"]
        if kind == "error":
            return event
        if kind == "message_start":
            body, blocks, partial = event["message"], {}, {}
        elif kind == "content_block_start":
            blocks[event["index"]] = dict(event["content_block"])
            partial[event["index"]] = ""
        elif kind == "content_block_delta":
            grow(blocks[event["index"]], event["delta"])
            partial[event["index"]] += event["delta"].get("partial_json", "")
        elif kind == "message_delta":
            body["stop_reason"] = event["delta"]["stop_reason"]
            body["usage"].update({name: count for name, count in event["usage"].items() if count is not None})
    for index, block in blocks.items():
        if partial[index]:
            block["input"] = arguments(partial[index])
    return {**body, "content": list(blocks.values())}


def grow(block, delta):
    if delta["type"] == "citations_delta":
        block["citations"] = [*(block.get("citations") or []), delta["citation"]]
    for name in ("text", "thinking", "signature"):
        if name in delta:
            block[name] = block.get(name, "") + delta[name]


def usage(spent):
    cached = spent.get("cache_read_input_tokens") or 0
    cache_write = spent.get("cache_creation_input_tokens") or 0
    after = spent.get("output_tokens_details") or {}
    return Usage(
        input=spent["input_tokens"] + cached + cache_write,
        output=spent["output_tokens"],
        cached=cached,
        cache_write=cache_write,
        reasoning=after.get("thinking_tokens") or 0,
    )
