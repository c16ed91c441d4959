"""The recordings: which there are, what each is, and which are left out for what reason."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import sse
from source import READERS

FOLDERS = {"chat": "openai", "responses": "openai-responses", "messages": "anthropic", "gemini": "gemini"}

# Recorded under one format's folder, spoken in another.
REALLY = {"openai/lingua__chatCompletionsGcsBackedVideoFileParam__vertex-google": "gemini"}

# No equality can be asked of these: they must come to an end, well or with an error.
NEGATIVES = {
    "anthropic/vercel-ai__duplicate-message-start.stream": "two messages begin in one stream",
    "anthropic/vercel-ai__spliced-message-start.stream": "a second message begins within the first",
    "anthropic/vercel-ai__anthropic-programmatic-tool-calling.1.stream": "two turns in one file",
    "openai-responses/vercel-ai__openai-reasoning-encrypted-content.1.stream": "four responses in one file",
    "openai/pydantic-ai__test_invalid_response.answer": "no answer at all, under status 200",
    "openai/lingua__nMultipleCompletionsParam__chat-completions.answer": "two choices, which only chat can ask for",
}

# Requests that are not to be translated.
REQUESTS_LEFT_OUT = {
    "anthropic/pydantic-ai__test_anthropic_count_tokens_error": "a count_tokens body, not a conversation",
    "openai/envoy-ai-gateway__chat-no-messages": "has no messages, for which it was refused",
}


@dataclass
class Recording:
    name: str  # folder/stem.kind
    format: str
    kind: str  # answer, stream, error, request
    body: bytes
    status: int = 200

    def source(self):
        """What it says, by the reader of its own format."""
        reader = READERS[self.format]
        if self.kind == "stream":
            return reader.stream(sse.payloads(self.body.decode()))
        return reader.answer(json.loads(self.body))


def recordings(root):
    """Every recording below the folder, by name."""
    found = []
    for format, folder in FOLDERS.items():
        for path in sorted((Path(root) / folder).iterdir()):
            stem = f"{folder}/{re.sub(r'[.](exchange|response|stream)[.](json|sse)$', '', path.name)}"
            spoken = REALLY.get(stem, format)
            if path.name.endswith(".stream.sse"):
                found.append(Recording(f"{stem}.stream", spoken, "stream", path.read_bytes()))
            elif path.name.endswith(".response.json"):
                found.append(answer(stem, spoken, 200, path.read_bytes()))
            elif path.name.endswith(".exchange.json"):
                found.extend(exchange(stem, spoken, json.loads(path.read_bytes())))
    return found


def conversations():
    """A conversation of several turns with tools and thinking, as each format tells it. Our own; always there."""
    for format in FOLDERS:
        path = Path(__file__).parent / "conversations" / f"{format}.json"
        yield Recording(f"conversations/{format}.request", format, "request", path.read_bytes())


def exchange(stem, format, kept):
    """The request of an exchange, and its answer unless that was streamed (it then has a file of its own)."""
    asked, answered = kept["request"], kept.get("response")
    yield Recording(f"{stem}.request", format, "request", dump(asked.get("body", asked) if "url" in asked else asked))
    if answered is None:
        yield refusal(stem, format, kept["error"]["error"])
    elif "headers" in answered:
        if isinstance(answered["body"], dict):
            yield answer(stem, format, answered["status"], dump(answered["body"]))
    else:
        yield answer(stem, format, 200, dump(answered))


def answer(stem, format, status, body):
    error = json.loads(body).get("error")
    if not error:
        return Recording(f"{stem}.answer", format, "answer", body)
    # The responses kept without their head do not say the status: Google's body does, the others' are of status 400.
    status = (
        status
        if status != 200
        else error.get("code")
        if isinstance(error.get("code"), int)
        else STATUS.get(error.get("type"), 400)
    )
    return Recording(f"{stem}.error", format, "error", body, status)


STATUS = {"insufficient_quota": 429}


def refusal(stem, format, said):
    """An error that a client library had already put into words: `Error: 400 {json}`, or `Error: 400 words`."""
    status = re.search(r"\b4\d\d\b", said)
    body = said[said.index("{") :] if "{" in said else said.removeprefix("Error: ")
    return Recording(f"{stem}.error", format, "error", body.encode(), int(status[0]))


def dump(value):
    return json.dumps(value, ensure_ascii=False).encode()
