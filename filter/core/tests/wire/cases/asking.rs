//! What a target is asked.

use dragoman_core::wire::Format::{Chat, Gemini, Messages, Responses};
use dragoman_core::wire::Quirks;
use serde_json::{Value, json};

use super::{chat_stream, chunk, user};
use crate::{ask, ask_for, asked, memory, streamed};

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
fn a_model_is_not_sent_the_samplers_it_refuses() {
    let request = |thinking: bool, top_p: f64| {
        let effort = if thinking { json!("low") } else { json!(null) };
        json!({"model": "m", "temperature": 0.2, "top_p": top_p, "reasoning_effort": effort, "messages": [user("go")]})
    };
    let asked = |model: &str, request: &Value| {
        let (body, translated) = ask_for(Chat, Messages, request, model, &Quirks::ANTHROPIC).unwrap();
        (body.get("temperature").cloned(), body.get("top_p").cloned(), translated.losses.to_string())
    };
    let both = asked("claude-sonnet-4-20250514", &request(false, 0.9));
    assert_eq!(both, (Some(json!(0.2)), Some(json!(0.9)), String::new()));
    for model in ["claude-opus-4-1", "claude-sonnet-4-5@20250929"] {
        assert_eq!(asked(model, &request(false, 0.9)), (Some(json!(0.2)), None, "top_p".to_owned()), "{model}");
    }
    // Whoever thinks keeps its temperature, and most of its words.
    let thinking = asked("claude-sonnet-4-5", &request(true, 0.9));
    assert_eq!(thinking, (None, None, "temperature, top_p".to_owned()));
    let thinking = asked("claude-sonnet-4-5", &request(true, 0.97));
    assert_eq!(thinking, (None, Some(json!(0.97)), "temperature".to_owned()));

    let stops = json!({"model": "m", "max_tokens": 9, "stop_sequences": ["x"], "messages": [user("go")]});
    for (model, quirks, stop, lost) in [
        ("gpt-5-mini", &Quirks::OPENAI, Value::Null, "stop_sequences"),
        ("gpt-4.1", &Quirks::OPENAI, json!(["x"]), ""),
        ("gpt-5-mini", &Quirks::COMPATIBLE, json!(["x"]), ""),
    ] {
        let (body, translated) = ask_for(Messages, Chat, &stops, model, quirks).unwrap();
        assert_eq!((&body["stop"], translated.losses.to_string().as_str()), (&stop, lost), "{model}");
    }
}

#[test]
fn a_model_that_cannot_think_is_not_told_how_much() {
    let request =
        |thinking: Value| json!({"model": "m", "max_tokens": 900, "thinking": thinking, "messages": [user("go")]});
    let wants = request(json!({"type": "enabled", "budget_tokens": 31_999}));
    for (to, model, key) in [
        (Chat, "gpt-4o", "reasoning_effort"),
        (Responses, "gpt-4.1-mini", "reasoning"),
        (Gemini, "gemini-2.0-flash", "generationConfig"),
    ] {
        let (body, translated) = ask_for(Messages, to, &wants, model, Quirks::of(to)).unwrap();
        let told = body.get(key).and_then(|config| config.get("thinkingConfig").or(Some(config)));
        let told = told.filter(|told| told.get("maxOutputTokens").is_none());
        assert_eq!(told, None, "{model}");
        assert_eq!(translated.losses.to_string(), "thinking", "{model}");
        let (_, translated) =
            ask_for(Messages, to, &request(json!({"type": "disabled"})), model, Quirks::of(to)).unwrap();
        assert!(translated.losses.is_empty(), "{model} does not think as it is");
    }
    let effort = json!({"model": "m", "reasoning_effort": "high", "messages": [user("go")]});
    let (body, translated) = ask_for(Chat, Messages, &effort, "claude-3-5-haiku-latest", &Quirks::ANTHROPIC).unwrap();
    assert_eq!((body.get("thinking"), translated.losses.to_string().as_str()), (None, "reasoning_effort"));

    // What a model thinks at most, and that it cannot be stopped.
    let budget = |request: &Value, model: &str| {
        let (body, translated) = ask_for(Messages, Gemini, request, model, &Quirks::GEMINI).unwrap();
        let config = &body["generationConfig"]["thinkingConfig"];
        (config.get("thinkingBudget").cloned(), translated.losses.to_string())
    };
    assert_eq!(budget(&wants, "gemini-2.5-flash"), (Some(json!(24_576)), "thinking".to_owned()));
    let off = request(json!({"type": "disabled"}));
    assert_eq!(budget(&off, "gemini-2.5-flash"), (Some(json!(0)), String::new()));
    assert_eq!(budget(&off, "gemini-2.5-pro"), (None, "thinking".to_owned()));
}

