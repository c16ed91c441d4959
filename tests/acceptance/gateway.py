"""The translations under judgement: `dragoman translate`, one process each, several at once."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

DRAGOMAN = os.environ.get("DRAGOMAN_BIN") or Path(__file__).parents[2] / "target/release/dragoman"


@dataclass
class Translation:
    code: int
    body: bytes
    said: str  # on standard error: losses, or why it refused

    @property
    def refused(self):
        return self.code == 1


def translate(what, source, target, body, *options):
    command = [DRAGOMAN, "translate", what, "--from", source, "--to", target, *map(str, options)]
    ran = subprocess.run(command, input=body, capture_output=True, timeout=30)
    return Translation(ran.returncode, ran.stdout, ran.stderr.decode(errors="replace").strip())


def translate_all(wanted):
    """Each of (key, arguments of translate), as a dictionary of translations."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        running = {key: pool.submit(translate, *arguments) for key, arguments in wanted}
    return {key: future.result() for key, future in running.items()}
