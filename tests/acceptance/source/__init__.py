"""Readers of recorded answers, one per format, which owe nothing to Dragoman's: simple, and right on the recordings.

Each has `answer(body)` for a whole answer and `stream(payloads)` for a streamed one. They give a `Summary`, or a
`Failure` where the recording is an error.
"""

from . import chat, gemini, messages, responses

READERS = {"chat": chat, "responses": responses, "messages": messages, "gemini": gemini}
