"""The twenty cases that break real clients, each on an exchange of its own making, in every direction that it concerns.

A case is a function that yields what is to be judged: a `Reading` for the clients, or a `Verdict` that needs none.
"""

import json
from dataclasses import dataclass

import grammar
from answers import reports, says
from clients import Reading
from gateway import translate
from grammar import errors
from server import Prepared
from summary import FORMATS

KIND = "named"


@dataclass
class Verdict:
    direction: str
    judge: str
    problems: list


def others(format):
    return [to for to in FORMATS if to != format]


def readings(outcomes):
    from . import answers, dialects, replays, settings, turns

    for module in (answers, dialects, turns, settings, replays):
        for number, name, case in module.CASES:
            name = f"{number:02} {name}"
            for judged in case():
                if isinstance(judged, Verdict):
                    outcomes.add(KIND, judged.direction, judged.judge, name, judged.problems)
                else:
                    judged.name = f"{KIND} | {judged.name} | {name}"
                    yield judged


def cases(list_):
    """A decorator that adds a case to a list."""

    def numbered(number):
        def add(function):
            list_.append((number, function.__name__.replace("_", " "), function))
            return function

        return add

    return numbered


def understood(source, kind, body, wanted, *options):
    """Every other format's clients understand this answer or stream as `wanted`."""
    for to in others(source):
        direction = f"{source} to {to}"
        translation = translate("response" if kind == "answer" else "stream", source, to, body, *options)
        if translation.code:
            yield Verdict(direction, "translated", [f"exit {translation.code}: {translation.said[:200]}"])
            continue
        yield Verdict(direction, "grammar", grammar.problems(to, kind, translation.body))
        prepared = Prepared(translation.body, stream=kind == "stream")
        tools = sorted({call[0] for call in wanted.calls})
        yield Reading(direction, to, kind, prepared, says(wanted, to, kind), tools)


def broken(source, body, words):
    """Every other format's clients raise an error that says this, for a stream that fails on its way."""
    for to in others(source):
        direction = f"{source} to {to}"
        translation = translate("stream", source, to, body)
        if translation.code:
            yield Verdict(direction, "translated", [f"exit {translation.code}: {translation.said[:200]}"])
            continue
        yield Verdict(direction, "grammar", grammar.problems(to, "stream", translation.body))
        yield Reading(direction, to, "stream", Prepared(translation.body, stream=True), reports(words))


def refused(source, status, body, words):
    """Every other format's clients raise an error of this status that says this, for a refusal in any shape."""
    for to in others(source):
        direction = f"{source} to {to}"
        translation = translate("error", source, to, body, "--status", status)
        if translation.code:
            yield Verdict(direction, "translated", [f"exit {translation.code}: {translation.said[:200]}"])
            continue
        yield Verdict(direction, "shape", list(errors.problems(to, status, translation.body)))
        yield Reading(direction, to, "error", Prepared(translation.body, status), reports(words, status))


def asked(source, to, body, check, *options):
    """The translated request is of the published types, and `check` finds nothing wrong with it."""
    from request_types import mistakes

    translation = translate("request", source, to, json.dumps(body).encode(), *options)
    if translation.code:
        return Verdict(f"{source} to {to}", "request", [f"exit {translation.code}: {translation.said[:200]}"])
    got = json.loads(translation.body)
    try:
        problems = [problem for problem in check(got) if problem]
    except (KeyError, IndexError, TypeError) as error:
        problems = [f"the request lacks what it is judged by: {error!r}"]
    return Verdict(f"{source} to {to}", "request", problems + mistakes(to, got))
