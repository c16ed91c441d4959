"""Chat as its many servers speak it: each of these was seen somewhere, and means what the plain spelling means."""

import json

from summary import Summary, Usage

from . import cases, understood
from .streams import chat

CASES = []
case = cases(CASES)

SPENT = {"prompt_tokens": 12, "completion_tokens": 4, "total_tokens": 16}
TWO = Summary(text="Now.", calls=[["look", {"at": 1}], ["listen", {}]], stop="tools", usage=Usage(12, 4))


def call(index, arguments, id, name):
    return {"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


@case(12)
def everything_may_come_in_one_chunk():
    delta = {
        "role": "assistant",
        "content": "Now.",
        "tool_calls": [call(0, '{"at": 1}', "a", "look"), call(1, "{}", "b", "listen")],
    }
    choice = {"index": 0, "delta": delta, "finish_reason": "tool_calls"}
    chunk = {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [choice],
        "usage": SPENT,
    }
    yield from understood("chat", "stream", f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode(), TWO)


@case(12)
def ids_names_and_roles_may_be_sent_again_and_finishes_empty():
    again = {"role": "assistant", "content": ""}
    body = chat(
        {"role": "assistant", "content": "Now."},
        {**again, "tool_calls": [call(0, '{"at"', "a", "look")]},
        {**again, "tool_calls": [call(0, ": 1}", "a", "look")]},
        {**again, "tool_calls": [call(1, "{}", "b", "listen")]},
        finish="tool_calls",
        usage=SPENT,
    )
    yield from understood("chat", "stream", body.replace(b'"finish_reason": null', b'"finish_reason": ""'), TWO)


@case(12)
def a_call_may_be_told_by_its_index_alone_and_finish_as_if_nothing_was_called():
    first, second = call(0, "", "a", "look"), call(1, "", "b", "listen")
    more = {"index": 0, "function": {"arguments": '{"at": 1}'}}
    body = chat(
        {"content": "Now."}, {"tool_calls": [first]}, {"tool_calls": [more]}, {"tool_calls": [second]}, usage=SPENT
    )
    yield from understood("chat", "stream", body, TWO)


@case(12)
def reasoning_goes_by_several_names():
    wanted = Summary(text="Four.", reasoning="Two and two.", usage=Usage(12, 4))
    for name in ("reasoning_content", "reasoning"):
        body = chat({"role": "assistant", name: "Two and "}, {name: "two."}, {"content": "Four."}, usage=SPENT)
        yield from understood("chat", "stream", body, wanted)
    tagged = ["<th", "ink>Two and", " two.</thi", "nk>Four."]
    body = chat({"role": "assistant"}, *({"content": piece} for piece in tagged), usage=SPENT)
    yield from understood("chat", "stream", body, wanted)


@case(12)
def usage_may_ride_on_every_chunk_or_on_the_finish():
    wanted = Summary(text="Four.", usage=Usage(12, 4))
    body = chat({"role": "assistant", "content": "Fo"}, {"content": "ur."})
    growing = body.replace(
        b'"model": "m"', b'"model": "m", "usage": {"prompt_tokens": 12, "completion_tokens": 4, "total_tokens": 16}'
    )
    yield from understood("chat", "stream", growing, wanted)
    head, tail = body.rsplit(b'"model": "m"', 1)
    finish = head + b'"model": "m", "usage": {"prompt_tokens": 12, "completion_tokens": 4, "total_tokens": 16}' + tail
    yield from understood("chat", "stream", finish, wanted)
