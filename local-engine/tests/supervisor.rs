//! The program itself: a supervisor and its workers, and what happens when something ends that should not.

#![allow(clippy::allow_attributes, clippy::panic, clippy::unwrap_used, reason = "tests fail by panicking")]

mod support;

use std::{path::PathBuf, time::Duration};

use serde_json::{Value, json};
use support::{events, program::Program, say};

/// A process's resident memory, in KiB.
fn rss(pid: i32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// A process's state, as `R (running)`, while there is one.
fn state(pid: i32) -> Option<String> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    Some(status.lines().find_map(|line| line.strip_prefix("State:"))?.trim().to_string())
}

const TWO: &str = "models:
- {name: chat, parameters: {model: DEMO}, context_size: 1024}
- {name: endless, parameters: {model: NOEOS}, context_size: 2048, parallel: 8}
";

#[tokio::test]
async fn a_model_is_loaded_when_it_is_asked_for_and_can_be_unloaded() {
    let program = Program::start(TWO).await;
    assert_eq!(program.status("chat").await, "unloaded");
    let answers = futures_util::future::join_all((0..8).map(|_| program.chat("chat"))).await;
    assert!(answers.iter().all(|answer| answer == "Emma's email is emma@example.com."), "{answers:?}");
    assert_eq!((program.status("chat").await.as_str(), program.workers().len()), ("loaded", 1));
    assert_eq!(program.post("/v1/models/unload", &json!({"model": "chat"})).await.status(), 200);
    assert_eq!((program.status("chat").await.as_str(), program.workers().len()), ("unloaded", 0));
    assert_eq!(program.post("/v1/models/load", &json!({"model": "chat"})).await.status(), 200);
    assert_eq!(program.status("chat").await, "loaded");
    assert_eq!(program.post("/v1/models/load", &json!({"model": "none"})).await.status(), 404);
    let metrics = program.metrics().await;
    assert!(metrics.contains("local_engine_model_loads_total 2"), "{metrics}");
}

