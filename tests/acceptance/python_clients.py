"""What the published Python clients understand: `openai`, `anthropic`, `google-genai`, by their strictest accumulators.

`settle(format, kind, model)` asks the server for one answer; it gives a plain summary of it, or what was raised.
"""

import anthropic
import openai
from google import genai
from google.genai import errors as google_errors
from google.genai import types as google

from summary import Summary, Usage, arguments

TURN = [{"role": "user", "content": "Hello?"}]
CHAT_STOPS = {"stop": "natural", "tool_calls": "tools", "length": "length", "content_filter": "filter"}
MESSAGE_STOPS = {
    "end_turn": "natural",
    "stop_sequence": "natural",
    "tool_use": "tools",
    "max_tokens": "length",
    "refusal": "filter",
}


class Clients:
    def __init__(self, base):
        self.gpt = openai.OpenAI(base_url=f"{base}/v1", api_key="none", max_retries=0, timeout=20)
        self.claude = anthropic.Anthropic(base_url=base, api_key="none", max_retries=0, timeout=20)
        options = google.HttpOptions(base_url=base, timeout=20_000)
        self.google = genai.Client(api_key="none", vertexai=False, http_options=options)

    def settle(self, format, kind, model):
        """{said} with a plain summary, or {raised} with how the client tells of an error or of its own trouble."""
        kind = "answer" if kind == "error" else kind
        try:
            return {"said": getattr(self, f"{format}_{kind}")(model).plain()}
        except Exception as error:  # Whatever a client raises is its verdict.
            status = getattr(error, "status_code", None) or getattr(error, "code", None)
            return {
                "raised": {
                    "type": type(error).__name__,
                    "own": isinstance(error, (openai.APIError, anthropic.APIError, google_errors.APIError)),
                    "status": status if isinstance(status, int) else 0,
                    "message": words(error)[:600],
                }
            }

    def chat_answer(self, model):
        return chat(self.gpt.chat.completions.create(model=model, messages=TURN))

    def chat_stream(self, model):
        options = {"include_usage": True}
        with self.gpt.chat.completions.stream(model=model, messages=TURN, stream_options=options) as stream:
            try:
                return chat(stream.get_final_completion())
            except (openai.LengthFinishReasonError, openai.ContentFilterFinishReasonError):
                # So this client says what a finish reason says; it has read the whole stream by then.
                return chat(stream.current_completion_snapshot)

    def responses_answer(self, model):
        return response(self.gpt.responses.create(model=model, input="Hello?"))

    def responses_stream(self, model):
        with self.gpt.responses.stream(model=model, input="Hello?") as stream:
            last, text = None, ""
            for event in stream:
                if event.type == "response.output_text.delta":
                    text += event.delta
                elif event.type in ("response.completed", "response.incomplete", "response.failed"):
                    assert last is None, "two closing events"
                    last = event.response
            assert last is not None, "no closing event"
            if last.status == "completed":
                last = stream.get_final_response()
        said = response(last)
        assert said.text == text, "the text collected is not the text streamed"
        return said

    def messages_answer(self, model):
        return message(self.claude.messages.create(model=model, max_tokens=9, messages=TURN))

    def messages_stream(self, model):
        with self.claude.messages.stream(model=model, max_tokens=9, messages=TURN) as stream:
            text = "".join(stream.text_stream)
            said = message(stream.get_final_message())
        assert said.text == text, "the text collected is not the text streamed"
        return said

    def gemini_answer(self, model):
        return gemini([self.google.models.generate_content(model=model, contents="Hello?")])

    def gemini_stream(self, model):
        return gemini(self.google.models.generate_content_stream(model=model, contents="Hello?"))


def words(error):
    """What the client understood of an error's body, where it keeps that apart; else all that it says."""
    body = getattr(error, "body", None)
    body = body.get("error", body) if isinstance(body, dict) else {}
    return (body.get("message") if isinstance(body, dict) else None) or str(error)


def chat(answer):
    (choice,) = answer.choices
    message = choice.message
    said = Summary(text=message.content or "", refusal=message.refusal or "", stop=CHAT_STOPS[choice.finish_reason])
    said.reasoning = getattr(message, "reasoning_content", None) or ""
    said.calls = [[call.function.name, arguments(call.function.arguments)] for call in message.tool_calls or []]
    said.cited = [plain(one)["url_citation"]["url"] for one in message.annotations or []]
    distinct(call.id for call in message.tool_calls or [])
    if answer.usage:
        before, after = answer.usage.prompt_tokens_details, answer.usage.completion_tokens_details
        said.usage = Usage(answer.usage.prompt_tokens, answer.usage.completion_tokens)
        said.usage.cached = before and before.cached_tokens or 0
        said.usage.cache_write = before and before.cache_write_tokens or 0
        said.usage.reasoning = after and after.reasoning_tokens or 0
        assert answer.usage.total_tokens == said.usage.input + said.usage.output, "the total is not the sum"
    return said


