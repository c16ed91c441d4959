//! Twenty things that broke real clients behind other gateways, a test each. Those that are not a codec's to get right
//! say where they are tested.

use dragoman_core::usage::Usage;
use dragoman_core::wire::{self, Format, Memory, Quirks, Stream};
use serde_json::{Value, json};

use super::reader::{self, events};
use super::{ask, ask_for, asked, context, memory, streamed};

use Format::{Chat, Gemini, Messages, Responses};

fn user(text: &str) -> Value {
    json!({"role": "user", "content": text})
}

fn chat_stream(events: &[Value]) -> Vec<u8> {
    let mut out: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
    out += "data: [DONE]\n\n";
    out.into_bytes()
}

fn chunk(delta: &Value, finish: Option<&str>) -> Value {
    json!({"id": "c", "model": "served", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
}

/// The ids of calls and of outcomes in a messages request, turn by turn.
fn adjacent(messages: &Value) -> Vec<(Vec<String>, Vec<String>)> {
    let ids = |message: &Value, kind: &str, key: &str| -> Vec<String> {
        let blocks = message["content"].as_array().into_iter().flatten();
        blocks.filter(|block| block["type"] == kind).map(|block| block[key].as_str().unwrap().to_owned()).collect()
    };
    let list = messages["messages"].as_array().unwrap();
    let mut pairs = Vec::new();
    for (at, message) in list.iter().enumerate() {
        let calls = ids(message, "tool_use", "id");
        if !calls.is_empty() {
            pairs.push((calls, ids(&list[at + 1], "tool_result", "tool_use_id")));
        }
    }
    pairs
}

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
fn case_3_a_call_is_followed_by_its_outcome() {
    let call = |id: &str| json!({"id": id, "type": "function", "function": {"name": "f", "arguments": "{}"}});
    let request = json!({"model": "m", "messages": [
        user("go"),
        {"role": "assistant", "content": null, "tool_calls": [call("a"), call("b")]},
        {"role": "tool", "tool_call_id": "a", "content": "done"},
        user("and now?"),
        {"role": "tool", "tool_call_id": "ghost", "content": "nobody asked"},
    ]});
    let (body, _) = asked(Chat, Messages, &request);
    let both = vec!["a".to_owned(), "b".to_owned()];
    assert_eq!(adjacent(&body), [(both.clone(), both)]);
    let results = body["messages"][2]["content"].as_array().unwrap();
    assert_eq!(results[1]["is_error"], true, "the one that is missing is told as such");
    assert_eq!(results[2]["text"], "and now?");
    assert!(results[3]["text"].as_str().unwrap().contains("nobody asked"), "an orphan becomes text");
    assert_eq!(body["tools"][0]["name"], "f", "a history with calls declares its tools");
}

#[test]
fn case_4_outcomes_of_one_call_and_over_several_turns_become_one_turn() {
    let request = json!({"model": "m", "max_tokens": 5, "messages": [
        user("go"),
        {"role": "assistant", "content": [
            {"type": "tool_use", "id": "a", "name": "f", "input": {}}, {"type": "tool_use", "id": "b", "name": "g", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "first"}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "b", "content": "b"}, {"type": "tool_result", "tool_use_id": "a", "content": "second"}]},
    ]});
    let (chat, _) = asked(Messages, Chat, &request);
    let tools: Vec<_> =
        chat["messages"].as_array().unwrap().iter().filter(|message| message["role"] == "tool").collect();
    assert_eq!(tools.len(), 2);
    assert_eq!((&tools[0]["tool_call_id"], &tools[0]["content"]), (&json!("a"), &json!("second")));
    assert_eq!((&tools[1]["tool_call_id"], &tools[1]["content"]), (&json!("b"), &json!("b")));
}

#[test]
fn case_5_empty_texts_are_left_out() {
    let request = json!({"model": "m", "messages": [
        user(""), {"role": "assistant", "content": ""}, {"role": "user", "content": [{"type": "text", "text": ""}, {"type": "text", "text": "hi"}]},
        {"role": "assistant", "content": "ends in space  \n"},
    ]});
    let (body, _) = asked(Chat, Messages, &request);
    assert!(!body.to_string().contains("\"text\":\"\""), "{body}");
    assert_eq!(body["messages"][0]["role"], "user");
    assert_eq!(body["messages"].as_array().unwrap().last().unwrap()["content"], "ends in space");
    // An answer of no text opens no block.
    let bytes = chat_stream(&[
        chunk(&json!({"role": "assistant", "content": ""}), None),
        chunk(&json!({"content": ""}), Some("stop")),
    ]);
    assert!(
        !String::from_utf8(streamed(Chat, Messages, &bytes, &[], &memory(Chat))).unwrap().contains("content_block")
    );
}

#[test]
fn case_6_signatures_go_back_to_their_maker_only() {
    let body = json!({"id": "m", "type": "message", "role": "assistant", "model": "claude", "stop_reason": "end_turn",
        "content": [{"type": "thinking", "thinking": "", "signature": "c2ln"}, {"type": "text", "text": "hi"}],
        "usage": {"input_tokens": 1, "output_tokens": 1}});
    let answer = wire::answer(Messages, Chat, body.to_string().as_bytes(), &memory(Messages), &context()).unwrap();
    let answer: Value = serde_json::from_slice(&answer.body).unwrap();
    let message = answer["choices"][0]["message"].clone();
    let request = json!({"model": "m", "messages": [user("go"), message, user("on")]});
    // Empty, but signed: it is valid, and comes back as it was.
    let (back, losses) = asked(Chat, Messages, &request);
    assert_eq!(back["messages"][1]["content"][0], json!({"type": "thinking", "thinking": "", "signature": "c2ln"}));
    assert_eq!(losses, Vec::<String>::new());
    for to in [Responses, Gemini] {
        let (other, losses) = asked(Chat, to, &request);
        assert!(!other.to_string().contains("c2ln"), "{to}");
        assert_eq!(losses, ["messages[1].reasoning_details[0]"], "{to}");
    }
}

#[test]
fn case_7_gemini_gets_its_signatures_back_even_from_clients_that_keep_only_ids() {
    let body = json!({"candidates": [{"content": {"role": "model", "parts": [
        {"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "AAEC/+8="}, {"functionCall": {"name": "g", "args": {}}}]},
        "finishReason": "STOP"}], "modelVersion": "gemini-3"});
    let answer = wire::answer(Gemini, Chat, body.to_string().as_bytes(), &memory(Gemini), &context()).unwrap();
    let answer: Value = serde_json::from_slice(&answer.body).unwrap();
    let calls = &answer["choices"][0]["message"]["tool_calls"];
    let outcome = |call: &Value| json!({"role": "tool", "tool_call_id": call["id"], "content": "ok"});
    let kept = json!({"role": "assistant", "content": null, "tool_calls": calls});
    let request = json!({"model": "m", "messages": [user("go"), kept, outcome(&calls[0]), outcome(&calls[1])]});
    let (back, _) = ask_for(Chat, Gemini, &request, "gemini-3-pro", &Quirks::GEMINI).unwrap();
    let parts = &back["contents"][1]["parts"];
    assert_eq!(parts[0]["thoughtSignature"], "AAEC/+8=");
    assert_eq!(parts[1].get("thoughtSignature"), None, "only the first of a step is signed");
    // Without one, a stand-in that Gemini 3 takes.
    let mut plain = request;
    plain["messages"][1]["tool_calls"][0]["id"] = "call_a".into();
    plain["messages"][2]["tool_call_id"] = "call_a".into();
    let (body, _) = ask_for(Chat, Gemini, &plain, "gemini-3-pro", &Quirks::GEMINI).unwrap();
    assert_eq!(body["contents"][1]["parts"][0]["thoughtSignature"], "skip_thought_signature_validator");
}

#[test]
fn case_8_gemini_gets_as_many_outcomes_as_calls_with_their_names() {
    let image = json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBO"}});
    let request = json!({"model": "m", "max_tokens": 5, "messages": [
        user("go"),
        {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "look", "input": {}}, {"type": "tool_use", "id": "b", "name": "hear", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "seen"}, image]}]},
    ]});
    let (body, _) = asked(Messages, Gemini, &request);
    let parts = body["contents"][2]["parts"].as_array().unwrap();
    let names: Vec<&Value> = parts.iter().take(2).map(|part| &part["functionResponse"]["name"]).collect();
    assert_eq!(names, ["look", "hear"]);
    assert_eq!(parts[0]["functionResponse"]["response"], json!({"output": "seen"}));
    assert!(parts[1]["functionResponse"]["response"]["error"].is_string());
    assert_eq!(parts[2]["inlineData"]["data"], "iVBO");
}

