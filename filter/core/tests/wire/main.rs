//! Wire formats, from outside: what clients make of translated answers, and targets of translated requests.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may")]

mod cases;
mod conversations;
mod reader;
mod reader_chat;
mod reader_gemini;
mod reader_messages;
mod reader_responses;
mod recordings;
mod stream_is_whole;
mod told;
mod upstream;

use dragoman_core::wire::{self, Context, Flaw, Format, Memory, Quirks, Stream, Target, Translated};
use serde_json::Value;

/// A request for the usual target of a format.
fn ask(from: Format, to: Format, body: &Value) -> Result<(Value, Translated), Flaw> {
    ask_for(from, to, body, "model", Quirks::of(to))
}

fn ask_for(from: Format, to: Format, body: &Value, model: &str, quirks: &Quirks) -> Result<(Value, Translated), Flaw> {
    let target = Target { model, stream: None, quirks };
    let translated = wire::request(from, to, body.to_string().as_bytes(), &target)?;
    Ok((serde_json::from_slice(&translated.body).unwrap(), translated))
}

/// A request that can be translated, and what of it is lost.
fn asked(from: Format, to: Format, body: &Value) -> (Value, Vec<String>) {
    let (value, translated) = ask(from, to, body).unwrap();
    (value, translated.losses.paths().map(str::to_owned).collect())
}

fn memory(from: Format) -> Memory {
    Memory::new(Quirks::of(from).provider)
}

fn context() -> Context {
    Context { model: None, seed: "seed".to_owned(), created: 1_700_000_000 }
}

/// A stream's bytes as the client reads them, in chunks that end at these places.
fn streamed(from: Format, to: Format, bytes: &[u8], cuts: &[usize], memory: &Memory) -> Vec<u8> {
    let mut stream = Stream::new(from, to, memory, &context());
    let mut out = Vec::new();
    let mut at = 0;
    for cut in cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect::<std::collections::BTreeSet<_>>() {
        stream.push(&bytes[at..cut], &mut out);
        at = cut;
    }
    stream.push(&bytes[at..], &mut out);
    stream.finish(&mut out);
    out
}
