//! What a translated stream costs, for each pair of formats: the same 200 events, in the chunks that a socket would bring.
//! One program for the machine and for V8, where the module runs: `./dev bench wire` prints both. A loop of its own,
//! for what counts here are events, and V8 knows nothing of the usual harness.

#![expect(clippy::disallowed_methods, reason = "a measurement needs a clock")]

use std::fs::OpenOptions;
use std::hint::black_box;
use std::io::Write as _;
use std::time::Instant;

use dragoman_core::sse::Framer;
use dragoman_core::wire::{Context, Format, Memory, Quirks, Stream};

const EVENTS: usize = 200;
const CHUNK: usize = 1400;
const BATCHES: usize = 15;
const STREAMS: usize = 20;

fn main() {
    let place = if cfg!(target_family = "wasm") { "wasm" } else { "native" };
    println!(
        "{:<24}{:>10}{:>12}   ({place}; median of {BATCHES} batches of {STREAMS} streams)",
        "", "MB/s in", "µs/event"
    );
    let mut lines = String::new();
    for from in Format::ALL {
        let (stream, events) = source(from);
        for to in Format::ALL.into_iter().filter(|to| *to != from) {
            let mut seconds: Vec<f64> = (0..BATCHES).map(|_| batch(from, to, &stream)).collect();
            seconds.sort_by(f64::total_cmp);
            let each = seconds.get(BATCHES / 2).copied().unwrap_or_default() / STREAMS as f64;
            let (rate, event) = (stream.len() as f64 / each / 1e6, each / events as f64 * 1e6);
            println!("{:<24}{rate:>10.1}{event:>12.2}", format!("{from} to {to}"));
            lines += &format!(
                "{{\"bench\":\"wire\",\"on\":\"{place}\",\"from\":\"{from}\",\"to\":\"{to}\",\"mb_per_s\":{rate:.1},\"us_per_event\":{event:.3}}}\n"
            );
        }
    }
    // `--json FILE` adds to the file, for the two runs are two programs.
    let mut arguments = std::env::args().skip_while(|argument| argument != "--json").skip(1);
    if let Some(file) = arguments.next() {
        let written = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&file)
            .and_then(|mut file| file.write_all(lines.as_bytes()));
        if let Err(error) = written {
            eprintln!("{file}: {error}");
        }
    }
}

/// A stream of about 200 events in this format, and how many they are: nine tenths text, and a call at the end.
fn source(format: Format) -> (Vec<u8>, usize) {
    let mut chat = String::new();
    let mut push = |delta: String| {
        chat += &format!(
            "data: {{\"id\":\"chatcmpl-123\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"gpt-4o-2024\",\
             \"choices\":[{{\"index\":0,\"delta\":{delta},\"logprobs\":null,\"finish_reason\":null}}]}}\n\n"
        );
    };
    push("{\"role\":\"assistant\",\"content\":\"\"}".to_owned());
    (0..EVENTS * 9 / 10).for_each(|word| push(format!("{{\"content\":\" word{word}\"}}")));
    let function = "{\"name\":\"look\",\"arguments\":\"\"}";
    push(format!(
        "{{\"tool_calls\":[{{\"index\":0,\"id\":\"call_1\",\"type\":\"function\",\"function\":{function}}}]}}"
    ));
    push("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"at\\\":\\\"\"}}]}".to_owned());
    (0..EVENTS / 10 - 5)
        .for_each(|_| push("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"Boston\"}}]}".to_owned()));
    push("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"\\\"}\"}}]}".to_owned());
    chat +=
        "data: {\"model\":\"gpt-4o\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n";
    chat += "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":200}}\n\ndata: [DONE]\n\n";
    let stream =
        if format == Format::Chat { chat.into_bytes() } else { translated(Format::Chat, format, chat.as_bytes()) };
    let mut framer = Framer::new(1 << 20);
    let mut rest = stream.as_slice();
    let mut events = 0;
    while let Ok(Some(_)) = framer.next(&mut rest) {
        events += 1;
    }
    (stream, events)
}

fn translated(from: Format, to: Format, bytes: &[u8]) -> Vec<u8> {
    let memory = Memory::new(Quirks::of(from).provider);
    let context =
        Context { model: Some("asked".to_owned()), seed: "0123456789abcdef".to_owned(), created: 1_700_000_000 };
    let mut stream = Stream::new(from, to, &memory, &context);
    let mut out = Vec::new();
    for chunk in bytes.chunks(CHUNK) {
        stream.push(chunk, &mut out);
    }
    stream.finish(&mut out);
    out
}

/// Seconds for a batch.
fn batch(from: Format, to: Format, stream: &[u8]) -> f64 {
    let start = Instant::now();
    for _ in 0..STREAMS {
        black_box(translated(from, to, black_box(stream)));
    }
    start.elapsed().as_secs_f64()
}
