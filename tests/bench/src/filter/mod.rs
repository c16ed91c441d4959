//! `bench filter`: the CPU time that Envoy spends on a request, bare, with empty Wasm filters, and with Dragoman.
//!
//! Envoy has one worker and one core, load and target share another. The three take turns, so that what else the machine
//! does meets all of them, and medians are compared. CPU time by request is what is steady; requests per second follow.

mod gateway;
mod load;
mod traffic;
mod upstream;

use std::net::SocketAddr;

use dragoman_tests::client::{Client, Request};
use gateway::{Gateway, Variant, from_env};
use load::Load;
use upstream::{Answer, Upstream};

use crate::process;
use crate::report::{Case, Goal, Report};

/// What, how long and how often.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only the cases whose names start so.
    #[arg(long, default_value = "", hide_default_value = true)]
    case: String,
    /// Rounds; each measures every gateway once.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// The length of a measurement.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
}

/// Idle streams that are open at once.
const IDLE: usize = 500;

type Measure = fn(&Bench) -> Vec<Case>;

/// What is measured, by the start of the cases' names.
const MEASURES: [(&str, Measure); 9] = [
    ("chat_4k", Bench::chat),
    ("stream", Bench::streams),
    ("redacted", |bench| vec![bench.redacted()]),
    ("translated", |bench| vec![bench.translated()]),
    ("body", Bench::bodies),
    ("idle_streams", |bench| vec![bench.idle_streams()]),
    ("module_load", |bench| vec![bench.module_load()]),
    ("memory_per_worker", |bench| vec![bench.memory_per_worker()]),
    ("wasm_size", |_| vec![wasm_size()]),
];

/// Measures what was asked for.
pub(crate) fn run(options: &Options) -> Report {
    let cores = process::cores();
    let [envoy_core, load_core, ..] = cores[..] else {
        panic!("this takes two cores, one for Envoy and one for the load");
    };
    process::pin(load_core);
    let bench =
        Bench { rounds: options.rounds, seconds: options.seconds, upstream: Upstream::start(), envoy_core, load_core };
    let wanted = |name: &str| name.starts_with(&options.case) || options.case.starts_with(name);
    let measures = MEASURES.iter().filter(|(name, _)| wanted(name));
    let cases = measures.flat_map(|(_, measure)| measure(&bench)).collect();
    Report { bench: "filter", cases }
}

struct Bench {
    rounds: usize,
    seconds: u64,
    upstream: Upstream,
    envoy_core: usize,
    load_core: usize,
}

/// One gateway under one load.
#[derive(Clone, Copy)]
struct Sample {
    cpu_us: f64,
    per_second: f64,
    p50_us: f64,
    p99_us: f64,
}

impl Bench {
    fn chat(&self) -> Vec<Case> {
        let load = Load { body: traffic::chat(4096, false), connections: 32 };
        let [ours, empty, bare] = self.alternate(Answer::Whole, &load, [Variant::Ours, Variant::Empty, Variant::Bare]);
        vec![
            compare("chat_4k_vs_empty", ours, empty).goal(Goal::Ratio(1.15)),
            compare("chat_4k_vs_bare", ours, bare).goal(Goal::Ratio(1.45)),
        ]
    }

    /// Streams as fast as they go, and as slowly as a model speaks: there each event is a callback of its own.
    fn streams(&self) -> Vec<Case> {
        let measure = |name, answer, connections| {
            let load = Load { body: traffic::chat(4096, true), connections };
            let [ours, bare] = self.alternate(answer, &load, [Variant::Ours, Variant::Bare]);
            compare(name, ours, bare)
        };
        vec![
            measure("stream_200_vs_bare", Answer::Stream, 32).goal(Goal::Ratio(1.03)),
            measure("stream_paced_vs_bare", Answer::Paced, 150),
        ]
    }

    /// A stream in which all that is personal or secret is looked for, and a word is found now and then.
    fn redacted(&self) -> Case {
        let body = traffic::chat_with(traffic::REDACTED, 4096, true);
        self.upstream.answer(Answer::Stream);
        let request = Request::post("/v1/chat/completions", body.clone()).key(traffic::KEY);
        let answer = Client::connect(self.start(Variant::Ours, 1).address).send(&request).text();
        assert!(answer.contains("[BIRD]") && !answer.contains("gulls"), "not redacted: {answer}");
        let load = Load { body, connections: 32 };
        let [ours, bare] = self.alternate(Answer::Stream, &load, [Variant::Ours, Variant::Bare]);
        compare("redacted_stream_200_vs_bare", ours, bare).goal(Goal::Ratio(1.08))
    }

    /// A stream that arrives as messages and leaves as chat completions; the bare Envoy passes the messages on.
    fn translated(&self) -> Case {
        let body = traffic::chat_with(traffic::TRANSLATED, 4096, true);
        self.upstream.answer(Answer::Messages);
        let request = Request::post("/v1/chat/completions", body.clone()).key(traffic::KEY);
        let answer = Client::connect(self.start(Variant::Ours, 1).address).send(&request).text();
        assert!(answer.contains("chat.completion.chunk") && answer.contains("[DONE]"), "not translated: {answer}");
        let load = Load { body, connections: 32 };
        let [ours, bare] = self.alternate(Answer::Messages, &load, [Variant::Ours, Variant::Bare]);
        compare("translated_stream_200_vs_bare", ours, bare).goal(Goal::Ratio(1.15))
    }

