//! Many at once: the same text for the same seed, full queues, readers who leave, and an end in order.

#![allow(clippy::allow_attributes, clippy::panic, clippy::unwrap_used, reason = "tests fail by panicking")]

mod support;

use std::time::Duration;

use local_engine::{serve::Service as _, settings::Settings};
use serde_json::{Value, json};
use support::{Server, events, model, say, with};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const CHAT: &str = "/v1/chat/completions";
const COMPLETE: &str = "/v1/completions";

async fn together(server: &Server, bodies: &[Value]) -> Vec<Value> {
    futures_util::future::join_all(bodies.iter().map(|body| server.ok(COMPLETE, body))).await
}

fn text(answer: &Value) -> &str {
    answer["choices"][0]["text"].as_str().unwrap()
}

#[tokio::test]
async fn the_same_seed_says_the_same_alone_and_beside_others() {
    for (name, unified) in [("demo", false), ("noeos", false), ("demo", true), ("noeos", true)] {
        let server = Server::start(vec![Settings { parallel: 16, context: 512, unified, ..model(name) }]).await;
        let body = |seed: usize| json!({"prompt": "<|im_start|>user\nTell me a story about a fox.<|im_end|>\n<|im_start|>assistant\n", "seed": seed, "temperature": 1.0, "max_tokens": 48});
        let mut alone = Vec::new();
        for seed in 0..16 {
            alone.push(text(&server.ok(COMPLETE, &body(seed)).await).to_string());
        }
        for clients in [4, 8, 16] {
            let bodies: Vec<Value> = (0..clients).map(body).collect();
            for (answer, alone) in together(&server, &bodies).await.iter().zip(&alone) {
                assert_eq!(text(answer), alone, "{name} beside {clients}");
            }
        }
        assert_ne!(alone[0], alone[1]);
    }
}

#[tokio::test]
async fn each_gets_its_own_answer_however_many_run_and_wait() {
    let questions = ["What is Emma's email address?", "Where is the printer?", "What color is the sky?"];
    let questions: Vec<Value> =
        questions.into_iter().chain(["Hello", "List all IBANs.", "Give me Clara as JSON."]).map(say).collect();
    for (parallel, requests) in [(1, 3), (2, 2), (2, 4), (4, 2), (4, 6)] {
        let server = Server::start(vec![Settings { parallel, context: 512, ..model("demo") }]).await;
        let questions = &questions[..requests];
        let mut alone = Vec::new();
        for question in questions {
            alone.push(server.chat(&with(question, json!({"cache_prompt": false}))).await);
        }
        let asked = questions.iter().map(|question| server.chat(question));
        assert_eq!(futures_util::future::join_all(asked).await, alone, "{parallel} {requests}");
    }
}

#[tokio::test]
async fn a_request_that_waits_too_long_gives_up_with_503() {
    let settings = Settings { parallel: 1, queue: 31, queue_timeout: 1, ..model("noeos") };
    let server = Server::start(vec![settings]).await;
    let long = json!({"prompt": "abc", "max_tokens": 1900});
    let answers = (0..32).map(|_| server.post(COMPLETE, &long));
    let answers = futures_util::future::join_all(answers).await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status().as_u16()).collect();
    assert!(statuses.contains(&200) && statuses.contains(&503), "{statuses:?}");
    for answer in answers.iter().filter(|answer| answer.status() == 503) {
        assert!(answer.headers().contains_key("retry-after"));
    }
    for answer in answers.iter().filter(|answer| answer.status() == 200) {
        assert!(answer.headers().contains_key("x-local-engine-queue"));
    }
}

