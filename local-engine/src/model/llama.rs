//! A model in llama.cpp: loading it, and the two sides of the seam.
//! The only file, with its sampler, its log and the files' heads, that names llama.cpp.

use std::{
    num::NonZeroU32,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use llama_cpp_2::{
    DecodeError,
    context::{
        LlamaContext,
        params::{KvCacheType, LlamaContextParams, LlamaPoolingType},
        session::LlamaStateSeqFlags,
    },
    llama_backend::LlamaBackend,
    llama_batch::LlamaBatch,
    model::{LlamaModel, params::LlamaModelParams},
    token::LlamaToken,
};

use super::{
    EvaluateFailed, Evaluator, Facts, Model, Row, Sampler, SamplerRefused, SeqId, Token, apart::apart, deadline,
    header::Header, llama_sampler::ChainSampler, logs,
};
use crate::{
    sampling::Sampling,
    settings::{Cache, Pooling, Settings},
};

/// The most sequences llama.cpp can hold.
pub const SEQUENCES: usize = 256;

/// Bytes of text that take about a millisecond to read.
const LONG: usize = 16 << 10;

/// Why a model did not load.
#[derive(Debug, thiserror::Error)]
pub enum LoadFailed {
    /// There is no such file.
    #[error("{0}: there is no such model file")]
    Missing(PathBuf),
    /// It holds something else than a model that is served.
    #[error("{path}: the file holds {what}; name a model's file", path = .0.display(), what = .1)]
    Unbuilt(PathBuf, &'static str),
    /// llama.cpp refused it.
    #[error("{path}: the model cannot be loaded: {reason}", path = .0.display(), reason = .1)]
    Refused(PathBuf, String),
    /// The model loaded, its context did not.
    #[error("no context of {0} tokens could be made: {1}")]
    Context(usize, String),
    /// The library did not start.
    #[error("llama.cpp did not start: {0}")]
    Backend(String),
}

/// A loaded model's weights and vocabulary, shared between threads.
pub struct Llama {
    model: LlamaModel,
    facts: Facts,
    ends: Vec<LlamaToken>,
}

impl Llama {
    /// Loads the file that `settings` names.
    pub fn load(settings: &Settings) -> Result<Arc<Self>, LoadFailed> {
        let path = settings.model.as_path();
        if !path.is_file() {
            return Err(LoadFailed::Missing(path.to_path_buf()));
        }
        if let Some(what) = Header::read(path).and_then(|header| header.unserved()) {
            return Err(LoadFailed::Unbuilt(path.to_path_buf(), what));
        }
        let _ = logs::complaint();
        let model = LlamaModel::load_from_file(backend()?, path, &model_params(settings))
            .map_err(|error| refused(path, &error.to_string()))?;
        let ends = model.vocab().tokens().filter(|token| model.vocab().is_eog(*token)).collect();
        let facts = facts(&model);
        Ok(Arc::new(Self { model, facts, ends }))
    }

    /// A context over this model, to be kept on one thread.
    pub fn evaluator(&self, settings: &Settings) -> Result<LlamaEvaluator<'_>, LoadFailed> {
        let _ = logs::complaint();
        let cells = settings.cells();
        let failed = |reason: String| LoadFailed::Context(cells, logs::complaint().unwrap_or(reason));
        let context =
            self.model.new_context(backend()?, context_params(settings)).map_err(|error| failed(error.to_string()))?;
        let batch = LlamaBatch::new(settings.batch, 1);
        Ok(LlamaEvaluator { context, batch, sequences: settings.sequences(), unified: settings.unified })
    }
}

impl Model for Llama {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn tokenize(&self, text: &str, special: bool, markup: bool) -> Vec<Token> {
        let read = || self.model.vocab().tokenize(text.as_bytes(), special, markup);
        let tokens = if text.len() > LONG { apart(read) } else { read() };
        tokens.into_iter().map(|token| token.0).collect()
    }

    fn piece(&self, token: Token, markup: bool) -> Vec<u8> {
        let known = usize::try_from(token).is_ok_and(|token| token < self.facts.vocabulary);
        if known { self.model.vocab().token_to_piece(LlamaToken(token), markup, None) } else { Vec::new() }
    }

    fn ends(&self, token: Token) -> bool {
        self.ends.contains(&LlamaToken(token))
    }

    fn sampler(&self, wish: &Sampling, prompt: &[Token]) -> Result<Box<dyn Sampler>, SamplerRefused> {
        let _ = logs::complaint();
        let sampler = || ChainSampler::new(&self.model, &self.ends, wish, prompt);
        let sampler = if wish.grammar.is_some() { apart(|| deadline::within(sampler)) } else { sampler() };
        Ok(Box::new(sampler?))
    }
}

/// A context, owned by one thread.
pub struct LlamaEvaluator<'model> {
    context: LlamaContext<'model>,
    batch: LlamaBatch<'static>,
    sequences: usize,
    unified: bool,
}

