"""Writes small requests, and holds them against what providers ask of a conversation."""

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
NOTHING = {"type": "object", "properties": {}}


def user(content):
    return {"role": "user", "content": content}


def chat(*turns, **more):
    """A chat request that offers the tool `look`."""
    function = {"name": "look", "parameters": NOTHING}
    return {"model": "m", "tools": [{"type": "function", "function": function}], "messages": list(turns), **more}


def chat_calls(*ids, **more):
    """A chat turn that calls `look` under these ids."""
    function = {"name": "look", "arguments": "{}"}
    calls = [{"id": id, "type": "function", "function": function} for id in ids]
    return {"role": "assistant", "content": None, "tool_calls": calls, **more}


def chat_result(id, text="a cat"):
    return {"role": "tool", "tool_call_id": id, "content": text}


def messages(*turns, **more):
    """A messages request that offers the tool `look`."""
    tools = [{"name": "look", "input_schema": NOTHING}]
    return {"model": "m", "max_tokens": 99, "tools": tools, "messages": list(turns), **more}


def uses(*ids, name="look"):
    """A messages turn that calls a tool under these ids."""
    blocks = [{"type": "tool_use", "id": id, "name": name, "input": {}} for id in ids]
    return {"role": "assistant", "content": blocks}


def result(id, content="a cat", **more):
    return {"type": "tool_result", "tool_use_id": id, "content": content, **more}


def unless(good, problem):
    return [] if good else [problem]


def blocks(turn):
    content = turn["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def adjacent(body):
    """Anthropic: each turn's calls are answered, each once, first thing in the next turn; turns alternate from user."""
    for turn, after in zip(body["messages"], [*body["messages"][1:], user([])]):
        calls = [block["id"] for block in blocks(turn) if block["type"] == "tool_use"]
        results = [block["tool_use_id"] for block in blocks(after) if block["type"] == "tool_result"]
        first = [block["type"] == "tool_result" for block in blocks(after)]
        yield from unless(not calls or sorted(calls) == sorted(results), f"calls {calls} are answered by {results}")
        yield from unless(first == sorted(first, reverse=True), "results are not first in their turn")
    roles = [turn["role"] for turn in body["messages"]]
    alternate = roles[0] == "user" and all(left != right for left, right in zip(roles, roles[1:]))
    yield from unless(alternate, f"roles do not alternate from user: {roles}")


def paired(body):
    """Gemini: a turn with calls is followed by as many results, by the same names."""
    for turn, after in zip(body["contents"], [*body["contents"][1:], {"parts": []}]):
        calls = [part["functionCall"]["name"] for part in turn["parts"] if "functionCall" in part]
        results = [part["functionResponse"]["name"] for part in after["parts"] if "functionResponse" in part]
        yield from unless(not calls or calls == results, f"calls {calls} are answered by {results}")


def nothing_empty(body):
    """No turn, and no text in one, is empty."""
    for turn in body.get("messages") or body["contents"]:
        said = turn["parts"] if "parts" in turn else blocks(turn) if turn.get("content") else turn.get("tool_calls")
        yield from unless(said, f"an empty turn of {turn['role']}")
        for part in said or []:
            yield from unless(part.get("text", "some").strip(), f"an empty text of {turn['role']}")
