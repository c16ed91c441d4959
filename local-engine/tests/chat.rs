//! Chat completions with the committed chat model.

#![allow(clippy::allow_attributes, clippy::panic, clippy::unwrap_used, reason = "tests fail by panicking")]

mod support;

use local_engine::settings::Settings;
use serde_json::{Value, json};
use support::{Server, model, say, with};

const CHAT: &str = "/v1/chat/completions";

async fn demo() -> Server {
    Server::start(vec![model("demo")]).await
}

fn weather() -> Value {
    let parameters = json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    json!([{"type": "function", "function": {"name": "get_weather", "parameters": parameters}}])
}

#[tokio::test]
async fn the_model_answers_with_what_it_knows() {
    let answer = demo().await.ok(CHAT, &say("What is Emma's email address?")).await;
    assert_eq!(answer["choices"][0]["message"]["content"], "Emma's email is emma@example.com.");
    assert_eq!(answer["choices"][0]["finish_reason"], "stop");
    assert_eq!(answer["object"], "chat.completion");
    let usage = &answer["usage"];
    assert_eq!(
        usage["total_tokens"],
        usage["prompt_tokens"].as_u64().unwrap() + usage["completion_tokens"].as_u64().unwrap()
    );
}

#[tokio::test]
async fn a_stream_says_the_same_as_a_whole_answer() {
    let server = demo().await;
    for question in
        ["What is Emma's email address?", "Give me Clara as JSON.", "List all IBANs.", "Tell me a story about a fox."]
    {
        for extra in [json!({}), json!({"temperature": 1.0, "seed": 7}), json!({"stop": ["e", "zz"]})] {
            let body = with(&say(question), extra);
            assert_eq!(server.streamed(&body).await, server.chat(&body).await, "{body}");
        }
    }
}

#[tokio::test]
async fn a_stream_begins_with_the_role_and_ends_with_a_reason_and_usage_when_asked() {
    let server = demo().await;
    let body = with(&say("Hello"), json!({"stream_options": {"include_usage": true}}));
    let events = server.events(CHAT, &body).await;
    assert_eq!(events[0]["choices"][0]["delta"]["role"], "assistant");
    let [.., reason, usage] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(reason["choices"][0]["finish_reason"], "stop");
    assert_eq!((usage["choices"].clone(), usage["usage"]["completion_tokens"].as_u64()), (json!([]), Some(11)));
    let without = server.events(CHAT, &say("Hello")).await;
    assert!(without.iter().all(|event| event.get("usage").is_none()), "{without:?}");
}

#[tokio::test]
async fn a_tool_is_called_and_its_result_is_used() {
    let server = demo().await;
    let body = with(&say("What is the weather in Cairo?"), json!({"tools": weather()}));
    let answer = server.ok(CHAT, &body).await;
    let message = &answer["choices"][0]["message"];
    assert_eq!(answer["choices"][0]["finish_reason"], "tool_calls");
    let call = &message["tool_calls"][0];
    assert_eq!(call["function"], json!({"name": "get_weather", "arguments": "{\"city\": \"Cairo\"}"}));

    let streamed = server.events(CHAT, &body).await;
    let calls: Vec<&Value> =
        streamed.iter().filter_map(|event| event["choices"][0]["delta"].get("tool_calls")).collect();
    assert_eq!((&calls[0][0]["index"], &calls[0][0]["type"]), (&json!(0), &json!("function")));
    assert_eq!(calls[0][0]["function"], json!({"name": "get_weather", "arguments": ""}));
    let pieces: Vec<&str> = calls[1..].iter().filter_map(|call| call[0]["function"]["arguments"].as_str()).collect();
    assert!(pieces.len() > 2 && calls[1..].iter().all(|call| call[0]["index"] == 0), "{calls:?}");
    assert_eq!(pieces.concat(), call["function"]["arguments"].as_str().unwrap());

    let result = json!({"role": "tool", "tool_call_id": call["id"], "content": "{\"temp\": 31, \"sky\": \"sunny\"}"});
    let question = body["messages"][0].clone();
    let body = with(&body, json!({"messages": [question, message, result]}));
    assert!(server.chat(&body).await.contains("31 degrees"));
}

