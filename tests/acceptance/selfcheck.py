"""Proof that the judges can say no: answers that are known to be bad, or that say something else than is wanted."""

import grammar
from answers import says
from clients import Reading
from server import Prepared
from summary import Summary, Usage

from named.streams import block, call, chat, messages, stop

SPENT = {"prompt_tokens": 12, "completion_tokens": 4, "total_tokens": 16, "prompt_tokens_details": {"cached_tokens": 8}}
WANTED = Summary(text="Let me look.", calls=[["look", {"at": 1}]], stop="tools", usage=Usage(12, 4, 8))

ALL = {"python", "node", "ai", "ai-compatible"}
BEGUN = ({"role": "assistant", "content": "Let me look."}, call(0, '{"at": 1}', "call_1", "look"))
RESENT = (BEGUN[0], call(0, '{"at"', "call_1", "look"), call(0, ": 1}", "call_1", "look"))

GOOD = chat(*BEGUN, finish="tool_calls", usage=SPENT)

# What is spoilt, and which clients must notice.
SPOILT = {
    "another text": (GOOD.replace(b"Let me", b"Let us"), ALL),
    "another argument": (GOOD.replace(b"1}", b"2}"), ALL),
    "another tool": (GOOD.replace(b'"look"', b'"hear"'), ALL),
    "another finish": (GOOD.replace(b'"finish_reason": "tool_calls"', b'"finish_reason": "stop"'), ALL),
    "no usage": (chat(*BEGUN, finish="tool_calls"), ALL),
    "other cached tokens": (GOOD.replace(b'"cached_tokens": 8', b'"cached_tokens": 0'), ALL),
    "a call that begins at index 1": (
        GOOD.replace(b'"index": 0, "id"', b'"index": 1, "id"'),
        {"python", "node", "grammar"},
    ),
    "an id sent twice": (chat(*RESENT, finish="tool_calls", usage=SPENT), {"python", "grammar"}),
}


def readings(outcomes):
    good = Prepared(GOOD, stream=True)
    yield Reading(
        "self-check | chat | as it should be", "chat", "stream", good, says(WANTED, "chat", "stream"), ["look"]
    )
    outcomes.add("self-check", "chat", "grammar", "as it should be", grammar.problems("chat", "stream", GOOD))
    for name, (body, noticing) in SPOILT.items():
        spoilt = Prepared(body, stream=True)
        yield Reading(f"self-check | chat | {name}", "chat", "stream", spoilt, must_notice(noticing), ["look", "hear"])
        if "grammar" in noticing:
            noticed = grammar.problems("chat", "stream", body)
            outcomes.add("self-check", "chat", "grammar", name, [] if noticed else ["it was not noticed"])
    twice = messages(
        *block(0, {"type": "text", "text": ""}, {"type": "text_delta", "text": "Hi."}), *stop("end_turn", 4)
    )
    twice = Prepared(twice[: twice.index(b"event: content_block_start")] + twice, stream=True)
    noticed = says(Summary(text="Hi.", usage=Usage(10, 4)), "messages", "stream")
    yield Reading("self-check | messages | two beginnings", "messages", "stream", twice, inverted({"node"}, noticed))


def must_notice(clients):
    return inverted(clients, says(WANTED, "chat", "stream"))


def inverted(clients, verdict):
    def check(client, result):
        return ["it was not noticed"] if client in clients and not verdict(client, result) else []

    return check
