//! What the byte-level parts cost: a request read and spliced, an answer rewritten, a stream framed, a glob matched.
//! `cargo bench -p dragoman-core`; what counts is V8, where `scan`'s header has the figures.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use dragoman_core::glob::Glob;
use dragoman_core::json::{Rewriter, Splice, object, quote};
use dragoman_core::sse::Framer;

fn main() {
    divan::main();
}

const KNOWN: &[&str] = &["model", "messages", "stream", "stream_options", "tools", "n", "user"];
const PROSE: &str = "It was a bright cold day in April, and the clocks were striking thirteen. ";

/// A chat request with one message of about this many bytes.
fn chat(bytes: usize) -> String {
    let content = PROSE.repeat(bytes / PROSE.len());
    format!(r#"{{"model": "gpt-4o", "messages": [{{"role": "user", "content": "{content}"}}], "stream": true}}"#)
}

fn tools(number: usize) -> String {
    let tool = r#"{"type": "function", "function": {"name": "weather", "description": "At a place", "parameters":
        {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}"#;
    format!(r#"{{"model": "gpt-4o", "messages": [], "tools": [{}]}}"#, vec![tool; number].join(", "))
}

fn tokens(number: usize) -> String {
    let tokens: Vec<_> = (0..number).map(|token| (token * 7919 % 100_000).to_string()).collect();
    format!(r#"{{"model": "embed", "input": [{}]}}"#, tokens.join(","))
}

const EVENT: &str = r#"{"id":"chatcmpl-123","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-2024",
    "choices":[{"index":0,"delta":{"content":" token"},"logprobs":null,"finish_reason":null}],"usage":null}"#;

#[divan::bench(args = [("chat 4K", chat(4_000)), ("chat 1M", chat(1_000_000)), ("tools 48K", tools(256)), ("tokens 170K", tokens(30_000))])]
fn read_request(bencher: Bencher<'_, '_>, (_, body): &(&str, String)) {
    bencher.counter(BytesCount::of_str(body)).bench(|| object(black_box(body.as_bytes()), KNOWN).map(|o| o.span()));
}

#[divan::bench(args = [4_000, 1_000_000])]
fn splice_model(bencher: Bencher<'_, '_>, bytes: usize) {
    let body = chat(bytes);
    let model = object(body.as_bytes(), KNOWN).ok().and_then(|object| object.find("model")).map(|value| value.span());
    let mut splice = Splice::new();
    model.into_iter().for_each(|span| splice.replace(span, quote("claude")));
    bencher.counter(BytesCount::of_str(&body)).bench(|| splice.apply(black_box(body.as_bytes())));
}

#[divan::bench]
fn rewrite_event(bencher: Bencher<'_, '_>) {
    let mut rewriter =
        Rewriter::new([(&["model"][..], "gpt"), (&["response", "model"], "gpt")], &[&["usage"], &["error"]]);
    let mut out = Vec::new();
    bencher.counter(BytesCount::of_str(EVENT)).bench_local(|| {
        rewriter.restart();
        out.clear();
        rewriter.push(black_box(EVENT.as_bytes()), &mut out)
    });
}

#[divan::bench(args = [16, 4_096, 1_000_000])]
fn frame_stream(bencher: Bencher<'_, '_>, chunk: usize) {
    let stream = format!("data: {}\n\n", EVENT.replace('\n', "")).repeat(100);
    bencher.counter(BytesCount::of_str(&stream)).bench(|| {
        let mut framer = Framer::new(1 << 20);
        let mut events = 0;
        for mut chunk in black_box(stream.as_bytes()).chunks(chunk) {
            while let Ok(Some(event)) = framer.next(&mut chunk) {
                events += usize::from(event.has_data());
            }
        }
        events
    });
}

#[divan::bench(args = ["gpt-4o", "gpt-*", "{gpt,claude}-[0-9]*-mini"])]
fn match_glob(bencher: Bencher<'_, '_>, glob: &str) {
    let glob = Glob::parse(glob).ok();
    bencher.bench(|| glob.as_ref().is_some_and(|glob| glob.matches(black_box("gpt-4o-2024-07-18-mini"))));
}