#[tokio::test]
async fn a_client_who_leaves_while_its_model_is_loaded_leaves_nothing_behind() {
    let program = Program::start(TWO).await;
    let mut body = say("Hello");
    body["model"] = json!("chat");
    for wait in [0, 5, 20, 60] {
        let leaver = program.client.post(format!("{}/v1/chat/completions", program.base)).json(&body).send();
        let leaver = tokio::spawn(leaver);
        tokio::time::sleep(Duration::from_millis(wait)).await;
        leaver.abort();
        assert_eq!(program.chat("chat").await, "Emma's email is emma@example.com.");
        program.until("requests_running{model=\"chat\"} 0").await;
        while program.post("/v1/models/unload", &json!({"model": "chat"})).await.status() != 200 {}
        while !program.workers().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test]
async fn a_killed_worker_ends_its_own_streams_with_an_error_and_comes_back() {
    let program = Program::start(TWO).await;
    program.chat("chat").await;
    let chat = program.workers();
    let body = json!({"model": "endless", "prompt": "abc", "max_tokens": 2000, "stream": true, "logprobs": 20});
    let streams = futures_util::future::join_all((0..8).map(|_| program.post("/v1/completions", &body))).await;
    assert!(streams.iter().all(|stream| stream.status() == 200));
    let endless = program.workers().into_iter().find(|pid| !chat.contains(pid)).unwrap();
    program.signal(endless, "-KILL").await;
    for stream in streams {
        let events = events(&stream.text().await.unwrap());
        assert_eq!(events.last().unwrap()["error"]["type"], "server_error");
    }
    assert_eq!(program.chat("chat").await, "Emma's email is emma@example.com.");
    assert!(program.workers().contains(&chat[0]), "the other model's worker was not touched");
    let again = program.post("/v1/completions", &json!({"model": "endless", "prompt": "abc", "max_tokens": 5})).await;
    assert_eq!(again.status(), 200);
    let metrics = program.metrics().await;
    assert!(metrics.contains("local_engine_worker_restarts_total 1"), "{metrics}");
}

#[tokio::test]
async fn a_file_that_is_no_model_fails_alone_and_says_why() {
    let models = "models:
- {name: broken, parameters: {model: broken.gguf}}
- {name: truncated, parameters: {model: truncated.gguf}}
- {name: missing, parameters: {model: missing.gguf}}
- {name: huge, parameters: {model: DEMO}, memory_mb: 99999999}
- {name: chat, parameters: {model: DEMO}}
";
    let program = Program::start(models).await;
    for (model, reason) in [
        ("broken", "cannot be loaded"),
        ("truncated", "cannot be loaded"),
        ("missing", "no such model file"),
        ("huge", "99999999 MiB"),
    ] {
        let mut body = say("Hello");
        body["model"] = json!(model);
        let response = program.post("/v1/chat/completions", &body).await;
        let (status, retry) = (response.status(), response.headers().contains_key("retry-after"));
        let error: Value = response.json().await.unwrap();
        assert_eq!((status.as_u16(), retry), (503, true), "{error}");
        assert!(error["error"]["message"].as_str().unwrap().contains(reason), "{error}");
    }
    assert_eq!(program.chat("chat").await, "Emma's email is emma@example.com.");
    assert!(program.folder.path().exists());
}

#[tokio::test]
async fn a_file_of_a_kind_that_is_not_served_is_501() {
    let models = "models:
- {name: adapter, parameters: {model: adapter.gguf}}
- {name: clip, parameters: {model: clip.gguf}}
- {name: mmproj, parameters: {model: mmproj.gguf}}
- {name: eagle3, parameters: {model: eagle3.gguf}}
";
    let program = Program::start(models).await;
    for (model, reason) in [
        ("adapter", "LoRA"),
        ("clip", "only text is served"),
        ("mmproj", "only text is served"),
        ("eagle3", "speculative decoding"),
    ] {
        for path in ["/v1/chat/completions", "/v1/models/load"] {
            let mut body = say("Hello");
            body["model"] = json!(model);
            let response = program.post(path, &body).await;
            let (status, retry) = (response.status(), response.headers().contains_key("retry-after"));
            let error: Value = response.json().await.unwrap();
            assert_eq!((status.as_u16(), retry), (501, false), "{error}");
            assert!(error["error"]["message"].as_str().unwrap().contains(reason), "{error}");
        }
    }
}

#[tokio::test]
async fn a_grammar_that_does_not_end_ends_its_own_model_which_comes_back() {
    let program = Program::start(TWO).await;
    program.chat("chat").await;
    program.post("/v1/models/load", &json!({"model": "endless"})).await;
    // As many states as optional parts, each as long as what may follow it.
    let optional = format!("root ::= {}\nx ::= \"a\"\n", "x? ".repeat(20_000));
    let body = |grammar: &str| json!({"model": "endless", "prompt": "abc", "max_tokens": 8, "grammar": grammar});
    let hangs = program.post("/v1/completions", &body(&optional)).await;
    assert_eq!(hangs.status(), 503);
    assert_eq!(program.post("/v1/completions", &body("root ::= \"ab\"")).await.status(), 200);
    assert_eq!(program.chat("chat").await, "Emma's email is emma@example.com.");
    let metrics = program.metrics().await;
    assert!(metrics.contains("local_engine_worker_restarts_total 1"), "{metrics}");
}

#[tokio::test]
async fn what_would_take_the_stack_the_memory_or_everyones_time_is_refused_or_bounded() {
    let program = Program::start(TWO).await;
    program.chat("chat").await;
    let worker = program.workers();
    let deep = |depth: usize| format!("root ::= {}\"a\"{}", "(".repeat(depth), ")".repeat(depth));
    let chain: String = (0..4000).map(|n| format!("r{n} ::= r{}\n", n + 1)).collect();
    let many: Vec<String> = (0..100).map(|n| n.to_string()).collect();
    let pattern =
        |depth: usize| json!({"type": "string", "pattern": format!("^{}a{}$", "(".repeat(depth), ")".repeat(depth))});
    for (status, key, value) in [
        (400, "grammar", json!(deep(100_000))),
        (200, "grammar", json!(deep(20_000))),
        (200, "grammar", json!(format!("root ::= r0\n{chain}r4000 ::= \"a\"\n"))),
        (400, "json_schema", pattern(100_000)),
        (200, "json_schema", pattern(1000)),
        (400, "json_schema", json!({"type": "array", "minItems": 1_000_000_000, "items": {"type": "integer"}})),
        (400, "stop", json!(many)),
        (400, "stop", json!("z".repeat(20_000))),
        (400, "dry_sequence_breakers", json!(many)),
        (200, "repeat_last_n", json!(i32::MAX)),
        (200, "dry_penalty_last_n", json!(i32::MAX)),
        (200, "logit_bias", json!({"5": 1e308})),
    ] {
        let mut body =
            json!({"model": "chat", "prompt": "Hello", "max_tokens": 4, "repeat_penalty": 1.1, "dry_multiplier": 1.0});
        body[key] = value;
        let answer = program.post("/v1/completions", &body).await;
        let got = answer.status().as_u16();
        assert_eq!(got, status, "{key}: {}", answer.text().await.unwrap());
    }
    assert_eq!(program.workers(), worker);
    assert!(rss(worker[0]) < 512 << 10, "{} KiB", rss(worker[0]));
}

#[tokio::test]
async fn a_model_that_is_unloaded_while_it_is_loaded_is_there_when_it_is_asked_for() {
    let program = Program::start(TWO).await;
    let body = json!({"model": "chat"});
    let both = |n: usize| {
        let path = if n.is_multiple_of(2) { "/v1/models/load" } else { "/v1/models/unload" };
        program.post(path, &body)
    };
    let answers = futures_util::future::join_all((0..12).map(both)).await;
    // A model that is in use, be it by who loads it, is not unloaded.
    assert!(answers.iter().all(|answer| [200, 429].contains(&answer.status().as_u16())), "{answers:?}");
    assert_eq!(program.chat("chat").await, "Emma's email is emma@example.com.");
    assert_eq!(program.workers().len(), 1);
}

#[tokio::test]
async fn a_template_that_throws_is_the_clients_400_and_the_model_lives() {
    let program = Program::start("models:\n- {name: picky, parameters: {model: picky.gguf}}\n").await;
    // The same file, but for a template that takes no users.
    let mut file =
        std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("models/demo-q8_0.gguf")).unwrap();
    let old = br"{{- '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}";
    let at = file.windows(old.len()).position(|window| window == old).unwrap();
    let new = format!("{:<width$}}}}}", "{{- raise_exception('no users here')", width = old.len() - 2);
    file[at..at + old.len()].copy_from_slice(new.as_bytes());
    std::fs::write(program.folder.path().join("picky.gguf"), file).unwrap();
    for stream in [false, true] {
        let mut body = say("Hello");
        body["stream"] = json!(stream);
        let answer = program.post("/v1/chat/completions", &body).await;
        assert_eq!(answer.status(), 400);
        let error: Value = answer.json().await.unwrap();
        assert!(error["error"]["message"].as_str().unwrap().contains("no users here"), "{error}");
    }
    let plain = program.post("/v1/completions", &json!({"prompt": "abc", "max_tokens": 2})).await;
    assert_eq!(plain.status(), 200);
}