impl LlamaEvaluator<'_> {
    /// A sequence's number, checked: llama.cpp writes past its tables for one that is not its own.
    fn checked(&self, seq: SeqId) -> Result<u32, EvaluateFailed> {
        u32::try_from(seq).ok().filter(|seq| (*seq as usize) < self.sequences).ok_or(EvaluateFailed::Fatal(seq))
    }

    /// The pooled embedding of a sequence of the last evaluation.
    pub fn embedding(&self, seq: SeqId) -> Option<&[f32]> {
        self.context.embeddings_seq_ith(seq).ok()
    }

    /// Forgets every sequence.
    pub fn clear(&mut self) {
        self.context.clear_kv_cache();
    }
}

impl Evaluator for LlamaEvaluator<'_> {
    fn evaluate(&mut self, rows: &[Row]) -> Result<(), EvaluateFailed> {
        self.batch.clear();
        for row in rows {
            self.checked(row.seq)?;
            let position = i32::try_from(row.position).map_err(|_| EvaluateFailed::Full)?;
            self.batch
                .add(LlamaToken(row.token), position, &[row.seq], row.logits)
                .map_err(|_| EvaluateFailed::Full)?;
        }
        self.context.decode(&mut self.batch).map_err(|error| match error {
            DecodeError::NoKvCacheSlot => EvaluateFailed::Full,
            DecodeError::NTokensZero => EvaluateFailed::Fatal(-1),
            DecodeError::Unknown(code) => EvaluateFailed::Fatal(code),
        })
    }

    fn logits(&self, row: usize) -> &[f32] {
        self.context.get_logits_ith(i32::try_from(row).unwrap_or(i32::MAX))
    }

    fn truncate(&mut self, seq: SeqId, length: usize) -> bool {
        let (Ok(seq), Ok(length)) = (self.checked(seq), u32::try_from(length)) else {
            return false;
        };
        self.context.clear_kv_cache_seq(Some(seq), Some(length), None).unwrap_or(false)
    }

    fn share(&mut self, from: SeqId, to: SeqId, length: usize) -> bool {
        if self.checked(from).is_err() || self.checked(to).is_err() {
            return false;
        }
        if self.unified {
            return self.context.copy_kv_cache_seq(from, to, Some(0), u32::try_from(length).ok()).is_ok();
        }
        // Between memories llama.cpp copies whole ones or, as a state, what a sequence holds: the latter is less.
        let state = self.context.state_seq_get(from, LlamaStateSeqFlags::empty());
        let copied = state.is_ok_and(|state| self.context.state_seq_set(&state, to).is_ok());
        copied && self.truncate(to, length)
    }
}

/// The library is started once and never stopped: stopping it under a living model is undefined.
fn backend() -> Result<&'static LlamaBackend, LoadFailed> {
    static BACKEND: OnceLock<Result<LlamaBackend, String>> = OnceLock::new();
    let started = BACKEND.get_or_init(|| {
        logs::forward();
        LlamaBackend::init().map_err(|error| error.to_string())
    });
    started.as_ref().map_err(|reason| LoadFailed::Backend(reason.clone()))
}

