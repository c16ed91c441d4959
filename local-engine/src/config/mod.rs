//! `models.yaml`: what is served, in LocalAI's words. Every key has its effect, or is refused with a line and a reason.

mod entry;
mod explain;

use std::path::{Path, PathBuf};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::settings::Settings;
use entry::Entry;
use explain::explain;

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {problem}", path = .path.display())]
pub struct BadConfig {
    path: PathBuf,
    problem: String,
}

/// Several models.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    models: Vec<Entry>,
}

/// Reads a file of models, or a folder: of files with a model each, and of GGUF files that no such file names.
pub fn read(path: &Path) -> Result<Vec<Settings>, BadConfig> {
    let failed = |path: &Path, problem: String| BadConfig { path: path.to_path_buf(), problem };
    let models = if path.is_dir() { folder(path)? } else { entries(path)? };
    settled(models).map_err(|problem| failed(path, problem))
}

/// A file's models, each with the folder that its paths start in.
fn entries(path: &Path) -> Result<Vec<(Entry, PathBuf)>, BadConfig> {
    let failed = |problem: String| BadConfig { path: path.to_path_buf(), problem };
    let text = std::fs::read_to_string(path).map_err(|error| failed(format!("cannot be read: {error}")))?;
    let base = path.parent().unwrap_or(Path::new("."));
    let models = parse(&text).map_err(failed)?;
    Ok(models.into_iter().map(|model| (model, base.to_path_buf())).collect())
}

fn folder(path: &Path) -> Result<Vec<(Entry, PathBuf)>, BadConfig> {
    let failed =
        |error: std::io::Error| BadConfig { path: path.to_path_buf(), problem: format!("cannot be read: {error}") };
    let files = std::fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(failed)?;
    let mut files: Vec<PathBuf> = files.into_iter().map(|file| file.path()).collect();
    files.sort();
    let of_kind = |kinds: &'static [&str]| {
        let kind = move |file: &&PathBuf| file.extension().is_some_and(|kind| kinds.iter().any(|known| kind == *known));
        files.iter().filter(kind)
    };
    let mut models = Vec::new();
    for file in of_kind(&["yaml", "yml"]) {
        models.extend(entries(file)?);
    }
    let named: Vec<PathBuf> = models.iter().filter_map(|(model, base)| Some(base.join(model.file()?))).collect();
    let plain = of_kind(&["gguf"]).filter(|file| !named.contains(file));
    models.extend(plain.map(|file| (Entry::of_file(file), path.to_path_buf())).collect::<Vec<_>>());
    Ok(models)
}

/// The models of a file: under `models:`, as a list, or one that is the whole file.
fn parse(text: &str) -> Result<Vec<Entry>, String> {
    match typed::<Value>(text)? {
        Value::Array(_) => typed(text),
        Value::Object(file) if file.contains_key("models") => Ok(typed::<File>(text)?.models),
        _ => Ok(vec![typed(text)?]),
    }
}

fn typed<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_saphyr::from_str(text).map_err(|error| explain(&error))
}