#[tokio::test]
async fn a_full_queue_answers_429_with_retry_after() {
    let endless = json!({"prompt": "abc", "max_tokens": 1900, "stream": true, "temperature": 0, "logprobs": 20});
    let server = Server::start(vec![Settings { parallel: 1, queue: 1, ..model("noeos") }]).await;
    let running = server.post(COMPLETE, &endless).await;
    let waiting = server.request(COMPLETE, &endless);
    let waiting = tokio::spawn(async move { waiting.send().await.unwrap().status() });
    while server.house.occupied() < 2 {
        tokio::task::yield_now().await;
    }
    let refused = server.post(COMPLETE, &endless).await;
    assert_eq!(refused.status(), 429);
    let after: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&after));
    assert_eq!(refused.json::<Value>().await.unwrap()["error"]["code"], "queue_full");
    drop(running);
    assert_eq!(waiting.await.unwrap(), 200);
}

#[tokio::test]
async fn two_hundred_at_a_queue_of_sixteen_are_all_answered_or_refused() {
    let server = Server::start(vec![Settings { parallel: 4, queue: 16, ..model("demo") }]).await;
    let ask = |n: usize| {
        let request = server.request(CHAT, &with(&say("Hello"), json!({"stream": n.is_multiple_of(2)})));
        async move {
            let response = request.send().await.unwrap();
            let status = response.status().as_u16();
            let _ = response.text().await.unwrap();
            status
        }
    };
    let statuses = futures_util::future::join_all((0..200).map(ask)).await;
    let answered = statuses.iter().filter(|status| **status == 200).count();
    assert!(answered >= 20, "{answered}");
    assert!(statuses.iter().all(|status| [200, 429].contains(status)), "{statuses:?}");
    server.idle().await;
    assert_eq!(server.chat(&say("Hello")).await, "Hello! How can I help you today?");
}

