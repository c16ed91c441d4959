//! What one model is served with, after every default is settled. Not the file format: `config` reads that.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{model::Facts, sampling::Sampling};

/// One model's settings.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Settings {
    /// What clients call it.
    pub name: String,
    /// What they may call it too.
    pub aliases: Vec<String>,
    /// Its GGUF file.
    pub model: PathBuf,
    /// The most tokens, prompt and answer together, of one request.
    pub context: usize,
    /// Requests that run side by side.
    pub parallel: usize,
    /// The most tokens evaluated together.
    pub batch: usize,
    /// The most tokens computed together.
    pub ubatch: usize,
    /// Prompt tokens per step while others generate; `None` adapts to the machine.
    pub prefill_budget: Option<usize>,
    /// Tokens of finished requests kept for prompts that start alike; `None` settles on one request's.
    pub cached: Option<usize>,
    /// Whether all requests share one memory. Sharing a prompt's start then costs nothing, and every token is compared with
    /// all that anyone holds; apart, a start is copied, and a request's speed depends on its own length alone.
    pub unified: bool,
    /// Threads that compute; `None` settles on the cores there are.
    pub threads: Option<usize>,
    /// Layers on the GPU; `None` leaves it to the library.
    pub gpu_layers: Option<u32>,
    /// The GPU that holds what is not split.
    pub main_gpu: Option<i32>,
    /// Whether the file is mapped rather than read.
    pub mmap: bool,
    /// Whether its pages are locked.
    pub mlock: bool,
    /// Flash attention.
    pub flash_attention: FlashAttention,
    /// How keys are stored; `None` settles on F32 for a tiny model, whose answers then never depend on rounding
    /// beside others, and on F16 for the rest.
    pub cache_type_k: Option<Cache>,
    /// How values are stored.
    pub cache_type_v: Option<Cache>,
    /// Serves embeddings instead of answers.
    pub embeddings: bool,
    /// How a text's embeddings become one.
    pub pooling: Pooling,
    /// What answers are sampled with unless the request says otherwise.
    pub sampling: Sampling,
    /// Whether a request without a seed gets the same one each time.
    pub seeded: bool,
    /// The most tokens of an answer that does not ask for a limit.
    pub max_tokens: Option<usize>,
    /// Stop strings of every answer.
    pub stop: Vec<String>,
    /// The first message of chats that bring none of their own.
    pub system_prompt: Option<String>,
    /// What templates are told unless the request says otherwise.
    pub variables: Map<String, Value>,
    /// Requests that may wait.
    pub queue: usize,
    /// How long one may wait, in seconds.
    pub queue_timeout: u64,
    /// Whether it is loaded at the start.
    pub preload: bool,
    /// Whether it is never unloaded.
    pub pinned: bool,
    /// Seconds without a request after which it is unloaded; `None` keeps it.
    pub keep_alive: Option<u64>,
    /// The memory it needs, where the estimate is wrong.
    pub memory_mb: Option<u64>,
}

impl Settings {
    /// The settings of a file with nothing said about it.
    #[must_use]
    pub fn of_file(name: String, model: PathBuf) -> Self {
        Self {
            name,
            aliases: Vec::new(),
            model,
            context: 4096,
            parallel: 4,
            batch: 2048,
            ubatch: 512,
            prefill_budget: None,
            cached: None,
            unified: false,
            threads: None,
            gpu_layers: None,
            main_gpu: None,
            mmap: true,
            mlock: false,
            flash_attention: FlashAttention::Auto,
            cache_type_k: None,
            cache_type_v: None,
            embeddings: false,
            pooling: Pooling::Model,
            sampling: Sampling::default(),
            seeded: false,
            max_tokens: None,
            stop: Vec::new(),
            system_prompt: None,
            variables: Map::new(),
            queue: 64,
            queue_timeout: 60,
            preload: false,
            pinned: false,
            keep_alive: None,
            memory_mb: None,
        }
    }

    /// Whether clients call it so.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.iter().any(|alias| alias == name)
    }

    /// Tokens of finished requests that are kept.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.cached.unwrap_or(self.context)
    }

    /// The tokens its memory holds: every request running at once with all it may use, and apart from them what is kept.
    #[must_use]
    pub fn cells(&self) -> usize {
        if self.unified || self.embeddings { self.context * self.parallel } else { self.context * self.sequences() }
    }

    /// The sequences its memory tells apart: those running, and those kept for reuse.
    /// For embeddings, how many texts are read at once; llama.cpp aborts unless its batch is a multiple of it.
    #[must_use]
    pub fn sequences(&self) -> usize {
        if self.embeddings {
            return TEXTS;
        }
        let kept = if self.unified { self.parallel.max(8) } else { self.kept().div_ceil(self.context) };
        (self.parallel + kept).min(crate::model::llama::SEQUENCES)
    }

    /// Settles what depends on the model: its trained context bounds a request's, and an encoder reads a text at once.
    #[must_use]
    pub fn settled(mut self, facts: &Facts) -> Self {
        self.embeddings |= facts.encoder;
        self.threads = Some(self.threads.unwrap_or_else(|| if facts.bytes < TINY { 1 } else { cores() }));
        let cache = if facts.bytes < TINY { Cache::F32 } else { Cache::F16 };
        self.cache_type_k = self.cache_type_k.or(Some(cache));
        self.cache_type_v = self.cache_type_v.or(Some(cache));
        self.context = self.context.min(facts.trained_context.max(1));
        if self.embeddings {
            self.batch = self.batch.max(self.context).next_multiple_of(TEXTS);
            self.ubatch = self.batch;
        } else {
            self.batch = self.batch.min(self.cells());
            self.ubatch = self.ubatch.min(self.batch);
        }
        self
    }
}

/// Texts that an embedder reads at once.
const TEXTS: usize = 16;

/// Weights of fewer bytes than this are computed before a second thread has woken.
const TINY: u64 = 16 << 20;

/// Physical cores that this process may use: hyper-threads gain nothing here.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(num_cpus::get_physical()).max(1)
}

/// Whether attention is computed in one fused step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlashAttention {
    /// On a GPU as the library thinks best, on a CPU never.
    Auto,
    /// Always.
    On,
    /// Never; often faster on a CPU.
    Off,
}

impl FlashAttention {
    /// `llama_flash_attn_type`.
    #[must_use]
    pub fn policy(self) -> i32 {
        match self {
            // On a CPU it is slower, and its rounding depends on where in the memory a sequence lies.
            Self::Auto if cfg!(any(feature = "cuda", feature = "metal", feature = "vulkan")) => -1,
            Self::Auto => 0,
            Self::Off => 0,
            Self::On => 1,
        }
    }
}

/// How keys or values are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is a number format's own name")]
pub enum Cache {
    F32,
    F16,
    Q8_0,
    Q4_0,
}

/// How the embeddings of a text's tokens become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// As the file says.
    Model,
    /// Their mean.
    Mean,
    /// The first.
    Cls,
    /// The last.
    Last,
    /// A score, from a model made for ranking.
    Rank,
}
