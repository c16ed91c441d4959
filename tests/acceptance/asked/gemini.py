"""Reads Gemini requests, in both spellings that Google takes: `inlineData` and `inline_data`.

Their calls mostly have no ids: a result is told by its tool's name, in order.
"""

import json
import re

from . import Asked

CHOICES = {"AUTO": "auto", "NONE": "none", "ANY": "required", "VALIDATED": "auto"}


# What is the caller's own below these is left as it is spelled.
OWN = {"args", "response", "parameters", "parametersJsonSchema", "responseSchema", "responseJsonSchema"}


def camel(value):
    if isinstance(value, list):
        return [camel(one) for one in value]
    if not isinstance(value, dict):
        return value
    spelled = {re.sub(r"_([a-z])", lambda found: found[1].upper(), name): one for name, one in value.items()}
    return {name: one if name in OWN else camel(one) for name, one in spelled.items()}


def read(body):
    body, asked, unanswered = camel(body), Asked(), []
    asked.say("system", "".join(part["text"] for part in (body.get("systemInstruction") or {}).get("parts", [])))
    for turn in body["contents"]:
        role = "assistant" if turn.get("role") == "model" else "user"
        for part in turn["parts"]:
            if part.get("thought"):
                continue
            if "functionCall" in part:
                call = part["functionCall"]
                id = call.get("id") or f"#{len(asked.calls)}"
                unanswered.append((call["name"], id))
                asked.call(id, call["name"], call.get("args") or {})
            elif "functionResponse" in part:
                answered(asked, unanswered, part["functionResponse"])
            elif "inlineData" in part:
                asked.media.append(f"data:{part['inlineData']['mimeType']};base64,{part['inlineData']['data']}")
            elif "fileData" in part:
                asked.media.append(part["fileData"]["fileUri"])
            else:
                asked.say(role, part.get("text"))
    for tool in body.get("tools") or []:
        for function in tool.get("functionDeclarations") or []:
            asked.tool(
                function["name"],
                function.get("description"),
                function.get("parametersJsonSchema") or function.get("parameters"),
            )
    calling = (body.get("toolConfig") or {}).get("functionCallingConfig") or {}
    allowed = calling.get("allowedFunctionNames") or []
    asked.choice = allowed if calling.get("mode") == "ANY" and len(allowed) == 1 else CHOICES.get(calling.get("mode"))
    wanted = body.get("generationConfig") or {}
    asked.limit = wanted.get("maxOutputTokens")
    asked.temperature, asked.top_p = wanted.get("temperature"), wanted.get("topP")
    asked.stop = wanted.get("stopSequences") or []
    asked.schema = (
        wanted.get("responseJsonSchema")
        or wanted.get("responseSchema")
        or wanted.get("responseMimeType") == "application/json"
    )
    return asked


def answered(asked, unanswered, result):
    id = result.get("id")
    if id is None or id not in asked.calls:
        id = next((id for name, id in unanswered if name == result["name"]), None)
    unanswered[:] = [(name, open) for name, open in unanswered if open != id]
    for part in result.get("parts") or []:
        if "inlineData" in part:
            asked.media.append(f"data:{part['inlineData']['mimeType']};base64,{part['inlineData']['data']}")
    response = result["response"]
    asked.result(id, json.dumps(response), isinstance(response, dict) and set(response) == {"error"})
