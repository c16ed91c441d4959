// HTTP/2 as no SDK speaks it: trailers behind a request's body, a stream that is cancelled beside one that is not, and
// streams that their target cuts.
//
// Usage: h2_client.mjs BASE_URL KEY   Prints one line per check; the first that fails ends the run.

import assert from "node:assert/strict";
import { connect, constants } from "node:http2";

const [base, key] = process.argv.slice(2);
const session = connect(base);

function post(body, options) {
  const head = { ":method": "POST", ":path": "/v1/chat/completions", authorization: `Bearer ${key}`, "content-type": "application/json" };
  const request = session.request(head, options);
  request.setEncoding("utf8");
  const answer = new Promise((resolve, reject) => {
    let status;
    let text = "";
    request.on("response", (headers) => (status = headers[":status"]));
    request.on("data", (piece) => (text += piece));
    request.on("error", reject);
    request.on("end", () => resolve({ status, text }));
  });
  return { request, answer, body: JSON.stringify(body) };
}

async function trailers_behind_a_body() {
  const { request, answer, body } = post({ model: "m", messages: [] }, { waitForTrailers: true });
  request.on("wantTrailers", () => request.sendTrailers({ checksum: "5" }));
  request.write(body.slice(0, 7));
  request.end(body.slice(7));
  const { status, text } = await answer;
  assert.equal(status, 200, text);
  assert.equal(JSON.parse(text).model, "m");
}

async function one_of_two_streams_is_cancelled() {
  const left = post({ model: "m", stream: true, stall: true });
  const kept = post({ model: "m", stream: true });
  left.request.end(left.body);
  await new Promise((resolve) => left.request.once("data", resolve));
  left.answer.catch(() => {});
  left.request.close(constants.NGHTTP2_CANCEL);
  kept.request.end(kept.body);
  const { status, text } = await kept.answer;
  assert.equal(status, 200, text);
  assert.match(text, /data: \[DONE\]\n\n$/);
}

async function a_stream_that_its_target_cuts_never_ends_cleanly() {
  for (const cut of ["reset", "close", "framing"]) {
    const { request, answer, body } = post({ model: "m", stream: true, cut });
    request.end(body);
    const end = await answer.then(
      ({ status, text }) => (status >= 500 || text.includes('"error"') ? "told" : `a clean end: ${status} ${text}`),
      (error) => `reset: ${error.code}`,
    );
    assert.match(end, /^(told|reset)/, `${cut}: ${end}`);
  }
}

const checks = [
  trailers_behind_a_body,
  one_of_two_streams_is_cancelled,
  a_stream_that_its_target_cuts_never_ends_cleanly,
  trailers_behind_a_body,
];
for (const check of checks) {
  await check();
  console.log(`ok http2 ${check.name}`);
}
session.close();
