"""The cases that break clients as they read an answer."""

import json
import tempfile

from summary import Summary, Usage

from . import broken, cases, refused, understood
from .streams import block, call, chat, gemini, messages, named, parts, stop

CASES = []
case = cases(CASES)

SUNNY = Summary(text="It is sunny.", usage=Usage(12, 4))
CHAT_USAGE = {"prompt_tokens": 12, "completion_tokens": 4, "total_tokens": 16}


@case(1)
def the_input_is_counted_though_it_comes_last():
    body = chat({"role": "assistant", "content": "It is sunny."}, usage=CHAT_USAGE)
    yield from understood("chat", "stream", body, SUNNY)


@case(2)
def cached_tokens_survive_a_stream():
    usage = {
        "prompt_tokens": 120,
        "completion_tokens": 4,
        "total_tokens": 124,
        "prompt_tokens_details": {"cached_tokens": 100},
    }
    body = chat({"role": "assistant", "content": "It is sunny."}, usage=usage)
    yield from understood("chat", "stream", body, Summary(text="It is sunny.", usage=Usage(120, 4, 100)))
    cached = {"input_tokens": 15, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 5, "output_tokens": 1}
    body = messages(
        *block(0, {"type": "text", "text": ""}, {"type": "text_delta", "text": "It is sunny."}),
        *stop("end_turn", 4),
        usage=cached,
    )
    yield from understood("messages", "stream", body, Summary(text="It is sunny.", usage=Usage(120, 4, 100, 5)))
    usage = {"promptTokenCount": 120, "cachedContentTokenCount": 100, "candidatesTokenCount": 4, "totalTokenCount": 124}
    body = gemini(parts({"text": "It is sunny."}, finish="STOP", usage=usage))
    yield from understood("gemini", "stream", body, Summary(text="It is sunny.", usage=Usage(120, 4, 100)))


@case(10)
def a_shortened_name_comes_back_whole():
    name = "mcp__a-server-with-quite-a-name__" + "a_tool_with_a_name_to_match" * 2
    request = {
        "model": "m",
        "max_tokens": 99,
        "messages": [{"role": "user", "content": "Go."}],
        "tools": [{"name": name, "input_schema": {"type": "object", "properties": {}}}],
    }
    for target in ("chat", "responses", "gemini"):
        yield from answered_in_its_words("messages", target, request, name, {})


@case(11)
def free_text_for_a_tool_comes_back_as_free_text():
    request = {
        "model": "m",
        "input": "Go.",
        "tools": [{"type": "custom", "name": "apply_patch", "description": "Edits files."}],
    }
    for target in ("chat", "messages", "gemini"):
        yield from answered_in_its_words(
            "responses",
            target,
            request,
            "apply_patch",
            {"input": '*** Begin Patch\n"quoted" + é\n'},
            "custom_tool_call",
        )


def answered_in_its_words(client, target, request, name, given, kind=None):
    """The tool of a request is called by the name that the target was told, and the client reads its own."""
    from clients import Reading
    from gateway import translate
    from server import Prepared

    from . import Verdict

    direction = f"{target} to {client}"
    told = translate("request", client, target, json.dumps(request).encode())
    if told.code:
        yield Verdict(direction, "translated", [f"exit {told.code}: {told.said[:200]}"])
        return
    tool = json.loads(told.body)["tools"][0]
    short = (
        tool["function"]["name"]
        if target == "chat"
        else tool["functionDeclarations"][0]["name"]
        if target == "gemini"
        else tool["name"]
    )
    with tempfile.NamedTemporaryFile() as kept:
        kept.write(json.dumps(request).encode())
        kept.flush()
        translation = translate("stream", target, client, calling(target, short, given), "--request", kept.name)
    if translation.code:
        yield Verdict(direction, "translated", [f"exit {translation.code}: {translation.said[:200]}"])
        return
    if kind and f'"{kind}"' not in translation.body.decode():
        yield Verdict(direction, "grammar", [f"there is no {kind} in the answer"])
    yield Reading(direction, client, "stream", Prepared(translation.body, stream=True), calls(name, given), [name])


def calls(name, given):
    def verdict(_client, result):
        if "raised" in result:
            return [f"raised {result['raised']['type']}: {result['raised']['message'][:200]}"]
        return [] if result["said"]["calls"] == [[name, given]] else [f"calls: {result['said']['calls']}"]

    return verdict


def calling(format, name, given):
    """A stream of this format that calls one tool."""
    if format == "chat":
        return chat({"role": "assistant"}, call(0, "", "call_1", name), call(0, json.dumps(given)), finish="tool_calls")
    if format == "gemini":
        return gemini(parts({"functionCall": {"name": name, "args": given}}, finish="STOP"))
    if format == "messages":
        start = {"type": "tool_use", "id": "toolu_1", "name": name, "input": {}}
        return messages(
            *block(0, start, {"type": "input_json_delta", "partial_json": json.dumps(given)}), *stop("tool_use", 9)
        )
    item = {
        "type": "function_call",
        "id": "fc_1",
        "call_id": "call_1",
        "name": name,
        "arguments": "",
        "status": "in_progress",
    }
    done = {**item, "arguments": json.dumps(given), "status": "completed"}
    response = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": "m",
        "status": "in_progress",
        "output": [],
    }
    return named(
        [
            {"type": "response.created", "sequence_number": 0, "response": response},
            {"type": "response.output_item.added", "sequence_number": 1, "output_index": 0, "item": item},
            {
                "type": "response.function_call_arguments.delta",
                "sequence_number": 2,
                "output_index": 0,
                "item_id": "fc_1",
                "delta": json.dumps(given),
            },
            {
                "type": "response.function_call_arguments.done",
                "sequence_number": 3,
                "output_index": 0,
                "item_id": "fc_1",
                "arguments": json.dumps(given),
            },
            {"type": "response.output_item.done", "sequence_number": 4, "output_index": 0, "item": done},
            {
                "type": "response.completed",
                "sequence_number": 5,
                "response": {**response, "status": "completed", "output": [done]},
            },
        ]
    )


