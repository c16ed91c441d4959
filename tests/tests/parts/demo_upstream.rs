//! The demo upstream answers every endpoint in its own format. Real clients judge the details (see `clients/`).

use dragoman_tests::client::{Answer, Client, Request};
use dragoman_tests::demo;
use dragoman_tests::upstream::Upstream;
use serde_json::{Value, json};

fn ask(path: &str, body: &Value) -> Answer {
    let upstream = Upstream::start(|request| demo::answer(request).cut(7));
    Client::connect(upstream.address()).send(&Request::post(path, body.to_string()).key("k"))
}

fn events(answer: &Answer) -> Vec<Value> {
    let text = answer.text();
    let data = text.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|data| *data != "[DONE]");
    data.map(|data| serde_json::from_str(data).unwrap()).collect()
}

#[test]
fn a_chat_completion_names_the_model_and_whether_it_saw_a_credential() {
    let answer = ask("/v1/chat/completions", &json!({"model": "m", "messages": []})).json();
    assert_eq!(answer["choices"][0]["message"]["content"], "Hello from m. Authorization: yes.");
    assert_eq!(answer["usage"]["total_tokens"], 17);
}

#[test]
fn a_streamed_chat_completion_says_the_same_in_pieces() {
    let body = json!({"model": "m", "stream": true, "stream_options": {"include_usage": true}});
    let answer = ask("/v1/chat/completions", &body);
    let events = events(&answer);
    let text: String = events.iter().filter_map(|event| event["choices"][0]["delta"]["content"].as_str()).collect();
    assert_eq!(text, "Hello from m. Authorization: yes.");
    assert_eq!(events.last().unwrap()["usage"]["completion_tokens"], 5);
    assert!(answer.text().ends_with("data: [DONE]\n\n"));
}

#[test]
fn every_format_calls_the_first_tool_until_it_has_a_result() {
    let chat = json!({"model": "m", "tools": [{"type": "function", "function": {"name": "t"}}], "messages": []});
    let call = &ask("/v1/chat/completions", &chat).json()["choices"][0]["message"]["tool_calls"][0];
    assert_eq!(call["function"], json!({"name": "t", "arguments": r#"{"city": "Paris", "days": 3}"#}));
    let messages = json!({"model": "m", "tools": [{"name": "t"}], "messages": []});
    assert_eq!(ask("/v1/messages", &messages).json()["content"][0]["input"], json!({"city": "Paris", "days": 3}));
    let responses = json!({"model": "m", "tools": [{"type": "function", "name": "t"}], "stream": true,
        "input": [{"type": "function_call_output", "call_id": "call_demo", "output": "sunny"}]});
    let events = events(&ask("/v1/responses", &responses));
    assert_eq!(
        events.last().unwrap()["response"]["output"][0]["content"][0]["text"],
        "Hello from m. Authorization: yes."
    );
}

#[test]
fn generated_content_streams_in_googles_frames() {
    let body = json!({"contents": [{"parts": [{"text": "Hello?"}]}]});
    let whole = ask("/v1beta/models/m:generateContent", &body).json();
    assert_eq!(whole["candidates"][0]["content"]["parts"][0]["text"], "Hello from m. Authorization: yes.");
    let streamed = ask("/v1beta/models/m:streamGenerateContent?alt=sse", &body);
    let events = events(&streamed);
    let text: String =
        events.iter().filter_map(|event| event["candidates"][0]["content"]["parts"][0]["text"].as_str()).collect();
    assert_eq!(text, "Hello from m. Authorization: yes.");
    assert_eq!(events.last().unwrap()["candidates"][0]["finishReason"], "STOP");
    assert!(streamed.text().ends_with("\r\n\r\n"));
}

#[test]
fn every_other_endpoint_answers() {
    for path in ["embeddings", "rerank", "moderations", "images/generations", "audio/speech", "messages/count_tokens"] {
        let answer = ask(&format!("/v1/{path}"), &json!({"model": "m", "input": "x"}));
        assert_eq!(answer.status, 200, "{path}");
    }
    assert_eq!(ask("/v1/nothing", &json!({"model": "m"})).status, 404);
}
