//! How much memory a model needs, told from its file, and how much there is.

use std::{fs, path::Path};

use super::header::Header;
use crate::settings::{Cache, Settings};

/// Bytes beside weights and memory of tokens: the graph's buffers.
const BUFFERS: u64 = 64 << 20;

/// Bytes that serving this model needs; `None` when its file cannot be read, which loading it will explain.
/// Mapped weights count in full: they have to be in memory for the model to be quick.
#[must_use]
pub fn needed(settings: &Settings) -> Option<u64> {
    let weights = fs::metadata(&settings.model).ok()?.len();
    let tokens = memory(&settings.model, settings).unwrap_or(0);
    Some(weights.saturating_add(tokens).saturating_add(BUFFERS))
}

/// Bytes that the keys and values of all tokens take.
fn memory(file: &Path, settings: &Settings) -> Option<u64> {
    let header = Header::read(file)?;
    let architecture = header.text("general.architecture")?;
    let number = |name: &str| header.number(&format!("{architecture}.{name}"));
    let (layers, heads) = (number("block_count")?, number("attention.head_count")?.max(1));
    let key_heads = number("attention.head_count_kv").unwrap_or(heads);
    let head = number("embedding_length")? / heads;
    let (keys, values) =
        (number("attention.key_length").unwrap_or(head), number("attention.value_length").unwrap_or(head));
    let row = |width: u64, kind: Option<Cache>| width * key_heads * bits(kind) / 8;
    let token = layers * (row(keys, settings.cache_type_k) + row(values, settings.cache_type_v));
    let trained = number("context_length").and_then(|tokens| usize::try_from(tokens).ok()).unwrap_or(usize::MAX);
    let bounded = Settings { context: settings.context.min(trained), ..settings.clone() };
    Some(token.saturating_mul(bounded.cells() as u64))
}

fn bits(kind: Option<Cache>) -> u64 {
    match kind.unwrap_or(Cache::F16) {
        Cache::F32 => 32,
        Cache::F16 => 16,
        Cache::Q8_0 => 9,
        Cache::Q4_0 => 5,
    }
}

/// Bytes that this process could still take: what the machine has, and what its control group leaves.
#[must_use]
pub fn available() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| field(&text, "MemAvailable:"));
    let machine = machine.map(|kib| kib << 10);
    let group = group();
    match (machine, group) {
        (Some(machine), Some(group)) => Some(machine.min(group)),
        (one, other) => one.or(other),
    }
}

/// What the control group leaves; file pages that it could drop are not counted as taken.
fn group() -> Option<u64> {
    let read = |name: &str| fs::read_to_string(Path::new("/sys/fs/cgroup").join(name)).ok();
    let most: u64 = read("memory.max")?.trim().parse().ok()?;
    let taken: u64 = read("memory.current")?.trim().parse().ok()?;
    let droppable = read("memory.stat").and_then(|text| field(&text, "inactive_file")).unwrap_or(0);
    Some(most.saturating_sub(taken.saturating_sub(droppable)))
}

fn field(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_models_need_grows_with_its_context() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/demo-q8_0.gguf");
        let small = Settings { context: 512, parallel: 1, ..Settings::of_file("demo".into(), file) };
        let large = Settings { parallel: 120, ..small.clone() };
        let bounded = Settings { context: 1 << 40, ..small.clone() };
        assert!(needed(&bounded).unwrap() < 1 << 30, "the trained context bounds it");
        let (small, large) = (needed(&small).unwrap(), needed(&large).unwrap());
        assert!(small < 100 << 20, "{small}");
        assert!(large > small + (50 << 20), "{small} {large}");
    }

    #[test]
    fn there_is_memory() {
        assert!(available().unwrap() > 1 << 20);
    }
}