#[test]
fn case_9_schemas_reach_gemini_as_json_schema() {
    let schema = json!({"type": "object", "properties": {"n": {"type": "integer", "exclusiveMinimum": 0}}, "additionalProperties": false, "$defs": {}});
    let tool = json!({"type": "function", "function": {"name": "f", "parameters": schema}});
    let (body, _) = asked(Chat, Gemini, &json!({"model": "m", "messages": [user("go")], "tools": [tool]}));
    let function = &body["tools"][0]["functionDeclarations"][0];
    assert_eq!(function["parametersJsonSchema"], schema);
    assert_eq!(function.get("parameters"), None);
}

#[test]
fn case_10_long_and_odd_names_are_shortened_and_come_back() {
    let name = format!("mcp__{}.search/v2", "server".repeat(12));
    let tool = json!({"name": name, "input_schema": {"type": "object"}});
    let request = json!({"model": "m", "max_tokens": 5, "messages": [user("go")], "tools": [tool], "tool_choice": {"type": "tool", "name": name}});
    for to in [Chat, Responses, Gemini] {
        let (body, translated) = ask(Messages, to, &request).unwrap();
        let sent = match to {
            Chat => &body["tools"][0]["function"]["name"],
            Responses => &body["tools"][0]["name"],
            _ => &body["tools"][0]["functionDeclarations"][0]["name"],
        };
        let sent = sent.as_str().unwrap();
        assert!(
            sent.len() <= 64 && sent.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'),
            "{sent}"
        );
        assert!(!body.to_string().contains(&name), "{to}: in the choice too");
        let answer = match to {
            Chat => {
                json!({"model": "s", "choices": [{"message": {"tool_calls": [{"id": "a", "type": "function", "function": {"name": sent, "arguments": "{}"}}]}, "finish_reason": "tool_calls"}]})
            }
            Responses => {
                json!({"model": "s", "status": "completed", "output": [{"type": "function_call", "call_id": "a", "name": sent, "arguments": "{}"}]})
            }
            _ => {
                json!({"modelVersion": "s", "candidates": [{"content": {"parts": [{"functionCall": {"name": sent, "args": {}}}]}, "finishReason": "STOP"}]})
            }
        };
        let answered =
            wire::answer(to, Messages, answer.to_string().as_bytes(), &translated.memory, &context()).unwrap();
        let said = reader::whole(Messages, &serde_json::from_slice(&answered.body).unwrap());
        assert_eq!(said.calls[0].0, name, "{to}");
    }
}

