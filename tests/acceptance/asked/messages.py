"""Reads Messages requests."""

from . import Asked


def read(body):
    asked = Asked()
    asked.say("system", content(asked, body.get("system")))
    for message in body["messages"]:
        if isinstance(message["content"], str):
            asked.say(message["role"], message["content"])
            continue
        for block in message["content"]:
            if block["type"] == "tool_use":
                asked.call(block["id"], block["name"], block["input"])
            elif block["type"] == "tool_result":
                asked.result(block["tool_use_id"], content(asked, block.get("content")), bool(block.get("is_error")))
            else:
                asked.say(message["role"], content(asked, [block]))
    for tool in body.get("tools") or []:
        if tool.get("type") in (None, "custom"):
            asked.tool(tool["name"], tool.get("description"), tool.get("input_schema"))
    choice = body.get("tool_choice") or {}
    asked.choice = (
        [choice["name"]]
        if choice.get("type") == "tool"
        else {"any": "required"}.get(choice.get("type"), choice.get("type"))
    )
    asked.parallel = not choice.get("disable_parallel_tool_use")
    asked.limit = body.get("max_tokens")
    asked.temperature, asked.top_p = body.get("temperature"), body.get("top_p")
    asked.stop = body.get("stop_sequences") or []
    asked.stream = bool(body.get("stream"))
    asked.schema = ((body.get("output_config") or {}).get("format") or {}).get("schema")
    return asked


def content(asked, blocks):
    """The text of blocks; their media are noted."""
    if not isinstance(blocks, list):
        return blocks or ""
    text = ""
    for block in blocks:
        if block["type"] == "text":
            text += block["text"]
        elif block["type"] in ("image", "document"):
            source = block["source"]
            if source["type"] == "base64":
                asked.media.append(f"data:{source['media_type']};base64,{source['data']}")
            elif source["type"] == "text":
                text += source["data"]
            else:
                asked.media.append(source.get("url") or source.get("file_id"))
    return text
