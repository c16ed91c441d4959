//! One model of a `models.yaml`, in LocalAI's words, and the settings it comes to.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::settings::{Cache, FlashAttention, Pooling, Settings};

/// One model.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Entry {
    pub(super) name: Option<String>,
    /// The model that this is another name of.
    pub(super) alias: Option<String>,
    description: Option<String>,
    backend: Option<String>,
    parameters: Parameters,
    context_size: Option<i64>,
    f16: Option<bool>,
    system_prompt: Option<String>,
    template: Template,
    chat_template_kwargs: Map<String, Value>,
    parallel: Option<usize>,
    batch: Option<usize>,
    ubatch: Option<usize>,
    prefill_budget: Option<usize>,
    prefix_cache: Option<usize>,
    threads: Option<usize>,
    gpu_layers: Option<u32>,
    main_gpu: Option<i32>,
    mmap: Option<bool>,
    mmlock: Option<bool>,
    flash_attention: Option<FlashAttention>,
    cache_type_k: Option<Cache>,
    cache_type_v: Option<Cache>,
    kv_unified: Option<bool>,
    embeddings: Option<bool>,
    reranking: Option<bool>,
    pooling: Option<Pooling>,
    stopwords: Vec<String>,
    grammar: Option<String>,
    pub(super) disabled: bool,
    preload: bool,
    pinned: bool,
    keep_alive: Option<i64>,
    memory_mb: Option<u64>,
    queue: Queue,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Queue {
    max: Option<usize>,
    timeout: Option<u64>,
}

/// LocalAI's own templates are Go's and are not run: the file's is.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Template {
    use_tokenizer_template: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Parameters {
    model: Option<PathBuf>,
    temperature: Option<f32>,
    top_k: Option<i32>,
    top_p: Option<f32>,
    min_p: Option<f32>,
    max_tokens: Option<usize>,
    seed: Option<i64>,
    repeat_penalty: Option<f32>,
    repeat_last_n: Option<i32>,
    frequency_penalty: Option<f32>,
    presence_penalty: Option<f32>,
    logit_bias: BTreeMap<i32, f32>,
    batch: Option<usize>,
}

impl Entry {
    /// A file with nothing said about it.
    pub(super) fn of_file(file: &Path) -> Self {
        let parameters = Parameters { model: Some(file.to_path_buf()), ..Parameters::default() };
        Self { parameters, ..Self::default() }
    }

    /// The model's file, as it is written.
    pub(super) fn file(&self) -> Option<&Path> {
        self.parameters.model.as_deref()
    }

    /// The settings, where `base` is the folder that the file stands in.
    pub(super) fn settings(self, base: &Path) -> Result<Settings, String> {
        let model = self
            .parameters
            .model
            .clone()
            .ok_or("a model has no `parameters.model`; write the path of its GGUF file there")?;
        let model = base.join(model);
        let stem = || model.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let name = self.name.clone().unwrap_or_else(stem);
        let wrong = |problem: &str| Err(format!("model `{name}`: {problem}"));
        if self.backend.as_deref().is_some_and(|backend| !backend.starts_with("llama")) {
            return wrong("`backend` must be llama-cpp, the only one there is; leave the key out");
        }
        if self.template.use_tokenizer_template == Some(false) {
            return wrong(
                "`use_tokenizer_template: false` is not served; the file's own template is used, leave the key out",
            );
        }
        let batch = self.batch.or(self.parameters.batch);
        let context = match self.context_size {
            // What the model was trained for bounds it.
            Some(-1) => Some(usize::MAX >> 32),
            Some(tokens) => Some(usize::try_from(tokens).unwrap_or(0)),
            None => None,
        };
        if [context, self.parallel, batch, self.ubatch, self.prefill_budget, self.threads].contains(&Some(0)) {
            return wrong("context_size, parallel, batch, ubatch, prefill_budget and threads must be at least 1");
        }
        if self.parallel.is_some_and(|parallel| parallel > 120) {
            return wrong("`parallel` must be at most 120");
        }
        let plain = Settings::of_file(name, model);
        let mut sampling = plain.sampling.clone();
        let Parameters {
            temperature,
            top_k,
            top_p,
            min_p,
            seed,
            repeat_penalty,
            repeat_last_n,
            frequency_penalty,
            presence_penalty,
            ..
        } = self.parameters;
        set(&mut sampling.temperature, temperature);
        set(&mut sampling.top_k, top_k);
        set(&mut sampling.top_p, top_p);
        set(&mut sampling.min_p, min_p);
        set(&mut sampling.repeat_penalty, repeat_penalty);
        set(&mut sampling.repeat_last_n, repeat_last_n);
        set(&mut sampling.frequency_penalty, frequency_penalty);
        set(&mut sampling.presence_penalty, presence_penalty);
        let seed = seed.and_then(|seed| u32::try_from(seed).ok());
        set(&mut sampling.seed, seed);
        sampling.logit_bias = self.parameters.logit_bias.into_iter().collect();
        sampling.grammar = self.grammar;
        let reranking = self.reranking.unwrap_or(false);
        let context = context.unwrap_or(plain.context);
        let cache = self.f16.map(|half| if half { Cache::F16 } else { Cache::F32 });
        Ok(Settings {
            context,
            parallel: self.parallel.unwrap_or(plain.parallel),
            batch: batch.unwrap_or(plain.batch),
            ubatch: self.ubatch.unwrap_or(plain.ubatch),
            prefill_budget: self.prefill_budget,
            cached: self.prefix_cache,
            unified: self.kv_unified.unwrap_or(plain.unified),
            threads: self.threads,
            gpu_layers: self.gpu_layers,
            main_gpu: self.main_gpu,
            mmap: self.mmap.unwrap_or(plain.mmap),
            mlock: self.mmlock.unwrap_or(plain.mlock),
            flash_attention: self.flash_attention.unwrap_or(plain.flash_attention),
            cache_type_k: self.cache_type_k.or(cache),
            cache_type_v: self.cache_type_v.or(cache),
            embeddings: self.embeddings.unwrap_or(false) || reranking,
            pooling: self.pooling.unwrap_or(if reranking { Pooling::Rank } else { plain.pooling }),
            sampling,
            seeded: seed.is_some(),
            max_tokens: self.parameters.max_tokens,
            stop: self.stopwords,
            system_prompt: self.system_prompt,
            variables: self.chat_template_kwargs,
            queue: self.queue.max.unwrap_or(plain.queue),
            queue_timeout: self.queue.timeout.unwrap_or(plain.queue_timeout),
            preload: self.preload || self.pinned,
            pinned: self.pinned,
            keep_alive: match self.keep_alive {
                Some(seconds) if seconds >= 0 => u64::try_from(seconds).ok(),
                Some(_) => None,
                None => plain.keep_alive,
            },
            memory_mb: self.memory_mb,
            ..plain
        })
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}
