"""The published Python clients, openai and anthropic, against a gateway in front of dragoman-upstream.

Usage: check.py BASE_URL KEY ASKED SERVED [conversations]
Asks for the model ASKED and expects it in every answer, while the upstream was asked for SERVED. With `conversations` only
those are checked: what an upstream of another format can be asked for as well.
Prints one line per check; the first that fails ends the run.
"""

import json
import sys

import anthropic
import openai

BASE, KEY, ASKED, SERVED = sys.argv[1:5]
ONLY_CONVERSATIONS = sys.argv[5:] == ["conversations"]
ARGUMENTS = {"city": "Paris", "days": 3}
QUESTION = [{"role": "user", "content": "Hello?"}]
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}}
CHAT_TOOLS = [{"type": "function", "function": {"name": "forecast", "parameters": SCHEMA}}]
RESPONSES_TOOLS = [{"type": "function", "name": "forecast", "parameters": SCHEMA, "strict": False}]
MESSAGES_TOOLS = [{"name": "forecast", "input_schema": SCHEMA}]

gpt = openai.OpenAI(base_url=f"{BASE}/v1", api_key=KEY, max_retries=0)
claude = anthropic.Anthropic(base_url=BASE, api_key=KEY, max_retries=0)
checks = []


def check(function):
    if not ONLY_CONVERSATIONS:
        checks.append(function)
    return function


def conversation(function):
    checks.append(function)
    return function


def same(got, wanted):
    assert got == wanted, f"got {got!r}, wanted {wanted!r}"


def greeting(text):
    assert text in (f"Hello from {SERVED}. Authorization: yes.", f"Hello from {SERVED}. Authorization: no."), text


def chat_usage(usage, output):
    same((usage.prompt_tokens, usage.completion_tokens, usage.total_tokens), (12, output, 12 + output))
    same(usage.prompt_tokens_details.cached_tokens, 4)


@conversation
def chat():
    answer = gpt.chat.completions.create(model=ASKED, messages=QUESTION)
    same(answer.model, ASKED)
    greeting(answer.choices[0].message.content)
    same(answer.choices[0].finish_reason, "stop")
    chat_usage(answer.usage, 5)


@conversation
def chat_streamed():
    options = {"include_usage": True}
    chunks = list(gpt.chat.completions.create(model=ASKED, messages=QUESTION, stream=True, stream_options=options))
    same({chunk.model for chunk in chunks}, {ASKED})
    greeting("".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices))
    same(chunks[-2].choices[0].finish_reason, "stop")
    chat_usage(chunks[-1].usage, 5)


@conversation
def chat_streamed_without_usage():
    chunks = list(gpt.chat.completions.create(model=ASKED, messages=QUESTION, stream=True))
    greeting("".join(chunk.choices[0].delta.content or "" for chunk in chunks))
    assert all(chunk.usage is None for chunk in chunks), "usage came unasked"


@conversation
def chat_tool():
    answer = gpt.chat.completions.create(model=ASKED, messages=QUESTION, tools=CHAT_TOOLS)
    call = answer.choices[0].message.tool_calls[0]
    same((call.function.name, json.loads(call.function.arguments)), ("forecast", ARGUMENTS))
    same(answer.choices[0].finish_reason, "tool_calls")


@conversation
def chat_tool_streamed():
    with gpt.chat.completions.stream(model=ASKED, messages=QUESTION, tools=CHAT_TOOLS) as stream:
        answer = stream.get_final_completion()
    call = answer.choices[0].message.tool_calls[0]
    same((call.function.name, json.loads(call.function.arguments)), ("forecast", ARGUMENTS))
    same(answer.choices[0].finish_reason, "tool_calls")


@conversation
def chat_tool_result():
    call = {"id": "call_demo", "type": "function", "function": {"name": "forecast", "arguments": json.dumps(ARGUMENTS)}}
    turns = [
        *QUESTION,
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_demo", "content": "sunny"},
    ]
    answer = gpt.chat.completions.create(model=ASKED, messages=turns, tools=CHAT_TOOLS)
    greeting(answer.choices[0].message.content)


@check
def completion():
    answer = gpt.completions.create(model=ASKED, prompt="Hello?")
    same(answer.model, ASKED)
    greeting(answer.choices[0].text)
    streamed = gpt.completions.create(model=ASKED, prompt="Hello?", stream=True)
    greeting("".join(chunk.choices[0].text for chunk in streamed if chunk.choices))


