//! What the engine needs of a model: the seam between scheduling and llama.cpp.
//! Scheduling is tested against a scripted model on this side of it; nothing above this module names llama.cpp.

mod apart;
mod deadline;
pub mod estimate;
mod header;
pub mod llama;
mod llama_sampler;
pub mod logs;
#[cfg(test)]
pub(crate) mod scripted;

use crate::sampling::Sampling;

/// A token's number in its model's vocabulary.
pub type Token = i32;

/// A sequence's number in the evaluator's memory.
pub type SeqId = i32;

/// The part of a model that any thread may use: its vocabulary, its facts, and samplers made for it.
pub trait Model: Send + Sync {
    /// What the file says about the model.
    fn facts(&self) -> &Facts;
    /// Text to tokens; `special` adds the model's own start tokens, `markup` reads control tokens written in the text.
    fn tokenize(&self, text: &str, special: bool, markup: bool) -> Vec<Token>;
    /// A token's bytes, which need not be whole characters; control tokens are empty unless `markup`.
    fn piece(&self, token: Token, markup: bool) -> Vec<u8>;
    /// Whether the token ends an answer.
    fn ends(&self, token: Token) -> bool;
    /// A sampler for one answer to `prompt`.
    fn sampler(&self, wish: &Sampling, prompt: &[Token]) -> Result<Box<dyn Sampler>, SamplerRefused>;
}

/// What a model's file says about it.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// `general.name`, else empty.
    pub name: String,
    /// Size of the vocabulary.
    pub vocabulary: usize,
    /// The context it was trained for.
    pub trained_context: usize,
    /// The chat template, in Jinja.
    pub template: Option<String>,
    /// The text of the token that starts a sequence.
    pub bos: String,
    /// The text of the token that ends one.
    pub eos: String,
    /// Number of weights.
    pub parameters: u64,
    /// Size of the weights in bytes.
    pub bytes: u64,
    /// Width of its embeddings.
    pub width: usize,
    /// Whether it is an encoder, made for embeddings and unable to generate.
    pub encoder: bool,
    /// Whether a sequence's memory can be cut back, which prefix reuse needs.
    pub rewinds: bool,
}

/// Chooses the next token of one answer.
pub trait Sampler: Send {
    /// Chooses from `logits` and takes note of the choice.
    fn pick(&mut self, logits: &[f32]) -> Result<Token, SamplerFailed>;
}

/// The sampler could not go on: its grammar and the model have come apart.
#[derive(Debug, thiserror::Error)]
#[error("the sampler rejected its own token; the grammar cannot be continued")]
pub struct SamplerFailed;

/// A sampler that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SamplerRefused {
    /// The grammar does not parse.
    #[error("the grammar cannot be used: {0}")]
    Grammar(String),
    /// A biased token is not in the vocabulary.
    #[error("logit_bias names token {0}, and the vocabulary has {1}")]
    Bias(Token, usize),
}

/// One token to evaluate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The token.
    pub token: Token,
    /// Its place in the sequence, from 0.
    pub position: usize,
    /// The sequence it belongs to.
    pub seq: SeqId,
    /// Whether its logits will be read.
    pub logits: bool,
}

/// The part of a model that one thread owns: its memory of sequences, and the evaluation of tokens.
pub trait Evaluator {
    /// Evaluates the rows together.
    fn evaluate(&mut self, rows: &[Row]) -> Result<(), EvaluateFailed>;
    /// The logits of a row of the last evaluation that asked for them.
    fn logits(&self, row: usize) -> &[f32];
    /// Forgets what a sequence holds from `length` on. False when the model cannot cut there.
    fn truncate(&mut self, seq: SeqId, length: usize) -> bool;
    /// Lets `to`, which is empty, hold the first `length` tokens of `from` too. False when it could not.
    fn share(&mut self, from: SeqId, to: SeqId, length: usize) -> bool;
}

/// Why an evaluation failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EvaluateFailed {
    /// The memory has no room for the rows; nothing was changed.
    #[error("the model's memory is full")]
    Full,
    /// Anything else; the sequences in the batch are lost.
    #[error("evaluation failed with code {0}")]
    Fatal(i32),
}
