//! What an engine serves, mounted so that it finds each model where its models.yaml says: below one folder, everything
//! lies to each other as it does outside. Not what else a models.yaml may say: the engine reads that.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf, absolute};

use serde_json::Value;

use super::host::{Mount, plain};

/// The folder in the container.
const FOLDER: &str = "/models";

/// What an engine reads.
pub(super) struct Models {
    /// What it is to serve, by the container's path.
    pub(super) config: PathBuf,
    /// That, and the models that it names.
    pub(super) mounts: Vec<Mount>,
}

impl Models {
    /// A models.yaml, or a folder of such files and of GGUF files.
    pub(super) fn of(given: &Path) -> Result<Models, String> {
        let path = plain(given);
        let (folder, files) = if given.is_dir() {
            (path.clone(), listed(given)?)
        } else {
            (path.parent().unwrap_or(Path::new("")).to_owned(), vec![path.clone()])
        };
        let (mut related, mut fixed) = (BTreeSet::from([path.clone()]), BTreeSet::new());
        for model in files.iter().map(|file| named(file)).collect::<Result<Vec<_>, _>>()?.into_iter().flatten() {
            let place = plain(&folder.join(&model));
            if !place.is_file() {
                return Err(format!(
                    "{} names the model {}, and there is no such file",
                    path.display(),
                    model.display()
                ));
            }
            if model.is_absolute() {
                fixed.insert(place);
            } else if !whole(&place)?.starts_with(whole(&path)?) {
                related.insert(place);
            }
        }
        let around = around(&related)?;
        let inside = |path: &Path| -> Result<PathBuf, String> {
            let whole = whole(path)?;
            Ok(Path::new(FOLDER).join(whole.strip_prefix(&around).unwrap_or(&whole)))
        };
        let related: Result<Vec<Mount>, String> =
            related.iter().map(|path| Ok(Mount { source: path.clone(), target: inside(path)? })).collect();
        let mounts = related?.into_iter().chain(fixed.into_iter().map(Mount::in_the_same_place)).collect();
        Ok(Models { config: inside(&path)?, mounts })
    }
}

/// The models.yaml files in a folder, in the order of their names.
fn listed(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let unread = |error: std::io::Error| format!("{} cannot be read: {error}", folder.display());
    let entries: Vec<fs::DirEntry> = fs::read_dir(folder).and_then(Iterator::collect).map_err(unread)?;
    let paths = entries.into_iter().map(|entry| plain(&folder.join(entry.file_name())));
    let mut files: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|kind| kind == "yaml" || kind == "yml")).collect();
    files.sort();
    Ok(files)
}

/// The models that a file names, as they are written: under `models:`, in a list, or one that is the whole file.
fn named(file: &Path) -> Result<Vec<PathBuf>, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    let content: Value = serde_saphyr::from_str(&text)
        .map_err(|error| format!("{} is no YAML: {}", file.display(), error.without_snippet()))?;
    let list = content.get("models").unwrap_or(&content);
    let models = list.as_array().map_or(std::slice::from_ref(list), Vec::as_slice);
    let served = models.iter().filter(|model| model["disabled"] != true);
    Ok(served.filter_map(|model| model["parameters"]["model"].as_str().map(PathBuf::from)).collect())
}

/// The deepest folder that holds them all.
fn around(paths: &BTreeSet<PathBuf>) -> Result<PathBuf, String> {
    let mut around: Option<PathBuf> = None;
    for path in paths {
        let whole = whole(path)?;
        let folder = whole.parent().unwrap_or(&whole);
        around = Some(match around {
            None => folder.to_owned(),
            Some(around) => around
                .ancestors()
                .find(|ancestor| folder.starts_with(ancestor))
                .map_or_else(|| PathBuf::from("/"), Path::to_owned),
        });
    }
    Ok(around.unwrap_or_default())
}

fn whole(path: &Path) -> Result<PathBuf, String> {
    absolute(Path::new(".").join(path)).map(|path| plain(&path)).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::Models;

    /// A folder with these files, and what an engine that serves one of them has mounted: `source → target`.
    fn mounted(files: &[(&str, &str)], serve: &str) -> Result<Vec<(PathBuf, String)>, String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let models = Models::of(&folder.path().join(serve))?;
        let beside = |path: &Path| path.strip_prefix(folder.path()).unwrap().to_owned();
        let mounts = models.mounts.iter().map(|mount| (beside(&mount.source), mount.target.display().to_string()));
        Ok([(PathBuf::new(), models.config.display().to_string())].into_iter().chain(mounts).collect())
    }

    fn pair(source: &str, target: &str) -> (PathBuf, String) {
        (source.into(), target.to_owned())
    }

    #[test]
    fn a_model_lies_to_its_models_yaml_as_it_does_outside() {
        let yaml = "models:\n- {name: a, parameters: {model: ../../weights/a.gguf}}\n- {name: b, alias: a}\n";
        let mounted = mounted(&[("x/y/models.yaml", yaml), ("weights/a.gguf", "")], "x/y/models.yaml").unwrap();
        let wanted = [
            pair("", "/models/x/y/models.yaml"),
            pair("weights/a.gguf", "/models/weights/a.gguf"),
            pair("x/y/models.yaml", "/models/x/y/models.yaml"),
        ];
        assert_eq!(mounted, wanted);
    }

    #[test]
    fn a_folder_is_mounted_once_with_all_that_is_in_it() {
        let yaml = "{name: a, parameters: {model: a.gguf}}";
        let mounted = mounted(&[("m/a.yaml", yaml), ("m/a.gguf", ""), ("m/b.gguf", "")], "m").unwrap();
        assert_eq!(mounted, [pair("", "/models/m"), pair("m", "/models/m")]);
    }

    #[test]
    fn a_disabled_model_need_not_be_there_and_any_other_has_to() {
        let off = "[{parameters: {model: gone.gguf}, disabled: true}]";
        assert!(mounted(&[("models.yaml", off)], "models.yaml").is_ok());
        let on = off.replace("true", "false");
        let said = mounted(&[("models.yaml", &on)], "models.yaml").unwrap_err();
        assert!(said.contains("names the model gone.gguf, and there is no such file"), "{said}");
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        assert!(mounted(&[], "models.yaml").unwrap_err().contains("cannot be read"));
        assert!(mounted(&[("models.yaml", "a: [")], "models.yaml").unwrap_err().contains("is no YAML"));
    }
}