def response(answer):
    said = Summary(text=answer.output_text)
    calls = []
    for item in answer.output:
        if item.type == "message":
            said.refusal += "".join(part.refusal for part in item.content if part.type == "refusal")
            notes = [note for part in item.content for note in getattr(part, "annotations", None) or []]
            said.cited += [note["url"] for note in map(plain, notes) if note["type"] == "url_citation"]
        elif item.type == "reasoning":
            said.reasoning += "".join(part.text for part in item.summary or item.content or [])
        elif item.type == "function_call":
            calls.append(item.call_id)
            said.calls.append([item.name, arguments(item.arguments)])
        elif item.type == "custom_tool_call":
            calls.append(item.call_id)
            said.calls.append([item.name, {"input": item.input}])
    distinct(calls)
    distinct(item.id for item in answer.output)
    said.stop = "tools" if said.calls else "natural"
    if answer.status == "incomplete":
        said.stop = {"max_output_tokens": "length", "content_filter": "filter"}[answer.incomplete_details.reason]
    else:
        assert answer.status == "completed", answer.status
    if answer.usage:
        before, after = answer.usage.input_tokens_details, answer.usage.output_tokens_details
        said.usage = Usage(answer.usage.input_tokens, answer.usage.output_tokens, before.cached_tokens)
        said.usage.cache_write = before.cache_write_tokens or 0
        said.usage.reasoning = after.reasoning_tokens
        assert answer.usage.total_tokens == said.usage.input + said.usage.output, "the total is not the sum"
    return said


def message(answer):
    said = Summary(stop=MESSAGE_STOPS[answer.stop_reason])
    for block in answer.content:
        if block.type == "text":
            said.text += block.text
            said.cited += [one.url for one in block.citations or [] if getattr(one, "url", None)]
        elif block.type == "thinking":
            said.reasoning += block.thinking
        elif block.type == "tool_use":
            said.calls.append([block.name, block.input])
    distinct(block.id for block in answer.content if block.type == "tool_use")
    spent, after = answer.usage, answer.usage.output_tokens_details
    cached, cache_write = spent.cache_read_input_tokens or 0, spent.cache_creation_input_tokens or 0
    said.usage = Usage(spent.input_tokens + cached + cache_write, spent.output_tokens, cached, cache_write)
    said.usage.reasoning = after and after.thinking_tokens or 0
    return said


def gemini(chunks):
    said, reason, spent = Summary(), None, None
    for chunk in chunks:
        spent = chunk.usage_metadata or spent
        if chunk.prompt_feedback and chunk.prompt_feedback.block_reason:
            reason = "SAFETY"
        for candidate in chunk.candidates or []:
            reason = candidate.finish_reason and candidate.finish_reason.value or reason
            grounding = candidate.grounding_metadata
            for support in grounding and grounding.grounding_supports or []:
                said.cited += [grounding.grounding_chunks[index].web.uri for index in support.grounding_chunk_indices]
            for part in candidate.content and candidate.content.parts or []:
                if part.function_call:
                    said.calls.append([part.function_call.name, part.function_call.args or {}])
                elif part.thought:
                    said.reasoning += part.text or ""
                else:
                    said.text += part.text or ""
    said.stop = {"STOP": "tools" if said.calls else "natural", "MAX_TOKENS": "length", "SAFETY": "filter"}[reason]
    if spent:
        written, thoughts = spent.candidates_token_count or 0, spent.thoughts_token_count or 0
        asked = (spent.prompt_token_count or 0) + (spent.tool_use_prompt_token_count or 0)
        said.usage = Usage(asked, written + thoughts, spent.cached_content_token_count or 0, 0, thoughts)
        assert spent.total_token_count == asked + written + thoughts, "the total is not the sum"
    return said


def plain(note):
    """The clients leave what they do not parse as dictionaries."""
    return note if isinstance(note, dict) else note.model_dump()


def distinct(ids):
    ids = list(ids)
    assert all(ids) and len(set(ids)) == len(ids), f"ids are missing or twice: {ids}"
