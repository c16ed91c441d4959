"""Holds Dragoman's translations against the vendors' own clients, over every recording and in every direction.

Usage: run.py [--only PART] [--seed N] [--raw] [--envoy]

    --only PART   only the recordings whose name contains this
    --seed N      how the bodies are cut (default 1)
    --raw         no Dragoman: what the clients make of the recordings as they are, in the recordings' own formats
    --envoy       through a real Envoy with the module too

The recordings are those of ../shared/corpora/wire, or of the folder that DRAGOMAN_CORPUS names. DRAGOMAN_BIN names the
command, DRAGOMAN_NODE_MODULES where Node's clients are; this Python must have its own. `./dev test` sees to all three.
"""

import argparse
import os
import sys
import warnings
from pathlib import Path

import answers
import asking
import corpus
import framing
import law
import named
import raw
import selfcheck
import through_envoy
import truncated
from clients import read_all
from outcome import Outcomes

CORPUS = Path(os.environ.get("DRAGOMAN_CORPUS") or Path(__file__).parents[3] / "shared/corpora/wire")

warnings.filterwarnings("ignore", module="pydantic")  # The clients' own models, on types they did not foresee.


def main():
    parser = argparse.ArgumentParser(usage="run.py [--only PART] [--seed N] [--raw] [--envoy]")
    parser.add_argument("--only", default="")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--raw", action="store_true")
    parser.add_argument("--envoy", action="store_true")
    asked = parser.parse_args()
    outcomes, recordings = Outcomes(), []
    if CORPUS.is_dir():
        recordings = [one for one in corpus.recordings(CORPUS) if asked.only in one.name]
    else:
        outcomes.skip("recordings", f"there are none: no folder {CORPUS}")
    if asked.raw:
        readings = list(raw.readings(recordings))
    else:
        asking.judge([*corpus.conversations(), *recordings], outcomes)
        framing.judge(recordings, outcomes, asked.seed)
        truncated.judge(recordings, outcomes, asked.seed)
        readings = [*answers.readings(recordings, outcomes), *law.readings(recordings, outcomes)]
        if not asked.only:
            readings += [*named.readings(outcomes), *selfcheck.readings(outcomes)]
    for reading, client, problems in read_all(readings, asked.seed):
        kind, direction, name = reading.name.split(" | ")
        outcomes.add(kind, direction, client, name, problems)
    if asked.envoy:
        through_envoy.judge(recordings, outcomes, asked.seed)
    return 0 if outcomes.report() else 1


sys.exit(main())
