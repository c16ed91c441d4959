//! Completions, tokens and embeddings with the committed models.

#![allow(clippy::allow_attributes, clippy::panic, clippy::unwrap_used, reason = "tests fail by panicking")]

mod support;

use local_engine::settings::{Pooling, Settings};
use serde_json::{Value, json};
use support::{Server, model, with};

const COMPLETE: &str = "/v1/completions";

fn endless(more: Value) -> Value {
    with(&json!({"prompt": "abc", "max_tokens": 24, "temperature": 0}), more)
}

#[tokio::test]
async fn a_prompt_may_be_text_tokens_or_a_list() {
    let server = Server::start(vec![model("noeos")]).await;
    let tokens = server.ok("/tokenize", &json!({"content": "abc", "add_special": true})).await["tokens"].clone();
    let text = |answer: &Value, index: usize| answer["choices"][index]["text"].as_str().unwrap().to_string();
    let plain = server.ok(COMPLETE, &endless(json!({}))).await;
    for prompt in [tokens.clone(), json!([tokens]), json!(["abc"]), json!(["abc", tokens])] {
        let answer = server.ok(COMPLETE, &endless(json!({"prompt": prompt}))).await;
        for index in 0..answer["choices"].as_array().unwrap().len() {
            assert_eq!(text(&answer, index), text(&plain, 0), "{prompt}");
        }
    }
    for prompt in
        [json!([]), json!(""), json!([99999]), json!([-1]), json!([1.5]), json!({}), json!(null), json!([[true]])]
    {
        server.error(400, COMPLETE, &endless(json!({"prompt": prompt}))).await;
    }
}

#[tokio::test]
async fn tokens_and_text_go_both_ways() {
    let server = Server::start(vec![model("demo")]).await;
    let text = "Emma's €mail 😀 is <|im_end|>";
    let tokens = server.ok("/tokenize", &json!({"content": text, "with_pieces": true})).await;
    let ids: Vec<&Value> = tokens["tokens"].as_array().unwrap().iter().map(|token| &token["id"]).collect();
    assert_eq!(server.ok("/detokenize", &json!({"tokens": ids})).await["content"], text);
    let marked = server.ok("/tokenize", &json!({"content": "<|im_end|>"})).await;
    let plain = server.ok("/tokenize", &json!({"content": "<|im_end|>", "parse_special": false})).await;
    assert_eq!(marked["tokens"].as_array().unwrap().len(), 1);
    assert!(plain["tokens"].as_array().unwrap().len() > 1);
}

#[tokio::test]
async fn a_bias_forbids_or_forces_in_each_form() {
    let server = Server::start(vec![model("noeos")]).await;
    let token = server.ok("/tokenize", &json!({"content": "Q"})).await["tokens"][0].as_i64().unwrap();
    for bias in [json!({token.to_string(): 100}), json!({"Q": 100}), json!([[token, 100]]), json!([["Q", 100]])] {
        let answer = server.ok(COMPLETE, &endless(json!({"logit_bias": bias}))).await;
        assert_eq!(answer["choices"][0]["text"], "Q".repeat(24), "{bias}");
    }
    let plain = server.ok(COMPLETE, &endless(json!({}))).await["choices"][0]["text"].as_str().unwrap().to_string();
    let first = &plain[..1];
    let answer = server.ok(COMPLETE, &endless(json!({"logit_bias": [[first, false]]}))).await;
    assert!(!answer["choices"][0]["text"].as_str().unwrap().contains(first));
}

#[tokio::test]
async fn penalties_count_the_answer() {
    let server = Server::start(vec![model("noeos")]).await;
    let force = json!({"Q": 20, "R": 19.5});
    let text = |answer: Value| answer["choices"][0]["text"].as_str().unwrap().to_string();
    let plain = text(server.ok(COMPLETE, &endless(json!({"logit_bias": force}))).await);
    let present = text(
        server
            .ok(COMPLETE, &endless(json!({"logit_bias": force, "presence_penalty": 2.0, "frequency_penalty": 2.0})))
            .await,
    );
    let count = |text: &str| text.matches('R').count();
    assert!(count(&present) > count(&plain), "{plain} {present}");
}

