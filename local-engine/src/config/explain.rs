//! What is wrong with a file, where, and what was meant.

/// Keys of LocalAI's that are known and not served, and what to do instead.
const UNSERVED: &[(&[&str], &str)] = &[
    (
        &["lora_adapters", "lora_scales", "lora_adapter", "lora_base", "lora_scale"],
        "LoRA adapters are not served; remove it",
    ),
    (&["mmproj", "tts", "diffusers", "step", "cfg_scale"], "only text is served; remove it"),
    (&["draft_model", "n_draft"], "speculative decoding is not served; remove it"),
    (
        &["chat", "chat_message", "completion", "function", "edit", "multimodal"],
        "Go templates are not run; the file's own template is used, remove it",
    ),
    (&["limits"], "write `parallel` for how many run and `queue: {max, timeout}` for how many wait"),
    (&["options", "feature_flags"], "what is passed on to another program has no effect here; remove it"),
    (&["tensor_split", "low_vram", "no_kv_offloading"], "only `gpu_layers` and `main_gpu` divide the work; remove it"),
    (
        &[
            "rope_freq_base",
            "rope_freq_scale",
            "rope_scaling",
            "yarn_ext_factor",
            "yarn_attn_factor",
            "yarn_beta_fast",
            "yarn_beta_slow",
        ],
        "the file says how positions are encoded; remove it",
    ),
    (
        &["known_usecases", "download_files", "concurrency_groups", "usage", "reasoning_effort"],
        "it has no effect here; remove it",
    ),
];

/// What is wrong, where, and what was meant.
pub(super) fn explain(error: &serde_saphyr::Error) -> String {
    use serde_saphyr::Error::{SerdeUnknownField, SerdeUnknownVariant};
    let error = error.without_snippet();
    let place = error.location().map_or_else(String::new, |at| format!("line {}: ", at.line()));
    let problem = match error {
        SerdeUnknownField { field, .. } if unserved(field).is_some() => {
            format!("`{field}`: {}", unserved(field).unwrap_or_default())
        }
        SerdeUnknownField { field, expected, .. } => {
            let near = nearest(field, expected).map_or_else(
                || format!("the keys are: {}", expected.join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            format!("there is no key `{field}`; {near}")
        }
        SerdeUnknownVariant { variant, expected, .. } => format!("`{variant}` is none of: {}", expected.join(", ")),
        other => other.to_string(),
    };
    format!("{place}{problem}")
}

fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let near = known.iter().map(|known| (strsim::jaro_winkler(name, known), *known));
    near.max_by(|one, other| one.0.total_cmp(&other.0)).filter(|(likeness, _)| *likeness > 0.8).map(|(_, known)| known)
}

fn unserved(key: &str) -> Option<&'static str> {
    UNSERVED.iter().find(|(keys, _)| keys.contains(&key)).map(|(_, mend)| *mend)
}
