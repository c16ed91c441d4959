// Streams a message. ANTHROPIC_BASE_URL and ANTHROPIC_API_KEY say where and by whose key.

import { Anthropic } from "@anthropic-ai/sdk";

const stream = new Anthropic().messages.stream({
  model: "claude-sonnet-5-5",
  max_tokens: 200,
  messages: [{ role: "user", content: "Who are you?" }],
});
stream.on("text", (text) => process.stdout.write(text));
await stream.finalMessage();
console.log();