#[tokio::test]
async fn stop_strings_are_cut_exactly() {
    let server = Server::start(vec![model("noeos")]).await;
    let plain = server.ok(COMPLETE, &endless(json!({}))).await["choices"][0]["text"].as_str().unwrap().to_string();
    for length in 1..=3 {
        let stop = &plain[10..10 + length];
        let answer = server.ok(COMPLETE, &endless(json!({"stop": [stop]}))).await;
        let at = plain.find(stop).unwrap();
        assert_eq!(
            (answer["choices"][0]["text"].as_str().unwrap(), &answer["choices"][0]["finish_reason"]),
            (&plain[..at], &json!("stop"))
        );
        assert_eq!(answer["choices"][0]["stopping_word"], stop);
    }
}

#[tokio::test]
async fn every_sampler_can_be_asked_for() {
    let server = Server::start(vec![model("noeos")]).await;
    let keys = [
        json!({"top_k": 5}),
        json!({"top_p": 0.5}),
        json!({"min_p": 0.2}),
        json!({"typical_p": 0.5}),
        json!({"top_n_sigma": 1.0}),
        json!({"xtc_probability": 0.5, "xtc_threshold": 0.05}),
        json!({"repeat_penalty": 1.3, "repeat_last_n": -1}),
        json!({"dry_multiplier": 0.8}),
        json!({"mirostat": 1}),
        json!({"mirostat": 2}),
        json!({"dynatemp_range": 0.5}),
        json!({"ignore_eos": true}),
        json!({"top_k": 0, "min_p": 0, "top_p": 1}),
    ];
    for key in keys {
        let body = endless(with(&json!({"temperature": 1.0, "seed": 5}), key));
        let (one, two) = (server.ok(COMPLETE, &body).await, server.ok(COMPLETE, &body).await);
        assert_eq!(one["choices"], two["choices"], "{body}");
        assert_eq!(one["usage"]["completion_tokens"], 24);
    }
}

