"""The cases that break providers as they read a conversation's turns."""

from asked import differences, gemini
from asking import READERS

from . import asked, cases, others
from .bodies import (
    PIXEL,
    adjacent,
    chat,
    chat_calls,
    chat_result,
    messages,
    nothing_empty,
    paired,
    result,
    unless,
    user,
    uses,
)

CASES = []
case = cases(CASES)

LOOK = user("Look.")
SO = user("So?")
IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}


@case(3)
def a_call_that_was_never_answered_is_answered_as_failed():
    unanswered = chat(LOOK, chat_calls("call_1"), user("Never mind. What else?"))
    yield asked("chat", "messages", unanswered, adjacent)
    yield asked("chat", "gemini", unanswered, paired)
    yield asked("chat", "messages", chat(LOOK, chat_result("call_lost"), SO), adjacent)


@case(4)
def results_of_one_turn_go_back_in_one_turn_and_once():
    both = chat_calls("call_1", "call_2")
    yield asked("chat", "messages", chat(LOOK, both, chat_result("call_1"), chat_result("call_2")), adjacent)
    twice = chat(LOOK, chat_calls("call_1"), chat_result("call_1"), chat_result("call_1", "a dog"))
    yield asked("chat", "messages", twice, adjacent)
    split = messages(LOOK, uses("toolu_1", "toolu_2"), user([result("toolu_1")]), user([result("toolu_2")]))
    yield asked("messages", "gemini", split, paired)

    def answered(got):
        ids = [message["tool_call_id"] for message in got["messages"] if message["role"] == "tool"]
        yield from unless(ids == ["toolu_1", "toolu_2"], f"results: {ids}")

    yield asked("messages", "chat", split, answered)


@case(5)
def empty_text_is_not_sent():
    quiet = chat(
        LOOK, chat_calls("call_1", content=""), chat_result("call_1"), {"role": "assistant", "content": ""}, SO
    )
    yield asked("chat", "messages", quiet, nothing_empty)
    yield asked("chat", "gemini", quiet, nothing_empty)


@case(8)
def gemini_gets_a_result_for_each_call():
    both = chat_calls("call_1", "call_2")
    yield asked("chat", "gemini", chat(LOOK, both, chat_result("call_2"), SO), paired)
    yield asked("chat", "gemini", chat(LOOK, both, chat_result("call_2"), chat_result("call_1")), paired)


@case(17)
def what_cursor_sends_to_chat_is_understood():
    flat = {"type": "function", "name": "look", "parameters": {"type": "object", "properties": {}}}
    turns = [LOOK, chat_calls("call_1"), user([result("call_1")])]

    def read(got):
        yield from adjacent(got)
        yield from unless([tool["name"] for tool in got["tools"]] == ["look"], f"tools: {got['tools']}")
        choice = got.get("tool_choice", {"type": "auto"})
        yield from unless(choice["type"] == "auto", f"choice: {choice}")

    yield asked("chat", "messages", chat(*turns, tools=[flat], tool_choice={"type": "auto"}), read)


@case(17)
def gemini_may_be_asked_in_either_spelling():
    image = {"inline_data": {"mime_type": "image/png", "data": PIXEL}}
    call = {"function_call": {"name": "look", "args": {"at_once": True}}}
    seen = {"function_response": {"name": "look", "response": {"output": "a cat"}}}
    body = {
        "system_instruction": {"parts": [{"text": "Be brief."}]},
        "tools": [{"function_declarations": [{"name": "look", "parameters": {"type": "OBJECT"}}]}],
        "tool_config": {"function_calling_config": {"mode": "ANY", "allowed_function_names": ["look"]}},
        "generation_config": {"max_output_tokens": 99, "stop_sequences": ["END"]},
        "contents": [
            {"role": "user", "parts": [{"text": "Look."}, image]},
            {"role": "model", "parts": [call]},
            {"role": "user", "parts": [seen]},
        ],
    }
    for to in others("gemini"):
        yield asked("gemini", to, body, lambda got: differences(gemini.read(body), READERS[to].read(got), to, "stop"))


@case(19)
def sealed_reasoning_leaves_no_empty_turn():
    sealed = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAAA"}
    kept = {"store": False, "include": ["reasoning.encrypted_content"]}
    for to in others("responses"):
        yield asked("responses", to, {"model": "m", **kept, "input": [LOOK, sealed, SO]}, nothing_empty)


@case(20)
def an_image_goes_along_in_every_direction():
    url, text = f"data:image/png;base64,{PIXEL}", "What is it?"
    shown = {"type": "input_image", "detail": "auto", "image_url": url}
    inline = {"inlineData": {"mimeType": "image/png", "data": PIXEL}}
    bodies = {
        "chat": chat(user([{"type": "text", "text": text}, {"type": "image_url", "image_url": {"url": url}}])),
        "responses": {"model": "m", "input": [user([{"type": "input_text", "text": text}, shown])]},
        "messages": messages(user([{"type": "text", "text": text}, IMAGE])),
        "gemini": {"contents": [{"role": "user", "parts": [{"text": text}, inline]}]},
    }
    for source, body in bodies.items():
        for to in others(source):
            yield asked(source, to, body, lambda got: unless(PIXEL in str(got), "the image is gone"), "--model", "m")


@case(20)
def an_image_in_a_result_follows_the_results():
    seen = [{"type": "text", "text": "seen"}, IMAGE]
    body = messages(
        LOOK, uses("toolu_1", "toolu_2"), user([result("toolu_1", seen), result("toolu_2", seen, is_error=True)])
    )

    def both(got):
        return unless(str(got).count(PIXEL) == 2, "the images are gone")

    def after_all(got):
        roles = [message["role"] for message in got["messages"]]
        yield from unless(roles == ["user", "assistant", "tool", "tool", "user"], f"roles: {roles}")
        yield from unless("[error]" in str(got["messages"][3]["content"]), "the failure is not told")
        yield from both(got)

    yield asked("messages", "chat", body, after_all)
    yield asked("messages", "responses", body, both)
    yield asked("messages", "gemini", body, lambda got: [*paired(got), *both(got)])
