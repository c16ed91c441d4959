//! `passthrough`: paths that go to a target as they are.

use crate::config::file::{File, Method, Route};
use crate::config::gateway::{Key, Passthrough};
use crate::config::problem::{Path, Problems};
use crate::config::spelling::{either, nearest};
use crate::endpoint::Endpoint;

/// Paths that Dragoman answers itself.
const OWN: &[&str] = &["/healthz", "/v1/models"];

pub(super) fn compile(file: &File, keys: &[Key], problems: &mut Problems) -> Vec<Passthrough> {
    let at = Path::root().key("passthrough");
    if !file.passthrough.is_empty() && !file.auth.anonymous && !keys.is_empty() && keys.iter().all(|key| key.restricted)
    {
        let what = "no key may use it: each has an allow-list of models, and here no model is read";
        problems.warning(&at, what, "let one key use every model, or remove `passthrough`");
    }
    let mut compiled: Vec<Passthrough> = Vec::new();
    for (index, written) in file.passthrough.iter().enumerate() {
        let at = at.index(index);
        let sound = check_path(&written.path, &at.key("path"), problems);
        let methods: Vec<String> = written.methods.iter().copied().map(Method::name).map(str::to_owned).collect();
        if methods.is_empty() {
            problems.error(&at.key("methods"), "the list is empty", "name the methods: `[GET]`");
        }
        let covering = |earlier: &&Passthrough| {
            covers(&earlier.path, &written.path) && methods.iter().all(|method| earlier.methods.contains(method))
        };
        if let Some(earlier) = compiled.iter().find(covering) {
            let what = format!("this can never match: `{}` before it takes all of it", earlier.path);
            problems.error(&at.key("path"), what, "move it up, or remove it");
        }
        let names = || file.targets.keys().map(String::as_str);
        let redacts = |route: &&Route| {
            route.redaction.is_some() && route.targets.0.iter().any(|target| target.target == written.target)
        };
        if file.routes.iter().any(|route| redacts(&route)) {
            let what = format!("a route redacts what goes to `{}`; here nothing would", written.target);
            problems.error(
                &at.key("target"),
                what,
                "name a target of its own, with the same address, if that is meant",
            );
        }
        match names().position(|name| name == written.target) {
            Some(target) if sound => compiled.push(Passthrough { path: written.path.clone(), target, methods }),
            Some(_) => {}
            None => {
                let mend = match nearest(&written.target, names()) {
                    Some(name) => format!("write `{name}`"),
                    None => format!("add it under `targets`, or write {}", either(names())),
                };
                problems.error(&at.key("target"), format!("there is no target `{}`", written.target), mend);
            }
        }
    }
    compiled
}

/// Reports a path that is none or is never reached; whether it is sound.
fn check_path(path: &str, at: &Path, problems: &mut Problems) -> bool {
    const MEND: &str = "write one such as `/v1/files` or `/v1/files/*`";
    let stem = path.strip_suffix('*').unwrap_or(path);
    let printable = |byte: u8| byte.is_ascii_graphic() && !b"?#*%\\".contains(&byte);
    let mut segments = stem.trim_end_matches('/').split('/').skip(1);
    let (what, mend) = if !path.starts_with('/') || !stem.bytes().all(printable) {
        ("this is no path: it starts with `/`, has no query, and may end in `*`", MEND)
    } else if stem.len() != path.len() && !stem.ends_with('/') {
        ("a `*` stands for whole segments", "put a `/` before it")
    } else if stem.ends_with("//") || segments.any(is_step) {
        ("it has an empty, `.` or `..` segment", MEND)
    } else if OWN.contains(&path) || Endpoint::of_path(path).is_some() {
        ("this can never match: Dragoman serves that path itself", "remove it")
    } else {
        return true;
    };
    problems.error(at, what, mend);
    false
}

fn is_step(segment: &str) -> bool {
    matches!(segment, "" | "." | "..")
}

fn covers(this: &str, that: &str) -> bool {
    match this.strip_suffix('*') {
        Some(stem) => that.starts_with(stem),
        None => this == that,
    }
}
