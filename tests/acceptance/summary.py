"""What an answer says, in no vendor's terms: the measure that recordings and clients are held to.

Readers in `source/` make one from a recorded answer; `python_clients.py` and `node_clients.mjs` make one from what a
client understood. Nothing here knows Dragoman.
"""

import json
from dataclasses import asdict, dataclass, field

FORMATS = ("chat", "responses", "messages", "gemini")

# Formats whose usage says nothing of these.
UNSAID = {
    "gemini": {"cache_write"},
}


@dataclass
class Usage:
    """Token counts: `input` includes what was cached, `output` includes reasoning."""

    input: int = 0
    output: int = 0
    cached: int = 0
    cache_write: int = 0
    reasoning: int = 0


@dataclass
class Summary:
    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    calls: list = field(default_factory=list)  # [name, arguments] in order
    stop: str = "natural"  # natural, tools, length, filter, or what no format should say
    usage: Usage | None = None  # None: the recording does not say
    cited: list = field(default_factory=list)  # URLs

    def plain(self):
        return asdict(self)


@dataclass
class Failure:
    """An answer that says that there is none: `kind` is a neutral class, `status` 0 within a stream."""

    message: str
    kind: str = ""
    status: int = 0


def arguments(text):
    """A call's arguments as a value; none at all are an empty object, what is no JSON stays text."""
    if not text or not text.strip():
        return {}
    try:
        return json.loads(text)
    except ValueError:
        return text


def differences(wanted, got, format, unreported=()):
    """How `got` (a plain summary of what a client of `format` understood) differs from the source's summary."""
    found = []

    def compare(what, left, right):
        if left != right:
            found.append(f"{what}: wanted {short(left)}, got {short(right)}")

    words = got["text"]  # A client may hand through what is no text at all.
    compare("text", wanted.text + wanted.refusal, words + got["refusal"] if isinstance(words, str) else words)
    if "reasoning" not in unreported:
        compare("reasoning", squeezed(wanted.reasoning), squeezed(got["reasoning"]))
    compare("calls", wanted.calls, got["calls"])
    if "cited" not in unreported:
        compare("cited", sorted(set(wanted.cited)), sorted(set(got["cited"])))
    compare("stop", wanted.stop, got.get("stop"))
    if wanted.usage:
        spent = got.get("usage") or {}
        for name, count in asdict(wanted.usage).items():
            if name in UNSAID.get(format, ()) or f"usage.{name}" in unreported:
                continue
            compare(f"usage.{name}", count, spent.get(name) or 0)
    return found


def squeezed(text):
    """Without white space: summaries of reasoning are joined by each client as it likes."""
    return "".join(text.split())


def short(value, limit=110):
    said = repr(value)
    return said if len(said) <= limit else f"{said[: limit // 2]} … {said[-limit // 2 :]} ({len(said)})"
