//! What a client is answered.

use dragoman_core::usage::Usage;
use dragoman_core::wire::Format::{Chat, Gemini, Messages, Responses};
use dragoman_core::wire::{Format, Memory, Stream};
use serde_json::json;

use super::{chat_stream, chunk, user};
use crate::reader;
use crate::reader::events;
use crate::{ask, asked, context, memory, streamed};

#[test]
fn case_1_message_start_estimates_the_input_and_the_end_tells_it() {
    let request = json!({"model": "claude", "max_tokens": 9, "messages": [user(&"word ".repeat(400))], "stream": true});
    let (_, translated) = ask(Messages, Chat, &request).unwrap();
    let usage = json!({"prompt_tokens": 412, "completion_tokens": 3});
    let bytes = chat_stream(&[chunk(&json!({"content": "hi"}), Some("stop")), json!({"choices": [], "usage": usage})]);
    let out = events(&streamed(Chat, Messages, &bytes, &[], &translated.memory));
    let start = out[0].1["message"]["usage"]["input_tokens"].as_u64().unwrap();
    assert!((300..700).contains(&start), "{start}");
    let delta = &out.iter().find(|(name, _)| name == "message_delta").unwrap().1;
    assert_eq!(delta["usage"]["input_tokens"], 412);
    assert_eq!(delta["usage"]["output_tokens"], 3);
}

#[test]
fn case_2_cached_tokens_are_told_once_in_every_format() {
    let usage = json!({"prompt_tokens": 100, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 64}});
    let finish = chunk(&json!({"content": "hi"}), Some("stop"));
    let mut riding = finish.clone();
    riding["usage"] = usage.clone();
    let mut groq = finish.clone();
    groq["x_groq"] = json!({"usage": usage});
    let own = json!({"choices": [], "usage": usage});
    let forms =
        [vec![finish, own], vec![riding.clone()], vec![chunk(&json!({}), None), groq], vec![riding.clone(), riding]];
    for form in forms {
        let bytes = chat_stream(&form);
        for to in [Messages, Responses, Gemini] {
            let said = reader::stream(to, &streamed(Chat, to, &bytes, &[], &memory(Chat)), true);
            assert_eq!((said.input, said.cached, said.output), (100, 64, 5), "{to}");
        }
        let mut stream = Stream::new(Chat, Messages, &memory(Chat), &context());
        stream.push(&bytes, &mut Vec::new());
        assert_eq!(stream.usage(), Some(Usage { input: 100, cached: 64, output: 5, ..Usage::default() }));
    }
}

#[test]
fn case_12_calls_without_ids_or_indices_get_their_own() {
    let call = |name: &str| json!({"function": {"name": name, "arguments": "{\"x\":1}"}});
    let bytes = chat_stream(&[chunk(&json!({"tool_calls": [call("f"), call("g")]}), Some("tool_calls"))]);
    for to in [Messages, Responses, Gemini] {
        let said = reader::stream(to, &streamed(Chat, to, &bytes, &[], &memory(Chat)), true);
        assert_eq!(said.calls, [("f".to_owned(), json!({"x": 1})), ("g".to_owned(), json!({"x": 1}))], "{to}");
        assert!(said.ids.iter().all(|id| !id.is_empty()) && said.ids[0] != said.ids[1], "{to}");
    }
}

#[test]
fn case_13_a_responses_client_always_reads_a_terminal_event() {
    let whole = chat_stream(&[chunk(&json!({"content": "hi"}), Some("stop"))]);
    let last = |bytes: &[u8]| events(&streamed(Chat, Responses, bytes, &[], &memory(Chat))).last().unwrap().0.clone();
    assert_eq!(last(&whole), "response.completed");
    // The finish was told, [DONE] was not.
    let unended = whole.strip_suffix(b"data: [DONE]\n\n").unwrap();
    assert_eq!(last(unended), "response.completed");
    assert_eq!(last(&chat_stream(&[chunk(&json!({"content": "hi"}), None)])[..30]), "response.failed");
    let cut = chat_stream(&[chunk(&json!({"content": "hi"}), None)]);
    assert_eq!(last(cut.strip_suffix(b"data: [DONE]\n\n").unwrap()), "response.failed");
}

