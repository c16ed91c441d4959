// The published Node clients, openai and @anthropic-ai/sdk, against a gateway in front of dragoman-upstream.
//
// Usage: check.mjs BASE_URL KEY ASKED SERVED [conversations]   (DRAGOMAN_NODE_MODULES names where the clients are installed)
// Asks for the model ASKED and expects it in every answer, while the upstream was asked for SERVED.
// With `conversations` only those are checked: what an upstream of another format can be asked for as well.
// Prints one line per check; the first that fails ends the run.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";

const here = createRequire(path.join(path.resolve(process.env.DRAGOMAN_NODE_MODULES ?? "node_modules"), "x.js"));
const { OpenAI } = here("openai");
const { Anthropic } = here("@anthropic-ai/sdk");

const [base, key, ASKED, SERVED, only] = process.argv.slice(2);
const CONVERSATIONS = ["chat", "chat_streamed", "chat_streamed_without_usage", "chat_tool", "response", "response_streamed"]
  .concat(["response_tool_streamed", "message", "message_streamed", "message_tool"]);
const ARGUMENTS = { city: "Paris", days: 3 };
const QUESTION = [{ role: "user", content: "Hello?" }];
const SCHEMA = { type: "object", properties: { city: { type: "string" }, days: { type: "integer" } } };
const CHAT_TOOLS = [{ type: "function", function: { name: "forecast", parameters: SCHEMA } }];
const RESPONSES_TOOLS = [{ type: "function", name: "forecast", parameters: SCHEMA, strict: false }];
const MESSAGES_TOOLS = [{ name: "forecast", input_schema: SCHEMA }];

const gpt = new OpenAI({ baseURL: `${base}/v1`, apiKey: key, maxRetries: 0 });
const claude = new Anthropic({ baseURL: base, apiKey: key, maxRetries: 0 });

async function all(items) {
  const list = [];
  for await (const item of items) list.push(item);
  return list;
}

function greeting(text) {
  const texts = ["yes", "no"].map((seen) => `Hello from ${SERVED}. Authorization: ${seen}.`);
  assert.ok(texts.includes(text), text);
}

function chatUsage(usage, output) {
  assert.deepEqual([usage.prompt_tokens, usage.completion_tokens, usage.total_tokens], [12, output, 12 + output]);
  assert.equal(usage.prompt_tokens_details.cached_tokens, 4);
}

function chatCall(choice) {
  const call = choice.message.tool_calls[0];
  assert.deepEqual([call.function.name, JSON.parse(call.function.arguments)], ["forecast", ARGUMENTS]);
  assert.equal(choice.finish_reason, "tool_calls");
}

function responseUsage(usage, output) {
  assert.deepEqual([usage.input_tokens, usage.output_tokens, usage.total_tokens], [12, output, 12 + output]);
  assert.equal(usage.input_tokens_details.cached_tokens, 4);
}

function messageUsage(usage, output) {
  assert.deepEqual([usage.input_tokens, usage.cache_read_input_tokens, usage.output_tokens], [8, 4, output]);
}

function messageCall(answer) {
  const call = answer.content[0];
  assert.deepEqual([call.name, call.input, answer.stop_reason], ["forecast", ARGUMENTS, "tool_use"]);
}

