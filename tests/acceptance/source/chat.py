"""Reads recorded Chat Completions, in the dialects of the recordings: Groq, Mistral, DeepSeek, OpenRouter, vLLM."""

from summary import Failure, Summary, Usage, arguments

STOPS = {
    "stop": "natural",
    "tool_calls": "tools",
    "function_call": "tools",
    "length": "length",
    "content_filter": "filter",
}


def answer(body):
    if body.get("error"):
        return Failure(body["error"]["message"])
    choice = body["choices"][0]
    said = Summary(usage=usage(body))
    calls = []
    add(said, calls, choice["message"])
    return finished(said, calls, choice.get("finish_reason"))


def stream(payloads):
    said, calls, reason, failure = read(payloads)
    return failure or finished(said, calls, reason)


def collect(payloads):
    """The whole answer that a stream amounts to."""
    payloads = list(payloads)
    said, calls, reason, _ = read(payloads)
    message = {"role": "assistant", "content": said.text or None, "refusal": said.refusal or None}
    if said.reasoning:
        message["reasoning_content"] = said.reasoning
    if calls:
        functions = [{"name": call["name"], "arguments": call["arguments"]} for call in calls]
        message["tool_calls"] = [
            {"id": f"call_{n}", "type": "function", "function": function} for n, function in enumerate(functions)
        ]
    spent = [chunk["usage"] for chunk in payloads if chunk.get("usage")]
    frame = {"id": payloads[-1]["id"], "object": "chat.completion", "created": 1, "model": payloads[-1]["model"]}
    choice = {"index": 0, "message": message, "finish_reason": reason, "logprobs": None}
    return {**frame, "choices": [choice], **({"usage": spent[-1]} if spent else {})}


def read(payloads):
    said, calls, reason = Summary(), [], None
    for chunk in payloads:
        if chunk.get("error"):
            return said, calls, reason, Failure(chunk["error"]["message"])
        said.usage = usage(chunk) or said.usage
        for choice in chunk.get("choices", [])[:1]:
            add(said, calls, choice.get("delta") or {})
            reason = choice.get("finish_reason") or reason
    return said, calls, reason, None


def add(said, calls, message):
    content = message.get("content") or ""
    if isinstance(content, str):
        said.text += content
    else:
        for part in content:
            if part["type"] == "thinking":
                said.reasoning += "".join(piece["text"] for piece in part["thinking"])
            else:
                said.text += part["text"]
    said.reasoning += message.get("reasoning_content") or message.get("reasoning") or ""
    said.refusal += message.get("refusal") or ""
    for annotation in message.get("annotations") or []:
        said.cited.append(annotation["url_citation"]["url"])
    for position, call in enumerate(message.get("tool_calls") or []):
        function = call.get("function") or {}
        index = call.get("index", None if call.get("id") else position)
        slot = next((slot for slot in calls if index is not None and slot["index"] == index), None)
        if slot is None:
            slot = {"index": index, "name": "", "arguments": ""}
            calls.append(slot)
        slot["name"] = slot["name"] or function.get("name") or ""
        slot["arguments"] += function.get("arguments") or ""


def finished(said, calls, reason):
    said.calls = [[call["name"], arguments(call["arguments"])] for call in calls]
    said.stop = STOPS.get(reason, "natural")
    if said.calls and said.stop == "natural":
        said.stop = "tools"
    return said


def usage(body):
    spent = body.get("usage") or (body.get("x_groq") or {}).get("usage")
    if not spent:
        return None
    before = spent.get("prompt_tokens_details") or {}
    after = spent.get("completion_tokens_details") or {}
    return Usage(
        input=spent["prompt_tokens"],
        output=spent["completion_tokens"],
        cached=before.get("cached_tokens") or spent.get("prompt_cache_hit_tokens") or 0,
        cache_write=before.get("cache_write_tokens") or 0,
        reasoning=after.get("reasoning_tokens") or 0,
    )
