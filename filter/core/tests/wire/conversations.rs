//! Conversations of several turns, with tools and thinking, played through each pair: what the client keeps of one
//! answer, the target gets back with the next question.

use dragoman_core::wire::{self, Format, Quirks};
use serde_json::{Value, json};

use super::{ask_for, context, memory};

/// A target's first answer: it thinks, speaks, and calls a tool.
fn first_answer(format: Format) -> Value {
    match format {
        Format::Chat => {
            json!({"id": "c", "model": "served", "choices": [{"index": 0, "finish_reason": "tool_calls", "message": {
            "role": "assistant", "content": "I look.", "reasoning_content": "hm",
            "tool_calls": [{"id": "call_a", "type": "function", "function": {"name": "look", "arguments": "{\"at\":\"Boston\"}"}}]}}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1}})
        }
        Format::Messages => {
            json!({"id": "m", "type": "message", "role": "assistant", "model": "served", "stop_reason": "tool_use",
            "content": [{"type": "thinking", "thinking": "hm", "signature": "c2ln"}, {"type": "text", "text": "I look."},
                {"type": "tool_use", "id": "call_a", "name": "look", "input": {"at": "Boston"}}],
            "usage": {"input_tokens": 1, "output_tokens": 1}})
        }
        Format::Responses => json!({"id": "r", "model": "served", "status": "completed", "output": [
            {"type": "reasoning", "id": "rs", "summary": [{"type": "summary_text", "text": "hm"}], "encrypted_content": "c2ln"},
            {"type": "message", "id": "msg", "role": "assistant", "status": "completed", "content": [{"type": "output_text", "text": "I look.", "annotations": []}]},
            {"type": "function_call", "id": "fc", "call_id": "call_a", "name": "look", "arguments": "{\"at\":\"Boston\"}"}],
            "usage": {"input_tokens": 1, "output_tokens": 1}}),
        Format::Gemini => {
            json!({"modelVersion": "served", "candidates": [{"finishReason": "STOP", "content": {"role": "model", "parts": [
            {"text": "hm", "thought": true}, {"text": "I look."},
            {"functionCall": {"id": "call_a", "name": "look", "args": {"at": "Boston"}}, "thoughtSignature": "c2ln"}]}}],
            "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1}})
        }
    }
}

/// What a client sends next: its question, the answer as it keeps it, and the tool's result.
fn second_request(format: Format, answer: &Value, outcome: &str) -> Value {
    match format {
        Format::Chat => {
            let message = answer["choices"][0]["message"].clone();
            let id = message["tool_calls"][0]["id"].clone();
            json!({"model": "m", "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Weather?"}, message,
                {"role": "tool", "tool_call_id": id, "content": outcome}], "tools": [{"type": "function", "function": {"name": "look"}}]})
        }
        Format::Messages => {
            let content = answer["content"].clone();
            let call =
                content.as_array().unwrap().iter().find(|block| block["type"] == "tool_use").unwrap()["id"].clone();
            json!({"model": "m", "max_tokens": 100, "system": "Be brief.", "messages": [{"role": "user", "content": "Weather?"},
                {"role": "assistant", "content": content},
                {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call, "content": outcome}]}],
                "tools": [{"name": "look", "input_schema": {"type": "object"}}]})
        }
        Format::Responses => {
            let mut input = vec![json!({"role": "user", "content": "Weather?"})];
            let output = answer["output"].as_array().unwrap();
            let call = output.iter().find(|item| item["type"] == "function_call").unwrap()["call_id"].clone();
            input.extend(output.iter().cloned());
            input.push(json!({"type": "function_call_output", "call_id": call, "output": outcome}));
            json!({"model": "m", "instructions": "Be brief.", "input": input, "tools": [{"type": "function", "name": "look"}]})
        }
        Format::Gemini => {
            let content = answer["candidates"][0]["content"].clone();
            let call =
                content["parts"].as_array().unwrap().iter().find(|part| part["functionCall"].is_object()).unwrap();
            let response = json!({"functionResponse": {"id": call["functionCall"]["id"], "name": "look", "response": {"output": outcome}}});
            json!({"systemInstruction": {"parts": [{"text": "Be brief."}]}, "contents": [
                {"role": "user", "parts": [{"text": "Weather?"}]}, content, {"role": "user", "parts": [response]}],
                "tools": [{"functionDeclarations": [{"name": "look"}]}]})
        }
    }
}

