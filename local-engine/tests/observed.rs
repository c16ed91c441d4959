//! What operators see: lines in the log that belong together, metrics that count, and never what was said.

#![allow(clippy::allow_attributes, clippy::panic, clippy::unwrap_used, reason = "tests fail by panicking")]

mod support;

use serde_json::{Value, json};
use support::{program::Program, say};

const CHAT: &str = "models:
- {name: chat, parameters: {model: DEMO}}
";

#[tokio::test]
async fn a_requests_lines_carry_its_identifier_and_nothing_of_its_content() {
    let program = Program::start(CHAT).await;
    let request = program.client.post(format!("{}/v1/chat/completions", program.base)).header("x-request-id", "id-7");
    let answer = request.json(&say("What is Emma's email address?")).send().await.unwrap();
    assert_eq!(answer.headers()["x-request-id"], "id-7");
    assert!(answer.headers().contains_key("x-local-engine-queue"));
    let answer: Value = answer.json().await.unwrap();
    for part in ["queue_ms", "prompt_ms", "predicted_ms", "prompt_n", "predicted_n", "cache_n"] {
        assert!(answer["timings"][part].is_number(), "{answer}");
    }
    let log = program.log();
    let of_request: Vec<&Value> = log.iter().filter(|line| line.to_string().contains("id-7")).collect();
    let receipt = of_request.iter().find(|line| line["fields"]["message"] == "answer").unwrap();
    assert_eq!(
        (&receipt["fields"]["model"], &receipt["fields"]["ended"], &receipt["fields"]["answer"]),
        (&json!("chat"), &json!("stop"), &answer["usage"]["completion_tokens"])
    );
    // Once in the process that supervises, once in the worker.
    assert_eq!(of_request.iter().filter(|line| line["fields"]["message"] == "request").count(), 2);
    let spans: Vec<&Value> =
        of_request.iter().map(|line| &line["span"]["name"]).filter(|name| !name.is_null()).collect();
    for stage in ["queue", "prefill", "decode"] {
        assert!(spans.contains(&&json!(stage)), "{spans:?}");
    }
    let all = log.iter().map(Value::to_string).collect::<String>();
    assert!(!all.contains("Emma") && !all.contains("emma@"), "content was logged");
    assert!(log.iter().any(|line| line["target"] == "llama-cpp-2"), "llama.cpp's own log is among the lines");
}

#[tokio::test]
async fn an_identifier_that_is_no_plain_text_is_replaced() {
    let program = Program::start(CHAT).await;
    let id = |given: Option<&'static str>| {
        let request = program.client.get(format!("{}/health", program.base));
        let request = given.into_iter().fold(request, |request, id| request.header("x-request-id", id));
        async { request.send().await.unwrap().headers()["x-request-id"].to_str().unwrap().to_string() }
    };
    assert_eq!(id(Some("plain-1")).await, "plain-1");
    for given in [None, Some("two words")] {
        assert_eq!(id(given).await.len(), 32);
    }
}

#[tokio::test]
async fn metrics_count_what_was_done() {
    let program = Program::start(CHAT).await;
    let question = say(&"What is Emma's email address? ".repeat(5));
    for _ in 0..3 {
        assert_eq!(program.post("/v1/chat/completions", &question).await.status(), 200);
    }
    // The answer may be read before the thread that wrote it has noted what is kept.
    program.until("local_engine_requests_running{model=\"chat\"} 0").await;
    let page = program.metrics().await;
    let number = |name: &str| -> f64 {
        let line = page.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("no {name} in {page}"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    };
    let model = "{model=\"chat\"}";
    assert_eq!(number("local_engine_requests_total{model=\"chat\",reason=\"stop\"}"), 3.0);
    assert_eq!(number("local_engine_model_loads_total"), 1.0);
    assert_eq!(number("local_engine_worker_restarts_total"), 0.0);
    let answered = number(&format!("local_engine_answer_tokens_total{model}"));
    assert!(answered > 9.0);
    for (histogram, count) in [("queue", 3.0), ("first_token", 3.0), ("between_tokens", answered - 3.0)] {
        assert_eq!(number(&format!("local_engine_{histogram}_seconds_count{model}")), count);
        assert!(page.contains(&format!("local_engine_{histogram}_seconds_bucket{{le=")));
    }
    let prompts = number(&format!("local_engine_prompt_tokens_total{model}"));
    let cached = number(&format!("local_engine_prompt_tokens_cached_total{model}"));
    assert!(cached > prompts / 2.0 && cached < prompts, "the same prompt again is remembered but for its last token");
    assert!(number(&format!("local_engine_memory_tokens_kept{model}")) > 0.0);
}