#[test]
fn case_14_a_call_without_arguments_has_an_empty_object() {
    let call = json!({"tool_calls": [{"index": 0, "id": "a", "type": "function", "function": {"name": "now", "arguments": ""}}]});
    let bytes = chat_stream(&[chunk(&call, None), chunk(&json!({}), Some("tool_calls"))]);
    for to in [Messages, Responses, Gemini] {
        let out = streamed(Chat, to, &bytes, &[], &memory(Chat));
        assert_eq!(reader::stream(to, &out, true).calls, [("now".to_owned(), json!({}))], "{to}");
        if to == Responses {
            let done =
                events(&out).into_iter().find(|(name, _)| name == "response.function_call_arguments.done").unwrap();
            assert_eq!(done.1["arguments"], "{}");
        }
    }
    let history = json!({"role": "assistant", "content": null, "tool_calls": call["tool_calls"]});
    let (body, _) = asked(Chat, Messages, &json!({"model": "m", "messages": [user("go"), history]}));
    assert_eq!(body["messages"][1]["content"][0]["input"], json!({}));
}

#[test]
fn case_15_an_error_in_a_stream_is_an_error_however_it_is_told() {
    let anthropic = b"event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"model\":\"m\"}}\n\nevent: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";
    let chat = b"data: {\"error\":{\"message\":\"Overloaded\",\"type\":\"server_error\",\"code\":503}}\n\n";
    let responses = b"event: error\ndata: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"Overloaded\",\"param\":null}\n\n";
    let text = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"hi\"}]}}]}\r\n\r\n";
    let gemini = format!(
        "{text}{{\n  \"error\": {{\n    \"code\": 503,\n    \"message\": \"Overloaded\",\n    \"status\": \"UNAVAILABLE\"\n  }}\n}}\n"
    );
    let sources: [(Format, &[u8]); 4] =
        [(Messages, anthropic), (Chat, chat), (Responses, responses), (Gemini, gemini.as_bytes())];
    for (from, bytes) in sources {
        for to in Format::ALL.into_iter().filter(|to| *to != from) {
            let mut stream = Stream::new(from, to, &memory(from), &context());
            let mut out = Vec::new();
            stream.push(bytes, &mut out);
            stream.finish(&mut out);
            assert_eq!(reader::stream(to, &out, true).error.as_deref(), Some("Overloaded"), "{from} to {to}");
            assert_eq!(stream.error(), Some("target_error"), "{from} to {to}");
        }
    }
}

#[test]
fn case_20_interleaved_calls_come_in_order_and_the_first_one_live() {
    let begin = |index: u64, name: &str| json!({"index": index, "id": name, "type": "function", "function": {"name": name, "arguments": ""}});
    let more = |index: u64, text: &str| json!({"index": index, "function": {"arguments": text}});
    let events_in = [
        chunk(&json!({"tool_calls": [begin(0, "f"), begin(1, "g")]}), None),
        chunk(&json!({"tool_calls": [more(1, "{\"b\":")]}), None),
        chunk(&json!({"tool_calls": [more(0, "{\"a\":")]}), None),
        chunk(&json!({"tool_calls": [more(1, "2}"), more(0, "1}")]}), None),
        chunk(&json!({}), Some("tool_calls")),
    ];
    for to in [Messages, Responses, Gemini] {
        let said = reader::stream(to, &streamed(Chat, to, &chat_stream(&events_in), &[], &memory(Chat)), true);
        assert_eq!(said.calls, [("f".to_owned(), json!({"a": 1})), ("g".to_owned(), json!({"b": 2}))], "{to}");
    }
    let mut stream = Stream::new(Chat, Messages, &memory(Chat), &context());
    let mut out = Vec::new();
    for event in &events_in[..3] {
        stream.push(format!("data: {event}\n\n").as_bytes(), &mut out);
    }
    let out = String::from_utf8(out).unwrap();
    assert!(out.contains(r#""partial_json":"{\"a\":""#), "the first is live");
    assert!(!out.contains(r#"{\"b\":"#), "the second waits");
    // And what a picture and a thought carry is not dropped on the way.
    let image = json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBO", "detail": "low"}});
    let request =
        json!({"model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": "what?"}, image]}]});
    let (body, _) = asked(Chat, Messages, &request);
    assert_eq!(body["messages"][0]["content"][1]["source"]["data"], "iVBO");
}

#[test]
fn a_client_that_did_not_ask_reads_no_usage() {
    let (_, translated) =
        ask(Chat, Messages, &json!({"model": "m", "messages": [user("go")], "stream": true})).unwrap();
    let body = b"event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"model\":\"m\",\"usage\":{\"input_tokens\":1}}}\n\nevent: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    assert!(!String::from_utf8(streamed(Messages, Chat, body, &[], &translated.memory)).unwrap().contains("usage"));
    assert!(
        String::from_utf8(streamed(Messages, Chat, body, &[], &Memory::new("anthropic"))).unwrap().contains("usage")
    );
}