#[test]
fn case_11_free_text_tools_are_wrapped_on_the_way_and_unwrapped_on_return() {
    let patch = "*** Begin Patch\n+\"quoted\"\n*** End Patch";
    let tool = json!({"type": "custom", "name": "apply_patch", "description": "Edits.", "format": {"type": "grammar", "syntax": "lark", "definition": "start: x"}});
    let request = json!({"model": "m", "tools": [tool], "stream": true, "input": [
        user("go"),
        {"type": "custom_tool_call", "call_id": "old", "name": "apply_patch", "input": patch},
        {"type": "custom_tool_call_output", "call_id": "old", "output": "Done"},
    ]});
    let (body, translated) = ask(Responses, Chat, &request).unwrap();
    assert_eq!(body["tools"][0]["function"]["parameters"]["required"], json!(["input"]));
    assert!(body["tools"][0]["function"]["description"].as_str().unwrap().contains("start: x"));
    assert_eq!(body["messages"][1]["tool_calls"][0]["function"]["arguments"], json!({"input": patch}).to_string());
    let arguments = json!({"input": patch}).to_string();
    let (left, right) = arguments.split_at(20);
    let call = json!({"tool_calls": [{"index": 0, "id": "new", "type": "function", "function": {"name": "apply_patch", "arguments": left}}]});
    let more = json!({"tool_calls": [{"index": 0, "function": {"arguments": right}}]});
    let bytes = chat_stream(&[chunk(&call, None), chunk(&more, None), chunk(&json!({}), Some("tool_calls"))]);
    let out = streamed(Chat, Responses, &bytes, &[], &translated.memory);
    let said = reader::stream(Responses, &out, true);
    assert_eq!(said.calls, [("apply_patch".to_owned(), json!({"input": patch}))]);
    assert!(
        events(&out)
            .iter()
            .any(|(name, data)| name == "response.output_item.done" && data["item"]["type"] == "custom_tool_call")
    );
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
fn case_16_reasoning_models_get_the_fields_they_take() {
    let request =
        json!({"model": "claude", "max_tokens": 100, "temperature": 0.2, "top_p": 0.9, "messages": [user("go")]});
    let (body, translated) = ask_for(Messages, Chat, &request, "gpt-5-mini", &Quirks::OPENAI).unwrap();
    assert_eq!(body["max_completion_tokens"], 100);
    assert!(body.get("max_tokens").is_none() && body.get("temperature").is_none() && body.get("top_p").is_none());
    assert_eq!(translated.losses.to_string(), "temperature, top_p");
    let (body, translated) = ask_for(Messages, Chat, &request, "tiny", &Quirks::COMPATIBLE).unwrap();
    assert_eq!((&body["max_tokens"], &body["temperature"]), (&json!(100), &json!(0.2)));
    assert!(translated.losses.is_empty());
    // And Anthropic thinks only at its own temperature, below the limit.
    let request = json!({"model": "m", "temperature": 1.7, "reasoning_effort": "high", "max_completion_tokens": 1000, "messages": [user("go")]});
    let (body, losses) = asked(Chat, Messages, &request);
    assert_eq!(body["thinking"], json!({"type": "enabled", "budget_tokens": 4096}));
    assert!(body["max_tokens"].as_u64() > Some(4096) && body.get("temperature").is_none());
    assert_eq!(losses, ["temperature"]);
}

#[test]
fn case_17_a_chat_endpoint_understands_what_cursor_sends() {
    let flat = json!({"type": "function", "name": "f", "description": "d", "parameters": {"type": "object", "properties": {}}});
    let mixed = json!({"model": "m", "tools": [flat], "tool_choice": {"type": "auto"}, "messages": [
        {"role": "user", "content": [{"type": "input_text", "text": "go"}]},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "f", "input": {"x": 1}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "ok"}]}]},
    ]});
    let (body, losses) = asked(Chat, Messages, &mixed);
    assert_eq!(adjacent(&body), [(vec!["a".to_owned()], vec!["a".to_owned()])]);
    assert_eq!((&body["tools"][0]["name"], &body["tool_choice"]), (&json!("f"), &json!({"type": "auto"})));
    assert_eq!(losses, Vec::<String>::new());
    let responses =
        json!({"model": "m", "input": [{"role": "user", "content": "go"}], "tools": [flat], "stream": true});
    let (body, _) = asked(Chat, Messages, &responses);
    assert_eq!(body["messages"], json!([user("go")]));
}

