"""Lets every client read every prepared answer: one Python process (this one) and one of Node, at the same time."""

import json
import os
import subprocess
import threading
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

import python_clients
from server import Prepared, Server

SCRIPT = Path(__file__).parent / "node_clients.mjs"

# The clients that speak a format.
SPEAKERS = {
    "chat": ["python", "node", "ai", "ai-compatible"],
    "responses": ["python", "node", "ai"],
    "messages": ["python", "node", "ai"],
    "gemini": ["python", "ai"],
}

# What a client never tells of a format (client, format, kind), seen on answers that come straight from a provider.
UNREPORTED = {
    ("node", "chat", "stream"): {"reasoning"},
    ("ai", "chat", "stream"): {"reasoning"},
    ("ai", "chat", "answer"): {"reasoning"},
    ("ai-compatible", "chat", "stream"): {"usage.cache_write", "cited"},
    ("ai-compatible", "chat", "answer"): {"usage.cache_write", "cited"},
}


@dataclass
class Reading:
    """One answer to be read by each client of its format, at once and in pieces, and what is to come of it."""

    name: str
    format: str
    kind: str  # answer, stream or error
    prepared: Prepared
    verdict: Callable  # (client, what it said or raised) to a list of problems
    tools: list = field(default_factory=list)
    source: str = "none"  # the target's format, for a gateway in between

    def model(self, number, cuts, client):
        """How the server is asked for it. A gateway lets a model rest that failed, so no client shares another's."""
        return f"{self.source}--{number}--{cuts}--{client}"


def read_all(readings, seed, between=nullcontext, heard=lambda reading, body: None):
    """Yields (reading, client, problems).

    `between` is given the server's address and says whom the clients ask; `heard` is given what the server was asked.
    """
    with Server([reading.prepared for reading in readings]) as server, between(server.base) as base:
        results = results_of(readings, seed, base)
        for number, body in server.heard.items():
            heard(readings[number], body)
    for number, reading in enumerate(readings):
        for client in SPEAKERS[reading.format]:
            problems = judged(reading, client, results.get(reading.model(number, 0, client)))
            if not problems:
                cut = judged(reading, client, results.get(reading.model(number, seed + number, client)))
                problems = [f"cut into pieces (seed {seed + number}): {problem}" for problem in cut]
            yield reading, client, problems


def judged(reading, client, result):
    return reading.verdict(client, result) if result else ["the client gave no result"]


def results_of(readings, seed, base):
    """What each client makes of each reading, by the model asked for."""
    jobs = []
    for number, reading in enumerate(readings):
        for client in SPEAKERS[reading.format]:
            for cuts in (0, seed + number):
                model = reading.model(number, cuts, client)
                job = {"client": client, "format": reading.format, "kind": reading.kind, "tools": reading.tools}
                jobs.append({"model": model, **job})
    results = {}
    others = [job for job in jobs if job["client"] != "python"]
    node = threading.Thread(target=lambda: results.update(run_node(base, others)))
    node.start()
    python = python_clients.Clients(base)
    for job in jobs:
        if job["client"] == "python":
            results[job["model"]] = python.settle(job["format"], job["kind"], job["model"])
    node.join()
    return results


def run_node(base, jobs):
    ran = subprocess.run(
        ["node", "--no-warnings", SCRIPT],
        input=json.dumps({"base": base, "jobs": jobs}).encode(),
        stdout=subprocess.PIPE,
        env=os.environ,
    )
    results = {}
    for line in ran.stdout.splitlines():
        result = json.loads(line)
        results[result.pop("model")] = result
    return results
