//! What a client is told and has to say again.

use dragoman_core::wire::Format::{Chat, Gemini, Messages, Responses};
use dragoman_core::wire::{self, Quirks};
use serde_json::{Value, json};

use super::{chat_stream, chunk, user};
use crate::reader;
use crate::reader::events;
use crate::{ask, ask_for, asked, context, memory, streamed};

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
