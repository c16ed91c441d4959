//! Every format to every format, through a real Envoy: whole, streamed, and from one target to the next. What the formats
//! say in detail is the core's tests' business, and the vendors' clients' (see `clients`).

use dragoman_tests::client::{Answer, Request};
use dragoman_tests::demo;
use dragoman_tests::envoy::Envoy;
use dragoman_tests::upstream::{Received, Reply, Upstream};
use serde_json::{Map, Value, json};

use super::{DIGEST, KEY, send};

pub(crate) const FORMATS: [&str; 4] = ["chat", "responses", "messages", "gemini"];

/// A gateway before targets that speak a format each. The model `chat` leads to the one that speaks chat, and so on;
/// `messages+chat` to one that speaks messages and is overloaded, then to that one.
struct Formats {
    envoy: Envoy,
    serving: Upstream,
    overloaded: Upstream,
}

impl Formats {
    fn start() -> Formats {
        let serving = Upstream::start(|request| demo::answer(request).cut(11));
        let overloaded = Upstream::start(overloaded);
        let target = |format, at: &Upstream| {
            let base_url = format!("http://{}", at.address());
            json!({"provider": "custom", "format": format, "base_url": base_url, "include_usage": true})
        };
        let (mut targets, mut routes) = (Map::new(), Vec::new());
        for format in FORMATS {
            targets.insert(format.to_owned(), target(format, &serving));
            targets.insert(format!("busy-{format}"), target(format, &overloaded));
            let served = json!({"target": format, "model": "tiny"});
            routes.push(json!({"models": [format], "targets": [served]}));
            for busy in FORMATS {
                let models = [format!("{busy}+{format}")];
                routes.push(json!({"models": models, "targets": [format!("busy-{busy}"), served]}));
            }
        }
        let auth = json!({"keys": [{"id": "alice", "sha256": DIGEST}]});
        let config = json!({"version": 1, "auth": auth, "targets": targets, "routes": routes});
        Formats { envoy: Envoy::start(&config, &[].into()), serving, overloaded }
    }

    fn ask(&self, client: &str, model: &str, stream: bool) -> Answer {
        send(&self.envoy, &request(client, model, stream))
    }
}

/// 529 in the format that is asked for, which nothing rests for.
fn overloaded(request: &Received) -> Reply {
    let error = match request.path.as_str() {
        "/v1/messages" => json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
        path if path.contains(":") => json!({"error": {"code": 529, "message": "Overloaded", "status": "UNAVAILABLE"}}),
        _ => json!({"error": {"message": "Overloaded", "type": "server_error", "param": null, "code": null}}),
    };
    Reply::json(529, error.to_string())
}

pub(crate) fn request(client: &str, model: &str, stream: bool) -> Request {
    asking(client, model, stream, "Hello?")
}

pub(crate) fn asking(client: &str, model: &str, stream: bool, prompt: &str) -> Request {
    let (path, body) = match client {
        "chat" => {
            let messages = json!([{"role": "user", "content": prompt}]);
            let mut body = json!({"model": model, "stream": stream, "messages": messages});
            if stream {
                body["stream_options"] = json!({"include_usage": true});
            }
            ("/v1/chat/completions".to_owned(), body)
        }
        "responses" => ("/v1/responses".to_owned(), json!({"model": model, "stream": stream, "input": prompt})),
        "messages" => {
            let messages = json!([{"role": "user", "content": prompt}]);
            let body = json!({"model": model, "stream": stream, "max_tokens": 99, "messages": messages});
            ("/v1/messages".to_owned(), body)
        }
        _ => {
            let verb = if stream { "streamGenerateContent?alt=sse" } else { "generateContent" };
            let body = json!({"contents": [{"role": "user", "parts": [{"text": prompt}]}]});
            (format!("/v1beta/models/{model}:{verb}"), body)
        }
    };
    Request::post(&path, body.to_string()).key(KEY)
}

/// Text, and input and output tokens, as a client of this format reads them.
pub(crate) fn read(client: &str, answer: &Answer, stream: bool) -> (String, u64, u64) {
    let events: Vec<Value> = if stream {
        let text = answer.text();
        let data = text.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim);
        data.filter(|data| *data != "[DONE]").map(|data| serde_json::from_str(data).unwrap()).collect()
    } else {
        vec![answer.json()]
    };
    let texts = |pointer: &str| events.iter().filter_map(|event| event.pointer(pointer)?.as_str()).collect::<String>();
    let find = |pointer: &str| events.iter().rev().find_map(|event| event.pointer(pointer)?.as_u64());
    let last = |pointer: &str| find(pointer).unwrap_or(0);
    match (client, stream) {
        ("chat", _) => {
            let text = texts(if stream { "/choices/0/delta/content" } else { "/choices/0/message/content" });
            (text, last("/usage/prompt_tokens"), last("/usage/completion_tokens"))
        }
        ("responses", true) => {
            let deltas = events.iter().filter(|event| event["type"] == "response.output_text.delta");
            let text = deltas.filter_map(|event| event["delta"].as_str()).collect();
            (text, last("/response/usage/input_tokens"), last("/response/usage/output_tokens"))
        }
        ("responses", false) => {
            (texts("/output/0/content/0/text"), last("/usage/input_tokens"), last("/usage/output_tokens"))
        }
        ("messages", _) => {
            let text = texts(if stream { "/delta/text" } else { "/content/0/text" });
            // Anthropic tells the input at the start; who has to guess it there tells it again at the end.
            let told =
                |name: &str| find(&format!("/usage/{name}")).unwrap_or_else(|| last(&format!("/message/usage/{name}")));
            (text, told("input_tokens") + told("cache_read_input_tokens"), last("/usage/output_tokens"))
        }
        _ => {
            let text = texts("/candidates/0/content/parts/0/text");
            (text, last("/usageMetadata/promptTokenCount"), last("/usageMetadata/candidatesTokenCount"))
        }
    }
}

