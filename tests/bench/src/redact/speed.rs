//! The search as a program, run on this machine or in V8, and what it says of itself.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::texts::Text;

/// What a program said.
pub(super) struct Search {
    pub(super) load_ms: f64,
    pub(super) bytes: usize,
    pub(super) entities: usize,
    /// In the order of the texts.
    pub(super) speeds: Vec<Speed>,
}

#[derive(Deserialize)]
struct Head {
    load_ms: f64,
    bytes: usize,
    entities: usize,
}

/// How one text was searched.
#[derive(Deserialize)]
pub(super) struct Speed {
    pub(super) name: String,
    pub(super) mb_per_s: f64,
    pub(super) hits: usize,
    pub(super) held: Option<f64>,
}

impl Search {
    /// The slowest of the texts from this one on.
    pub(super) fn slowest_from(&self, first: usize) -> &Speed {
        let slower = |a: &&Speed, b: &&Speed| a.mb_per_s.total_cmp(&b.mb_per_s);
        self.speeds[first..].iter().min_by(slower).expect("there are such texts")
    }

    /// The entities with a text from this one on that is searched slower than so, with the speed of the slowest.
    pub(super) fn slow_from(&self, first: usize, limit: f64) -> Map<String, Value> {
        let mut slow = BTreeMap::new();
        for speed in self.speeds[first..].iter().filter(|speed| speed.mb_per_s < limit) {
            let entity = speed.name.split(':').next().unwrap_or_default();
            let least = slow.entry(entity.to_owned()).or_insert(f64::INFINITY);
            *least = speed.mb_per_s.min(*least);
        }
        slow.into_iter().map(|(entity, speed)| (entity, Value::from((speed * 10.0).round() / 10.0))).collect()
    }
}

pub(super) fn on_this_machine(program: &Path, texts: &[&Text]) -> Search {
    run(Command::new(program), texts)
}

pub(super) fn in_v8(wasi: &Path, module: &Path, texts: &[&Text]) -> Search {
    let mut node = Command::new("node");
    node.arg("--no-warnings").arg(wasi).arg(module);
    run(node, texts)
}

/// How fast Presidio is on the beginning of each text, in MB/s.
pub(super) fn in_presidio(python: &Path, texts: &[Text]) -> Vec<f64> {
    #[derive(Deserialize)]
    struct Said {
        mb_per_s: f64,
    }
    let mut presidio = Command::new(python);
    presidio.args(["-B", "tests/bench/presidio.py"]);
    let beginnings: Vec<Text> = texts.iter().map(Text::beginning).collect();
    let said = said(presidio, &beginnings.iter().collect::<Vec<_>>());
    let speeds: Vec<f64> = said
        .lines()
        .map(|line| serde_json::from_str::<Said>(line).expect("it says how each text was searched").mb_per_s)
        .collect();
    assert_eq!(speeds.len(), texts.len(), "Presidio left texts out");
    speeds
}

fn run(program: Command, texts: &[&Text]) -> Search {
    let name = format!("{program:?}");
    let said = said(program, texts);
    let mut lines = said.lines();
    let head: Head = serde_json::from_str(lines.next().unwrap_or_default()).expect("it says what it loaded");
    let speeds: Vec<Speed> =
        lines.map(|line| serde_json::from_str(line).expect("it says how each text was searched")).collect();
    assert_eq!(speeds.len(), texts.len(), "{name} left texts out");
    Search { load_ms: head.load_ms, bytes: head.bytes, entities: head.entities, speeds }
}

/// What a program says of texts.
fn said(mut program: Command, texts: &[&Text]) -> String {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file can be made");
    for text in texts {
        let line = serde_json::to_string(text).expect("texts are JSON");
        writeln!(file, "{line}").expect("a temporary file can be written");
    }
    let output = program.arg(file.path()).output().unwrap_or_else(|error| panic!("{program:?}: {error}"));
    assert!(output.status.success(), "{program:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it says JSON")
}
