"""Reads recorded Responses. A stream is read by its deltas, item by item; its closing event gives status and usage."""

from summary import Failure, Summary, Usage, arguments


def answer(body):
    if body.get("error"):
        return Failure(body["error"]["message"])
    said = Summary(usage=usage(body))
    for item in body["output"]:
        add(said, item)
    return finished(said, body)


def stream(payloads):
    said, body = Summary(), None
    for event in payloads:
        kind = event["type"]
        if kind == "error":
            return Failure((event.get("error") or event)["message"])
        if kind == "response.output_text.delta":
            said.text += event["delta"]
        elif kind == "response.refusal.delta":
            said.refusal += event["delta"]
        elif kind in ("response.reasoning_summary_text.delta", "response.reasoning_text.delta"):
            said.reasoning += event["delta"]
        elif kind == "response.output_text.annotation.added":
            said.cited += cited({"annotations": [event["annotation"]]})
        elif kind == "response.output_item.done" and event["item"]["type"] in ("function_call", "custom_tool_call"):
            add(said, event["item"])
        elif kind in ("response.completed", "response.incomplete", "response.failed"):
            body = event["response"]
    if body.get("error"):
        return Failure(body["error"]["message"])
    said.usage = usage(body)
    return finished(said, body)


def collect(payloads):
    """The whole answer that a stream amounts to: its closing event says it."""
    return list(payloads)[-1]["response"]


def add(said, item):
    if item["type"] == "message":
        for part in item["content"]:
            said.text += part.get("text") or ""
            said.cited += cited(part)
            said.refusal += part.get("refusal") or ""
    elif item["type"] == "reasoning":
        for part in item.get("summary") or item.get("content") or []:
            said.reasoning += part["text"]
    elif item["type"] == "function_call":
        said.calls.append([item["name"], arguments(item["arguments"])])
    elif item["type"] == "custom_tool_call":
        said.calls.append([item["name"], {"input": item["input"]}])


def cited(part):
    return [one["url"] for one in part.get("annotations") or [] if one["type"] == "url_citation"]


def finished(said, body):
    reason = (body.get("incomplete_details") or {}).get("reason")
    if reason == "max_output_tokens":
        said.stop = "length"
    elif reason == "content_filter":
        said.stop = "filter"
    else:
        said.stop = "tools" if said.calls else "natural"
    return said


def usage(body):
    spent = body.get("usage")
    if not spent:
        return None
    before = spent.get("input_tokens_details") or {}
    after = spent.get("output_tokens_details") or {}
    return Usage(
        input=spent["input_tokens"],
        output=spent["output_tokens"],
        cached=before.get("cached_tokens") or 0,
        cache_write=before.get("cache_write_tokens") or 0,
        reasoning=after.get("reasoning_tokens") or 0,
    )