    /// Four times the bytes too, to see that the cost is linear in them.
    fn bodies(&self) -> Vec<Case> {
        let sizes = [("body_1m_vs_bare", 1 << 20), ("body_4m_vs_bare", 4 << 20)];
        let measure = |(name, bytes)| {
            let load = Load { body: traffic::chat(bytes, false), connections: 4 };
            let [ours, bare] = self.alternate(Answer::Whole, &load, [Variant::Ours, Variant::Bare]);
            compare(name, ours, bare).goal(Goal::Ratio(1.5))
        };
        sizes.map(measure).into()
    }

    /// Memory that an open stream holds while nothing is sent.
    fn idle_streams(&self) -> Case {
        self.upstream.answer(Answer::Held);
        let [ours, bare] = [Variant::Ours, Variant::Bare].map(|variant| {
            self.medians(3, || {
                let gateway = self.start(variant, 1);
                let first = open_streams(gateway.address, 10);
                let before = process::memory_kib(gateway.pid());
                let streams = open_streams(gateway.address, IDLE);
                let after = process::memory_kib(gateway.pid());
                drop((first, streams));
                (after - before) / IDLE as f64
            })
        });
        Case::new("idle_streams", "KiB/stream", ours, bare).goal(Goal::Over(24.0))
    }

    /// From start to first answer, the fastest of several starts.
    fn module_load(&self) -> Case {
        self.upstream.answer(Answer::Whole);
        let [ours, bare] = [Variant::Ours, Variant::Bare].map(|variant| {
            let starts = (0..9).map(|_| self.start(variant, 1).start.as_secs_f64() * 1e3);
            starts.fold(f64::INFINITY, f64::min)
        });
        Case::new("module_load", "ms to ready", ours, bare).goal(Goal::Over(50.0))
    }

    fn memory_per_worker(&self) -> Case {
        self.upstream.answer(Answer::Whole);
        let [ours, bare] = [Variant::Ours, Variant::Bare].map(|variant| {
            let [one, five] =
                [1, 5].map(|workers| self.medians(3, || process::memory_kib(self.start(variant, workers).pid())));
            (five - one) / 4.0
        });
        Case::new("memory_per_worker", "KiB", ours, bare)
    }

    /// Each gateway once in each round; the medians.
    fn alternate<const N: usize>(&self, answer: Answer, load: &Load, variants: [Variant; N]) -> [Sample; N] {
        self.upstream.answer(Answer::Whole);
        let gateways = variants.map(|variant| {
            let gateway = self.start(variant, 1);
            gateway.check(variant);
            gateway
        });
        self.upstream.answer(answer);
        // V8 compiles what is used often once more, in the background: not part of a request's price.
        for gateway in &gateways {
            load.run(gateway.address, self.load_core, 2);
        }
        let mut samples = variants.map(|_| Vec::new());
        for _ in 0..self.rounds {
            for (gateway, samples) in gateways.iter().zip(&mut samples) {
                samples.push(self.sample(gateway, load));
            }
        }
        samples.map(|samples| {
            let of = |figure: fn(&Sample) -> f64| median(samples.iter().map(figure).collect());
            Sample {
                cpu_us: of(|sample| sample.cpu_us),
                per_second: of(|sample| sample.per_second),
                p50_us: of(|sample| sample.p50_us),
                p99_us: of(|sample| sample.p99_us),
            }
        })
    }

    fn sample(&self, gateway: &Gateway, load: &Load) -> Sample {
        let cpu = process::cpu_time(gateway.pid());
        let served = self.upstream.served();
        let seen = load.run(gateway.address, self.load_core, self.seconds);
        let cpu = process::cpu_time(gateway.pid()) - cpu;
        Sample {
            cpu_us: cpu.as_secs_f64() * 1e6 / (self.upstream.served() - served),
            per_second: seen.requests / seen.seconds,
            p50_us: seen.p50_us,
            p99_us: seen.p99_us,
        }
    }

    fn start(&self, variant: Variant, workers: usize) -> Gateway {
        Gateway::start(variant, self.upstream.address, self.envoy_core, workers)
    }

    fn medians(&self, times: usize, figure: impl Fn() -> f64) -> f64 {
        median((0..times).map(|_| figure()).collect())
    }
}

fn compare(name: &'static str, ours: Sample, other: Sample) -> Case {
    let rounded = |value: f64| value.round();
    Case::new(name, "us CPU/request", ours.cpu_us, other.cpu_us)
        .with("requests_per_second", vec![rounded(ours.per_second), rounded(other.per_second)])
        .with("p50_us", vec![rounded(ours.p50_us), rounded(other.p50_us)])
        .with("p99_us", vec![rounded(ours.p99_us), rounded(other.p99_us)])
}

fn wasm_size() -> Case {
    let size = |name: &str| {
        let file = std::fs::metadata(from_env(name)).expect("the module is built");
        file.len() as f64
    };
    Case::new("wasm_size", "bytes", size("DRAGOMAN_WASM"), size("EMPTY_WASM")).goal(Goal::Most(1.5e6))
}

/// Streams that have begun and stay silent.
fn open_streams(gateway: SocketAddr, count: usize) -> Vec<Client> {
    let request = Request::post("/v1/chat/completions", traffic::chat(4096, true)).key(traffic::KEY);
    (0..count)
        .map(|_| {
            let mut client = Client::connect(gateway);
            client.start(&request).read_until("data:");
            client
        })
        .collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