#[test]
fn case_18_vertex_is_not_sent_what_it_refuses() {
    let mark = json!({"type": "ephemeral", "ttl": "1h", "scope": "global"});
    let content = json!([{"type": "text", "text": "go", "cache_control": mark}]);
    let request =
        json!({"model": "m", "messages": [{"role": "user", "content": content}], "context_management": {"edits": []}});
    let (body, translated) = ask_for(Chat, Messages, &request, "claude-x", &Quirks::VERTEX_ANTHROPIC).unwrap();
    assert_eq!(body["anthropic_version"], "vertex-2023-10-16");
    assert_eq!(body.get("model"), None);
    assert_eq!(body["messages"][0]["content"][0]["cache_control"], json!({"type": "ephemeral", "ttl": "1h"}));
    assert_eq!(body.get("context_management"), None);
    assert_eq!(translated.losses.to_string(), "context_management");
}

#[test]
fn case_19_reasoning_items_travel_sealed_or_not_at_all() {
    let request = |reasoning: Value| json!({"model": "m", "input": [user("go"), reasoning, {"role": "assistant", "content": "hi"}, user("on")]});
    // Only encrypted, and foreign to this target: no empty message is left of it.
    let sealed = request(json!({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "enc"}));
    let (body, losses) = asked(Responses, Messages, &sealed);
    assert_eq!(body["messages"].as_array().unwrap().len(), 3);
    assert_eq!(losses, ["input[1]"]);
    // Its own maker gets it back, without the id that it keeps nothing under.
    let messages = json!({"model": "m", "max_tokens": 5, "messages": [user("go"), {"role": "assistant", "content": [
        {"type": "redacted_thinking", "data": "dragoman:openai:enc"}, {"type": "text", "text": "hi"}]}, user("on")]});
    let (body, _) = ask_for(Messages, Responses, &messages, "gpt-5", &Quirks::OPENAI).unwrap();
    assert_eq!(body["input"][1], json!({"type": "reasoning", "summary": [], "encrypted_content": "enc"}));
    assert_eq!((&body["store"], &body["include"]), (&json!(false), &json!(["reasoning.encrypted_content"])));
    // An id alone says nothing to anybody.
    let (_, losses) = asked(Responses, Chat, &request(json!({"type": "reasoning", "id": "rs_1", "summary": []})));
    assert_eq!(losses, ["input[1]"]);
    let state = json!({"model": "m", "input": "go", "previous_response_id": "resp_1"});
    assert!(ask(Responses, Chat, &state).unwrap_err().to_string().starts_with("previous_response_id"));
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