#[test]
fn an_answer_that_goes_on_behind_its_calls_thinks_only_if_it_began_with_a_thought() {
    let call = json!({"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}});
    let request = |kept: Value, then: &[Value]| {
        let mut said = json!({"role": "assistant", "content": null, "tool_calls": [call]});
        said.as_object_mut().unwrap().extend(kept.as_object().unwrap().clone());
        let mut messages = vec![user("go"), said, json!({"role": "tool", "tool_call_id": "a", "content": "done"})];
        messages.extend(then.iter().cloned());
        json!({"model": "m", "reasoning_effort": "high", "messages": messages})
    };
    let asked = |model: &str, request: &Value| {
        let (body, translated) = ask_for(Chat, Messages, request, model, &Quirks::ANTHROPIC).unwrap();
        (body["thinking"]["type"].as_str().map(str::to_owned), translated.losses.to_string())
    };
    let enabled = (Some("enabled".to_owned()), String::new());
    let sealed =
        json!({"thinking_blocks": [{"type": "thinking", "thinking": "hm", "signature": "dragoman:anthropic:c2ln"}]});
    assert_eq!(asked("claude-sonnet-4-5", &request(sealed, &[])), enabled);
    assert_eq!(asked("claude-sonnet-4-5", &request(json!({}), &[])), (None, "reasoning_effort".to_owned()));
    // The next question begins another answer, and who thinks as it likes may begin without.
    assert_eq!(asked("claude-sonnet-4-5", &request(json!({}), &[user("and?")])), enabled);
    let adaptive = (Some("adaptive".to_owned()), String::new());
    assert_eq!(asked("claude-sonnet-5", &request(json!({}), &[])), adaptive);
}

#[test]
fn text_behind_a_call_moves_in_front_of_it_only_where_calls_stand_apart_and_is_listed() {
    let request = json!({"model": "m", "max_tokens": 500, "messages": [
        user("go"),
        {"role": "assistant", "content": [
            {"type": "text", "text": "before"}, {"type": "tool_use", "id": "a", "name": "f", "input": {}}, {"type": "text", "text": "behind"}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "done"}]},
    ]});
    let (chat, losses) = asked(Messages, Chat, &request);
    let texts = json!([{"type": "text", "text": "before"}, {"type": "text", "text": "behind"}]);
    assert_eq!((&chat["messages"][1]["content"], &chat["messages"][1]["tool_calls"][0]["id"]), (&texts, &json!("a")));
    assert_eq!(losses, ["messages[1].content[2]"]);
    let (gemini, losses) = asked(Messages, Gemini, &request);
    let keys: Vec<_> = gemini["contents"][1]["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part.as_object().unwrap().keys().next().unwrap().clone())
        .collect();
    assert_eq!((keys, losses), (vec!["text".to_owned(), "functionCall".to_owned(), "text".to_owned()], Vec::new()));
    let (responses, losses) = asked(Messages, Responses, &request);
    let kinds: Vec<_> =
        responses["input"].as_array().unwrap().iter().map(|item| item["type"].as_str().unwrap_or("message")).collect();
    assert_eq!(kinds, ["message", "message", "function_call", "message", "function_call_output"]);
    assert_eq!(losses, Vec::<String>::new());
}

#[test]
fn what_is_too_long_or_too_small_for_a_target_is_made_to_fit() {
    // As Claude Code asks whether anybody is there.
    let id = format!("user_{}_account__session_{}", "0f".repeat(32), "a1b2-".repeat(7));
    let request = json!({"model": "m", "max_tokens": 1, "metadata": {"user_id": id}, "messages": [user("quota")]});
    let (chat, losses) = asked(Messages, Chat, &request);
    let fitted = chat["user"].as_str().unwrap();
    assert!(fitted.len() <= 64 && chat["max_completion_tokens"] == 1, "{chat}");
    assert_eq!(losses, ["metadata.user_id"]);
    let (responses, losses) = asked(Messages, Responses, &request);
    assert_eq!((&responses["user"], &responses["max_output_tokens"]), (&json!(fitted), &json!(16)));
    assert_eq!(losses, ["max_tokens", "metadata.user_id"]);
    let (body, losses) =
        asked(Chat, Messages, &json!({"model": "m", "user": "alice@example.com", "messages": [user("go")]}));
    assert_eq!((&body["metadata"]["user_id"], losses), (&json!("alice@example.com"), Vec::new()));
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
    let request = json!({"model": "m", "messages": [{"role": "user", "content": content}], "context_management": {"edits": [{"type": "clear_tool_uses_20250919"}]}});
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
