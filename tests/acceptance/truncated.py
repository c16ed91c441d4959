"""Cut short: a stream that breaks off anywhere before its end is an error to every client, and in order up to there."""

import random
import re

import grammar
from corpus import NEGATIVES
from gateway import translate_all
from summary import FORMATS, Failure

# What a stream of each format says first when it is about to end.
END = {
    "chat": rb'"finish_reason": ?"[a-z]',
    "responses": rb'"type": ?"response\.(completed|incomplete)"',
    "messages": rb'"type": ?"message_delta"',
    "gemini": rb'"finishReason"',
}
CUTS = 2


def judge(recordings, outcomes, seed):
    streams = [one for one in recordings if one.kind == "stream" and one.name not in NEGATIVES]
    wanted = []
    for one in streams:
        if isinstance(one.source(), Failure):
            continue
        end = re.search(END[one.format], one.body).start()
        places = random.Random(f"{seed} {one.name}").sample(range(1, end), CUTS)
        wanted += [
            ((one.name, one.format, to, place), ("stream", one.format, to, one.body[:place]))
            for place in places
            for to in FORMATS
            if to != one.format
        ]
    for (name, source, to, place), translation in translate_all(wanted).items():
        problems = grammar.problems(to, "stream", translation.body)
        if not grammar.failed(to, translation.body):
            problems.append("no error is told")
        problems = [f"cut at byte {place}: {problem}" for problem in problems]
        outcomes.add("truncated", f"{source} to {to}", "grammar", name, problems)
