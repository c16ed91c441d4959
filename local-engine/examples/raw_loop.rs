//! llama.cpp alone, as fast as a plain loop drives it: what `./dev bench engine` measures the engine against.
//! No server, no scheduler: so many sequences side by side, each with a prompt of random letters, and greedy choices.
//!
//! Run with `cargo run --release -p local-engine --example raw_loop -- MODEL --sequences 4`.

#![expect(clippy::expect_used, reason = "a measurement that cannot go on ends with a sentence")]

use std::{num::NonZeroU32, path::PathBuf, time::Instant};

use clap::Parser;
use llama_cpp_2::{
    context::params::LlamaContextParams,
    llama_backend::LlamaBackend,
    llama_batch::LlamaBatch,
    model::{LlamaModel, params::LlamaModelParams},
    sampling::LlamaSampler,
    token::LlamaToken,
};

/// Decodes, and prints tokens per second.
#[derive(Parser)]
struct Options {
    /// The GGUF file.
    model: PathBuf,
    /// Threads that compute.
    #[arg(long, default_value_t = 1)]
    threads: i32,
    /// Sequences side by side.
    #[arg(long, default_value_t = 1)]
    sequences: usize,
    /// The most tokens of a sequence.
    #[arg(long, default_value_t = 4608)]
    context: usize,
    /// Tokens of each prompt.
    #[arg(long, default_value_t = 64)]
    prompt: usize,
    /// Tokens of each answer.
    #[arg(long, default_value_t = 128)]
    tokens: usize,
}

fn main() {
    let options = Options::parse();
    let mut backend = LlamaBackend::init().expect("llama.cpp starts");
    backend.void_logs();
    let model = LlamaModel::load_from_file(&backend, &options.model, &LlamaModelParams::default());
    let model = model.expect("the model loads");
    let size = u32::try_from(options.context * options.sequences);
    let params = LlamaContextParams::default()
        .with_n_ctx(NonZeroU32::new(size.expect("a context of fewer tokens")))
        .with_n_seq_max(u32::try_from(options.sequences).expect("fewer sequences"))
        .with_n_threads(options.threads)
        .with_n_threads_batch(options.threads)
        .with_flash_attention_policy(0)
        .with_no_perf(true);
    let mut context = model.new_context(&backend, params).expect("the context is made");
    let mut batch = LlamaBatch::new(options.prompt.max(options.sequences), 1);
    let mut sampler = LlamaSampler::greedy();
    let mut letter = 7_u32;
    let mut last = Vec::new();
    for seq in (0..).take(options.sequences) {
        batch.clear();
        for place in 0..options.prompt {
            letter = letter.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let text = char::from(b'a' + u8::try_from((letter >> 16) % 26).expect("a letter")).to_string();
            let token = model.vocab().tokenize(text.as_bytes(), false, false).first().copied();
            let token = token.expect("letters are tokens");
            let position = i32::try_from(place).expect("a shorter prompt");
            batch.add(token, position, &[seq], place + 1 == options.prompt).expect("the batch has room");
        }
        context.decode(&mut batch).expect("the prompt is read");
        last.push(sampler.sample(&context, batch.n_tokens() - 1));
    }
    let began = Instant::now();
    for nth in 1..options.tokens {
        batch.clear();
        for (seq, token) in (0..).zip(&last) {
            let position = i32::try_from(options.prompt + nth - 1).expect("a shorter answer");
            batch.add(*token, position, &[seq], true).expect("the batch has room");
        }
        context.decode(&mut batch).expect("a step");
        last = (0..).take(options.sequences).map(|row| sampler.sample(&context, row)).collect::<Vec<LlamaToken>>();
    }
    let tokens = options.sequences * (options.tokens - 1);
    println!("{}", tokens as f64 / began.elapsed().as_secs_f64());
}
