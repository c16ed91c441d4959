"""The same through the gateway itself: each recording is a target's answer, behind a real Envoy with the module in it.

The clients of every format ask for a model of every format's target; what the target is asked is held against its
published types.
"""

import json
import os
import re
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from answers import message, reports, says
from corpus import NEGATIVES
from clients import Reading, read_all
from gateway import DRAGOMAN
from request_types import mistakes
from server import Prepared
from summary import FORMATS, Failure

ENVOY = os.environ.get("ENVOY_BIN")
MODULE = Path(os.environ.get("DRAGOMAN_WASM") or Path(__file__).parents[2] / "target/dragoman.wasm")
STARTED = 30  # seconds, at most


def judge(recordings, outcomes, seed):
    def heard(reading, body):
        kind, direction, name = reading.name.split(" | ")
        outcomes.add(kind, direction, "request", name, mistakes(reading.source, body))

    missing = [what for what in (ENVOY, MODULE) if not (what and Path(what).exists())]
    if missing:
        outcomes.skip("through Envoy", f"ENVOY_BIN and DRAGOMAN_WASM must name what there is: {missing}")
        return
    try:
        for reading, client, problems in read_all(list(readings(recordings)), seed, envoy, heard):
            kind, direction, name = reading.name.split(" | ")
            outcomes.add(kind, direction, client, name, problems)
    except RuntimeError as failure:
        outcomes.add("envoy", "every direction", "start", "the gateway", [str(failure)])


def readings(recordings):
    for one in recordings:
        if one.kind not in ("answer", "stream", "error") or one.name in NEGATIVES:
            continue
        prepared = Prepared(one.body, one.status, one.kind == "stream")
        said = None if one.kind == "error" else one.source()
        tools = sorted({call[0] for call in getattr(said, "calls", [])})
        for to in FORMATS:
            if to == one.format:
                continue  # The same bytes, which the gateway's own tests see to.
            if one.kind == "error":
                verdict = reports(message(one.body), one.status)
            else:
                verdict = reports(said.message) if isinstance(said, Failure) else says(said, to, one.kind)
            name = f"envoy {one.kind} | {one.format} to {to} | {one.name}"
            yield Reading(name, to, one.kind, prepared, verdict, tools, one.format)


@contextmanager
def envoy(upstream):
    """A gateway with a target of each format, all of them the server at `upstream`; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = "127.0.0.1:%d" % free.getsockname()[1]
    config = {
        "version": 1,
        "listen": {"address": address},
        "auth": {"anonymous": True},
        "targets": {name: {"provider": "custom", "format": name, "base_url": upstream} for name in FORMATS},
        "routes": [{"models": [f"{name}--*"], "targets": [name]} for name in FORMATS],
    }
    with tempfile.TemporaryDirectory() as folder:
        file, log = Path(folder, "dragoman.yaml"), Path(folder, "log")
        file.write_text(json.dumps(config))
        command = [DRAGOMAN, "up", "--envoy", ENVOY, "--wasm", MODULE, "--concurrency", "1", file]
        with log.open("wb") as said:
            running = subprocess.Popen(command, stdout=said, stderr=said)
            try:
                wait(running, log)
                yield f"http://{address}"
            finally:
                running.terminate()
                running.wait(STARTED)


def wait(running, log):
    """Until it listens."""
    until = time.monotonic() + STARTED
    while not re.search(r"listening on", log.read_text(errors="replace")):
        if running.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"the gateway did not start: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.05)
