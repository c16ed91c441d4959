//! `dragoman redact`: text through a redaction policy, by the code that the gateway runs. `dragoman entities`: what there
//! is to find. From standard input to standard output; nothing is sent anywhere.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::io::{self, BufRead, Read, Write};
use std::path::PathBuf;
use std::rc::Rc;

use clap::Args;
use dragoman_core::config;
use dragoman_core::pii::{Depth, Direction, Hit, Lane, Policy, Pseudonyms, Redactor, catalog, entity};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::load;

/// How to redact.
#[derive(Args)]
pub struct Redact {
    /// The policy of the configuration's `redaction`; without it every entity is masked
    #[arg(long)]
    policy: Option<String>,
    /// The configuration that has the policy
    #[arg(long, default_value = "dragoman.yaml")]
    config: PathBuf,
    /// The tenant whose pseudonyms and hashes are made
    #[arg(long, default_value = "anonymous")]
    tenant: String,
    /// Redact as an answer, not as a request
    #[arg(long)]
    response: bool,
    /// Read lines of JSON, `{"id", "text"}`, and write `{"id", "text", "hits": [{"entity", "start", "end", "action"}]}`
    #[arg(long)]
    jsonl: bool,
}

/// How much is read at once.
const BLOCK: usize = 64 * 1024;

/// Redacts standard input. What was found is told on standard error, by kind and number.
pub fn run(asked: &Redact) -> Result<(), String> {
    let policy = Rc::new(asked.policy()?);
    let out = io::BufWriter::new(io::stdout().lock());
    if asked.jsonl { asked.lines(&policy, out) } else { asked.text(&policy, out) }
}

impl Redact {
    fn policy(&self) -> Result<Policy, String> {
        let Some(name) = &self.policy else { return config::mask_everything() };
        let loaded = load::load(&self.config).map_err(|error| error.to_string())?;
        let reading = loaded.read();
        let Some(gateway) = &reading.gateway else {
            let findings: Vec<String> = loaded.findings(&reading).iter().map(ToString::to_string).collect();
            return Err(findings.join("\n"));
        };
        let mut known = gateway.policies.iter();
        let found = known.position(|policy| policy.name == *name);
        let Some(index) = found else {
            let names: Vec<&str> = gateway.policies.iter().map(|policy| policy.name.as_str()).collect();
            let names =
                if names.is_empty() { "it has none".to_owned() } else { format!("it has {}", names.join(", ")) };
            return Err(format!("{} has no policy `{name}`: {names}", self.config.display()));
        };
        let mut gateway = reading.gateway.ok_or("the configuration is gone")?;
        Rc::try_unwrap(gateway.policies.swap_remove(index)).map_err(|_| "the policy is in use".to_owned())
    }

    fn redactor(&self, policy: &Rc<Policy>) -> Redactor {
        let direction = if self.response { Direction::Response } else { Direction::Request };
        let pseudonyms: Rc<RefCell<Pseudonyms>> = Rc::default();
        Redactor::new(Rc::clone(policy), direction, &self.tenant, pseudonyms)
    }

    fn text(&self, policy: &Rc<Policy>, mut out: impl Write) -> Result<(), String> {
        let (mut redactor, mut lane) = (self.redactor(policy), Lane::new(Depth::Plain));
        let (mut block, mut written) = (vec![0; BLOCK], Vec::with_capacity(2 * BLOCK));
        let mut input = io::stdin().lock();
        loop {
            let length = input.read(&mut block).map_err(|error| format!("standard input: {error}"))?;
            let piece = block.get(..length).unwrap_or_default();
            written.clear();
            redactor
                .push(&mut lane, piece, length == 0, &mut written)
                .map_err(|found| blocked(policy, &found.label))?;
            out.write_all(&written).map_err(|error| format!("standard output: {error}"))?;
            if length == 0 {
                break;
            }
        }
        out.flush().map_err(|error| format!("standard output: {error}"))?;
        for ((_, label, action), count) in &redactor.tally().counts {
            eprintln!("{label}: {count} ({})", action.name());
        }
        Ok(())
    }

    fn lines(&self, policy: &Rc<Policy>, mut out: impl Write) -> Result<(), String> {
        let mut redactor = self.redactor(policy);
        for (number, line) in (1..).zip(io::stdin().lock().lines()) {
            let line = line.map_err(|error| format!("standard input, line {number}: {error}"))?;
            if line.trim().is_empty() {
                continue;
            }
            let read: Line = serde_json::from_str(&line)
                .map_err(|_| format!("line {number}: this is not `{{\"id\": …, \"text\": \"…\"}}`"))?;
            let mut text = Vec::with_capacity(read.text.len());
            let hits = redactor
                .hits(&read.text, &mut text)
                .map_err(|found| format!("line {number}: {}", blocked(policy, &found.label)))?;
            let hits: Vec<Value> = in_characters(&read.text, &hits);
            let answer = json!({"id": read.id, "text": String::from_utf8_lossy(&text), "hits": hits});
            writeln!(out, "{answer}").map_err(|error| format!("standard output: {error}"))?;
        }
        out.flush().map_err(|error| format!("standard output: {error}"))
    }
}

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    id: Value,
    text: String,
}

fn blocked(policy: &Policy, label: &str) -> String {
    format!("the policy `{}` blocks this text: it holds {label}", policy.name)
}

/// Hits with their places in code points.
fn in_characters(text: &str, hits: &[Hit]) -> Vec<Value> {
    let (mut bytes, mut characters) = (0, 0);
    let mut count = |to: usize| {
        characters += text.get(bytes..to).unwrap_or_default().chars().count();
        bytes = to.max(bytes);
        characters
    };
    let told = |hit: &Hit| {
        let (start, end) = (count(hit.place.start), count(hit.place.end));
        json!({"entity": hit.label.to_lowercase(), "start": start, "end": end, "action": hit.action.name()})
    };
    hits.iter().map(told).collect()
}

/// Every entity: its name, its groups, what it is and an example.
pub fn entities() -> String {
    let mut out = String::new();
    for entity in entity::ALL {
        let groups: Vec<String> = entity.groups.iter().map(|group| catalog::group_name(*group)).collect();
        let example = entity.hits.first().map(|hit| hit.replace(['«', '»'], "")).unwrap_or_default();
        let example = example.lines().next().unwrap_or_default();
        // Writing to a string does not fail.
        let _ =
            writeln!(out, "{}  ({})\n    {}\n    for example: {example}", entity.name, groups.join(", "), entity.about);
    }
    out
}
