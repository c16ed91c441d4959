// What the published Node clients understand: `openai`, `@anthropic-ai/sdk`, and Vercel's `ai` with its providers.
//
// Reads jobs as JSON from standard input, {base, jobs: [{client, format, kind, model, tools}]}, and writes one line
// of JSON for each: {model, said} with a summary like summary.py's, or {model, raised} with how the client tells of an error or
// of its own trouble. DRAGOMAN_NODE_MODULES names where the clients are installed.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";
import { text } from "node:stream/consumers";

const here = createRequire(path.join(path.resolve(process.env.DRAGOMAN_NODE_MODULES ?? "node_modules"), "x.js"));
const { OpenAI } = here("openai");
const { Anthropic } = here("@anthropic-ai/sdk");
const { generateText, streamText, tool, jsonSchema, APICallError } = here("ai");
const { createOpenAI } = here("@ai-sdk/openai");
const { createOpenAICompatible } = here("@ai-sdk/openai-compatible");
const { createAnthropic } = here("@ai-sdk/anthropic");
const { createGoogleGenerativeAI } = here("@ai-sdk/google");

const { base, jobs } = JSON.parse(await text(process.stdin));
globalThis.AI_SDK_LOG_WARNINGS = false;

const TURN = [{ role: "user", content: "Hello?" }];
const CHAT_STOPS = { stop: "natural", tool_calls: "tools", length: "length", content_filter: "filter" };
const MESSAGE_STOPS = { end_turn: "natural", stop_sequence: "natural", tool_use: "tools", max_tokens: "length", refusal: "filter" };
const AI_STOPS = { stop: "natural", "tool-calls": "tools", length: "length", "content-filter": "filter" };

const gpt = new OpenAI({ baseURL: `${base}/v1`, apiKey: "none", maxRetries: 0 });
const claude = new Anthropic({ baseURL: base, apiKey: "none", maxRetries: 0 });
const key = { apiKey: "none" };
const openai = createOpenAI({ ...key, baseURL: `${base}/v1` });
const compatible = createOpenAICompatible({ ...key, name: "house", baseURL: `${base}/v1`, includeUsage: true });
const models = {
  "ai:chat": (model) => openai.chat(model),
  "ai-compatible:chat": (model) => compatible.chatModel(model),
  "ai:responses": (model) => openai.responses(model),
  "ai:messages": createAnthropic({ ...key, baseURL: `${base}/v1` }),
  "ai:gemini": createGoogleGenerativeAI({ ...key, baseURL: `${base}/v1beta` }),
};

const vendors = {
  async chat_answer(model) {
    return chat(await gpt.chat.completions.create({ model, messages: TURN }));
  },
  async chat_stream(model) {
    const stream_options = { include_usage: true };
    return chat(await gpt.chat.completions.stream({ model, messages: TURN, stream_options }).finalChatCompletion());
  },
  async responses_answer(model) {
    return response(await gpt.responses.create({ model, input: "Hello?" }));
  },
  async responses_stream(model) {
    return response(await gpt.responses.stream({ model, input: "Hello?" }).finalResponse());
  },
  async messages_answer(model) {
    return message(await claude.messages.create({ model, max_tokens: 9, messages: TURN }));
  },
  async messages_stream(model) {
    return message(await claude.messages.stream({ model, max_tokens: 9, messages: TURN }).finalMessage());
  },
};

function chat(answer) {
  assert.equal(answer.choices.length, 1);
  const [{ message, finish_reason }] = answer.choices;
  const calls = message.tool_calls ?? [];
  distinct(calls.map((call) => call.id));
  const spent = answer.usage;
  return {
    text: message.content ?? "",
    refusal: message.refusal ?? "",
    reasoning: message.reasoning_content ?? "",
    calls: calls.map((call) => [call.function.name, parsed(call.function.arguments)]),
    cited: (message.annotations ?? []).map((note) => note.url_citation.url),
    stop: CHAT_STOPS[finish_reason],
    usage: spent && {
      input: spent.prompt_tokens,
      output: spent.completion_tokens,
      cached: spent.prompt_tokens_details?.cached_tokens ?? 0,
      cache_write: spent.prompt_tokens_details?.cache_write_tokens ?? 0,
      reasoning: spent.completion_tokens_details?.reasoning_tokens ?? 0,
    },
  };
}

