"""Stream = whole: what a recorded stream amounts to, translated as a whole answer, is understood as the stream is."""

import json

import sse
from answers import judged
from corpus import NEGATIVES, Recording
from gateway import translate_all
from source import READERS
from summary import FORMATS, Failure

# Recordings whose pieces were trimmed by hand, so that they no longer add up.
TRIMMED = {
    "openai-responses/vercel-ai__openai-phase.1.stream": "its deltas were trimmed: they do not add up to its end"
}


def readings(recordings, outcomes):
    streams = [one for one in recordings if one.kind == "stream" and one.name not in NEGATIVES]
    wholes = []
    for one in streams:
        said = one.source()
        if isinstance(said, Failure):
            continue
        if one.name in TRIMMED:
            outcomes.skip(f"stream = whole {one.name}", TRIMMED[one.name])
            continue
        body = READERS[one.format].collect(sse.payloads(one.body.decode()))
        wholes.append((Recording(one.name, one.format, "answer", json.dumps(body).encode()), said))
    wanted = [
        ((one.name, to), ("response", one.format, to, one.body))
        for one, _ in wholes
        for to in FORMATS
        if to != one.format
    ]
    translations = translate_all(wanted)
    for one, said in wholes:
        for to in FORMATS:
            if to != one.format:
                yield from judged("collected", one, to, translations[one.name, to], said, outcomes)
