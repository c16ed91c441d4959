"""Reads Chat Completions requests."""

from . import Asked


def read(body):
    asked = Asked()
    for message in body["messages"]:
        role = "system" if message["role"] == "developer" else message["role"]
        text, media = content(message.get("content"))
        asked.media += media
        if role == "tool":
            asked.result(message["tool_call_id"], text)
            continue
        asked.say(role, text)
        for call in message.get("tool_calls") or []:
            if call["type"] == "custom":
                asked.call(call["id"], call["custom"]["name"], {"input": call["custom"]["input"]})
            else:
                asked.call(call["id"], call["function"]["name"], call["function"]["arguments"])
    for tool in body.get("tools") or []:
        function = tool["function"]
        asked.tool(function["name"], function.get("description"), function.get("parameters"))
    choice = body.get("tool_choice")
    asked.choice = [choice["function"]["name"]] if isinstance(choice, dict) else choice
    asked.parallel = body.get("parallel_tool_calls") is not False
    asked.limit = body.get("max_completion_tokens", body.get("max_tokens"))
    asked.temperature, asked.top_p = body.get("temperature"), body.get("top_p")
    stop = body.get("stop") or []
    asked.stop = [stop] if isinstance(stop, str) else stop
    asked.stream = bool(body.get("stream"))
    format = body.get("response_format") or {}
    asked.schema = (
        format["json_schema"].get("schema")
        if format.get("type") == "json_schema"
        else format.get("type") == "json_object"
    )
    return asked


def content(parts):
    if not isinstance(parts, list):
        return parts or "", []
    text, media = "", []
    for part in parts:
        if part["type"] in ("text", "refusal"):
            text += part.get("text") or part.get("refusal")
        elif part["type"] == "image_url":
            media.append(part["image_url"]["url"])
        elif part["type"] == "file":
            media.append(part["file"]["file_data"])
        elif part["type"] == "input_audio":
            media.append(f"data:audio/{part['input_audio']['format']};base64,{part['input_audio']['data']}")
    return text, media