function response(answer) {
  const texts = (parts) => (parts ?? []).map((part) => part.text).join("");
  const of = (type) => answer.output.filter((item) => item.type === type);
  const calls = answer.output.filter((item) => ["function_call", "custom_tool_call"].includes(item.type));
  distinct(calls.map((call) => call.call_id));
  distinct(answer.output.map((item) => item.id));
  const stops = { max_output_tokens: "length", content_filter: "filter" };
  const spent = answer.usage;
  return {
    text: answer.output_text,
    refusal: of("message").flatMap((item) => item.content).map((part) => part.refusal ?? "").join(""),
    reasoning: of("reasoning").map((item) => texts(item.summary?.length ? item.summary : item.content)).join(""),
    cited: of("message").flatMap((item) => item.content).flatMap((part) => part.annotations ?? []).filter((note) => note.type === "url_citation").map((note) => note.url),
    calls: calls.map((call) => [call.name, call.type === "function_call" ? parsed(call.arguments) : { input: call.input }]),
    stop: answer.status === "completed" ? (calls.length ? "tools" : "natural") : stops[answer.incomplete_details?.reason],
    usage: spent && {
      input: spent.input_tokens,
      output: spent.output_tokens,
      cached: spent.input_tokens_details.cached_tokens,
      cache_write: spent.input_tokens_details.cache_write_tokens ?? 0,
      reasoning: spent.output_tokens_details.reasoning_tokens,
    },
  };
}

function message(answer) {
  const of = (type) => answer.content.filter((block) => block.type === type);
  const calls = of("tool_use");
  distinct(calls.map((call) => call.id));
  const spent = answer.usage;
  const [cached, cache_write] = [spent.cache_read_input_tokens ?? 0, spent.cache_creation_input_tokens ?? 0];
  return {
    text: of("text").map((block) => block.text).join(""),
    refusal: "",
    reasoning: of("thinking").map((block) => block.thinking).join(""),
    cited: of("text").flatMap((block) => block.citations ?? []).map((one) => one.url).filter(Boolean),
    calls: calls.map((call) => [call.name, call.input]),
    stop: MESSAGE_STOPS[answer.stop_reason],
    usage: {
      input: spent.input_tokens + cached + cache_write,
      output: spent.output_tokens,
      cached,
      cache_write,
      reasoning: spent.output_tokens_details?.thinking_tokens ?? 0,
    },
  };
}

async function vercel({ client, format, kind, model, tools }) {
  const asked = {
    model: models[`${client}:${format}`](model),
    prompt: "Hello?",
    maxRetries: 0,
    // Calls of tools that were not offered would be marked as invalid.
    tools: Object.fromEntries(tools.map((name) => [name, tool({ inputSchema: jsonSchema({ type: "object" }) })])),
  };
  let answer;
  if (kind === "answer") {
    answer = await generateText(asked);
  } else {
    answer = streamText({ ...asked, onError() {} });
    for await (const part of answer.fullStream) {
      if (part.type === "error") throw part.error;
    }
  }
  const [said, reasoning, calls, stop, spent, sources] = await Promise.all([
    answer.text,
    answer.reasoning,
    answer.toolCalls,
    answer.finishReason,
    answer.usage,
    answer.sources,
  ]);
  const own = calls.filter((call) => !call.providerExecuted);
  distinct(own.map((call) => call.toolCallId));
  assert.deepEqual(own.filter((call) => call.invalid).map((call) => String(call.error)), [], "calls are invalid");
  return {
    text: said,
    refusal: "",
    reasoning: reasoning.map((part) => part.text ?? "").join(""),
    cited: sources.map((source) => source.url).filter(Boolean),
    calls: own.map((call) => [call.toolName, typeof call.input === "string" ? { input: call.input } : call.input]),
    stop: AI_STOPS[stop] ?? stop,
    usage: {
      input: spent.inputTokens,
      output: spent.outputTokens,
      cached: spent.inputTokenDetails.cacheReadTokens ?? 0,
      cache_write: spent.inputTokenDetails.cacheWriteTokens ?? 0,
      reasoning: spent.outputTokenDetails.reasoningTokens ?? 0,
    },
  };
}

function parsed(text) {
  return text.trim() === "" ? {} : JSON.parse(text);
}

function distinct(ids) {
  assert.ok(ids.every(Boolean) && new Set(ids).size === ids.length, `ids are missing or twice: ${ids}`);
}

async function understood(job) {
  if (job.client !== "node") return vercel(job);
  return vendors[`${job.format}_${job.kind}`](job.model);
}

// An error that the client reports as one: not an accident of its own reading.
function reported(error) {
  const own = error instanceof OpenAI.APIError || error instanceof Anthropic.APIError || APICallError.isInstance(error);
  return { type: error?.constructor?.name ?? typeof error, own, status: error?.status ?? error?.statusCode ?? 0, message: told(error) };
}

// What the client understood of an error's body, where it keeps that apart; else all that it says.
function told(error) {
  const body = error?.error?.error ?? error?.error;
  return String(body?.message ?? error?.message ?? (typeof error === "object" ? JSON.stringify(error) : error)).slice(0, 600);
}

async function settle(job) {
  try {
    const said = await understood({ ...job, kind: job.kind === "error" ? "answer" : job.kind });
    return { model: job.model, said };
  } catch (error) {
    return { model: job.model, raised: reported(error) };
  }
}

process.on("unhandledRejection", () => {}); // A rejected promise that a client keeps beside the one awaited.

const queue = [...jobs];
async function worker() {
  for (let job = queue.shift(); job; job = queue.shift()) {
    console.log(JSON.stringify(await settle(job)));
  }
}
await Promise.all(Array.from({ length: 6 }, worker));
