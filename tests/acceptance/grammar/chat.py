"""The order of a Chat Completions stream: ids and names once, indexes from 0, one finish, usage last, then [DONE]."""

REASONS = {"stop", "length", "tool_calls", "content_filter"}


def stream(events):
    *chunks, (_, last) = events
    failed = isinstance(last, dict) and "error" in last
    if not failed and last != "[DONE]":
        yield "the stream does not end with [DONE]"
    if any(name for name, _ in events):
        yield "an event has a name"
    chunks = [chunk for _, chunk in chunks]
    if any(chunk == "[DONE]" or "error" in chunk for chunk in chunks):
        yield "something follows the end"
        return
    for field in ("id", "model", "created"):
        if len({chunk[field] for chunk in chunks}) > 1:
            yield f"{field} changes"
    roles, reasons, seen, usages = 0, [], [], 0
    for chunk in chunks:
        if chunk.get("usage"):
            usages += 1
            if chunk is not chunks[-1]:
                yield "usage before the last chunk"
        for choice in chunk["choices"]:
            delta = choice["delta"]
            if reasons and any(delta.values()):
                yield "more is said after the finish"
            if "role" in delta:
                roles += 1
                if chunk is not chunks[0]:
                    yield "the role is not in the first chunk"
            for call in delta.get("tool_calls", []):
                if call["index"] == len(seen):
                    seen.append(call.get("id"))
                    if not (call.get("id") and call.get("type") == "function" and call["function"].get("name")):
                        yield f"call {call['index']} begins without id, type or name"
                elif call["index"] != len(seen) - 1:
                    yield f"call {call['index']} goes on while {len(seen) - 1} is open"
                elif call.get("id") or call.get("type") or call["function"].get("name"):
                    yield f"call {call['index']} says its id, type or name again"
            if choice.get("finish_reason"):
                reasons.append(choice["finish_reason"])
    if chunks and roles != 1:
        yield f"the role is said {roles} times"
    if not failed and (len(reasons) != 1 or reasons[0] not in REASONS):
        yield f"finish reasons: {reasons}"
