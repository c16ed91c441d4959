//! `bench redact`: how fast personal data and secrets are looked for, with every entity on, natively and in V8; how much
//! text is held meanwhile; how large the automata are and how long they take to load. Beside it, on the same texts,
//! Rust's `regex` with the same patterns in a `RegexSet`, natively, which tells only that something is there: not where,
//! not whether its checksum holds, and nothing before the text is complete; and Python Presidio's pattern recognisers.
//!
//! Adversarial text is the slowest of all that `texts` makes, and the case says which.

mod speed;
mod texts;

use std::path::PathBuf;
use std::time::Instant;

use dragoman_core::pii::entity;
use regex::bytes::{RegexSet, RegexSetBuilder};

use crate::report::{Case, Goal, Report};
use speed::{Search, Speed};
use texts::{KINDS, Text};

/// With what to measure.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The search as a program (dragoman-core's example `redact_speed`).
    #[arg(long, env = "REDACT_SPEED", value_name = "FILE")]
    native: PathBuf,
    /// The same for V8.
    #[arg(long, env = "REDACT_SPEED_WASM", value_name = "FILE")]
    wasm: PathBuf,
    /// What runs it in Node.
    #[arg(long, default_value = "tests/wasi/run.mjs", value_name = "FILE")]
    wasi: PathBuf,
    /// A Python that has Presidio.
    #[arg(long, env = "PRESIDIO_PY", value_name = "FILE")]
    presidio: PathBuf,
}

/// The names of the cases, in the order of [`KINDS`], the adversarial one last.
const NATIVE: [&str; 6] =
    ["native_prose", "native_code", "native_base64", "native_digits", "native_pii", "native_adversarial"];
const WASM: [&str; 6] = ["wasm_prose", "wasm_code", "wasm_base64", "wasm_digits", "wasm_pii", "wasm_adversarial"];

/// How much of a text `RegexSet` is given.
const SAMPLE: usize = 256 << 10;
/// How much of it at a time.
const PIECE: usize = 1 << 10;
/// The goal for adversarial text, in MB/s.
const ADVERSARIAL: f64 = 20.0;

pub(crate) fn run(options: &Options) -> Report {
    let (ordinary, adversarial) = (texts::ordinary(), texts::adversarial());
    let all: Vec<&Text> = ordinary.iter().chain(&adversarial).collect();
    let wasm = speed::in_v8(&options.wasi, &options.wasm, &all);
    let native = speed::on_this_machine(&options.native, &all);
    let set = regex_set();
    let beside: Vec<f64> = ordinary.iter().map(|text| set_speed(&set, text)).collect();
    let presidio = speed::in_presidio(&options.presidio, &ordinary);
    let mut cases = Vec::new();
    for (names, search) in [(WASM, &wasm), (NATIVE, &native)] {
        let is_wasm = names == WASM;
        for (((name, speed), other), presidio) in names.into_iter().zip(&search.speeds).zip(&beside).zip(&presidio) {
            let case = rate(name, speed, *other).with("presidio_mb_per_s", *presidio);
            cases.push(if name == "wasm_prose" { case.goal(Goal::Least(200.0)) } else { case });
        }
        let worst = search.slowest_from(KINDS.len());
        let text = all.iter().zip(&search.speeds).find(|(_, speed)| std::ptr::eq(*speed, worst)).map(|(text, _)| text);
        let text = text.expect("every speed has its text");
        let case = rate(names[KINDS.len()], worst, set_speed(&set, text)).with("text", worst.name.as_str());
        let case = case.with("repeated", text.unit.as_str()).with("texts", adversarial.len());
        let case = case.with("slow entities", search.slow_from(KINDS.len(), ADVERSARIAL));
        cases.push(if is_wasm { case.goal(Goal::Least(ADVERSARIAL)) } else { case });
    }
    cases.push(hold_back(&native));
    for (name, search) in [("wasm_load", &wasm), ("native_load", &native)] {
        let case = Case::new(name, "ms", search.load_ms, f64::NAN).goal(Goal::Most(5.0));
        cases.push(case.with("ms", search.load_ms));
    }
    let mebibytes = wasm.bytes as f64 / f64::from(1 << 20);
    let size = Case::new("automaton", "MiB per VM", mebibytes, f64::NAN).goal(Goal::Most(1.0));
    cases.push(size.with("bytes", wasm.bytes).with("entities", wasm.entities));
    Report { bench: "redact", cases }
}

fn rate(name: &'static str, speed: &Speed, other: f64) -> Case {
    let case = Case::new(name, "MB/s", speed.mb_per_s, other).with("mb_per_s", speed.mb_per_s);
    case.with("regex_set_mb_per_s", other).with("hits", speed.hits)
}

/// The mean over all bytes of all kinds of text, as if a chunk ended at each.
fn hold_back(search: &Search) -> Case {
    let held: Vec<(&str, f64)> =
        search.speeds.iter().filter_map(|speed| Some((speed.name.as_str(), speed.held?))).collect();
    let mean = held.iter().map(|(_, held)| held).sum::<f64>() / held.len() as f64;
    let case = Case::new("hold_back", "bytes", mean, f64::NAN).goal(Goal::Most(8.0)).with("mean_bytes", mean);
    held.into_iter().fold(case, |case, (name, held)| case.with(name, held))
}

fn regex_set() -> RegexSet {
    RegexSetBuilder::new(entity::spellings().map(|(_, spelling)| entity::in_bytes(spelling.pattern)))
        .unicode(false)
        .size_limit(64 << 20)
        .dfa_size_limit(64 << 20)
        .build()
        .expect("entities' patterns are patterns")
}

fn set_speed(set: &RegexSet, text: &Text) -> f64 {
    let length = SAMPLE.min(text.bytes);
    let bytes: Vec<u8> = text.unit.bytes().cycle().take(length).collect();
    // It stops once it has seen all of its patterns, so it is given what a message may be as long as.
    let once = || {
        let start = Instant::now();
        for piece in bytes.chunks(PIECE) {
            std::hint::black_box(set.matches(std::hint::black_box(piece)));
        }
        start.elapsed().as_secs_f64()
    };
    // The first fills its cache.
    once();
    length as f64 / 1e6 / once().min(once())
}