#[tokio::test]
async fn a_model_is_known_by_its_other_name_too() {
    let models = "- {name: chat, parameters: {model: DEMO}}\n- {name: gpt, alias: chat}\n";
    let program = Program::start(models).await;
    assert_eq!(program.chat("gpt").await, "Emma's email is emma@example.com.");
    assert_eq!(program.workers().len(), 1);
}

#[tokio::test]
async fn an_idle_model_makes_room_and_a_busy_or_pinned_one_never_does() {
    let models = "models:
- {name: idle, parameters: {model: DEMO}}
- {name: busy, parameters: {model: NOEOS}}
- {name: pinned, parameters: {model: DEMO}, pinned: true}
- {name: huge, parameters: {model: DEMO}, memory_mb: 99999999}
";
    let program = Program::start(models).await;
    program.chat("idle").await;
    program.chat("pinned").await;
    let body = json!({"model": "busy", "prompt": "abc", "max_tokens": 2000, "stream": true});
    let running = program.post("/v1/completions", &body).await;
    let mut body = say("Hello");
    body["model"] = json!("huge");
    assert_eq!(program.post("/v1/chat/completions", &body).await.status(), 503);
    let mut statuses = Vec::new();
    for model in ["idle", "busy", "pinned"] {
        statuses.push(program.status(model).await);
    }
    assert_eq!(statuses, ["unloaded", "loaded", "loaded"]);
    assert_eq!(events(&running.text().await.unwrap()).last().unwrap()["choices"][0]["finish_reason"], "length");
}

