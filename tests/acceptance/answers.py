"""Answers, streams and errors: every recording, translated into every other format, is read by that format's clients.

What they understood must be what the recording says. Within a format nothing is translated: the same bytes come out.
"""

import json

import grammar
from clients import UNREPORTED, Reading
from corpus import NEGATIVES
from gateway import translate_all
from grammar import errors
from server import Prepared
from summary import FORMATS, Failure, differences

WHAT = {"answer": "response", "stream": "stream", "error": "error"}


def readings(recordings, outcomes):
    """What the clients are to read; what needs no client is judged at once."""
    recordings = [one for one in recordings if one.kind in WHAT]
    wanted = [((one.name, to), arguments(one, to)) for one in recordings for to in FORMATS]
    translations = translate_all(wanted)
    for one in recordings:
        if one.name in NEGATIVES:
            outcomes.skip(f"equality {one.name}", NEGATIVES[one.name])
        for to in FORMATS:
            translation = translations[one.name, to]
            if to == one.format:
                outcomes.add("identity", f"{to} to {to}", "bytes", one.name, identity(one, translation))
            elif one.name in NEGATIVES:
                yield from negative(one, to, translation, outcomes)
            elif one.kind == "error":
                yield from refusal(one, to, translation, outcomes)
            else:
                yield from judged(one.kind, one, to, translation, one.source(), outcomes)


def arguments(one, to):
    options = ["--status", one.status] if one.kind == "error" else []
    return (WHAT[one.kind], one.format, to, one.body, *options)


def identity(one, translation):
    if translation.code:
        return [f"exit {translation.code}: {translation.said[:200]}"]
    return [] if translation.body == one.body else ["the bytes differ"]


def judged(kind, one, to, translation, said, outcomes):
    """An answer or a stream that the clients must understand as the source says it."""
    direction = f"{one.format} to {to}"
    if translation.code:
        outcomes.add(kind, direction, "translated", one.name, [f"exit {translation.code}: {translation.said[:200]}"])
        return
    outcomes.add(kind, direction, "grammar", one.name, grammar.problems(to, one.kind, translation.body))
    prepared = Prepared(translation.body, stream=one.kind == "stream")
    tools = sorted({call[0] for call in getattr(said, "calls", [])})
    verdict = reports(said.message) if isinstance(said, Failure) else says(said, to, one.kind)
    yield Reading(f"{kind} | {direction} | {one.name}", to, one.kind, prepared, verdict, tools)


def negative(one, to, translation, outcomes):
    """What can only be asked to end: refused, or in order, and read to the end by every client."""
    direction = f"{one.format} to {to}"
    if translation.code:
        problems = [] if translation.refused else [f"exit {translation.code}: {translation.said[:200]}"]
        outcomes.add("negative", direction, "grammar", one.name, problems)
        return
    outcomes.add("negative", direction, "grammar", one.name, grammar.problems(to, one.kind, translation.body))
    prepared = Prepared(translation.body, stream=one.kind == "stream")
    yield Reading(f"negative | {direction} | {one.name}", to, one.kind, prepared, lambda _client, _result: [])


def refusal(one, to, translation, outcomes):
    """An error body, of the status that the recording has."""
    direction = f"{one.format} to {to}"
    if translation.code:
        outcomes.add("error", direction, "translated", one.name, [f"exit {translation.code}: {translation.said[:200]}"])
        return
    outcomes.add("error", direction, "shape", one.name, list(errors.problems(to, one.status, translation.body)))
    verdict = reports(message(one.body), one.status)
    yield Reading(f"error | {direction} | {one.name}", to, "error", Prepared(translation.body, one.status), verdict)


def says(wanted, format, kind):
    """A client must understand what the source says."""

    def verdict(client, result):
        if "raised" in result:
            return [f"raised {result['raised']['type']}: {result['raised']['message'][:240]}"]
        return differences(wanted, result["said"], format, UNREPORTED.get((client, format, kind), ()))

    return verdict


def reports(words, status=0):
    """A client must report an error, by its own class, with the source's words and status."""

    def verdict(_client, result):
        if "said" in result:
            return [f"no error was raised, but this understood: {json.dumps(result['said'])[:200]}"]
        raised, found = result["raised"], []
        if status and raised["status"] != status:
            found.append(f"status: wanted {status}, got {raised['status']}")
        if words[:80] not in raised["message"]:
            found.append(f"message: wanted {words[:80]!r}, got {raised['type']} {raised['message'][:160]!r}")
        if status and not raised["own"]:
            found.append(f"raised {raised['type']}, which is not the client's own error")
        return found

    return verdict


def message(body):
    """The words of an error body, whatever its shape."""
    try:
        said = json.loads(body)
    except ValueError:
        return body.decode()
    return said["error"]["message"]
