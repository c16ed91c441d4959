//! `dragoman.yaml` from the disk: to JSON, with files that it refers to read and handed on through the environment.
//! What it means is the core's affair; this adds where each problem stands.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::fs;
use std::path::{Path as FilePath, PathBuf};

use dragoman_core::config::reference::{self, Piece, Rule};
use dragoman_core::config::{self, Path, Problem, Reading, Severity, Step};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::yaml::{self, Document, Place};

/// A configuration as it was read from a file.
pub struct Loaded {
    /// The file.
    pub file: PathBuf,
    /// Its content as JSON: what the filter is given. References to variables stand as they were written; a reference to
    /// a file is one to the variable that carries its content.
    pub json: String,
    /// Variables that carry the content of files, for Envoy's environment. Never shown.
    pub carried: BTreeMap<String, String>,
    document: Document,
    problems: Vec<Problem>,
}

/// A problem and where it stands.
#[derive(Debug)]
pub struct Finding {
    /// The file.
    pub file: PathBuf,
    /// The line and column.
    pub place: Place,
    /// What is wrong.
    pub problem: Problem,
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        let Place { line, column } = self.place;
        write!(out, "{}:{line}:{column}: {}", self.file.display(), self.problem)
    }
}

/// Why a file could not be loaded.
#[derive(Debug)]
pub enum Unloadable {
    /// It cannot be read from the disk.
    Unread(String),
    /// It is not YAML that can be read in one way.
    Unparsed(Finding),
}

impl fmt::Display for Unloadable {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Unloadable::Unread(what) => out.write_str(what),
            Unloadable::Unparsed(finding) => finding.fmt(out),
        }
    }
}

/// Loads a file.
pub fn load(file: &FilePath) -> Result<Loaded, Unloadable> {
    let text = fs::read_to_string(file)
        .map_err(|error| Unloadable::Unread(format!("{} cannot be read: {error}", file.display())))?;
    load_text(file, &text)
}

/// Loads a text as if it stood in a file.
pub fn load_text(file: &FilePath, text: &str) -> Result<Loaded, Unloadable> {
    let document = yaml::parse(text).map_err(|fault| {
        let problem =
            Problem { path: Path::root(), what: fault.what, mend: fault.mend.to_owned(), severity: Severity::Error };
        Unloadable::Unparsed(Finding { file: file.to_owned(), place: fault.place, problem })
    })?;
    let mut carrier = Carrier {
        folder: file.parent().unwrap_or(FilePath::new("")).to_owned(),
        carried: BTreeMap::new(),
        problems: Vec::new(),
    };
    let mut value = document.value.clone();
    carrier.carry(&mut value, &Path::root());
    let Carrier { carried, problems, .. } = carrier;
    Ok(Loaded { file: file.to_owned(), json: value.to_string(), carried, document, problems })
}

impl Loaded {
    /// Reads and compiles it with the variables of this process.
    pub fn read(&self) -> Reading {
        self.read_with(&|name| std::env::var(name).ok())
    }

    /// Reads and compiles it with other variables.
    pub fn read_with(&self, env: &dyn Fn(&str) -> Option<String>) -> Reading {
        let mut reading = config::read(&self.json, &|name| self.carried.get(name).cloned().or_else(|| env(name)));
        reading.problems.splice(0..0, self.problems.iter().cloned());
        if !self.problems.is_empty() {
            reading.gateway = None;
        }
        reading
    }

    /// The variables of this process, with something in the place of secrets that are not set: for what only looks at a
    /// configuration that runs elsewhere.
    pub fn elsewhere(&self) -> impl Fn(&str) -> Option<String> {
        let is_secret = |path: &Path| match path.steps() {
            [_, _, Step::Key(key), ..] => key == "credentials",
            [Step::Key(section), Step::Key(key)] => section == "redaction" && key == "secret",
            _ => false,
        };
        let secrets: HashSet<String> = config::references(&self.json)
            .into_iter()
            .filter(|(path, _)| is_secret(path))
            .filter_map(|(_, piece)| match piece {
                Piece::Env { name, .. } => Some(name),
                _ => None,
            })
            .collect();
        move |name| {
            let stand_in = || secrets.contains(name).then(|| format!("unset-{name}"));
            std::env::var(name).ok().filter(|value| !value.is_empty()).or_else(stand_in)
        }
    }

    /// The problems of a reading with their places, from the top of the file down.
    pub fn findings(&self, reading: &Reading) -> Vec<Finding> {
        let mut findings: Vec<Finding> = reading.problems.iter().map(|problem| self.finding(problem.clone())).collect();
        findings.sort_by_key(|finding| finding.place);
        findings
    }

    /// A problem with its place.
    pub fn finding(&self, problem: Problem) -> Finding {
        Finding { file: self.file.clone(), place: self.document.place(&problem.path), problem }
    }

