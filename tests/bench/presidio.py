"""How fast Presidio's pattern recognisers search texts: a line of JSON for each line of the file that it is given.

`./dev bench redact` runs it beside its own search. Every pattern recogniser that Presidio has is run on its own, with
its checks, in any language; no model of a language, no context, no merging of what they find, which would cost more.
"""

import inspect
import json
import sys
import time

import tldextract
from presidio_analyzer import PatternRecognizer, predefined_recognizers

# The list of top-level domains that came with it: a measurement asks no network for a newer one.
tldextract.extract = tldextract.TLDExtract(suffix_list_urls=())

PIECE = 1 << 10


def recognisers():
    for _, kind in inspect.getmembers(predefined_recognizers, inspect.isclass):
        if issubclass(kind, PatternRecognizer):
            yield kind()


def main():
    all_of_them = list(recognisers())
    for line in open(sys.argv[1], encoding="utf-8"):
        asked = json.loads(line)
        text = (asked["unit"] * (asked["bytes"] // len(asked["unit"]) + 1))[: asked["bytes"]]
        pieces = [text[at : at + PIECE] for at in range(0, len(text), PIECE)]
        best = float("inf")
        for _ in range(asked["runs"]):
            start = time.perf_counter()
            hits = sum(
                len(one.analyze(piece, one.supported_entities, None)) for one in all_of_them for piece in pieces
            )
            best = min(best, time.perf_counter() - start)
        rate = len(text) / 1e6 / best
        print(json.dumps({"name": asked["name"], "mb_per_s": rate, "hits": hits, "recognisers": len(all_of_them)}))


if __name__ == "__main__":
    main()
