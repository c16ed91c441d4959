//! `bench engine`: local-engine beside llama.cpp's plain loop and llama.cpp's own server, on a model of 75 million random
//! weights, whose speed is that of a real one.
//!
//! Everyone computes with one thread, and the clients keep to one core, so that on a machine with two the threads that compute
//! have one to themselves. All take turns in
//! each round, so that what else the machine does meets all of them, and medians are compared. Prompts are random letters, a
//! token each: nothing is remembered unless a case is about that.

mod server;
mod speed;
mod stream;
mod wait;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use server::{Programs, Server, Shape};
use speed::Speed;

use crate::process;
use crate::report::{Case, Goal, Report};

/// What, with what and how often.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only the cases whose names start so.
    #[arg(long, default_value = "", hide_default_value = true)]
    case: String,
    /// Rounds; each measures everyone once.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Threads that compute, for everyone.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Serve with one memory for all requests (`kv_unified: true`) instead of one for each.
    #[arg(long)]
    kv_unified: bool,
    /// The benchmark model.
    #[arg(long, env = "PERF_MODEL", value_name = "FILE")]
    model: PathBuf,
    /// llama.cpp's own server; what is compared with it is left empty without one.
    #[arg(long, env = "LLAMA_SERVER", value_name = "FILE")]
    llama_server: Option<PathBuf>,
    /// The local-engine program.
    #[arg(long, env = "LOCAL_ENGINE_BIN", value_name = "FILE")]
    engine: PathBuf,
    /// The plain loop (local-engine's example `raw_loop`).
    #[arg(long, env = "RAW_LOOP", value_name = "FILE")]
    raw: PathBuf,
}

/// What all measures need.
struct Bench {
    programs: Programs,
    raw: PathBuf,
    threads: usize,
    rounds: usize,
    ours: Server,
    theirs: Option<Server>,
}

type Measure = fn(&Bench) -> Vec<Case>;

/// What is measured, by the start of the cases' names.
const MEASURES: [(&str, Measure); 9] = [
    ("clients_1_vs_server", |bench| speed(bench, 1, ["decode_1_vs_raw", "clients_1_vs_server"])),
    ("clients_4_vs_server", |bench| speed(bench, 4, ["decode_4_vs_raw", "clients_4_vs_server"])),
    ("clients_8_vs_server", |bench| speed(bench, 8, ["decode_8_vs_raw", "clients_8_vs_server"])),
    ("clients_16_vs_server", |bench| speed(bench, 16, ["decode_16_vs_raw", "clients_16_vs_server"])),
    ("first_token", first_tokens),
    ("gap_during_prefill", gap),
    ("slot_free", slot_free),
    ("connections_reused", reused),
    ("rejection", rejection),
];

/// Measures what was asked for.
pub(crate) fn run(options: &Options) -> Report {
    let cores = process::cores();
    process::pin(*cores.last().expect("a core"));
    let programs = Programs {
        cores,
        engine: options.engine.clone(),
        model: options.model.clone(),
        llama_server: options.llama_server.clone().filter(|path| !path.as_os_str().is_empty()),
    };
    if programs.llama_server.is_none() {
        eprintln!("LLAMA_SERVER names no server: what is compared with it is left empty");
    }
    let shape = Shape { threads: options.threads, parallel: 16, queue: 64, unified: options.kv_unified };
    let (ours, theirs) = (programs.ours(shape), programs.theirs(shape));
    let bench =
        Bench { programs, raw: options.raw.clone(), threads: options.threads, rounds: options.rounds, ours, theirs };
    let wanted = |name: &str| name.starts_with(&options.case) || options.case.starts_with(name);
    let measures = MEASURES.iter().filter(|(name, _)| wanted(name));
    let noted = |case: &Case| eprintln!("{}: {:.4} beside {:.4} {}", case.case, case.ours, case.other, case.unit);
    let cases = measures.flat_map(|(_, measure)| measure(&bench)).inspect(noted).collect();
    Report { bench: "engine", cases }
}

