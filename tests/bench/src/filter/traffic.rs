//! The bytes that go through the gateways: requests as the SDKs write them (messages first, then the model), answers as
//! providers send them (every event names the model, which Dragoman turns back into the one that was asked for).

use std::sync::LazyLock;

use serde_json::json;

/// Events in a stream.
pub(crate) const EVENTS: u64 = 200;

/// The model that clients ask for.
pub(crate) const ASKED: &str = "gpt-4o";
/// The model that clients ask for where the target speaks another format.
pub(crate) const TRANSLATED: &str = "claude-bench";
/// The model that clients ask for where a policy holds.
pub(crate) const REDACTED: &str = "redacted-bench";
/// The model that the target serves for it.
pub(crate) const SERVED: &str = "demo-large";
/// The key that clients use; its hash is in `dragoman.yaml`.
pub(crate) const KEY: &str = "bench-key";

/// The end of a stream's body.
pub(crate) const STREAM_END: &str = "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n";

/// A whole answer, head and body.
pub(crate) static ANSWER: LazyLock<String> = LazyLock::new(|| {
    let body = json!({
        "id": "chatcmpl-bench", "object": "chat.completion", "created": 1_700_000_000, "model": SERVED,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "The harbour is quiet today."},
                     "logprobs": null, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 811, "completion_tokens": 7, "total_tokens": 818},
        "system_fingerprint": "fp_bench",
    })
    .to_string();
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
});

/// The head of a stream.
pub(crate) const STREAM_HEAD: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

/// The end of the body of a stream in the other format.
pub(crate) const MESSAGES_END: &str = "33\r\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n\r\n0\r\n\r\n";

/// A stream of messages, with as many events that say something, each a chunk of its own.
pub(crate) static MESSAGES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let message = json!({"id": "msg_bench", "type": "message", "role": "assistant", "model": SERVED, "content": [],
        "stop_reason": null, "usage": {"input_tokens": 811, "output_tokens": 1}});
    let delta = |word: &str| {
        let delta = json!({"type": "text_delta", "text": word});
        json!({"type": "content_block_delta", "index": 0, "delta": delta})
    };
    let first = [
        json!({"type": "message_start", "message": message}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
    ];
    let last = [
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": null},
            "usage": {"output_tokens": 207}}),
    ];
    let words = WORDS.split_inclusive(' ').cycle().map(delta);
    let said = usize::try_from(EVENTS).expect("events are few") - first.len() - last.len();
    let events = first.into_iter().chain(words.take(said)).chain(last);
    events
        .map(|event| {
            let event = format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or_default());
            format!("{:x}\r\n{event}\r\n", event.len())
        })
        .collect()
});

const WORDS: &str = "The harbour is quiet today; the envoys have gone ashore and only the gulls still argue. ";

/// The events of a stream, each a chunk of its own.
pub(crate) static STREAM: LazyLock<Vec<String>> = LazyLock::new(|| {
    (0..EVENTS)
        .zip(WORDS.split_inclusive(' ').cycle())
        .map(|(_, word)| {
            let event = json!({
                "id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1_700_000_000,
                "model": SERVED, "system_fingerprint": "fp_bench",
                "choices": [{"index": 0, "delta": {"content": word}, "logprobs": null, "finish_reason": null}],
            });
            let event = format!("data: {event}\n\n");
            format!("{:x}\r\n{event}\r\n", event.len())
        })
        .collect()
});

/// A chat request of about so many bytes.
pub(crate) fn chat(bytes: usize, stream: bool) -> Vec<u8> {
    chat_with(ASKED, bytes, stream)
}

/// The same, for another model.
pub(crate) fn chat_with(model: &str, bytes: usize, stream: bool) -> Vec<u8> {
    let prose = "Describe what the interpreter said — \"word for word\" — and what was left out.\n";
    let share = bytes.saturating_sub(500) / prose.len() / 3;
    let long = prose.repeat(share.max(1));
    // The order of the members is written out, for `json!` would sort them.
    format!(
        r#"{{"messages":[{},{},{}],"model":"{model}","max_completion_tokens":512,"stream":{stream},"temperature":0.7}}"#,
        json!({"role": "system", "content": long}),
        json!({"role": "user", "content": [{"type": "text", "text": long}]}),
        json!({"role": "assistant", "content": long}),
    )
    .into_bytes()
}
