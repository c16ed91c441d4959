"""Reads Responses requests."""

from . import Asked


def read(body):
    asked = Asked()
    asked.say("system", body.get("instructions"))
    given = body["input"]
    for item in [{"role": "user", "content": given}] if isinstance(given, str) else given:
        kind = item.get("type") or "message"
        if kind == "message":
            role = "system" if item["role"] == "developer" else item["role"]
            text, media = content(item["content"])
            asked.media += media
            asked.say(role, text)
        elif kind == "function_call":
            asked.call(item["call_id"], item["name"], item["arguments"])
        elif kind == "custom_tool_call":
            asked.call(item["call_id"], item["name"], {"input": item["input"]})
        elif kind in ("function_call_output", "custom_tool_call_output"):
            text, media = content(item["output"])
            asked.media += media
            asked.result(item["call_id"], text)
    for tool in body.get("tools") or []:
        if tool["type"] == "custom":
            asked.tool(
                tool["name"],
                tool.get("description"),
                {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]},
            )
        elif tool["type"] == "function":
            asked.tool(tool["name"], tool.get("description"), tool.get("parameters"))
    choice = body.get("tool_choice")
    asked.choice = [choice["name"]] if isinstance(choice, dict) and "name" in choice else choice
    asked.parallel = body.get("parallel_tool_calls") is not False
    asked.limit = body.get("max_output_tokens")
    asked.temperature, asked.top_p = body.get("temperature"), body.get("top_p")
    asked.stream = bool(body.get("stream"))
    format = (body.get("text") or {}).get("format") or {}
    asked.schema = format.get("schema") or format.get("type") == "json_object"
    return asked


def content(parts):
    if isinstance(parts, str):
        return parts, []
    text, media = "", []
    for part in parts:
        if part["type"] in ("input_text", "output_text", "refusal"):
            text += part.get("text") or part.get("refusal")
        elif part["type"] == "input_image":
            media.append(part["image_url"])
        elif part["type"] == "input_file":
            media.append(part.get("file_data") or part.get("file_url"))
    return text, media