/// The settings of models, with the names that are other names added to those that they are names of.
fn settled(entries: Vec<(Entry, PathBuf)>) -> Result<Vec<Settings>, String> {
    let (mut models, mut aliases): (Vec<Settings>, Vec<(String, String)>) = (Vec::new(), Vec::new());
    for (entry, base) in entries.into_iter().filter(|(entry, _)| !entry.disabled) {
        match entry.alias.clone() {
            Some(model) => {
                let name = entry.name.ok_or("an `alias` has no `name`; write the other name there")?;
                aliases.push((name, model));
            }
            None => models.push(entry.settings(&base)?),
        }
    }
    let mut names: Vec<String> = models.iter().map(|model| model.name.clone()).collect();
    for (alias, name) in aliases {
        let known = models.iter_mut().find(|model| model.name == name);
        let model =
            known.ok_or_else(|| format!("`{alias}` is another name of `{name}`, and there is no such model"))?;
        model.aliases.push(alias.clone());
        names.push(alias);
    }
    names.sort();
    if let Some(name) = names.iter().zip(names.iter().skip(1)).find(|(one, next)| one == next).map(|(one, _)| one) {
        return Err(format!("two models are called `{name}`; give one another `name`"));
    }
    if models.is_empty() {
        return Err("no model is served; write one under `models:`".into());
    }
    Ok(models)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Cache, FlashAttention};

    fn models(text: &str) -> Result<Vec<Settings>, String> {
        settled(parse(text)?.into_iter().map(|model| (model, "/models".into())).collect())
    }

    #[test]
    fn a_model_is_read_with_its_defaults() {
        let models = models("models:\n- parameters: {model: a.gguf, temperature: 0.2, seed: 7}\n  context_size: 512\n  flash_attention: off\n  queue: {max: 3}\n").unwrap();
        let [model] = models.as_slice() else { panic!() };
        assert_eq!((model.name.as_str(), model.model.to_str()), ("a", Some("/models/a.gguf")));
        assert_eq!((model.context, model.queue, model.seeded, model.sampling.seed), (512, 3, true, 7));
        assert_eq!(model.flash_attention, FlashAttention::Off);
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line_and_what_was_meant() {
        let error = models("models:\n- parameters: {model: a.gguf}\n  contextsize: 512\n").unwrap_err();
        assert_eq!(error, "line 3: there is no key `contextsize`; did you mean `context_size`?");
        let error = models("models:\n- parameters:\n    model: a.gguf\n    temprature: 1\n").unwrap_err();
        assert_eq!(error, "line 4: there is no key `temprature`; did you mean `temperature`?");
    }

    #[test]
    fn what_has_no_effect_is_refused() {
        for (key, named) in [
            ("lora_adapters: [x]", "line 3: `lora_adapters`: LoRA adapters are not served"),
            ("draft_model: x", "line 3: `draft_model`: speculative decoding is not served"),
            ("mmproj: x", "line 3: `mmproj`: only text is served"),
            ("limits: {max_concurrent: 3}", "write `parallel`"),
            ("template: {chat: x}", "Go templates are not run"),
            ("template: {use_tokenizer_template: false}", "use_tokenizer_template"),
            ("pooling: none", "`none` is none of: model, mean"),
            ("parallel: 0", "parallel"),
            ("backend: vllm", "backend"),
        ] {
            let error = models(&format!("models:\n- parameters: {{model: a.gguf}}\n  {key}\n")).unwrap_err();
            assert!(error.contains(named), "{error}");
        }
    }

    #[test]
    fn two_models_of_one_name_are_refused() {
        let error = models("models:\n- parameters: {model: a.gguf}\n- parameters: {model: b/a.gguf}\n").unwrap_err();
        assert!(error.contains("two models are called `a`"), "{error}");
    }

    #[test]
    fn a_disabled_model_is_not_served() {
        let models =
            models("models:\n- parameters: {model: a.gguf}\n- parameters: {model: b.gguf}\n  disabled: true\n")
                .unwrap();
        assert_eq!(models.len(), 1);
    }

    #[test]
    fn a_file_may_be_one_model_or_a_list_of_them() {
        let one = models("name: a\nparameters: {model: a.gguf, batch: 64}\ncontext_size: -1\nf16: true\n").unwrap();
        let [model] = one.as_slice() else { panic!() };
        assert_eq!((model.name.as_str(), model.batch, model.cache_type_v), ("a", 64, Some(Cache::F16)));
        assert!(model.context > 1 << 20);
        assert_eq!(models("- parameters: {model: a.gguf}\n- parameters: {model: b.gguf}\n").unwrap().len(), 2);
    }

    #[test]
    fn another_name_leads_to_its_model_and_to_one_only() {
        let text = "- {name: a, parameters: {model: a.gguf}}\n- {name: gpt, alias: a}\n";
        assert_eq!(models(text).unwrap()[0].aliases, ["gpt"]);
        for (alias, named) in [("gpt", "no such model"), ("a", "two models are called `a`")] {
            let error = models(&format!(
                "- {{name: a, parameters: {{model: a.gguf}}}}\n- {{name: {alias}, alias: {}}}\n",
                if alias == "a" { "a" } else { "b" }
            ))
            .unwrap_err();
            assert!(error.contains(named), "{error}");
        }
    }

    #[test]
    fn a_folder_is_its_files_of_models_and_the_models_that_none_names() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("chat.yaml", "name: chat\nparameters: {model: a.gguf}\n");
        write("a.gguf", "");
        write("b.gguf", "");
        write("notes.txt", "");
        let names: Vec<String> = read(folder.path()).unwrap().into_iter().map(|model| model.name).collect();
        assert_eq!(names, ["chat", "b"]);
        write("wrong.yml", "nmae: x\n");
        let error = read(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with("wrong.yml: line 1: there is no key `nmae`; did you mean `name`?"), "{error}");
    }
}
