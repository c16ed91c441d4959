"""Lets every client read every prepared answer: one Python process (this one) and one of Node, at the same time."""

import json
import os
import subprocess
import threading
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


def read_all(readings, seed):
    """Yields (reading, client, problems)."""
    answers = {str(number): reading.prepared for number, reading in enumerate(readings)}
    jobs = [
        {
            "id": f"{number} {client} {cuts}",
            "client": client,
            "format": reading.format,
            "kind": reading.kind,
            "headers": {"x-answer": str(number), "x-cuts": str(cuts)},
            "tools": reading.tools,
        }
        for number, reading in enumerate(readings)
        for client in SPEAKERS[reading.format]
        for cuts in (0, seed + number)
    ]
    results = {}
    with Server(answers) as server:
        others = [job for job in jobs if job["client"] != "python"]
        node = threading.Thread(target=lambda: results.update(run_node(server.base, others)))
        node.start()
        python = python_clients.Clients(server.base)
        for job in jobs:
            if job["client"] == "python":
                results[job["id"]] = python.settle(job["format"], job["kind"], job["headers"])
        node.join()
    for number, reading in enumerate(readings):
        for client in SPEAKERS[reading.format]:
            whole, cut = (results.get(f"{number} {client} {cuts}") for cuts in (0, seed + number))
            problems = reading.verdict(client, whole) if whole else ["the client gave no result"]
            if whole != cut and not problems:
                problems = [f"cut into pieces (seed {seed + number}) it is read otherwise: {json.dumps(cut)[:300]}"]
            yield reading, client, problems


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
        results[result.pop("id")] = result
    return results
