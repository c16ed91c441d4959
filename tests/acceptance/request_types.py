"""Holds a request against the types that the vendor's client publishes for it: no field missing, none unknown."""

import importlib
import pkgutil
from collections.abc import Iterator

import anthropic.types
import google.genai.types as google
import openai.types
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from typing_extensions import is_typeddict

# Taken by servers of the format, and not (or no longer) in the published types.
EXTENSIONS = {
    "chat": {"reasoning_content", "cache_control"},
    "responses": set(),
    "messages": {"temperature", "top_p", "top_k"},
    "gemini": set(),
}


def forbid_unknown(package):
    """Lets pydantic refuse keys that a TypedDict of the package does not name."""
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        for value in vars(importlib.import_module(module.name)).values():
            if is_typeddict(value):
                value.__pydantic_config__ = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


forbid_unknown(openai.types)
forbid_unknown(anthropic.types)

from anthropic.types.message_create_params import MessageCreateParams  # noqa: E402
from openai.types.chat.completion_create_params import CompletionCreateParams  # noqa: E402
from openai.types.responses.response_create_params import ResponseCreateParams  # noqa: E402

PARAMS = {
    "chat": TypeAdapter(CompletionCreateParams),
    "responses": TypeAdapter(ResponseCreateParams),
    "messages": TypeAdapter(MessageCreateParams),
}


class GeminiRequest(BaseModel):
    """The body on the wire, which google-genai builds by hand from these."""

    model_config = ConfigDict(extra="forbid")
    contents: list[google.Content]
    systemInstruction: google.Content | None = None
    tools: list[google.Tool] | None = None
    toolConfig: google.ToolConfig | None = None
    generationConfig: google.GenerationConfig | None = None
    safetySettings: list[google.SafetySetting] | None = None
    cachedContent: str | None = None
    labels: dict[str, str] | None = None


def mistakes(format, body):
    body = without(body, EXTENSIONS[format])
    try:
        if format == "gemini":
            GeminiRequest.model_validate(body)
        else:
            exhaust(PARAMS[format].validate_python(body))
    except ValidationError as refused:
        # Of the variants of a union, the ones that went furthest say most.
        errors = sorted(refused.errors(), key=lambda one: -len(one["loc"]))
        return [f"{'.'.join(map(str, one['loc'][-6:]))}: {one['msg']}"[:200] for one in errors[:3]]
    return []


def exhaust(value):
    """Pydantic looks at an iterable's items only when they are taken."""
    if isinstance(value, dict):
        for one in value.values():
            exhaust(one)
    elif isinstance(value, (list, tuple)) or isinstance(value, Iterator) or type(value).__name__ == "ValidatorIterator":
        for one in value:
            exhaust(one)


def without(value, names):
    if isinstance(value, dict):
        return {name: without(one, names) for name, one in value.items() if name not in names}
    return [without(one, names) for one in value] if isinstance(value, list) else value