fn refused(path: &Path, error: &str) -> LoadFailed {
    LoadFailed::Refused(path.to_path_buf(), logs::complaint().unwrap_or_else(|| error.to_string()))
}

fn model_params(settings: &Settings) -> LlamaModelParams {
    let mut params = LlamaModelParams::default().with_use_mmap(settings.mmap).with_use_mlock(settings.mlock);
    if let Some(layers) = settings.gpu_layers {
        params = params.with_n_gpu_layers(layers);
    }
    if let Some(gpu) = settings.main_gpu {
        params = params.with_main_gpu(gpu);
    }
    params
}

fn context_params(settings: &Settings) -> LlamaContextParams {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let threads = settings.threads.and_then(|threads| i32::try_from(threads).ok()).unwrap_or(1);
    let params = LlamaContextParams::default()
        .with_n_ctx(NonZeroU32::new(count(settings.cells())))
        .with_n_batch(count(settings.batch))
        .with_n_ubatch(count(settings.ubatch))
        .with_n_seq_max(count(settings.sequences()))
        .with_n_threads(threads)
        .with_n_threads_batch(threads)
        .with_kv_unified(settings.unified || settings.embeddings)
        .with_flash_attention_policy(settings.flash_attention.policy())
        .with_type_k(cache(settings.cache_type_k))
        .with_type_v(cache(settings.cache_type_v))
        .with_no_perf(true);
    if settings.embeddings { params.with_embeddings(true).with_pooling_type(pooling(settings.pooling)) } else { params }
}

fn cache(kind: Option<Cache>) -> KvCacheType {
    match kind.unwrap_or(Cache::F16) {
        Cache::F32 => KvCacheType::F32,
        Cache::F16 => KvCacheType::F16,
        Cache::Q8_0 => KvCacheType::Q8_0,
        Cache::Q4_0 => KvCacheType::Q4_0,
    }
}

fn pooling(kind: Pooling) -> LlamaPoolingType {
    match kind {
        Pooling::Model => LlamaPoolingType::Unspecified,
        Pooling::Mean => LlamaPoolingType::Mean,
        Pooling::Cls => LlamaPoolingType::Cls,
        Pooling::Last => LlamaPoolingType::Last,
        Pooling::Rank => LlamaPoolingType::Rank,
    }
}

fn facts(model: &LlamaModel) -> Facts {
    let vocab = model.vocab();
    let size = usize::try_from(vocab.n_tokens()).unwrap_or(0);
    let text = |token: LlamaToken| {
        let piece = if token.0 < 0 { Vec::new() } else { vocab.token_to_piece(token, true, None) };
        String::from_utf8_lossy(&piece).into_owned()
    };
    let architecture = model.meta_val_str("general.architecture").unwrap_or_default();
    let causal = model.meta_val_str(&format!("{architecture}.attention.causal")).unwrap_or_default();
    Facts {
        name: model.meta_val_str("general.name").unwrap_or_default(),
        vocabulary: size,
        trained_context: model.n_ctx_train() as usize,
        template: model.chat_template(None).ok().and_then(|template| template.to_string().ok()),
        bos: text(vocab.bos()),
        eos: text(vocab.eos()),
        parameters: model.n_params(),
        bytes: model.size(),
        width: usize::try_from(model.n_embd_out()).unwrap_or(0),
        encoder: causal == "false",
        rewinds: !(model.is_recurrent() || model.is_hybrid()),
    }
}

/// The grammar of a JSON schema.
pub fn schema_grammar(schema: &str) -> Result<String, String> {
    let _ = logs::complaint();
    deadline::within(|| llama_cpp_2::json_schema_to_grammar(schema))
        .map_err(|error| logs::complaint().unwrap_or_else(|| error.to_string()))
}
