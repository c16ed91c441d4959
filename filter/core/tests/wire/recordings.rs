//! Recorded answers of real providers, through every direction: the client reads what the target said.
//! They are not part of the repository; run with `--ignored` where `../shared` is.

#![expect(clippy::disallowed_methods, reason = "recordings are files")]

use std::path::PathBuf;

use dragoman_core::wire::{self, Format, Stream};
use serde_json::Value;

use super::reader::Said;
use super::{ask, context, memory, reader, streamed};

const FOLDERS: [(&str, Format); 4] = [
    ("anthropic", Format::Messages),
    ("openai", Format::Chat),
    ("openai-responses", Format::Responses),
    ("gemini", Format::Gemini),
];

/// Streams that are wrong on purpose, and what is to become of them instead.
const ODD_STREAMS: [(&str, &str); 6] = [
    ("anthropic/vercel-ai__duplicate-message-start", "two starts in one answer: the second is ignored"),
    (
        "anthropic/vercel-ai__spliced-message-start",
        "two answers in one: what follows the second start is the same answer's",
    ),
    (
        "anthropic/vercel-ai__anthropic-programmatic-tool-calling.1",
        "two turns in one body: the first one's end is the end",
    ),
    (
        "openai-responses/vercel-ai__openai-reasoning-encrypted-content.1",
        "four responses in one body: the first one's end is the end",
    ),
    ("openai-responses/vercel-ai__openai-error.1", "an error in the stream: it stays one"),
    ("openai/vercel-ai__anthropic-fallback-tool-call", "calls are numbered from 1: they are numbered from 0"),
];

/// Requests that no other provider could answer as asked, with a word of the refusal.
const REFUSED: [(&str, &str); 8] = [
    ("anthropic/pydantic-ai__test_anthropic_code_execution_tool_stream", "run by its provider"),
    ("openai/envoy-ai-gateway__chat-streaming-web-search", "run by its provider"),
    ("openai/envoy-ai-gateway__chat-web-search", "run by its provider"),
    ("openai/lingua__chatCompletionsGcsBackedVideoFileParam__vertex-google", "messages: is missing"),
    ("openai/lingua__nMultipleCompletionsParam__chat-completions", "one answer at a time"),
    ("openai-responses/pydantic-ai__test_openai_include_raw_annotations_streaming__1", "run by its provider"),
    ("gemini/pydantic-ai__test_code_execution_stream", "run by its provider"),
    ("gemini/pydantic-ai__test_google_model_cached_content__3", "keeps no earlier"),
];

/// Whole answers that are none.
const NO_ANSWERS: [(&str, &str); 2] = [
    ("openai/pydantic-ai__test_invalid_response", "an object with no answer in it"),
    ("openai/lingua__chatCompletionsGcsBackedVideoFileParam__vertex-google", "generateContent's, under chat's name"),
];

struct Recording {
    /// Folder and stem.
    name: String,
    format: Format,
    bytes: Vec<u8>,
}