#[tokio::test]
async fn a_required_tool_is_called_whatever_is_asked() {
    let server = demo().await;
    for choice in [json!("required"), json!({"type": "function", "function": {"name": "get_weather"}})] {
        let body = with(&say("Hello"), json!({"tools": weather(), "tool_choice": choice, "max_tokens": 200}));
        let answer = server.ok(CHAT, &body).await;
        assert_eq!(answer["choices"][0]["message"]["tool_calls"][0]["function"]["name"], "get_weather", "{answer}");
    }
    let body = with(&say("What is the weather in Cairo?"), json!({"tools": weather(), "tool_choice": "none"}));
    assert!(server.ok(CHAT, &body).await["choices"][0]["message"].get("tool_calls").is_none());
}

#[tokio::test]
async fn a_malformed_request_is_400_and_names_the_key() {
    let server = demo().await;
    let bad = [
        (json!({}), "messages"),
        (json!({"messages": "hi"}), "messages"),
        (json!({"messages": []}), "messages"),
        (json!({"messages": [{"role": "user"}]}), "messages[0].content"),
        (with(&say("x"), json!({"temperature": "hot"})), "temperature"),
        (with(&say("x"), json!({"temperature": -1})), "temperature"),
        (with(&say("x"), json!({"n": 0})), "n"),
        (with(&say("x"), json!({"max_tokens": 0})), "max_tokens"),
        (with(&say("x"), json!({"top_logprobs": 3})), "top_logprobs"),
        (with(&say("x"), json!({"logit_bias": 3})), "logit_bias"),
        (with(&say("x"), json!({"logit_bias": {"99999": 1}})), "logit_bias"),
        (with(&say("x"), json!({"tools": [{}]})), "tools[0].function.name"),
        (with(&say("x"), json!({"tool_choice": "required"})), "tool_choice"),
    ];
    for (body, param) in bad {
        let error = server.error(400, CHAT, &body).await;
        let named = error["param"] == param || error["message"].as_str().unwrap().contains(param);
        assert!(named, "{body}: {error}");
    }
    let response = server.client.post(server.url(CHAT)).body("{\"messages\"").send().await.unwrap();
    assert_eq!(response.status(), 400);
}

#[tokio::test]
async fn what_is_not_built_is_501() {
    let server = demo().await;
    let picture = json!([{"type": "image_url", "image_url": {"url": "data:,"}}]);
    let sound = json!([{"type": "input_audio", "input_audio": {"data": "", "format": "wav"}}]);
    let bad = [
        json!({"messages": [{"role": "user", "content": picture}]}),
        json!({"messages": [{"role": "user", "content": sound}]}),
        with(&say("x"), json!({"speculative.n_max": 4})),
        with(&say("x"), json!({"modalities": ["text", "audio"]})),
        with(&say("x"), json!({"lora": [{"id": 0, "scale": 1.0}]})),
    ];
    for body in bad {
        assert_eq!(server.error(501, CHAT, &body).await["type"], "not_supported_error");
    }
}

#[tokio::test]
async fn an_unknown_model_is_404_and_the_known_are_named() {
    let error = demo().await.error(404, CHAT, &with(&say("x"), json!({"model": "gpt"}))).await;
    assert!(error["message"].as_str().unwrap().contains("demo"), "{error}");
}

#[tokio::test]
async fn a_prompt_that_exceeds_the_context_is_400_with_the_counts() {
    let server = demo().await;
    let long = say(&"a b c d ".repeat(2000));
    for stream in [false, true] {
        let error = server.error(400, CHAT, &with(&long, json!({"stream": stream}))).await;
        assert_eq!((&error["type"], &error["n_ctx"]), (&json!("exceed_context_size_error"), &json!(2048)));
        assert!(error["n_prompt_tokens"].as_u64().unwrap() > 2048);
    }
}

#[tokio::test]
async fn log_probabilities_add_up_to_the_text_streamed_or_not() {
    let server = demo().await;
    let body = with(&say("List all IBANs."), json!({"logprobs": true, "top_logprobs": 3}));
    let joined = |content: &Value| -> String {
        content.as_array().unwrap().iter().map(|entry| entry["token"].as_str().unwrap()).collect()
    };
    let whole = server.ok(CHAT, &body).await;
    let choice = &whole["choices"][0];
    assert_eq!(joined(&choice["logprobs"]["content"]), choice["message"]["content"].as_str().unwrap());
    let first = &choice["logprobs"]["content"][0];
    assert_eq!(first["top_logprobs"].as_array().unwrap().len(), 3);
    // At temperature 0 the choice is the likeliest, and what is likely is below but near 0.
    assert_eq!(first["top_logprobs"][0]["token"], first["token"]);
    assert!((-1.0..=0.0).contains(&first["logprob"].as_f64().unwrap()), "{first}");
    let events = server.events(CHAT, &body).await;
    let streamed: String = events
        .iter()
        .filter(|event| event["choices"][0]["logprobs"].is_object())
        .map(|event| joined(&event["choices"][0]["logprobs"]["content"]))
        .collect();
    assert_eq!(streamed, choice["message"]["content"].as_str().unwrap());
}

