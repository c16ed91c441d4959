//! `targets.*.serve`: whether `dragoman up` could start an engine where the target is. Not whether the models are any good:
//! the engine says that, and a filter sees no files.

use std::net::IpAddr;

use indexmap::IndexMap;

use crate::config::file;
use crate::config::gateway::{Origin, Target};
use crate::config::problem::{Path, Problems};
use crate::provider::Provider;

const ENGINE: &str = "local-engine";

/// Checks what one target says.
pub(super) fn check(
    target: &file::Target,
    provider: &Provider,
    origin: &Origin,
    prefix: &str,
    at: &Path,
    problems: &mut Problems,
) {
    let Some(models) = &target.serve else {
        return;
    };
    let place = at.key("serve");
    if provider.name != ENGINE {
        if !problems.is_unknown(&at.key("provider")) {
            let what = "only `local-engine` can be started";
            problems.error(&place, what, "remove it, or write `provider: local-engine`");
        }
        return;
    }
    if models.trim().is_empty() || models.chars().any(char::is_control) {
        problems.error(&place, "this is no path", "write the path of a models.yaml, or of a folder of GGUF files");
    }
    let here = origin.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    if origin.tls || !here || prefix != provider.prefix {
        let what = "the engine that `serve` starts listens on this machine, in plain text, and answers under `/v1`";
        problems.error(&at.key("base_url"), what, "write `http://127.0.0.1:PORT`, or remove `serve`");
    }
}

/// Two engines cannot listen in one place.
pub(super) fn check_apart(
    written: &IndexMap<String, file::Target>,
    targets: &[Target],
    at: &Path,
    problems: &mut Problems,
) {
    let served = || targets.iter().filter(|target| written.get(&target.name).is_some_and(|t| t.serve.is_some()));
    for (index, target) in served().enumerate() {
        if let Some(first) = served().take(index).find(|first| first.origin == target.origin) {
            let what = format!("`{}` starts an engine at the same address", first.name);
            let mend = "give one of them another port by `base_url`, or serve all models by one target";
            problems.error(&at.key(&target.name).key("serve"), what, mend);
        }
    }
}