@case(12)
def calls_without_id_or_index_are_told_apart():
    mistral = [
        {"function": {"name": "look", "arguments": '{"at": 1}'}},
        {"function": {"name": "look", "arguments": '{"at": 2}'}},
    ]
    body = chat({"role": "assistant", "tool_calls": mistral}, finish="tool_calls", usage=CHAT_USAGE)
    wanted = Summary(calls=[["look", {"at": 1}], ["look", {"at": 2}]], stop="tools", usage=Usage(12, 4))
    yield from understood("chat", "stream", body, wanted)
    calls = [{"functionCall": {"name": "look", "args": {"at": at}}} for at in (1, 2)]
    usage = {"promptTokenCount": 12, "candidatesTokenCount": 4, "totalTokenCount": 16}
    yield from understood("gemini", "stream", gemini(parts(*calls, finish="STOP", usage=usage)), wanted)


@case(13)
def a_stream_cut_short_is_an_error():
    yield from broken("chat", chat({"role": "assistant", "content": "It is"}, finish=None, done=False), "")
    yield from broken(
        "messages", messages(*block(0, {"type": "text", "text": ""}, {"type": "text_delta", "text": "It is"})[:2]), ""
    )
    yield from broken("gemini", gemini(parts({"text": "It is"})), "")
    yield from broken("responses", calling("responses", "look", {}).split(b"event: response.completed")[0], "")


@case(14)
def a_tool_without_arguments_is_called_with_an_empty_object():
    wanted = Summary(calls=[["look", {}]], stop="tools", usage=Usage(12, 4))
    body = chat({"role": "assistant"}, call(0, "", "call_1", "look"), finish="tool_calls", usage=CHAT_USAGE)
    yield from understood("chat", "stream", body, wanted)
    body = messages(
        *block(0, {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}),
        *stop("tool_use", 4),
        usage={"input_tokens": 12, "output_tokens": 1},
    )
    yield from understood("messages", "stream", body, wanted)
    usage = {"promptTokenCount": 12, "candidatesTokenCount": 4, "totalTokenCount": 16}
    yield from understood(
        "gemini", "stream", gemini(parts({"functionCall": {"name": "look"}}, finish="STOP", usage=usage)), wanted
    )


@case(15)
def an_error_within_a_stream_is_an_error():
    said = "The engine is out of breath."
    failed = {"error": {"message": said, "type": "server_error", "code": None, "param": None}}
    body = chat({"role": "assistant", "content": "It is"}, finish=None, done=False)
    yield from broken("chat", body + f"data: {json.dumps(failed)}\n\n".encode(), said)
    failed = {"type": "error", "error": {"type": "overloaded_error", "message": said}}
    yield from broken(
        "messages",
        messages(*block(0, {"type": "text", "text": ""}, {"type": "text_delta", "text": "It is"})[:2], failed),
        said,
    )
    google = json.dumps({"error": {"code": 503, "message": said, "status": "UNAVAILABLE"}}, indent=2)
    yield from broken(
        "gemini", gemini(parts({"text": "It is"})) + f"data: {google.replace(chr(10), ' ')}\r\n\r\n".encode(), said
    )
    yield from broken("gemini", gemini(parts({"text": "It is"})) + google.encode(), said)  # Unframed, as it was seen.


@case(15)
def an_error_of_any_shape_keeps_its_status():
    said = "You exceeded your quota."
    google = {"error": {"code": 429, "message": said, "status": "RESOURCE_EXHAUSTED"}}
    yield from refused("gemini", 429, json.dumps([google]).encode(), said)
    yield from refused(
        "messages",
        529,
        json.dumps({"type": "error", "error": {"type": "overloaded_error", "message": said}}).encode(),
        said,
    )
    yield from refused("chat", 503, f"<html><body><h1>{said}</h1></body></html>".encode(), said)
    yield from refused("chat", 401, said.encode(), said)


@case(20)
def interleaved_calls_reach_clients_one_after_the_other():
    body = chat(
        {"role": "assistant"},
        call(0, "", "call_a", "look"),
        call(1, "", "call_b", "listen"),
        call(1, '{"to'),
        call(0, '{"at'),
        call(1, '": "é'),
        call(0, '": 1}'),
        call(1, 'cho"}'),
        finish="tool_calls",
        usage=CHAT_USAGE,
    )
    wanted = Summary(calls=[["look", {"at": 1}], ["listen", {"to": "écho"}]], stop="tools", usage=Usage(12, 4))
    yield from understood("chat", "stream", body, wanted)