#[tokio::test]
async fn embeddings_do_not_depend_on_their_neighbours_and_compare_meanings() {
    let server = Server::start(vec![model("embed")]).await;
    let texts = ["The cat sat in the garden.", "A cat is in the garden.", "What is the weather in Cairo?"];
    let vectors = |answer: &Value| -> Vec<Vec<f64>> {
        let data = answer["data"].as_array().unwrap();
        data.iter()
            .map(|item| item["embedding"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect())
            .collect()
    };
    let dot = |one: &[f64], other: &[f64]| -> f64 { one.iter().zip(other).map(|(one, other)| one * other).sum() };
    let together = vectors(&server.ok("/v1/embeddings", &json!({"input": texts})).await);
    for (text, beside) in texts.iter().zip(&together) {
        let alone = vectors(&server.ok("/v1/embeddings", &json!({"input": text})).await);
        assert!(dot(&alone[0], beside) > 0.9999);
        assert!((dot(beside, beside) - 1.0).abs() < 1e-4);
    }
    assert!(dot(&together[0], &together[1]) > dot(&together[0], &together[2]) + 0.2);
    let many: Vec<&str> = texts.iter().copied().cycle().take(100).collect();
    assert_eq!(vectors(&server.ok("/v1/embeddings", &json!({"input": many})).await).len(), 100);
}

#[tokio::test]
async fn embeddings_come_as_base64_when_asked() {
    use base64::Engine as _;
    let server = Server::start(vec![model("embed")]).await;
    let floats = server.ok("/v1/embeddings", &json!({"input": "a cat"})).await;
    let coded = server.ok("/v1/embeddings", &json!({"input": "a cat", "encoding_format": "base64"})).await;
    let bytes =
        base64::engine::general_purpose::STANDARD.decode(coded["data"][0]["embedding"].as_str().unwrap()).unwrap();
    let decoded: Vec<f32> = bytes.chunks(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect();
    let plain: Vec<f32> =
        floats["data"][0]["embedding"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap() as f32).collect();
    assert_eq!(decoded, plain);
}

#[tokio::test]
async fn what_cannot_be_embedded_is_refused() {
    let server = Server::start(vec![model("embed"), model("noeos")]).await;
    let embed = |input: Value| json!({"model": "embed", "input": input});
    for input in [json!([]), json!(""), json!([""]), json!([[]]), json!(3), json!([1.5]), json!([99999])] {
        let response = server.post("/v1/embeddings", &embed(input.clone())).await;
        // An empty text still has the model's own start and end.
        let empty = input == json!("") || input == json!([""]);
        assert_eq!(response.status(), if empty { 200 } else { 400 }, "{input}");
    }
    let error = server.error(400, "/v1/embeddings", &embed(json!("cat ".repeat(600)))).await;
    assert_eq!(error["type"], "exceed_context_size_error");
    server.error(400, "/v1/embeddings", &embed(json!(vec!["a"; 3000]))).await;
    server.error(400, "/v1/embeddings", &json!({"model": "noeos", "input": "x"})).await;
    server
        .error(400, "/v1/chat/completions", &json!({"model": "embed", "messages": [{"role": "user", "content": "x"}]}))
        .await;
    server.error(501, "/v1/rerank", &json!({"model": "embed", "query": "a", "documents": ["b"]})).await;
}

#[tokio::test]
async fn what_is_served_is_listed() {
    let server = Server::start(vec![model("demo"), model("embed")]).await;
    let list: Value = server.get("/v1/models").await.json().await.unwrap();
    let names: Vec<&Value> = list["data"].as_array().unwrap().iter().map(|model| &model["id"]).collect();
    assert_eq!(names, ["demo", "embed"]);
    assert_eq!(server.get("/v1/models/demo").await.status(), 200);
    assert_eq!(server.get("/v1/models/none").await.status(), 404);
    assert_eq!(server.ok("/v1/models/load", &json!({"model": "demo"})).await["status"], "loaded");
    server.error(501, "/v1/models/unload", &json!({"model": "demo"})).await;
    server.error(404, "/v1/models/load", &json!({"model": "none"})).await;
    assert_eq!(server.get("/nowhere").await.status(), 404);
    assert_eq!(server.get("/v1/completions").await.status(), 405);
}

#[tokio::test]
async fn documents_are_ranked_whatever_stands_beside_them() {
    let server = Server::start(vec![Settings { pooling: Pooling::Rank, embeddings: true, ..model("rank") }]).await;
    let documents = ["The sky is blue.", "A cat and a cat.", "A cat sat in the garden."];
    let body = json!({"query": "What about the cat?", "documents": documents});
    let ranked = server.ok("/v1/rerank", &body).await;
    let results = ranked["results"].as_array().unwrap();
    let order: Vec<u64> = results.iter().map(|result| result["index"].as_u64().unwrap()).collect();
    assert_eq!(order, [1, 2, 0], "{ranked}");
    let scores: Vec<f64> = results.iter().map(|result| result["relevance_score"].as_f64().unwrap()).collect();
    assert!(scores.is_sorted_by(|one, next| one > next), "{scores:?}");
    assert!(ranked["usage"]["prompt_tokens"].as_u64().unwrap() > 20);

    let best = server.ok("/v1/rerank", &with(&body, json!({"top_n": 1, "return_documents": true}))).await;
    assert_eq!(best["results"].as_array().unwrap().len(), 1);
    assert_eq!(best["results"][0]["document"], documents[1]);
    for (document, score) in order.iter().zip(&scores) {
        let alone = json!({"query": "What about the cat?", "documents": [{"text": documents[usize::try_from(*document).unwrap()]}]});
        let alone = server.ok("/v1/rerank", &alone).await["results"][0]["relevance_score"].as_f64().unwrap();
        assert!((alone - score).abs() < 1e-4, "{alone} {score}");
    }
    let error = server.error(400, "/v1/rerank", &with(&body, json!({"query": "cat ".repeat(600)}))).await;
    assert_eq!(error["type"], "exceed_context_size_error");
    for bad in [
        json!({"documents": vec!["a"; 3000]}),
        json!({"documents": []}),
        json!({"documents": [3]}),
        json!({"documents": "x"}),
        json!({"query": null}),
    ] {
        server.error(400, "/v1/rerank", &with(&body, bad)).await;
    }
    server.error(400, "/v1/embeddings", &json!({"input": "x"})).await;
}

#[tokio::test]
async fn what_is_embedded_may_be_text_tokens_or_both() {
    let server = Server::start(vec![model("embed")]).await;
    let tokens = server.ok("/tokenize", &json!({"content": "a cat", "add_special": true})).await["tokens"].clone();
    let vectors = |input: Value| {
        let server = &server;
        async move {
            let answer = server.ok("/v1/embeddings", &json!({"input": input})).await;
            let vector = |item: &Value| -> Vec<f64> {
                item["embedding"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
            };
            answer["data"].as_array().unwrap().iter().map(vector).collect::<Vec<_>>()
        }
    };
    let text = vectors(json!("a cat")).await;
    for input in [tokens.clone(), json!([tokens]), json!(["a cat", tokens])] {
        for vector in vectors(input).await {
            // What is read beside it may change the last digit.
            assert!(vector.iter().zip(&text[0]).all(|(one, other)| (one - other).abs() < 1e-5));
        }
    }
    server.error(501, "/v1/embeddings", &json!({"input": "a cat", "dimensions": 8})).await;
    server.error(400, "/v1/embeddings", &json!({"input": "a cat", "encoding_format": "hex"})).await;
}

#[tokio::test]
async fn the_text_does_not_depend_on_how_much_is_evaluated_at_once() {
    let mut texts = Vec::new();
    for (batch, ubatch) in [(2048, 512), (32, 32), (64, 16)] {
        let server = Server::start(vec![Settings { batch, ubatch, ..model("demo") }]).await;
        let body = json!({"prompt": "a b c d ".repeat(40), "max_tokens": 16, "temperature": 0});
        texts.push(server.ok(COMPLETE, &body).await["choices"][0]["text"].clone());
    }
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
}

#[tokio::test]
async fn log_probabilities_of_a_completion_add_up_streamed_or_not() {
    let server = Server::start(vec![model("noeos")]).await;
    let body = endless(json!({"logprobs": 2}));
    let joined = |choice: &Value| -> String {
        let tokens = choice["logprobs"]["tokens"].as_array().map(Vec::as_slice).unwrap_or_default();
        tokens.iter().map(|token| token.as_str().unwrap()).collect()
    };
    let whole = server.ok(COMPLETE, &body).await["choices"][0].clone();
    assert_eq!(joined(&whole), whole["text"].as_str().unwrap());
    assert_eq!(whole["logprobs"]["top_logprobs"][0].as_object().unwrap().len(), 2);
    let events = server.events(COMPLETE, &body).await;
    let streamed: String = events.iter().map(|event| joined(&event["choices"][0])).collect();
    assert_eq!(streamed, whole["text"].as_str().unwrap());
}

#[tokio::test]
async fn an_answer_that_meets_the_end_of_the_context_ends_there() {
    let server = Server::start(vec![Settings { context: 64, ..model("noeos") }]).await;
    let answer = server.ok(COMPLETE, &json!({"prompt": "abcdefgh", "max_tokens": 500})).await;
    assert_eq!(answer["choices"][0]["finish_reason"], "length");
    assert_eq!(answer["usage"]["total_tokens"], 64);
}
