"""Streams a message. ANTHROPIC_BASE_URL and ANTHROPIC_API_KEY say where and by whose key."""

from anthropic import Anthropic

with Anthropic().messages.stream(
    model="claude-sonnet-5-5",
    max_tokens=200,
    messages=[{"role": "user", "content": "Who are you?"}],
) as stream:
    for text in stream.text_stream:
        print(text, end="", flush=True)
print()
