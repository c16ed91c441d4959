//! How fast texts are searched, and how much of them is held: a line of JSON for each line of the file that it is given.
//! One program for the machine and for V8, where the module runs. What is measured, and what it should come to, is
//! `./dev bench redact`'s, which runs it.

#![expect(clippy::disallowed_methods, reason = "a measurement needs a clock and a file")]

use std::convert::Infallible;
use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use dragoman_core::pii::{Depth, Detector, Edit, Lane, Scratch, entity};
use serde::Deserialize;
use serde_json::json;

/// What to measure.
#[derive(Deserialize)]
struct Text {
    name: String,
    /// Repeated, it is the text.
    unit: String,
    /// How long the text is, at least.
    bytes: usize,
    /// How often it is searched. The fastest counts: the others were disturbed.
    runs: usize,
    /// Of how much of the text each byte is pushed by itself, to see what is held behind it.
    by_byte: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).ok_or("usage: redact_speed FILE")?;
    let texts = std::fs::read_to_string(file)?;
    let start = Instant::now();
    let detector = Detector::new(0..u8::try_from(entity::ALL.len())?, None, None)?;
    let load = start.elapsed().as_secs_f64() * 1e3;
    println!("{}", json!({"load_ms": load, "bytes": detector.size(), "entities": entity::ALL.len()}));
    for line in texts.lines() {
        let asked: Text = serde_json::from_str(line)?;
        let text = asked.unit.repeat(asked.bytes / asked.unit.len().max(1) + 1);
        let (mut best, mut hits) = (f64::INFINITY, 0);
        for _ in 0..asked.runs {
            let start = Instant::now();
            hits = searched(&detector, black_box(text.as_bytes()));
            best = best.min(start.elapsed().as_secs_f64());
        }
        let rate = text.len() as f64 / 1e6 / best;
        let held = held(&detector, text.as_bytes().get(..asked.by_byte).unwrap_or_default());
        println!("{}", json!({"name": asked.name, "mb_per_s": rate, "hits": hits, "held": held}));
    }
    Ok(())
}

/// How much is found in a text that comes in one piece.
fn searched(detector: &Detector, text: &[u8]) -> usize {
    let (mut scratch, mut hits) = (Scratch::default(), 0);
    let mut out = Vec::with_capacity(text.len() * 2);
    let mut mask = |_, _: &str, _: &[u8]| {
        hits += 1;
        Ok::<_, Infallible>(Edit::Replace("[MASKED]".to_owned()))
    };
    let done = Lane::new(Depth::Plain).push(detector, text, true, &mut scratch, &mut out, &mut mask);
    done.unwrap_or_else(|never| match never {});
    black_box(out);
    hits
}

/// How many bytes are held on average, if a piece ends behind every byte.
fn held(detector: &Detector, text: &[u8]) -> Option<f64> {
    let (mut lane, mut scratch, mut out, mut held) = (Lane::new(Depth::Plain), Scratch::default(), Vec::new(), 0);
    for byte in text {
        out.clear();
        let mut mask = |_, _: &str, _: &[u8]| Ok::<_, Infallible>(Edit::Replace("[MASKED]".to_owned()));
        let done = lane.push(detector, std::slice::from_ref(byte), false, &mut scratch, &mut out, &mut mask);
        done.unwrap_or_else(|never| match never {});
        held += lane.held();
    }
    (!text.is_empty()).then(|| held as f64 / text.len() as f64)
}