const checks = {
  async chat() {
    const answer = await gpt.chat.completions.create({ model: ASKED, messages: QUESTION });
    assert.equal(answer.model, ASKED);
    greeting(answer.choices[0].message.content);
    assert.equal(answer.choices[0].finish_reason, "stop");
    chatUsage(answer.usage, 5);
  },

  async chat_streamed() {
    const stream_options = { include_usage: true };
    const request = { model: ASKED, messages: QUESTION, stream: true, stream_options };
    const chunks = await all(await gpt.chat.completions.create(request));
    assert.deepEqual([...new Set(chunks.map((chunk) => chunk.model))], [ASKED]);
    greeting(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join(""));
    assert.equal(chunks.at(-2).choices[0].finish_reason, "stop");
    chatUsage(chunks.at(-1).usage, 5);
  },

  async chat_streamed_without_usage() {
    const answer = await gpt.chat.completions.stream({ model: ASKED, messages: QUESTION }).finalChatCompletion();
    assert.equal(answer.model, ASKED);
    greeting(answer.choices[0].message.content);
    assert.equal(answer.usage ?? null, null);
  },

  async chat_tool() {
    const request = { model: ASKED, messages: QUESTION, tools: CHAT_TOOLS };
    chatCall((await gpt.chat.completions.create(request)).choices[0]);
    chatCall((await gpt.chat.completions.stream(request).finalChatCompletion()).choices[0]);
  },

  async completion() {
    const request = { model: ASKED, prompt: "Hello?" };
    greeting((await gpt.completions.create(request)).choices[0].text);
    const chunks = await all(await gpt.completions.create({ ...request, stream: true }));
    greeting(chunks.map((chunk) => chunk.choices[0]?.text ?? "").join(""));
  },

  async response() {
    const answer = await gpt.responses.create({ model: ASKED, input: "Hello?" });
    assert.deepEqual([answer.model, answer.status], [ASKED, "completed"]);
    greeting(answer.output_text);
    responseUsage(answer.usage, 5);
  },

  async response_streamed() {
    const answer = await gpt.responses.stream({ model: ASKED, input: "Hello?" }).finalResponse();
    assert.equal(answer.model, ASKED);
    greeting(answer.output_text);
    responseUsage(answer.usage, 5);
  },

  async response_tool_streamed() {
    const stream = gpt.responses.stream({ model: ASKED, input: "Hello?", tools: RESPONSES_TOOLS });
    const [call] = (await stream.finalResponse()).output;
    assert.deepEqual([call.type, call.name, JSON.parse(call.arguments)], ["function_call", "forecast", ARGUMENTS]);
  },

  async embedding() {
    const answer = await gpt.embeddings.create({ model: ASKED, input: "Hello?" });
    assert.deepEqual([answer.model, answer.data[0].embedding], [ASKED, [0.5, -0.25, 0.125, 1]]);
  },

  async openai_model_list() {
    const models = await all(await gpt.models.list());
    assert.ok(models.some((model) => model.id === ASKED));
  },

  async a_wrong_key_is_an_authentication_error() {
    const wrong = new OpenAI({ baseURL: `${base}/v1`, apiKey: "wrong", maxRetries: 0 });
    const asking = wrong.chat.completions.create({ model: ASKED, messages: QUESTION });
    await assert.rejects(asking, OpenAI.AuthenticationError);
    const stranger = new Anthropic({ baseURL: base, apiKey: "wrong", maxRetries: 0 });
    const talking = stranger.messages.create({ model: ASKED, max_tokens: 9, messages: QUESTION });
    await assert.rejects(talking, Anthropic.AuthenticationError);
  },

  async message() {
    const answer = await claude.messages.create({ model: ASKED, max_tokens: 99, messages: QUESTION });
    assert.deepEqual([answer.model, answer.stop_reason], [ASKED, "end_turn"]);
    greeting(answer.content[0].text);
    messageUsage(answer.usage, 5);
  },

  async message_streamed() {
    const answer = await claude.messages.stream({ model: ASKED, max_tokens: 99, messages: QUESTION }).finalMessage();
    assert.deepEqual([answer.model, answer.stop_reason], [ASKED, "end_turn"]);
    greeting(answer.content[0].text);
    messageUsage(answer.usage, 5);
  },

  async message_tool() {
    const request = { model: ASKED, max_tokens: 99, messages: QUESTION, tools: MESSAGES_TOOLS };
    messageCall(await claude.messages.create(request));
    messageCall(await claude.messages.stream(request).finalMessage());
  },

  async count_tokens() {
    const answer = await claude.messages.countTokens({ model: ASKED, messages: QUESTION });
    assert.equal(answer.input_tokens, 12);
  },

  async anthropic_model_list() {
    const models = await all(await claude.models.list());
    assert.ok(models.some((model) => model.id === ASKED));
  },
};

for (const [name, check] of Object.entries(checks)) {
  if (only === "conversations" && !CONVERSATIONS.includes(name)) continue;
  try {
    await check();
  } catch (problem) {
    console.log(`FAIL node ${name}: ${problem}`);
    process.exit(1);
  }
  console.log(`ok node ${name}`);
}