/// One client is compared with the plain loop while it decodes; several are too, and theirs is a stretch with prompts in it.
fn speed(bench: &Bench, clients: usize, names: [&'static str; 2]) -> Vec<Case> {
    let rounds: Vec<Speed> = (0..bench.rounds).map(|_| speed::round(bench, clients)).collect();
    let of = |figure: fn(&Speed) -> f64| median(rounds.iter().map(figure).collect());
    let [raw, server] = names;
    let decode = if clients == 1 {
        Case::new(raw, "tokens/s", of(|speed| speed.pace), of(|speed| speed.raw)).goal(Goal::Keep(0.98))
    } else {
        Case::new(raw, "tokens/s", of(|speed| speed.ours), of(|speed| speed.raw))
    };
    vec![decode, Case::new(server, "tokens/s", of(|speed| speed.ours), of(|speed| speed.theirs)).goal(Goal::Keep(0.98))]
}

fn first_tokens(bench: &Bench) -> Vec<Case> {
    let ([cold, warm, step], [their_cold, their_warm, _]) = bench.alternate(wait::first_tokens);
    vec![
        Case::new("first_token_cold_vs_server", "ms", cold * 1e3, their_cold * 1e3),
        Case::new("first_token_warm_vs_server", "ms", warm * 1e3, their_warm * 1e3),
        Case::new("first_token_warm_vs_step", "ms", warm * 1e3, step * 1e3).goal(Goal::Over(5.0)),
    ]
}

fn gap(bench: &Bench) -> Vec<Case> {
    let ([ours, prefill], [theirs, their_prefill]) = bench.alternate(wait::gap);
    let case = Case::new("gap_during_prefill", "s", ours, theirs).goal(Goal::Most(0.5));
    vec![case.with("seconds", ours).with("first_token_of_the_prompt_s", vec![prefill, their_prefill])]
}

/// Where one runs at a time. A server that says nothing until the first token is measured by that.
fn slot_free(bench: &Bench) -> Vec<Case> {
    let shape = Shape { threads: bench.threads, parallel: 1, queue: 4, unified: false };
    let (ours, theirs) = (bench.programs.ours(shape), bench.programs.theirs(shape));
    let [_, _, step] = wait::first_tokens(ours.address);
    let measure = |name, streamed| {
        let mut samples = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..bench.rounds {
            let [head, first] = wait::freed(ours.address, streamed);
            let their_first = theirs.as_ref().map_or(f64::NAN, |server| wait::freed(server.address, streamed)[1]);
            for (samples, sample) in samples.iter_mut().zip([head, first, their_first]) {
                samples.push(sample * 1e3);
            }
        }
        let [head, first, their_first] = samples.map(median);
        Case::new(name, "ms", head, step * 1e3)
            .goal(Goal::Over(10.0))
            .with("first_token_of_the_next_ms", vec![first, their_first])
    };
    vec![measure("slot_free_streamed_vs_step", true), measure("slot_free_whole_vs_step", false)]
}

fn reused(bench: &Bench) -> Vec<Case> {
    let theirs = bench.theirs.as_ref().map_or(f64::NAN, |server| wait::reused(server.address) as f64);
    vec![Case::new("connections_reused", "of 10 streams", wait::reused(bench.ours.address) as f64, theirs)]
}

fn rejection(bench: &Bench) -> Vec<Case> {
    let ours = bench.programs.ours(Shape { threads: bench.threads, parallel: 1, queue: 1, unified: false });
    // llama-server's queue has no bound: it never refuses.
    vec![Case::new("rejection", "ms", wait::rejection(ours.address) * 1e3, f64::NAN).goal(Goal::Most(5.0))]
}

impl Bench {
    /// Ours and theirs once in each round; the medians.
    fn alternate<const N: usize>(&self, figures: impl Fn(std::net::SocketAddr) -> [f64; N]) -> ([f64; N], [f64; N]) {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        // These take long, and differ little.
        for _ in 0..self.rounds.min(3) {
            ours.push(figures(self.ours.address));
            theirs.push(self.theirs.as_ref().map_or([f64::NAN; N], |server| figures(server.address)));
        }
        let medians = |rounds: &[[f64; N]]| {
            std::array::from_fn(|nth| median(rounds.iter().filter_map(|round| round.get(nth).copied()).collect()))
        };
        (medians(&ours), medians(&theirs))
    }
}

/// Random letters, never the same twice.
fn letters(count: usize) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0x9e37_79b9_7f4a_7c15);
    let mut state = NEXT.fetch_add(0xbf58_476d_1ce4_e5b9, Ordering::Relaxed);
    let mut letter = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // `hi` would be one token.
        char::from(b"abcdefgjklmnopqrstuvwxyz"[(state >> 33) as usize % 24])
    };
    (0..count).map(|_| letter()).collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