#[tokio::test]
async fn the_model_that_was_longest_of_no_use_makes_room_first() {
    let models = "models:
- {name: a, parameters: {model: DEMO}}
- {name: b, parameters: {model: DEMO}}
- {name: c, parameters: {model: DEMO}}
- {name: huge, parameters: {model: DEMO}, memory_mb: 99999999}
";
    let program = Program::start(models).await;
    for model in ["a", "b", "c", "a"] {
        program.chat(model).await;
        // Uses are told apart by the millisecond.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(program.post("/v1/models/load", &json!({"model": "huge"})).await.status(), 503);
    let log = program.log();
    let unloaded = log.iter().filter(|line| line["fields"]["message"] == "a model was unloaded");
    let unloaded: Vec<&Value> = unloaded.map(|line| &line["fields"]["model"]).collect();
    assert_eq!(unloaded, ["b", "c", "a"]);
}

#[tokio::test]
async fn a_request_right_after_a_worker_died_is_answered_by_the_next_one() {
    let program = Program::start(TWO).await;
    program.chat("chat").await;
    let supervisor = i32::try_from(program.child.id().unwrap()).unwrap();
    for _ in 0..8 {
        let worker = program.workers();
        // The supervisor wakes to both at once: the worker's end, and a request.
        program.signal(supervisor, "-STOP").await;
        program.signal(worker[0], "-KILL").await;
        let threads = || std::fs::read_dir(format!("/proc/{}/task", worker[0])).map_or(0, Iterator::count);
        let ended = || state(worker[0]).is_none_or(|state| state.starts_with('Z')) && threads() < 2;
        while !ended() {
            tokio::task::yield_now().await;
        }
        let asked = async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            program.signal(supervisor, "-CONT").await;
        };
        let (answer, ()) = tokio::join!(program.chat("chat"), asked);
        assert_eq!(answer, "Emma's email is emma@example.com.");
        assert_ne!(program.workers(), worker);
    }
}

#[tokio::test]
async fn a_load_goes_on_when_who_asked_for_it_leaves() {
    let program = Program::start(TWO).await;
    let body = json!({"model": "chat"});
    let asking = program.client.post(format!("{}/v1/models/load", program.base)).json(&body).send();
    let asking = tokio::spawn(asking);
    while program.workers().is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    asking.abort();
    while program.status("chat").await != "loaded" {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn an_idle_model_is_unloaded_after_its_time_and_a_pinned_one_is_not() {
    let models = "models:
- {name: brief, parameters: {model: DEMO}, keep_alive: 0}
- {name: pinned, parameters: {model: DEMO}, keep_alive: 0, pinned: true}
";
    let program = Program::start(models).await;
    program.chat("brief").await;
    program.chat("pinned").await;
    while program.status("brief").await == "loaded" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(program.status("pinned").await, "loaded");
}

#[tokio::test]
async fn told_to_stop_the_program_finishes_what_runs_and_leaves_no_worker() {
    let mut program = Program::start(TWO).await;
    let body = json!({"model": "endless", "prompt": "abc", "max_tokens": 1500, "stream": true});
    let running = program.post("/v1/completions", &body).await;
    let workers = program.workers();
    program.signal(i32::try_from(program.child.id().unwrap()).unwrap(), "-TERM").await;
    let events = events(&running.text().await.unwrap());
    assert_eq!(events.last().unwrap()["choices"][0]["finish_reason"], "length");
    assert!(program.child.wait().await.unwrap().success());
    for pid in workers {
        while PathBuf::from(format!("/proc/{pid}")).exists() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test]
async fn a_client_who_leaves_the_supervisor_frees_the_workers_place() {
    let program = Program::start(TWO).await;
    program.post("/v1/models/load", &json!({"model": "endless"})).await;
    for stream in [true, false] {
        let body = json!({"model": "endless", "prompt": "abc", "max_tokens": 2000, "stream": stream, "n": 8});
        let request = program.client.post(format!("{}/v1/completions", program.base)).json(&body).send();
        let asking = tokio::spawn(async move {
            let _response = request.await.unwrap();
            std::future::pending::<()>().await;
        });
        program.until("requests_running{model=\"endless\"} 8").await;
        asking.abort();
        program.until("requests_running{model=\"endless\"} 0").await;
        program.until("reason=\"gone\"} ").await;
    }
}

#[tokio::test]
async fn memory_is_flat_over_two_thousand_requests() {
    let program = Program::start(TWO).await;
    program.chat("chat").await;
    let pids = || program.workers().into_iter().chain([i32::try_from(program.child.id().unwrap()).unwrap()]);
    let resident = || -> u64 { pids().map(rss).sum() };
    program.ask_often(400).await;
    let before = resident();
    program.ask_often(2000).await;
    let after = resident();
    assert!(after < before + (8 << 10), "{before} KiB became {after} KiB");
}
