"""Reads recorded Gemini answers. A call may come whole, or in pieces that name JSON paths."""

import re

from summary import Failure, Summary, Usage

LENGTH = {"MAX_TOKENS"}
FILTER = {"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY", "MODEL_ARMOR"}


def answer(body):
    return stream([body])


def stream(payloads):
    said, reason, call = Summary(), None, None
    for chunk in payloads:
        if chunk.get("error"):
            return Failure(chunk["error"]["message"])
        if (chunk.get("promptFeedback") or {}).get("blockReason"):
            reason = "SAFETY"
        said.usage = usage(chunk) or said.usage
        for candidate in chunk.get("candidates", [])[:1]:
            reason = candidate.get("finishReason") or reason
            said.cited += cited(candidate.get("groundingMetadata") or {})
            for part in (candidate.get("content") or {}).get("parts", []):
                if part.get("thought"):
                    said.reasoning += part.get("text", "")
                elif "functionCall" in part:
                    call = add(said, call, part["functionCall"])
                else:
                    said.text += part.get("text", "")
    said.stop = "length" if reason in LENGTH else "filter" if reason in FILTER else "tools" if said.calls else "natural"
    return said


def collect(payloads):
    """The whole answer that a stream amounts to: its last chunk with the parts of all, calls in one piece."""
    payloads, parts, said, call = list(payloads), [], Summary(), None
    for chunk in payloads:
        for part in (chunk["candidates"][0].get("content") or {}).get("parts", []):
            if "functionCall" not in part:
                parts.append(part)
                continue
            known = len(said.calls)
            call = add(said, call, part["functionCall"])
            if len(said.calls) > known:
                name, args = said.calls[-1]
                parts.append({**part, "functionCall": {"name": name, "args": args}})
    candidate = {**payloads[-1]["candidates"][0], "content": {"role": "model", "parts": parts}}
    return {**payloads[-1], "candidates": [candidate]}


def add(said, call, piece):
    """The call that this piece opens or goes on, when more of it is to come."""
    if call is None or piece.get("name"):
        call = [piece.get("name"), {}]
        said.calls.append(call)
    call[1].update(piece.get("args") or {})
    for part in piece.get("partialArgs") or []:
        place(call[1], part)
    return call if piece.get("willContinue") else None


def place(root, part):
    """Writes one piece of an argument where its path, `$.a[0].b`, says; text is appended."""
    steps = [int(index) if index else name for name, index in re.findall(r"\.([^.\[]+)|\[(\d+)\]", part["jsonPath"])]
    value = next((part[kind] for kind in ("stringValue", "numberValue", "boolValue") if kind in part), None)
    for step, after in zip(steps, [*steps[1:], None]):
        if isinstance(root, list):
            root.extend([None] * (step + 1 - len(root)))
        held = root[step] if isinstance(root, list) else root.get(step)
        if after is None:
            root[step] = held + value if isinstance(held, str) and isinstance(value, str) else value
        else:
            if held is None:
                held = root[step] = [] if isinstance(after, int) else {}
            root = held


def cited(grounding):
    """The sources that some passage rests on."""
    sources = [source.get("web", {}).get("uri") for source in grounding.get("groundingChunks", [])]
    supports = grounding.get("groundingSupports", [])
    return [
        sources[index] for support in supports for index in support.get("groundingChunkIndices", []) if sources[index]
    ]


def usage(chunk):
    spent = chunk.get("usageMetadata") or {}
    if "totalTokenCount" not in spent and "promptTokenCount" not in spent:
        return None
    before = spent.get("promptTokenCount", 0) + spent.get("toolUsePromptTokenCount", 0)
    written, thoughts = spent.get("candidatesTokenCount", 0), spent.get("thoughtsTokenCount", 0)
    apart = before + written != spent.get("totalTokenCount")  # else the thoughts are among the candidates
    return Usage(
        input=before,
        output=written + thoughts if apart else written,
        cached=spent.get("cachedContentTokenCount", 0),
        reasoning=thoughts,
    )