/// The target's model for a format: one that demands signatures, where there is one.
fn model(format: Format) -> &'static str {
    match format {
        Format::Chat | Format::Responses => "gpt-5",
        Format::Messages => "claude-sonnet-4-5",
        Format::Gemini => "gemini-3-pro",
    }
}

#[test]
fn a_target_gets_back_what_it_thought_said_and_called_through_every_client() {
    for target in Format::ALL {
        for client in Format::ALL.into_iter().filter(|client| *client != target) {
            let at = format!("a {client} client of a {target} target");
            let answer = first_answer(target);
            let answered =
                wire::answer(target, client, answer.to_string().as_bytes(), &memory(target), &context()).unwrap();
            let kept: Value = serde_json::from_slice(&answered.body).unwrap();
            let request = second_request(client, &kept, "Sunny");
            let (body, translated) = ask_for(client, target, &request, model(target), Quirks::of(target)).unwrap();
            match target {
                Format::Chat => {
                    assert_eq!(body["messages"][2]["content"], "I look.", "{at}");
                    let call = &body["messages"][2]["tool_calls"][0];
                    assert_eq!((&call["id"], &call["function"]["name"]), (&json!("call_a"), &json!("look")), "{at}");
                    assert_eq!(
                        body["messages"][3],
                        json!({"role": "tool", "tool_call_id": "call_a", "content": "Sunny"}),
                        "{at}"
                    );
                    // OpenAI's chat has no place for earlier thoughts.
                    assert_eq!(translated.losses.len(), 1, "{at}: {}", translated.losses);
                }
                Format::Messages => {
                    assert_eq!(body["messages"][1]["content"], answer["content"], "{at}");
                    assert_eq!(body["messages"][2]["content"][0]["content"], "Sunny", "{at}");
                    assert!(translated.losses.is_empty(), "{at}: {}", translated.losses);
                }
                Format::Responses => {
                    let reasoning = &body["input"][1];
                    assert_eq!((&reasoning["encrypted_content"], reasoning.get("id")), (&json!("c2ln"), None), "{at}");
                    assert_eq!(reasoning["summary"][0]["text"], "hm", "{at}");
                    assert_eq!(body["input"][3]["call_id"], "call_a", "{at}");
                    assert_eq!(body["input"][4]["output"], "Sunny", "{at}");
                    assert!(translated.losses.is_empty(), "{at}: {}", translated.losses);
                }
                Format::Gemini => {
                    let parts = body["contents"][1]["parts"].as_array().unwrap();
                    let call = parts.iter().find(|part| part["functionCall"].is_object()).unwrap();
                    assert_eq!(call["thoughtSignature"], "c2ln", "{at}");
                    assert_eq!(call["functionCall"]["args"], json!({"at": "Boston"}), "{at}");
                    let response = &body["contents"][2]["parts"][0]["functionResponse"];
                    assert_eq!(
                        (&response["name"], &response["response"]),
                        (&json!("look"), &json!({"output": "Sunny"})),
                        "{at}"
                    );
                }
            }
        }
    }
}

#[test]
fn another_target_gets_the_words_without_the_seals() {
    for first in Format::ALL {
        for client in Format::ALL.into_iter().filter(|client| *client != first) {
            for second in Format::ALL.into_iter().filter(|second| *second != first && *second != client) {
                let at = format!("a {client} client of a {first}, then a {second} target");
                let answer = first_answer(first).to_string();
                let answered = wire::answer(first, client, answer.as_bytes(), &memory(first), &context()).unwrap();
                let kept: Value = serde_json::from_slice(&answered.body).unwrap();
                let request = second_request(client, &kept, "Sunny");
                let (body, _) = ask_for(client, second, &request, model(second), Quirks::of(second)).unwrap();
                let text = body.to_string();
                // The blob as it was, and as it is inside Gemini's base64 tags.
                assert!(
                    !text.contains("c2ln") && !text.contains("dragoman:") && !text.contains("ZHJhZ29tYW46"),
                    "{at}: {text}"
                );
                assert!(
                    text.contains("I look.")
                        && text.contains("Boston")
                        && text.contains("Sunny")
                        && text.contains("Be brief."),
                    "{at}"
                );
            }
        }
    }
}
