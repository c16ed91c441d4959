"""Requests: every recorded one, translated into every other format, must ask the same, and in published types.

What a format cannot say must be declared as a loss, or the request refused: both are checked where they are due. Then
it is translated back, and must still ask the same.
"""

import json

from asked import chat, differences, gemini, messages, responses
from corpus import REQUESTS_LEFT_OUT
from gateway import translate_all
from request_types import mistakes
from summary import FORMATS

READERS = {"chat": chat, "responses": responses, "messages": messages, "gemini": gemini}


def judge(recordings, outcomes):
    recordings = [one for one in recordings if one.kind == "request"]
    for one in recordings:
        reason = REQUESTS_LEFT_OUT.get(one.name.removesuffix(".request"))
        if reason:
            outcomes.skip(f"translating {one.name}", reason)
    recordings = [one for one in recordings if one.name.removesuffix(".request") not in REQUESTS_LEFT_OUT]
    wanted = [
        ((one.name, to), ("request", one.format, to, one.body, "--losses")) for one in recordings for to in FORMATS
    ]
    there = translate_all(wanted)
    abroad = [
        ((one.name, to), one.format, there[one.name, to]) for one in recordings for to in FORMATS if to != one.format
    ]
    back = translate_all(
        [(key, ("request", key[1], home, sent.body, "--losses")) for key, home, sent in abroad if sent.code == 0]
    )
    for one in recordings:
        for to in FORMATS:
            direction, sent = f"{one.format} to {to}", there[one.name, to]
            if to == one.format:
                same = sent.body == one.body
                outcomes.add("request", direction, "bytes", one.name, [] if same else ["the bytes differ"])
            elif reason := provider_bound(one.format, json.loads(one.body)):
                problems = [] if sent.refused and sent.said else [f"must be refused ({reason}), but exit {sent.code}"]
                outcomes.add("request", direction, "refused", one.name, problems)
            elif sent.code:
                outcomes.add("request", direction, "meaning", one.name, [f"exit {sent.code}: {sent.said[:200]}"])
            else:
                judge_one(one, to, direction, sent, back[one.name, to], outcomes)


def judge_one(one, to, direction, sent, back, outcomes):
    source, got = json.loads(one.body), json.loads(sent.body)
    if "model" not in source and to != "gemini":
        got.setdefault("model", "named by the route")  # Gemini and Vertex name it in the path.
    outcomes.add("request", direction, "meaning", one.name, compared(one.format, source, to, got, to, sent.said))
    outcomes.add("request", direction, "types", one.name, mistakes(to, got))
    if back.code:
        problems = [f"back: exit {back.code}: {back.said[:200]}"]
    else:
        losses = f"{sent.said} {back.said}"
        problems = compared(one.format, source, one.format, json.loads(back.body), to, losses)
    outcomes.add("request", direction, "and back", one.name, problems)


def compared(format, source, other, got, to, losses):
    wanted = READERS[format].read(source)
    try:
        return differences(wanted, READERS[other].read(got), to, losses)
    except (KeyError, TypeError, IndexError) as error:
        return [f"the request lacks what it is read by: {error!r}"]


def provider_bound(format, body):
    """Why only its own provider can answer this, if so: tools that run there, state kept there, several answers."""
    tools = body.get("tools") or []
    if format == "responses" and any(tool["type"] not in ("function", "custom") for tool in tools):
        return "a tool that the provider runs"
    if format == "messages" and any(tool.get("type") not in (None, "custom") for tool in tools):
        return "a tool that the provider runs"
    if format == "gemini" and any("functionDeclarations" not in tool for tool in tools):
        return "a tool that the provider runs"
    if format == "chat" and body.get("web_search_options") is not None:
        return "a tool that the provider runs"
    if format == "chat" and (body.get("n") or 1) > 1:
        return "several answers"
    if body.get("previous_response_id") or body.get("cachedContent"):
        return "state that the provider keeps"
    return None
