"""The order of a Responses stream: numbered events; items added, filled and done under one id; all in the last."""

# What an OpenResponses client wants to find in a response, if only as null.
RESOURCE = set(
    """
    id object created_at completed_at status incomplete_details model previous_response_id instructions output error
    tools tool_choice truncation parallel_tool_calls text top_p presence_penalty frequency_penalty top_logprobs
    temperature reasoning usage max_output_tokens max_tool_calls store background service_tier metadata
    safety_identifier prompt_cache_key
    """.split()
)

LAST = {"response.completed", "response.incomplete", "response.failed"}


def whole(response):
    missing = RESOURCE - set(response)
    if missing:
        yield f"a response without {sorted(missing)}"


def stream(events):
    for name, event in events:
        if name != event["type"]:
            yield f"event {event['type']} is named {name}"
    events = [event for _, event in events]
    numbers = [event.get("sequence_number") for event in events]
    if numbers != list(range(len(events))):
        yield f"sequence numbers are not 0, 1, 2 …: {numbers[:12]}"
    kinds = [event["type"] for event in events]
    if kinds[:2] != ["response.created", "response.in_progress"] and kinds[0] != "error":
        yield f"the stream begins with {kinds[:2]}"
    ends = [kind for kind in kinds if kind in LAST]
    if len(ends) != 1 or kinds[-1] != ends[0]:
        yield f"the stream does not end with one closing event: {ends}"
    if len({event["response"]["id"] for event in events if "response" in event}) > 1:
        yield "the response's id changes"
    for event in events:
        if "response" in event:
            yield from whole(event["response"])
    yield from items(events)


def items(events):
    open_, done, parts = {}, {}, {}
    for event in events:
        kind, index = event["type"], event.get("output_index")
        if kind == "response.output_item.added":
            if index != len(open_) + len(done):
                yield f"item {index} is added where {len(open_) + len(done)} is next"
            open_[index] = event["item"]["id"]
        elif kind == "response.output_item.done":
            if open_.pop(index, None) != event["item"]["id"]:
                yield f"item {index} is done under another id than it was added, or twice"
            done[index] = event["item"]
        elif index is not None:
            if open_.get(index) != event.get("item_id"):
                yield f"{kind} for item {index}, which is not open under that id"
            yield from pieces(kind, event, parts)
    if open_ and events[-1]["type"] != "response.failed":
        yield f"items are never done: {sorted(open_)}"
    last = events[-1].get("response")
    if last and last["status"] != "failed" and last["output"] != [done[index] for index in sorted(done)]:
        yield "the closing event's output is not the items that were done"


def pieces(kind, event, parts):
    """A part's deltas add up to what it is said to be when it is done."""
    name, _, verb = kind.rpartition(".")
    key = (name, event["output_index"], event.get("content_index"), event.get("summary_index"))
    whole = event.get("text", event.get("arguments", event.get("input", event.get("refusal"))))
    if verb == "delta":
        parts[key] = parts.get(key, "") + event["delta"]
    elif verb == "done" and whole is not None and parts.pop(key, "") != whole:
        yield f"{name}.done is not what its deltas said"
