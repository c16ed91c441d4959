"""What a request asks, in no vendor's terms. A reader, `read(body)`, for each format; they owe nothing to Dragoman.

What was thought in earlier turns is left out: it may go back only to the provider that it came from.
"""

import json
import re
from dataclasses import dataclass, field

from summary import arguments, short


@dataclass
class Asked:
    system: str = ""
    turns: list = field(
        default_factory=list
    )  # [user|assistant|system, text], [call, n, name, arguments], [result, n, text, failed]
    media: list = field(default_factory=list)  # data: and other URLs
    tools: list = field(default_factory=list)  # [name, description, schema]
    choice: object = None  # auto, none, required, or [a tool's name]
    parallel: bool = True
    limit: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: list = field(default_factory=list)
    stream: bool = False
    schema: object = None  # True for any JSON
    calls: list = field(default_factory=list, repr=False)  # ids, or names where a format gives none

    def say(self, role, text):
        if not text:
            return
        if role == "system" and not self.turns:
            self.system += text
        elif self.turns and self.turns[-1][0] == role:
            self.turns[-1][1] += text
        else:
            self.turns.append([role, text])

    def call(self, id, name, given):
        self.calls.append(id)
        self.turns.append(["call", len(self.calls) - 1, name, given if isinstance(given, dict) else arguments(given)])

    def result(self, id, text, failed=False):
        text = plain(text)
        if text.startswith("[error]"):
            text, failed = text.removeprefix("[error]").lstrip(), True
        self.turns.append(["result", self.calls.index(id) if id in self.calls else None, text, failed])

    def tool(self, name, description, schema):
        self.tools.append([name, description or "", plainer(schema or {"type": "object"})])


def plain(text):
    """A result's words: formats that want an object wrap them in one."""
    try:
        value = json.loads(text)
    except ValueError:
        return text.strip()
    if isinstance(value, dict) and len(value) == 1 and next(iter(value)) in ("output", "result", "content", "error"):
        value = next(iter(value.values()))
        return plain(value if isinstance(value, str) else json.dumps(value))
    return json.dumps(value, sort_keys=True)


def plainer(schema):
    """A schema as every format can say it: Gemini writes types in capitals, and strictness is said elsewhere."""
    if isinstance(schema, list):
        return [plainer(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        name: plainer(value)
        for name, value in schema.items()
        if name not in ("additionalProperties", "$schema", "propertyOrdering")
    }
    if isinstance(kept.get("type"), str):
        kept["type"] = kept["type"].lower()
    if kept.get("properties") == {}:
        del kept["properties"]
    return kept


# The words by which a loss may excuse each difference.
LOSSES = {
    "temperature": ("temperature",),
    "top_p": ("top_p", "topP"),
    "stop": ("stop", "stop_sequences", "stopSequences"),
    "parallel": ("parallel", "disable_parallel"),
    "choice": ("tool_choice", "toolConfig", "function_calling"),
    "limit": ("max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens"),
    "schema": (
        "response_format",
        "text.format",
        "output_config",
        "responseMimeType",
        "responseJsonSchema",
        "responseSchema",
    ),
    "media": ("content", "image", "fileData", "input"),
}


def differences(wanted, got, target, losses):
    """How a translated request asks otherwise than its source, save what was declared to be lost."""
    found = []
    for name in (
        "system",
        "turns",
        "media",
        "tools",
        "choice",
        "parallel",
        "limit",
        "temperature",
        "top_p",
        "stop",
        "stream",
        "schema",
    ):
        left, right = getattr(wanted, name), getattr(got, name)
        if name == "system":
            left, right = left.split(), right.split()
        elif name == "turns":
            left, right = comparable(left), comparable(right)
        elif name == "media":
            left, right = sorted(left), sorted(right)
        elif name == "choice":
            # Saying nothing leaves it to the model, as long as there are tools.
            left, right = left or "auto", right or "auto"
        elif name == "schema":
            left, right = bool(left), bool(right)
        elif name == "limit" and target == "messages" and (right or 0) >= (left or 0):
            continue  # Required there, and to be more than is thought.
        elif name == "stream" and target == "gemini":
            continue  # Said by the path.
        if left != right and not any(word in losses for word in LOSSES.get(name, ())):
            found.append(f"{name}: wanted {short(left, 240)}, got {short(right, 240)}")
    return found


def comparable(turns):
    """Words without the white space between parts.

    An instruction behind the beginning may have become the user's, marked as one; a user who said nothing is made to.
    """
    said = []
    for turn in turns:
        if turn[0] in ("user", "assistant", "system"):
            role, words = ("user" if turn[0] == "system" else turn[0]), re.sub(r"\s|</?system>", "", turn[1])
            if said and said[-1][0] == role:
                said[-1][1] += words
            else:
                said.append([role, words])
        else:
            said.append(turn)
    return said[1:] if said[:1] == [["user", "."]] else said