/// The word with which a stream of this format ends.
fn last_word(client: &str) -> &'static str {
    match client {
        "chat" => "[DONE]",
        "responses" => "response.completed",
        "messages" => "message_stop",
        _ => "\"finishReason\":\"STOP\"",
    }
}

fn check(client: &str, model: &str, stream: bool, answer: &Answer) {
    let pair = format!("{client} from {model}, streamed: {stream}");
    assert_eq!(answer.status, 200, "{pair}: {}", answer.text());
    assert_eq!(answer.cut, None, "{pair}");
    let (text, input, output) = read(client, answer, stream);
    assert_eq!(text, "Hello from tiny. Authorization: no.", "{pair}: {}", answer.text());
    assert_eq!((input, output), (12, 5), "{pair}: {}", answer.text());
    if stream {
        assert!(answer.text().contains(last_word(client)), "{pair}: {}", answer.text());
    }
    // The client's name for the model, wherever its format has one.
    assert!(answer.text().contains(&format!("\"{model}\"")), "{pair}: {}", answer.text());
    assert!(!answer.text().contains("\"tiny\""), "{pair}: {}", answer.text());
}

#[test]
fn all_sixteen_directions_whole_and_streamed() {
    let formats = Formats::start();
    for client in FORMATS {
        for target in FORMATS {
            for stream in [false, true] {
                check(client, target, stream, &formats.ask(client, target, stream));
            }
        }
    }
    assert_eq!(formats.serving.requests().len(), 32);
}

#[test]
fn from_a_target_of_any_format_to_one_of_any_other() {
    let formats = Formats::start();
    for client in FORMATS {
        for busy in FORMATS {
            for target in FORMATS {
                let model = format!("{busy}+{target}");
                let answer = formats.ask(client, &model, true);
                check(client, &model, true, &answer);
                assert_eq!(answer.headers.first("x-dragoman-attempts"), Some("2"), "{client} {model}");
            }
        }
    }
    assert_eq!(formats.overloaded.requests().len(), 64);
}

#[test]
fn what_is_not_translated_passes_to_the_byte() {
    let formats = Formats::start();
    for client in FORMATS {
        for stream in [false, true] {
            formats.ask(client, client, stream);
            let received = formats.serving.requests().pop().unwrap();
            let sent = request(client, "tiny", stream);
            let wanted = String::from_utf8(sent.pieces().collect::<Vec<_>>().concat()).unwrap();
            let got = String::from_utf8(received.body).unwrap();
            assert_eq!(got, wanted, "{client}, streamed: {stream}");
        }
    }
}

#[test]
fn fifty_at_once_keep_their_own_translations() {
    let echo = Upstream::start(|request| {
        let body = request.json();
        let text = body["messages"][0]["content"].as_str().unwrap_or_default().to_owned();
        let content = json!([{"type": "text", "text": text}]);
        let usage = json!({"input_tokens": 1, "output_tokens": 1});
        let message = json!({"id": "m", "type": "message", "role": "assistant", "model": "served", "content": content,
            "stop_reason": "end_turn", "usage": usage});
        Reply::json(200, message.to_string())
    });
    let target = json!({"provider": "custom", "format": "messages", "base_url": format!("http://{}", echo.address())});
    let auth = json!({"keys": [{"id": "alice", "sha256": DIGEST}]});
    let envoy = Envoy::start(&json!({"version": 1, "auth": auth, "targets": {"only": target}}), &[].into());
    std::thread::scope(|scope| {
        let asking: Vec<_> = (0..50)
            .map(|number| {
                let text = format!("text {number} {}", "x".repeat(number * 97));
                let body = json!({"model": "m", "messages": [{"role": "user", "content": text}]});
                let request = Request::post("/v1/chat/completions", body.to_string()).key(KEY);
                let envoy = &envoy;
                scope.spawn(move || (text, send(envoy, &request)))
            })
            .collect();
        for thread in asking {
            let (text, answer) = thread.join().unwrap();
            assert_eq!(answer.json()["choices"][0]["message"]["content"], text, "{}", answer.text());
        }
    });
}