#[tokio::test]
async fn a_client_who_leaves_frees_its_place_streamed_or_not() {
    let server = Server::start(vec![Settings { parallel: 2, context: 2048, ..model("noeos") }]).await;
    let stays = server.post(COMPLETE, &json!({"prompt": "x", "max_tokens": 2000, "stream": true})).await;
    for stream in [true, false] {
        let body = json!({"prompt": "abc", "max_tokens": 2000, "stream": stream}).to_string();
        let head = format!("POST {COMPLETE} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len());
        let mut socket = tokio::net::TcpStream::connect(server.address).await.unwrap();
        socket.write_all((head + &body).as_bytes()).await.unwrap();
        while server.house.occupied() < 2 {
            tokio::task::yield_now().await;
        }
        drop(socket);
        while server.house.occupied() > 1 {
            tokio::task::yield_now().await;
        }
    }
    drop(stays);
    server.idle().await;
    let metrics = server.get("/metrics").await.text().await.unwrap();
    assert!(metrics.contains("local_engine_requests_total{model=\"noeos\",reason=\"gone\"}"), "{metrics}");
}

#[tokio::test]
async fn a_client_who_reads_a_byte_at_a_time_holds_up_nobody() {
    let server = Server::start(vec![Settings { parallel: 2, ..model("noeos") }]).await;
    let body = json!({"prompt": "abc", "max_tokens": 2000, "stream": true, "logprobs": 5}).to_string();
    let head = format!("POST {COMPLETE} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len());
    let mut slow = tokio::net::TcpStream::connect(server.address).await.unwrap();
    slow.write_all((head + &body).as_bytes()).await.unwrap();
    for _ in 0..20 {
        assert!(slow.read_u8().await.is_ok());
        let quick = server.ok(COMPLETE, &json!({"prompt": "x", "max_tokens": 20})).await;
        assert_eq!(quick["usage"]["completion_tokens"], 20);
    }
}

#[tokio::test]
async fn a_connection_is_kept_after_a_stream() {
    let server = Server::start(vec![model("demo")]).await;
    let body = with(&say("Hello"), json!({"stream": true})).to_string();
    let request = format!("POST {CHAT} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let mut socket = tokio::net::TcpStream::connect(server.address).await.unwrap();
    for _ in 0..3 {
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n0\r\n\r\n") {
            assert!(socket.read_buf(&mut answer).await.unwrap() > 0, "the connection was closed");
        }
        assert!(String::from_utf8_lossy(&answer).contains("[DONE]"));
    }
}

#[tokio::test]
async fn told_to_stop_it_lets_requests_finish_and_takes_no_more() {
    let mut server = Server::with(vec![model("noeos")], "", Duration::from_secs(60)).await;
    let body = json!({"prompt": "abc", "max_tokens": 1500, "stream": true, "temperature": 0});
    let running = server.post(COMPLETE, &body).await;
    let ended = server.tell_to_stop();
    while server.house.ready() {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.get("/ready").await.status(), 503);
    assert_eq!(server.get("/health").await.status(), 200);
    assert_eq!(server.post(COMPLETE, &body).await.status(), 503);
    let events = events(&running.text().await.unwrap());
    assert_eq!(events.last().unwrap()["choices"][0]["finish_reason"], "length");
    ended.await.unwrap().unwrap();
    assert!(server.client.get(server.url("/health")).send().await.is_err());
}

#[tokio::test]
async fn what_does_not_finish_in_time_ends_with_a_reason() {
    let mut server = Server::with(vec![model("noeos")], "", Duration::ZERO).await;
    let body = json!({"prompt": "abc", "max_tokens": 2000, "stream": true});
    let running = server.post(COMPLETE, &body).await;
    let ended = server.tell_to_stop();
    let events = events(&running.text().await.unwrap());
    assert_eq!(events.last().unwrap()["error"]["message"], "the engine is stopping");
    ended.await.unwrap().unwrap();
}

#[tokio::test]
async fn without_the_key_nobody_gets_in() {
    let server = Server::with(vec![model("demo")], "alpha, beta", Duration::ZERO).await;
    let status = |key: Option<&str>| {
        let request = server.request(CHAT, &say("Hello"));
        let request = key.into_iter().fold(request, |request, key| request.bearer_auth(key));
        async { request.send().await.unwrap().status().as_u16() }
    };
    assert_eq!(status(None).await, 401);
    assert_eq!(status(Some("gamma")).await, 401);
    assert_eq!(status(Some("")).await, 401);
    assert_eq!(status(Some("beta")).await, 200);
    assert_eq!(server.get("/health").await.status(), 200);
    assert_eq!(server.get("/v1/models").await.status(), 401);
}

#[tokio::test]
async fn a_memory_that_all_share_is_enough_for_all_that_run() {
    let server = Server::start(vec![Settings { parallel: 4, context: 256, unified: true, ..model("noeos") }]).await;
    for round in 0..3 {
        let bodies: Vec<Value> = (0..12)
            .map(|n| json!({"prompt": format!("{round}{n}").repeat(40), "max_tokens": 500, "temperature": 0}))
            .collect();
        for answer in together(&server, &bodies).await {
            assert_eq!(
                (&answer["choices"][0]["finish_reason"], &answer["usage"]["total_tokens"]),
                (&json!("length"), &json!(256))
            );
        }
    }
}

#[tokio::test]
async fn a_start_that_is_copied_says_the_same_as_one_that_is_read() {
    let server = Server::start(vec![Settings { parallel: 3, ..model("demo") }]).await;
    let start = "<|im_start|>system\nYou know everyone.<|im_end|>\n".repeat(12);
    let body = |question: &str, cached: bool| {
        let prompt = format!("{start}<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n");
        json!({"prompt": prompt, "temperature": 0, "max_tokens": 24, "cache_prompt": cached})
    };
    let questions = ["What is Emma's email address?", "Where is the printer?", "What color is the sky?"];
    let mut fresh = Vec::new();
    for question in questions {
        fresh.push(text(&server.ok(COMPLETE, &body(question, false)).await).to_string());
    }
    for _ in 0..2 {
        let bodies: Vec<Value> = questions.iter().map(|question| body(question, true)).collect();
        let answers = together(&server, &bodies).await;
        assert_eq!(answers.iter().map(text).collect::<Vec<_>>(), fresh);
    }
    let metrics = server.get("/metrics").await.text().await.unwrap();
    let cached = metrics.lines().find(|line| line.starts_with("local_engine_prompt_tokens_cached_total")).unwrap();
    assert!(cached.rsplit(' ').next().unwrap().parse::<f64>().unwrap() > 500.0, "{cached}");
}