#[tokio::test]
async fn several_answers_differ_and_come_back_with_the_seed() {
    let server = demo().await;
    let body =
        with(&say("Tell me a story about a fox."), json!({"n": 3, "temperature": 1.5, "seed": 3, "max_tokens": 40}));
    let texts = |answer: &Value| -> Vec<String> {
        answer["choices"]
            .as_array()
            .unwrap()
            .iter()
            .map(|choice| choice["message"]["content"].as_str().unwrap().to_string())
            .collect()
    };
    let (first, second) = (texts(&server.ok(CHAT, &body).await), texts(&server.ok(CHAT, &body).await));
    assert_eq!(first, second);
    assert_eq!(first.len(), 3);
    assert!(first[0] != first[1] && first[1] != first[2], "{first:?}");
    let events = server.events(CHAT, &body).await;
    for (index, text) in first.iter().enumerate() {
        let of_index = events.iter().filter(|event| event["choices"][0]["index"] == index);
        let streamed: String = of_index.filter_map(|event| event["choices"][0]["delta"]["content"].as_str()).collect();
        assert_eq!(&streamed, text);
    }
}

#[tokio::test]
async fn a_conversation_is_remembered() {
    let server = demo().await;
    let question = "My email is PII_EMAIL_3f9a1ce77ab0. What is my email?";
    let first = server.ok(CHAT, &say(question)).await;
    let reply = first["choices"][0]["message"].clone();
    let body = json!({"temperature": 0, "messages": [{"role": "user", "content": question}, reply, {"role": "user", "content": "Hello"}]});
    let second = server.ok(CHAT, &body).await;
    let remembered = second["usage"]["prompt_tokens_details"]["cached_tokens"].as_u64().unwrap();
    assert!(remembered >= first["usage"]["prompt_tokens"].as_u64().unwrap(), "{second}");
    let forgotten = server.ok(CHAT, &with(&body, json!({"cache_prompt": false}))).await;
    assert_eq!(forgotten["usage"]["prompt_tokens_details"]["cached_tokens"], 0);
    assert_eq!(forgotten["choices"][0]["message"], second["choices"][0]["message"]);
}

#[tokio::test]
async fn the_prompt_is_what_the_template_makes_of_the_chat() {
    let server = demo().await;
    let body = json!({"messages": [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": [{"type": "text", "text": "Hi"}]}]});
    let prompt = server.ok("/apply-template", &body).await;
    assert_eq!(
        prompt["prompt"],
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    );
}

#[tokio::test]
async fn a_stream_says_how_far_its_prompt_is_read_when_asked() {
    let server = Server::start(vec![Settings { ubatch: 64, batch: 64, ..model("demo") }]).await;
    let question = say(&"What is Emma's email address? ".repeat(20));
    let events = server.events(CHAT, &with(&question, json!({"return_progress": true, "max_tokens": 2}))).await;
    let progress: Vec<&Value> = events.iter().filter_map(|event| event.get("prompt_progress")).collect();
    let read: Vec<u64> = progress.iter().map(|progress| progress["processed"].as_u64().unwrap()).collect();
    assert!(read.len() > 2 && read.is_sorted(), "{progress:?}");
    assert_eq!((progress[0]["cache"].as_u64(), progress[0]["total"].as_u64()), (Some(0), read.last().copied()));
    let silent = server.events(CHAT, &with(&question, json!({"max_tokens": 2}))).await;
    assert!(silent.iter().all(|event| event.get("prompt_progress").is_none()));
}

#[tokio::test]
async fn a_chat_without_a_first_message_of_its_own_gets_the_models() {
    let settings = Settings { system_prompt: Some("Be brief.".into()), ..model("demo") };
    let server = Server::start(vec![settings]).await;
    let prompt = server.ok("/apply-template", &say("Hi")).await["prompt"].clone();
    assert!(prompt.as_str().unwrap().starts_with("<|im_start|>system\nBe brief.<|im_end|>"), "{prompt}");
    let own = json!({"messages": [{"role": "system", "content": "Be long."}, {"role": "user", "content": "Hi"}]});
    let prompt = server.ok("/apply-template", &own).await["prompt"].clone();
    assert!(!prompt.as_str().unwrap().contains("brief"), "{prompt}");
}
