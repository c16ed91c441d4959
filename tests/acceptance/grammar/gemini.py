"""The order of a Gemini stream: unnamed chunks, whole calls, one finish reason in the last chunk."""


def stream(events):
    if any(name for name, _ in events):
        yield "an event has a name"
    chunks = [chunk for _, chunk in events]
    failed = "error" in chunks[-1]
    if any("error" in chunk for chunk in chunks[:-1]):
        yield "something follows an error"
    if len({chunk.get("responseId") for chunk in chunks if "error" not in chunk}) > 1:
        yield "responseId changes"
    finished = []
    for number, chunk in enumerate(chunks):
        for candidate in chunk.get("candidates", []):
            if candidate.get("finishReason"):
                finished.append(number)
            for part in (candidate.get("content") or {}).get("parts", []):
                call = part.get("functionCall")
                if call and not (call.get("name") and isinstance(call.get("args", {}), dict)):
                    yield f"chunk {number} has a call without name or arguments"
    blocked = any((chunk.get("promptFeedback") or {}).get("blockReason") for chunk in chunks)
    if not failed and not blocked and finished != [len(chunks) - 1]:
        yield f"finish reasons in chunks {finished} of {len(chunks)}"
