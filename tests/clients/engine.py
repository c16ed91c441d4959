"""The published Python client, openai, against local-engine itself.

Usage: engine.py BASE_URL KEY
Expects the committed models under the names chat, endless and embed.
Prints one line per check; the first that fails ends the run.
"""

import base64
import json
import struct
import sys

import openai

BASE, KEY = sys.argv[1:3]
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
PET = {
    "type": "object",
    "properties": {"kind": {"enum": ["cat", "dog"]}, "age": {"type": "integer"}},
    "required": ["kind", "age"],
    "additionalProperties": False,
}
EMMA = "Emma's email is emma@example.com."

client = openai.OpenAI(base_url=f"{BASE}/v1", api_key=KEY, max_retries=0)
checks = []


def check(function):
    checks.append(function)
    return function


def same(got, wanted):
    assert got == wanted, f"got {got!r}, wanted {wanted!r}"


def turn(text):
    return {"role": "user", "content": text}


def chat(text="What is Emma's email address?", **more):
    return client.chat.completions.create(**{"model": "chat", "temperature": 0, "messages": [turn(text)], **more})


def raises(error, status, act):
    try:
        act()
    except error as refused:
        same(refused.status_code, status)
        return refused
    raise AssertionError(f"no {error.__name__}")


@check
def whole():
    answer = chat()
    same((answer.model, answer.choices[0].message.content, answer.choices[0].finish_reason), ("chat", EMMA, "stop"))
    same(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens)


@check
def streamed():
    chunks = list(chat(stream=True, stream_options={"include_usage": True}))
    same("".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices), EMMA)
    same((chunks[0].choices[0].delta.role, chunks[-2].choices[0].finish_reason), ("assistant", "stop"))
    same(chunks[-1].usage, chat().usage.model_copy(update={"prompt_tokens_details": chunks[-1].usage.prompt_tokens_details}))
    assert all(chunk.usage is None for chunk in chat(stream=True)), "usage came unasked"


@check
def several_answers():
    answer = chat("Tell me a story about a fox.", n=2, temperature=1.5, seed=3, max_tokens=30)
    texts = [choice.message.content for choice in answer.choices]
    assert len(texts) == 2 and texts[0] != texts[1], texts
    pieces = ["", ""]
    for chunk in chat("Tell me a story about a fox.", n=2, temperature=1.5, seed=3, max_tokens=30, stream=True):
        pieces[chunk.choices[0].index] += chunk.choices[0].delta.content or ""
    same(pieces, texts)


@check
def tools_round_trip():
    question = turn("What is the weather in Cairo?")
    answer = chat(messages=[question], tools=[WEATHER])
    same(answer.choices[0].finish_reason, "tool_calls")
    call = answer.choices[0].message.tool_calls[0]
    same((call.function.name, json.loads(call.function.arguments)), ("get_weather", {"city": "Cairo"}))
    result = {"role": "tool", "tool_call_id": call.id, "content": json.dumps({"temp": 31, "sky": "sunny"})}
    last = chat(messages=[question, answer.choices[0].message, result], tools=[WEATHER])
    same(last.choices[0].message.content, "It is 31 degrees and sunny in Cairo.")


@check
def tools_streamed():
    with client.chat.completions.stream(
        model="chat", temperature=0, messages=[turn("What is the weather in Cairo?")], tools=[WEATHER]
    ) as stream:
        answer = stream.get_final_completion()
    call = answer.choices[0].message.tool_calls[0]
    same((call.function.name, json.loads(call.function.arguments)), ("get_weather", {"city": "Cairo"}))
    same(answer.choices[0].finish_reason, "tool_calls")


@check
def a_tool_that_must_be_called():
    answer = chat("Hello", tools=[WEATHER], tool_choice="required", max_tokens=200)
    same(answer.choices[0].message.tool_calls[0].function.name, "get_weather")


@check
def json_schema():
    form = {"type": "json_schema", "json_schema": {"name": "pet", "schema": PET, "strict": True}}
    pet = json.loads(chat("Describe a pet.", response_format=form, max_tokens=300).choices[0].message.content)
    assert pet["kind"] in ("cat", "dog") and isinstance(pet["age"], int), pet
    contact = chat("Give me Clara as JSON.", response_format={"type": "json_object"}, max_tokens=300)
    assert isinstance(json.loads(contact.choices[0].message.content), dict)


@check
def logprobs():
    choice = chat(logprobs=True, top_logprobs=3).choices[0]
    same("".join(entry.token for entry in choice.logprobs.content), EMMA)
    same(bytes(byte for entry in choice.logprobs.content for byte in entry.bytes).decode(), EMMA)
    assert all(len(entry.top_logprobs) == 3 and entry.logprob <= 0 for entry in choice.logprobs.content)
    chunks = chat(logprobs=True, top_logprobs=3, stream=True)
    entries = [e for c in chunks if c.choices and c.choices[0].logprobs for e in c.choices[0].logprobs.content]
    same("".join(entry.token for entry in entries), EMMA)


@check
def completions():
    answer = client.completions.create(model="endless", prompt="abc", max_tokens=12, temperature=0, logprobs=2)
    same((answer.choices[0].finish_reason, answer.usage.completion_tokens), ("length", 12))
    same("".join(answer.choices[0].logprobs.tokens), answer.choices[0].text)
    chunks = client.completions.create(model="endless", prompt="abc", max_tokens=12, temperature=0, stream=True)
    same("".join(chunk.choices[0].text for chunk in chunks), answer.choices[0].text)
    both = client.completions.create(model="endless", prompt=["abc", "xyz"], max_tokens=12, temperature=0)
    same([len(choice.text) for choice in both.choices], [12, 12])
    same(both.choices[0].text, answer.choices[0].text)


@check
def embeddings():
    # The client asks for base64 unless told otherwise.
    coded = client.embeddings.create(model="embed", input=["a cat", "a dog"])
    plain = client.embeddings.create(model="embed", input=["a cat", "a dog"], encoding_format="float")
    for one, other in zip(coded.data, plain.data, strict=True):
        assert max(abs(a - b) for a, b in zip(one.embedding, other.embedding, strict=True)) < 1e-5
    raw = client.embeddings.with_raw_response.create(model="embed", input="a cat", encoding_format="base64")
    text = json.loads(raw.text)["data"][0]["embedding"]
    same(len(struct.unpack("<64f", base64.b64decode(text))), len(coded.data[0].embedding))


@check
def models():
    same(sorted(model.id for model in client.models.list()), ["chat", "embed", "endless"])
    same(client.models.retrieve("chat").id, "chat")


@check
def errors():
    raises(openai.BadRequestError, 400, lambda: chat(temperature=-1))
    raises(openai.NotFoundError, 404, lambda: chat(model="none"))
    too_long = raises(openai.BadRequestError, 400, lambda: chat("a b c d " * 2000))
    same((too_long.type, too_long.code), ("exceed_context_size_error", "context_length_exceeded"))
    assert too_long.body["n_prompt_tokens"] > too_long.body["n_ctx"], too_long.body
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,"}}
    raises(openai.InternalServerError, 501, lambda: chat(messages=[{"role": "user", "content": [picture]}]))
    wrong = openai.OpenAI(base_url=f"{BASE}/v1", api_key="wrong", max_retries=0)
    raises(openai.AuthenticationError, 401, lambda: wrong.models.list())


for function in checks:
    try:
        function()
    except Exception as problem:
        print(f"FAIL python {function.__name__}: {type(problem).__name__}: {problem}")
        sys.exit(1)
    print(f"ok python {function.__name__}")
