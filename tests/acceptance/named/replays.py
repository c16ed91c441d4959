"""The cases that break a conversation as it goes on: what a client was given, it sends back."""

import json

from gateway import translate

from . import Verdict, cases
from .thoughts import SIGNATURE, THOUGHT

CASES = []
case = cases(CASES)

TOOL = {"name": "look", "input_schema": {"type": "object", "properties": {}}}


def replayed(client, answer):
    """How a client of this format goes on: with what it was given, and the tool's result."""
    if client == "chat":
        (choice,) = answer["choices"]
        message, results = choice["message"], []
        for call in message["tool_calls"]:
            results.append({"role": "tool", "tool_call_id": call["id"], "content": "a cat"})
        tools = [{"type": "function", "function": {"name": "look", "parameters": TOOL["input_schema"]}}]
        return {"model": "m", "tools": tools, "messages": [{"role": "user", "content": "Look."}, message, *results]}
    if client == "messages":
        results = [
            {"type": "tool_result", "tool_use_id": block["id"], "content": "a cat"}
            for block in answer["content"]
            if block["type"] == "tool_use"
        ]
        turns = [
            {"role": "user", "content": "Look."},
            {"role": "assistant", "content": answer["content"]},
            {"role": "user", "content": results},
        ]
        return {
            "model": "m",
            "max_tokens": 9999,
            "thinking": {"type": "enabled", "budget_tokens": 1024},
            "tools": [TOOL],
            "messages": turns,
        }
    if client == "responses":
        results = [
            {"type": "function_call_output", "call_id": item["call_id"], "output": "a cat"}
            for item in answer["output"]
            if item["type"] == "function_call"
        ]
        tools = [{"type": "function", "name": "look", "parameters": TOOL["input_schema"], "strict": False}]
        return {
            "model": "m",
            "store": False,
            "include": ["reasoning.encrypted_content"],
            "tools": tools,
            "input": [{"role": "user", "content": "Look."}, *answer["output"], *results],
        }
    content = answer["candidates"][0]["content"]
    calls = [part["functionCall"] for part in content["parts"] if "functionCall" in part]
    ids = [{"id": call["id"]} if call.get("id") else {} for call in calls]
    results = [
        {"functionResponse": {"name": call["name"], "response": {"output": "a cat"}, **id}}
        for call, id in zip(calls, ids)
    ]
    tools = [{"functionDeclarations": [{"name": "look", "parameters": TOOL["input_schema"]}]}]
    asked = {"role": "user", "parts": [{"text": "Look."}]}
    return {"tools": tools, "contents": [asked, content, {"role": "user", "parts": results}]}


def going_on(maker, client, to, check, answer=None):
    """`maker` answers a client of another format, which goes on with the target `to`."""
    direction = f"{maker} to {client}"
    given = translate("response", maker, client, json.dumps(answer or THOUGHT[maker]).encode())
    if given.code:
        return Verdict(direction, "replay", [f"exit {given.code}: {given.said[:200]}"])
    try:
        request = replayed(client, json.loads(given.body))
    except (KeyError, TypeError, ValueError) as error:
        return Verdict(direction, "replay", [f"nothing to go on with: {error!r} in {given.body[:200]!r}"])
    model = {"gemini": "gemini-3-pro", "messages": "claude-sonnet-4-5"}.get(to, "gpt-5")
    sent = translate("request", client, to, json.dumps(request).encode(), "--model", model)
    if sent.code:
        return Verdict(direction, "replay", [f"back to {to}: exit {sent.code}: {sent.said[:200]}"])
    return Verdict(
        direction, "replay", [f"back to {to}: {problem}" for problem in check(json.loads(sent.body)) if problem]
    )


@case(6)
def a_signature_goes_back_to_its_maker_and_to_no_other():
    def signed(got):
        blocks = [block for turn in got["messages"] if isinstance(turn["content"], list) for block in turn["content"]]
        yield (
            None
            if {"type": "thinking", "thinking": "Let me look.", "signature": SIGNATURE} in blocks
            else "the signed thinking is lost"
        )

    def sealed(got):
        items = [item for item in got["input"] if item.get("type") == "reasoning"]
        yield (
            None
            if [item.get("encrypted_content") for item in items] == [SIGNATURE]
            else f"the sealed reasoning is lost: {items}"
        )
        yield (
            "an id without what it stands for"
            if any("id" in item and not item.get("encrypted_content") for item in items)
            else None
        )

    def unsigned(got):
        yield "the signature went to another provider" if SIGNATURE in json.dumps(got) else None

    for client in ("chat", "responses", "gemini"):
        yield going_on("messages", client, "messages", signed)
    for client in ("messages", "gemini"):
        yield going_on("responses", client, "responses", sealed)
    for maker, client, to in (
        ("messages", "responses", "gemini"),
        ("messages", "gemini", "responses"),
        ("responses", "messages", "gemini"),
        ("responses", "gemini", "messages"),
        ("gemini", "messages", "responses"),
        ("gemini", "responses", "messages"),
    ):
        yield going_on(maker, client, to, unsigned)


@case(6)
def a_signature_over_thoughts_that_are_not_shown_goes_back_too():
    silent = {"type": "thinking", "thinking": "", "signature": SIGNATURE}
    hidden = {"type": "redacted_thinking", "data": SIGNATURE}
    for block in (silent, hidden):
        answer = {**THOUGHT["messages"], "content": [block, THOUGHT["messages"]["content"][1]]}

        def kept(got):
            blocks = [
                block for turn in got["messages"] if isinstance(turn["content"], list) for block in turn["content"]
            ]
            yield None if block in blocks else f"{block['type']} is lost: {blocks}"

        for client in ("chat", "responses", "gemini"):
            yield going_on("messages", client, "messages", kept, answer)


@case(7)
def the_first_call_of_a_step_carries_geminis_signature():
    def signed(got):
        calls = [part for turn in got["contents"] for part in turn["parts"] if "functionCall" in part]
        yield (
            None
            if [part.get("thoughtSignature") for part in calls] == [SIGNATURE]
            else f"the signature is lost: {calls}"
        )

    for client in ("chat", "responses", "messages"):
        yield going_on("gemini", client, "gemini", signed)

    def excused(got):
        (part,) = [part for turn in got["contents"] for part in turn["parts"] if "functionCall" in part]
        yield None if part.get("thoughtSignature") == "skip_thought_signature_validator" else f"{part}"

    yield going_on("messages", "chat", "gemini", excused)
