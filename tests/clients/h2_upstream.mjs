// A target that speaks HTTP/2 and HTTP/1.1 behind TLS, as the client chooses by ALPN: Node's own server, so that Envoy
// meets a peer that nobody here wrote.
//
// Usage: h2_upstream.mjs CERT KEY   Prints its port; answers with what it saw. With `cut` in the request, it cuts
// the stream, or its whole session, behind the first event. The model `with-trailers` has some behind its answer.

import { readFileSync } from "node:fs";
import { constants, createSecureServer } from "node:http2";

const [cert, key] = process.argv.slice(2).map((file) => readFileSync(file));
const server = createSecureServer({ cert, key, allowHTTP1: true }, async (request, response) => {
  let body = "";
  for await (const piece of request) body += piece;
  const { model, stream, cut } = JSON.parse(body);
  if (model === "with-trailers") response.addTrailers({ checksum: "5" });
  if (!stream) {
    response.setHeader("content-type", "application/json");
    const choices = [{ index: 0, message: { role: "assistant", content: "hi" }, finish_reason: "stop" }];
    return response.end(JSON.stringify({ model, choices }));
  }
  response.setHeader("content-type", "text/event-stream");
  const saw = { version: request.httpVersion, alpn: request.socket.alpnProtocol, path: request.url };
  response.write(`data: ${JSON.stringify({ model, saw, choices: [{ index: 0, delta: { content: "hi" } }] })}\n\n`);
  // What was written is on its way before the cut.
  if (cut) return setTimeout(() => (cut === "stream" ? response.stream.close(constants.NGHTTP2_INTERNAL_ERROR) : response.stream.session.destroy()), 50);
  response.end("data: [DONE]\n\n");
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
