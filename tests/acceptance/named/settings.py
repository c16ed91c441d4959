"""The cases that break providers as they read a request's tools and parameters."""

import json
import re

from . import asked, cases, others
from .bodies import NOTHING, chat, messages, result, unless, user, uses

CASES = []
case = cases(CASES)

GO = user("Go.")


@case(9)
def a_schema_that_gemini_would_refuse_goes_as_json_schema():
    count = {"type": "integer", "exclusiveMinimum": 0}
    schema = {"type": "object", "properties": {"n": count}, "additionalProperties": False, "$defs": {}}
    tool = {"type": "function", "function": {"name": "count", "parameters": schema}}

    def whole(got):
        sent = got["tools"][0]["functionDeclarations"][0]
        whole = sent.get("parametersJsonSchema") == schema and "parameters" not in sent
        yield from unless(whole, f"the schema is sent as {sorted(sent)}")

    yield asked("chat", "gemini", chat(GO, tools=[tool]), whole)


@case(10)
def names_and_ids_are_made_to_fit():
    long, id = "mcp__" + "a_server_with_a_name__" * 4, "toolu_" + "x" * 90
    tools = [{"name": name, "input_schema": NOTHING} for name in (long, "files.read/all", "9lives")]
    body = messages(GO, uses(id, name=long), user([result(id)]), tools=tools)
    told = {
        "chat": lambda got: (
            [tool["function"]["name"] for tool in got["tools"]],
            got["messages"][1]["tool_calls"][0]["function"]["name"],
        ),
        "responses": lambda got: (
            [tool["name"] for tool in got["tools"]],
            next(item["name"] for item in got["input"] if item.get("type") == "function_call"),
        ),
        "gemini": lambda got: (
            [tool["name"] for tool in got["tools"][0]["functionDeclarations"]],
            got["contents"][1]["parts"][0]["functionCall"]["name"],
        ),
    }

    def fits(got):
        offered, called = told[to](got)
        yield from unless(len(set(offered)) == 3, f"names are not told apart: {offered}")
        yield from unless(called == offered[0], f"{called!r} is called, {offered[0]!r} offered")
        for name in offered:
            fit = re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_-]*", name) and len(name) <= 64
            yield from unless(fit, f"{name!r} does not fit")

    for to in others("messages"):
        yield asked("messages", to, body, fits)


@case(11)
def a_free_text_tool_becomes_a_function_of_one_text():
    patch = "*** Begin Patch\n"
    call = {"type": "custom_tool_call", "call_id": "call_1", "name": "apply_patch", "input": patch}
    done = {"type": "custom_tool_call_output", "call_id": "call_1", "output": "done"}
    body = {"model": "m", "input": [GO, call, done], "tools": [{"type": "custom", "name": "apply_patch"}]}
    told = {
        "chat": lambda got: (
            got["tools"][0]["function"]["parameters"],
            json.loads(got["messages"][1]["tool_calls"][0]["function"]["arguments"]),
        ),
        "messages": lambda got: (got["tools"][0]["input_schema"], got["messages"][1]["content"][0]["input"]),
        "gemini": lambda got: (
            got["tools"][0]["functionDeclarations"][0]["parametersJsonSchema"],
            got["contents"][1]["parts"][0]["functionCall"]["args"],
        ),
    }

    def one_text(got):
        schema, given = told[to](got)
        yield from unless(list(schema["properties"]) == ["input"], f"the schema is {schema}")
        yield from unless(given == {"input": patch}, f"the call is {given}")

    for to in others("responses"):
        yield asked("responses", to, body, one_text)


@case(16)
def the_token_limit_goes_where_reasoning_models_take_it():
    body = {"model": "o3", "max_tokens": 99, "temperature": 0.5, "messages": [GO]}

    def limited(field):
        def check(got):
            yield from unless(got.get(field) == 99 and "max_tokens" not in got, f"the limit is not in {field}")
            yield from unless("temperature" not in got, "temperature is sent to a model that refuses it")

        return check

    yield asked("messages", "chat", body, limited("max_completion_tokens"), "--model", "o3")
    yield asked("messages", "responses", body, limited("max_output_tokens"), "--model", "o3")


@case(16)
def a_thinking_budget_is_below_the_limit():
    wanted = {"reasoning_effort": "high", "max_completion_tokens": 2000, "temperature": 0.5}

    def above(got):
        budget, limit = got["thinking"].get("budget_tokens", 1024), got["max_tokens"]
        yield from unless(1024 <= budget < limit, f"a budget of {budget} in {limit} tokens")
        yield from unless(got.get("temperature") in (None, 1), "temperature is sent with thinking")

    model = "claude-sonnet-4-5"
    yield asked("chat", "messages", {"model": model, "messages": [GO], **wanted}, above, "--model", model)


@case(18)
def vertex_is_spared_what_it_refuses():
    """Between formats nothing of the kind is sent; within the format it is the business of the target's provider."""
    cached = {"type": "text", "text": "Hi.", "cache_control": {"type": "ephemeral", "scope": "global"}}

    def spared(got):
        for word in ("context_management", "scope"):
            yield from unless(word not in str(got), f"{word} is sent")

    for to in others("messages"):
        yield asked("messages", to, messages(user([cached]), context_management={"edits": []}), spared)