fn recordings(ending: &str) -> Vec<Recording> {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpora/wire"));
    let mut found = Vec::new();
    for (folder, format) in FOLDERS {
        for entry in std::fs::read_dir(root.join(folder)).unwrap_or_else(|error| panic!("{}: {error}", root.display()))
        {
            let path = entry.unwrap().path();
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            if let Some(stem) = file.strip_suffix(ending) {
                found.push(Recording {
                    name: format!("{folder}/{stem}"),
                    format,
                    bytes: std::fs::read(&path).unwrap(),
                });
            }
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

fn others(format: Format) -> impl Iterator<Item = Format> {
    Format::ALL.into_iter().filter(move |to| *to != format)
}

/// What the client is to read: ids are compared where the target gave them, reasoning tokens where both formats count.
fn agree(name: &str, from: Format, to: Format, said: &Said, source: &Said) {
    let plain = |said: &Said| {
        let uncounted = from == Format::Messages || to == Format::Messages;
        let reasoning = if uncounted { 0 } else { said.reasoning };
        Said { ids: Vec::new(), ended: true, reasoning, ..said.clone() }
    };
    assert_eq!(plain(said), plain(source), "{name}: {from} to {to}");
    let unique: std::collections::BTreeSet<_> = said.ids.iter().collect();
    assert_eq!(unique.len(), said.calls.len(), "{name}: {from} to {to}: an id for each call");
    assert!(said.ids.iter().all(|id| !id.is_empty()));
}

#[test]
#[ignore = "reads ../shared/corpora/wire, which is not part of the repository"]
fn every_recorded_stream_reads_the_same_in_every_format() {
    let mut read = 0;
    for Recording { name, format, bytes } in recordings(".stream.sse") {
        if ODD_STREAMS.iter().any(|(odd, _)| *odd == name) {
            continue;
        }
        let source = reader::stream(format, &bytes, false);
        assert!(source.error.is_none(), "{name}");
        for to in others(format) {
            let said = reader::stream(to, &streamed(format, to, &bytes, &[], &memory(format)), true);
            agree(&name, format, to, &said, &source);
            // One byte at a time, the same.
            let cuts: Vec<usize> = (0..bytes.len()).collect();
            let dripped = streamed(format, to, &bytes, &cuts, &memory(format));
            assert_eq!(reader::stream(to, &dripped, true), said, "{name}: {format} to {to}");
        }
        read += 1;
    }
    assert!(read >= 60, "only {read} streams were found");
}

#[test]
#[ignore = "reads ../shared/corpora/wire, which is not part of the repository"]
fn odd_streams_end_well_or_as_errors() {
    for Recording { name, format, bytes } in recordings(".stream.sse") {
        let Some((_, why)) = ODD_STREAMS.iter().find(|(odd, _)| *odd == name) else { continue };
        for to in others(format) {
            // The strict reader finds nothing to object to, whatever became of it.
            let mut stream = Stream::new(format, to, &memory(format), &context());
            let mut out = Vec::new();
            stream.push(&bytes, &mut out);
            stream.finish(&mut out);
            let said = reader::stream(to, &out, true);
            let fails = name.contains("openai-error");
            assert_eq!(said.error.is_some(), fails, "{name}: {format} to {to}: {why}");
            assert_eq!(stream.error().is_some(), fails);
            assert!(fails || !said.text.is_empty() || !said.calls.is_empty(), "{name}: {format} to {to}");
        }
    }
}

#[test]
#[ignore = "reads ../shared/corpora/wire, which is not part of the repository"]
fn every_recorded_answer_reads_the_same_in_every_format() {
    let mut read = 0;
    for (name, format, status, body) in answers() {
        for to in others(format) {
            let answered = wire::answer(format, to, body.to_string().as_bytes(), &memory(format), &context());
            if status >= 400 || body.get("error").is_some_and(|error| !error.is_null()) {
                let error = answered.expect_err(&name);
                assert_eq!(error.message, reader_message(&body), "{name}");
                let client: Value =
                    serde_json::from_slice(&wire::error(format, to, status, body.to_string().as_bytes())).unwrap();
                assert_eq!(client["error"]["message"], error.message.as_str(), "{name}");
            } else if let Some((_, why)) = NO_ANSWERS.iter().find(|(odd, _)| *odd == name) {
                assert!(answered.is_err(), "{name}: {why}");
            } else {
                let answered = answered.unwrap_or_else(|error| panic!("{name}: {format} to {to}: {}", error.message));
                let said = reader::whole(to, &serde_json::from_slice(&answered.body).unwrap());
                agree(&name, format, to, &said, &reader::whole(format, &body));
                read += 1;
            }
        }
    }
    assert!(read >= 200, "only {read} answers were read");
}

fn reader_message(body: &Value) -> &str {
    body["error"]["message"].as_str().unwrap()
}

/// Whole answers, with their status.
fn answers() -> Vec<(String, Format, u16, Value)> {
    let mut found = Vec::new();
    for Recording { name, format, bytes } in recordings(".response.json") {
        let body: Value = serde_json::from_slice(&bytes).unwrap();
        let status = if body.get("error").is_some_and(|error| !error.is_null()) { 400 } else { 200 };
        found.push((name, format, status, body));
    }
    for (name, format, exchange) in exchanges() {
        let response = &exchange["response"];
        let (status, body) = match (&response["status"], &response["body"]) {
            (Value::Number(status), body) => (status.as_u64().unwrap(), body),
            _ => (200, response),
        };
        if body.is_object() {
            found.push((name, format, u16::try_from(status).unwrap(), body.clone()));
        }
    }
    found
}

fn exchanges() -> Vec<(String, Format, Value)> {
    let read = |Recording { name, format, bytes }| (name, format, serde_json::from_slice(&bytes).unwrap());
    recordings(".exchange.json").into_iter().map(read).collect()
}

#[test]
#[ignore = "reads ../shared/corpora/wire, which is not part of the repository"]
fn every_recorded_request_is_translated_or_refused_with_a_reason() {
    let mut read = 0;
    for (name, format, exchange) in exchanges() {
        let request = &exchange["request"];
        let body = if request["url"].is_string() { &request["body"] } else { request };
        if !body.is_object() {
            continue;
        }
        for to in others(format) {
            match (ask(format, to, body), REFUSED.iter().find(|(refused, _)| *refused == name)) {
                (Ok((there, first)), None) => {
                    // What a target reads can be read back, and says the same a second time.
                    let (back, _) =
                        ask(to, format, &there).unwrap_or_else(|flaw| panic!("{name}: {to} to {format}: {flaw}"));
                    let (again, second) = ask(format, to, &back).unwrap();
                    let (last, _) = ask(format, to, &ask(to, format, &again).unwrap().0).unwrap();
                    assert_eq!(again, last, "{name}: {format} to {to}");
                    assert!(second.losses.len() <= first.losses.len().max(1), "{name}");
                    read += 1;
                }
                (Err(flaw), Some((_, word))) => assert!(flaw.to_string().contains(word), "{name}: {flaw}"),
                (Ok(_), Some(_)) => panic!("{name}: {format} to {to} was to be refused"),
                (Err(flaw), None) => panic!("{name}: {format} to {to}: {flaw}"),
            }
        }
    }
    assert!(read >= 200, "only {read} requests were read");
}
