//! Translations of anything: nothing panics, a stream's translation does not depend on how its bytes were cut, a stream
//! ends in what its client takes for an end, and what a target is sent can be read back. The first byte picks the formats,
//! the second where the bytes are cut, the rest is a request, an answer, an error or a stream.

#![no_main]

use dragoman_core::wire::{self, Context, Format, Memory, Quirks, Stream, Target};
use libfuzzer_sys::fuzz_target;

/// What each format's last event holds, at least one of them.
fn ends(format: Format) -> &'static [&'static [u8]] {
    match format {
        Format::Chat => &[b"data: [DONE]", b"{\"error\":"],
        Format::Messages => &[b"event: message_stop", b"event: error"],
        Format::Responses => &[b"event: response.completed", b"event: response.incomplete", b"event: response.failed"],
        Format::Gemini => &[b"\"finishReason\":", b"{\"error\":"],
    }
}

fn streamed(from: Format, to: Format, bytes: &[u8], piece: usize) -> Vec<u8> {
    let context = Context { model: None, seed: "seed".to_owned(), created: 1 };
    let mut stream = Stream::new(from, to, &Memory::new(Quirks::of(from).provider), &context);
    let mut out = Vec::new();
    for chunk in bytes.chunks(piece) {
        stream.push(chunk, &mut out);
    }
    stream.finish(&mut out);
    out
}

fuzz_target!(|data: &[u8]| {
    let [pick, cut, input @ ..] = data else { return };
    let from = Format::ALL[usize::from(pick & 3)];
    let to = Format::ALL[usize::from(pick >> 2 & 3)];
    let target = |format| Target { model: "m", stream: None, quirks: Quirks::of(format) };
    if let Ok(there) = wire::request(from, to, input, &target(to)) {
        let back = wire::request(to, from, &there.body, &target(from));
        assert!(from == to || back.is_ok(), "{from} to {to}: {:?}", back.err());
    }
    let context = Context { model: None, seed: "seed".to_owned(), created: 1 };
    let _ = wire::answer(from, to, input, &Memory::new("fuzz"), &context);
    let _ = wire::error(from, to, 500, input);
    let whole = streamed(from, to, input, usize::MAX);
    assert_eq!(whole, streamed(from, to, input, usize::from(*cut).max(1)), "{from} to {to}");
    if from == to {
        assert_eq!(whole, input);
    } else {
        let last = whole.strip_suffix(b"\n\n").expect("an event leaves whole");
        let start = last.windows(2).rposition(|pair| pair == b"\n\n").map_or(0, |at| at + 2);
        let holds = |mark: &&[u8]| last[start..].windows(mark.len()).any(|window| window == *mark);
        assert!(ends(to).iter().any(holds), "{from} to {to}: no end");
    }
});