    /// Every reference as it was written, to variables and to files.
    pub fn references(&self) -> Vec<(Path, Piece)> {
        config::references(&self.document.value.to_string())
    }

    /// The variables that the file refers to, by name; those that carry files are not among them.
    pub fn variables(&self) -> Vec<String> {
        let mut names: Vec<String> = config::references(&self.json)
            .into_iter()
            .filter_map(|(_, piece)| match piece {
                Piece::Env { name, .. } if !self.carried.contains_key(&name) => Some(name),
                _ => None,
            })
            .collect();
        names.sort();
        names.dedup();
        names
    }
}

/// Replaces references to files by references to variables that carry their content.
struct Carrier {
    folder: PathBuf,
    carried: BTreeMap<String, String>,
    problems: Vec<Problem>,
}

impl Carrier {
    fn carry(&mut self, value: &mut Value, path: &Path) {
        match value {
            Value::String(text) if text.contains("${file:") => {
                if let Ok(pieces) = reference::parse(text) {
                    *text = pieces.into_iter().map(|piece| self.replaced(piece, path).to_string()).collect();
                }
            }
            Value::Array(list) => {
                for (index, item) in list.iter_mut().enumerate() {
                    self.carry(item, &path.index(index));
                }
            }
            Value::Object(map) => {
                for (key, value) in map {
                    self.carry(value, &path.key(key));
                }
            }
            _ => {}
        }
    }

    fn replaced(&mut self, piece: Piece, path: &Path) -> Piece {
        let Piece::File(file) = piece else {
            return piece;
        };
        let name = variable(&file);
        let content = fs::read_to_string(self.folder.join(&file)).unwrap_or_else(|error| {
            self.problems.push(Problem {
                path: path.clone(),
                what: format!("the file {file} cannot be read: {error}"),
                mend: "create it, or let this user read it".to_owned(),
                severity: Severity::Error,
            });
            // Stands in for the content, so that nothing else is said about it.
            "unreadable".to_owned()
        });
        self.carried.insert(name.clone(), content.trim_end_matches(['\r', '\n']).to_owned());
        Piece::Env { name, rule: Rule::Required }
    }
}

/// The variable for a file: the same for the same path, whatever else the configuration says.
fn variable(file: &str) -> String {
    let hash = Sha256::digest(file);
    let short = hash.get(..6).unwrap_or_default();
    format!("DRAGOMAN_FILE_{}", base16ct::upper::encode_string(short))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: &str = "auth: {anonymous: true}\n";

    fn loaded(text: &str) -> Loaded {
        load_text(FilePath::new("dragoman.yaml"), text).unwrap()
    }

    #[test]
    fn a_problem_stands_where_the_key_stands() {
        let loaded =
            loaded("auth: {anonymous: true}\ntargets:\n  a: {provider: local-engine}\nroutes:\n  - targets: [a, b]\n");
        let findings = loaded.findings(&loaded.read());
        let [finding] = &findings[..] else { panic!("{findings:?}") };
        let wanted = "dragoman.yaml:5:18: error: routes[0].targets[1]: there is no target `b`; ";
        assert!(finding.to_string().starts_with(wanted), "{finding}");
    }

    #[test]
    fn a_file_is_carried_by_a_variable_and_its_content_stands_nowhere_else() {
        let secret = std::env::temp_dir().join(format!("dragoman-load-{}", std::process::id()));
        fs::write(&secret, "sk-canary\n").unwrap();
        let target = format!("targets:\n  a: {{provider: openai, credentials: '${{file:{}}}'}}\n", secret.display());
        let loaded = loaded(&(OPEN.to_owned() + &target));
        fs::remove_file(&secret).unwrap();
        assert!(!loaded.json.contains("canary") && !loaded.json.contains("file:"), "{}", loaded.json);
        let gateway = loaded.read().gateway.unwrap();
        assert_eq!(gateway.targets[0].credentials[0].secret, "sk-canary");
        assert!(loaded.variables().is_empty());
    }

    #[test]
    fn a_file_that_is_not_there_is_one_problem() {
        let loaded =
            loaded(&(OPEN.to_owned() + "targets:\n  a: {provider: openai, credentials: '${file:/no/such}'}\n"));
        let reading = loaded.read();
        let findings = loaded.findings(&reading);
        let [finding] = &findings[..] else { panic!("{findings:?}") };
        assert!(finding.to_string().contains("3:25: error: targets.a.credentials: the file /no/such"), "{finding}");
        assert!(reading.gateway.is_none());
    }

    #[test]
    fn the_variables_of_a_file_are_known() {
        let text = "targets: {a: {provider: openai, credentials: ['${env.B}', '${env.A:=}', '${env.B}']}}\n";
        assert_eq!(loaded(text).variables(), ["A", "B"]);
    }
}
