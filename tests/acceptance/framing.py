"""Framing: however a stream's events are spelled as lines, its translation is the same to the byte."""

import random

from corpus import NEGATIVES
from gateway import translate_all
from summary import FORMATS

SPELLINGS = {
    "CRLF": lambda body: plain(body).replace(b"\n", b"\r\n"),
    "CR": lambda body: plain(body).replace(b"\n", b"\r"),
    "no space": lambda body: plain(body).replace(b"\ndata: ", b"\ndata:").replace(b"\nevent: ", b"\nevent:"),
    "comments": lambda body: plain(body).replace(b"\n\n", b"\n\n: still here\n\n"),
    "a mark before all": lambda body: b"\xef\xbb\xbf" + plain(body),
    "id and retry": lambda body: plain(body).replace(b"\ndata:", b"\nid: 7\nretry: 10\ndata:"),
}


def plain(body):
    """Lines that end with LF, and an end that closes the last event."""
    return body.replace(b"\r\n", b"\n").rstrip(b"\n") + b"\n\n"


def judge(recordings, outcomes, seed):
    streams = [one for one in recordings if one.kind == "stream" and one.name not in NEGATIVES]
    wanted = []
    for one in streams:
        for to in FORMATS:
            if to != one.format:
                wanted.append(((one.name, to, None), ("stream", one.format, to, one.body)))
                for spelling in random.Random(f"{seed} {one.name} {to}").sample(sorted(SPELLINGS), 2):
                    body = SPELLINGS[spelling](one.body)
                    wanted.append(((one.name, to, spelling), ("stream", one.format, to, body)))
    translations = translate_all(wanted)
    formats = {one.name: one.format for one in streams}
    for (name, to, spelling), translation in translations.items():
        if spelling:
            usual = translations[name, to, None]
            same = usual.code == translation.code == 0 and usual.body == translation.body
            outcomes.add("framing", f"{formats[name]} to {to}", "bytes", name, [] if same else [f"{spelling}: differs"])
