"""The recordings as they are, read by the clients of their own formats: what a translation is to beat."""

from answers import says
from clients import Reading
from server import Prepared
from summary import Failure


def readings(recordings):
    for one in recordings:
        if one.kind in ("answer", "stream"):
            prepared = Prepared(one.body, stream=one.kind == "stream")
            said = source(one)
            tools = sorted({call[0] for call in getattr(said, "calls", [])})
            verdict = says(said, one.format, one.kind) if said else accepts
            yield Reading(
                f"{one.kind} accepted | {one.format} | {one.name}", one.format, one.kind, prepared, accepts, tools
            )
            yield Reading(
                f"{one.kind} equal | {one.format} | {one.name}", one.format, one.kind, prepared, verdict, tools
            )


def source(one):
    """Nothing for the recordings that are no answer."""
    try:
        said = one.source()
    except (KeyError, TypeError):
        return None
    return None if isinstance(said, Failure) else said


def accepts(_client, result):
    return [f"raised {result['raised']['type']}: {result['raised']['message'][:160]}"] if "raised" in result else []
