"""Server-sent events of a recording, read the plain way: whole text in, (event name, data) out."""

import json
import re


def events(text):
    for block in re.split(r"\r\n\r\n|\n\n|\r\r", text.lstrip("\ufeff")):
        name, data = None, []
        for line in re.split(r"\r\n|\n|\r", block):
            key, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if key == "event":
                name = value
            elif key == "data":
                data.append(value)
        if data:
            yield name, "\n".join(data)


def payloads(text):
    """The JSON of each event, without chat's closing mark."""
    for _, data in events(text):
        if data.strip() != "[DONE]":
            yield json.loads(data)