def response_usage(usage, output):
    same((usage.input_tokens, usage.output_tokens, usage.total_tokens), (12, output, 12 + output))
    same(usage.input_tokens_details.cached_tokens, 4)


@conversation
def response():
    answer = gpt.responses.create(model=ASKED, input="Hello?")
    same((answer.model, answer.status), (ASKED, "completed"))
    greeting(answer.output_text)
    response_usage(answer.usage, 5)


@conversation
def response_streamed():
    with gpt.responses.stream(model=ASKED, input="Hello?") as stream:
        events = list(stream)
        answer = stream.get_final_response()
    greeting("".join(event.delta for event in events if event.type == "response.output_text.delta"))
    same(answer.model, ASKED)
    greeting(answer.output_text)
    response_usage(answer.usage, 5)


@conversation
def response_tool_streamed():
    with gpt.responses.stream(model=ASKED, input="Hello?", tools=RESPONSES_TOOLS) as stream:
        for _ in stream:
            pass
        call = stream.get_final_response().output[0]
    same((call.type, call.name, json.loads(call.arguments)), ("function_call", "forecast", ARGUMENTS))


@check
def embedding():
    answer = gpt.embeddings.create(model=ASKED, input="Hello?")
    same(answer.model, ASKED)
    same(answer.data[0].embedding, [0.5, -0.25, 0.125, 1.0])


@check
def speech_and_transcription():
    sound = gpt.audio.speech.create(model=ASKED, voice="alloy", input="Hello?").content
    same(sound, b'\xff\xfb\x90\x00\x00\r\n\xfe"model":"x"\x80')
    answer = gpt.audio.transcriptions.create(model=ASKED, file=("hello.mp3", sound))
    same(answer.text, f"Hello from {SERVED}.")


@check
def openai_model_list():
    assert ASKED in [model.id for model in gpt.models.list()], "the model asked for is not listed"


@check
def a_wrong_key_is_an_authentication_error():
    for wrong, error in (
        (openai.OpenAI(base_url=f"{BASE}/v1", api_key="wrong", max_retries=0), openai.AuthenticationError),
        (anthropic.Anthropic(base_url=BASE, api_key="wrong", max_retries=0), anthropic.AuthenticationError),
    ):
        try:
            if error is openai.AuthenticationError:
                wrong.chat.completions.create(model=ASKED, messages=QUESTION)
            else:
                wrong.messages.create(model=ASKED, max_tokens=9, messages=QUESTION)
        except error as refused:
            same(refused.status_code, 401)
        else:
            raise AssertionError("a wrong key was let in")


def message_usage(usage, output):
    same((usage.input_tokens, usage.cache_read_input_tokens, usage.output_tokens), (8, 4, output))


@conversation
def message():
    answer = claude.messages.create(model=ASKED, max_tokens=99, messages=QUESTION)
    same((answer.model, answer.stop_reason), (ASKED, "end_turn"))
    greeting(answer.content[0].text)
    message_usage(answer.usage, 5)


@conversation
def message_streamed():
    with claude.messages.stream(model=ASKED, max_tokens=99, messages=QUESTION) as stream:
        greeting("".join(stream.text_stream))
        answer = stream.get_final_message()
    same((answer.model, answer.stop_reason), (ASKED, "end_turn"))
    message_usage(answer.usage, 5)


@conversation
def message_tool():
    answer = claude.messages.create(model=ASKED, max_tokens=99, messages=QUESTION, tools=MESSAGES_TOOLS)
    same((answer.content[0].name, answer.content[0].input, answer.stop_reason), ("forecast", ARGUMENTS, "tool_use"))


@conversation
def message_tool_streamed():
    with claude.messages.stream(model=ASKED, max_tokens=99, messages=QUESTION, tools=MESSAGES_TOOLS) as stream:
        answer = stream.get_final_message()
    same((answer.content[0].name, answer.content[0].input, answer.stop_reason), ("forecast", ARGUMENTS, "tool_use"))
    message_usage(answer.usage, 4)


@check
def count_tokens():
    same(claude.messages.count_tokens(model=ASKED, messages=QUESTION).input_tokens, 12)


@check
def anthropic_model_list():
    assert ASKED in [model.id for model in claude.models.list()], "the model asked for is not listed"


for function in checks:
    try:
        function()
    except Exception as problem:
        print(f"FAIL python {function.__name__}: {type(problem).__name__}: {problem}")
        sys.exit(1)
    print(f"ok python {function.__name__}")
