//! `targets`: each row of the provider table meets what the file says of one place.

use std::borrow::Cow;
use std::collections::HashSet;

use base16ct::HexDisplay;
use sha2::{Digest, Sha256};

use super::address::{self, Address};
use super::{credentials, headers, network, serve, tokens, vertex};
use crate::config::file::{self, CustomAuth, File};
use crate::config::gateway::{Origin, Target};
use crate::config::problem::{Path, Problems};
use crate::config::spelling::{either, nearest};
use crate::endpoint::Endpoint;
use crate::provider::{Addressing, Auth, PROVIDERS, Provider};
use crate::wire::{Format, Quirks};

/// The generally available version of Azure's inference API.
const AZURE_API_VERSION: &str = "2024-10-21";

/// What every model that answers at all can do.
const MAX_TOKENS: u64 = 4096;

/// Compiles all targets. One that is beyond use still takes its place, so that routes find the others by index.
pub(super) fn compile(file: &File, problems: &mut Problems) -> Vec<Target> {
    let written = &file.targets;
    let at = Path::root().key("targets");
    if written.is_empty() {
        problems.error(&at, "there is no target", "add one: `local: {provider: local-engine}`");
    }
    let targets: Vec<Target> =
        written.iter().map(|(name, target)| one(name, target, file, &at.key(name), problems)).collect();
    serve::check_apart(written, &targets, &at, problems);
    targets
}

/// Warns of targets that nothing leads to.
pub(super) fn warn_of_unused(file: &File, problems: &mut Problems) {
    if file.routes.is_empty() {
        return;
    }
    let routed = file.routes.iter().flat_map(|route| route.targets.iter().map(|target| target.target.as_str()));
    let passed = file.passthrough.iter().map(|passthrough| passthrough.target.as_str());
    let used: HashSet<&str> = routed.chain(passed).collect();
    for name in file.targets.keys().filter(|name| !used.contains(name.as_str())) {
        let what = format!("nothing leads to the target `{name}`");
        problems.warning(&Path::root().key("targets").key(name), what, "name it in a route, or remove it");
    }
}

fn one(name: &str, target: &file::Target, file: &File, at: &Path, problems: &mut Problems) -> Target {
    check_name(name, at, problems);
    let provider = provider(target, at, problems);
    let Address { origin, authority, path } = address(target, provider, at, problems);
    let credentials = credentials::compile(name, target, at, problems);
    if !credentials.is_empty() && !origin.tls && !address::is_loopback(&origin.host) {
        problems.warning(
            &at.key("base_url"),
            "credentials and prompts travel to another machine in plain text",
            "write `https://`, if the target speaks it",
        );
    }
    network::check(&target.network, origin.tls, at, problems);
    serve::check(target, provider, &origin, &path, at, problems);
    let blocked_headers = headers::extra_blocked(target, at, problems);
    let auth = auth(target, provider, at, problems);
    let include_usage = target.include_usage.unwrap_or(provider.include_usage);
    let forward_headers = headers::forwarded(&target.forward_headers, &blocked_headers, at, problems);
    let own_header = match &auth {
        Auth::Bearer => "authorization",
        Auth::Header(name) => name,
        Auth::Query(_) => "",
    };
    if let Some((key, _)) = forward_headers.iter().find(|(_, header)| header == own_header && !credentials.is_empty()) {
        let what = format!("the target's own credential takes the place of `{own_header}`");
        problems.warning(&at.key("forward_headers").key(key), what, "remove it, or the target's `credentials`");
    }
    Target {
        name: name.to_owned(),
        cluster: cluster(name, &origin, target),
        provider,
        origin,
        authority,
        prefix: path,
        query: query(target, provider, at, problems),
        auth,
        endpoints: endpoints(target, provider, at, problems),
        quirks: Quirks {
            include_usage,
            default_max_tokens: max_tokens(target, at, problems),
            ..provider.quirks.clone()
        },
        tokens: tokens::compile(name, target, provider, file.listen.address, at, problems),
        credentials,
        include_usage,
        headers: headers::fixed(target, at, problems),
        forward_headers,
        blocked_headers,
        models: models(target, at, problems),
    }
}

/// The cluster's name holds where it leads: a credential for the target as it was is then never sent to the target as an
/// edit has made it, while Envoy takes over one part of the new configuration after the other.
fn cluster(name: &str, origin: &Origin, target: &file::Target) -> String {
    let hash = Sha256::digest(format!("{origin:?} {:?}", target.network));
    let short: Vec<u8> = hash.iter().copied().take(4).collect();
    format!("dragoman_{name}_{:x}", HexDisplay(&short))
}

fn check_name(name: &str, at: &Path, problems: &mut Problems) {
    const LONGEST: usize = 64;
    let first = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let rest = |byte: u8| first(byte) || byte == b'_' || byte == b'-';
    let good = name.len() <= LONGEST && name.bytes().next().is_some_and(first) && name.bytes().all(rest);
    if !good {
        let mend = "begin with a small letter or digit, go on with these, `-` and `_`, and stop at 64";
        problems.error(at, "this cannot be a target's name", mend);
    }
}

fn provider(target: &file::Target, at: &Path, problems: &mut Problems) -> &'static Provider {
    let custom = Provider::custom(target.format.unwrap_or(Format::Chat));
    if target.provider == custom.name {
        return custom;
    }
    if target.format.is_some() && Provider::named(&target.provider).is_some() {
        let what = format!("which format `{}` speaks is known", target.provider);
        problems.error(&at.key("format"), what, "remove it, or write `provider: custom`");
    }
    Provider::named(&target.provider).unwrap_or_else(|| {
        let names = || PROVIDERS.iter().map(|provider| provider.name);
        let mend = match nearest(&target.provider, names()) {
            Some(name) => format!("write `{name}`"),
            None => format!("write `custom` with a `base_url`, or one of {}", either(names())),
        };
        problems.unresolved(&at.key("provider"), "there is no such provider", mend);
        custom
    })
}

fn address(target: &file::Target, provider: &Provider, at: &Path, problems: &mut Problems) -> Address {
    let nowhere = || Address {
        origin: Origin { tls: true, host: String::new(), port: 443 },
        authority: String::new(),
        path: String::new(),
    };
    let place = at.key("base_url");
    let on_vertex = vertex::path(target, provider, at, problems);
    let located = on_vertex.is_some().then(|| vertex::origin(target));
    let Some(url) = target.base_url.as_deref().or(located.as_deref()).or(provider.origin) else {
        if !problems.is_unknown(&at.key("provider")) {
            let what = format!("`{}` has no address of its own", provider.name);
            problems.error(at, what, "add `base_url: https://host`");
        }
        return nowhere();
    };
    match address::parse(url) {
        Ok(mut address) => {
            if address.path.is_empty() {
                address.path = provider.prefix.to_owned();
            } else if provider.addressing == Addressing::AzureDeployment && address.path.ends_with("/openai") {
                let mend = "leave it away: `/openai/deployments/MODEL` is added to each request";
                problems.error(&place, "the path ends in `/openai`", mend);
            } else if provider.addressing == Addressing::Gemini && address.path.ends_with("/openai") {
                let mend = "leave it away: it is added where it belongs";
                problems.error(&place, "the path ends in `/openai`", mend);
            }
            address.path.extend(on_vertex);
            address
        }
        Err((what, mend)) => {
            problems.error(&place, what, mend);
            nowhere()
        }
    }
}

fn auth(target: &file::Target, provider: &Provider, at: &Path, problems: &mut Problems) -> Auth {
    let at = at.key("auth");
    let Some(written) = &target.auth else {
        return provider.auth.clone();
    };
    if provider.name != Provider::CUSTOM.name && !problems.is_unknown(&at.parent().key("provider")) {
        let what = format!("how a credential travels to `{}` is known", provider.name);
        problems.error(&at, what, "remove it, or write `provider: custom`");
    }
    match written {
        CustomAuth::Bearer => Auth::Bearer,
        CustomAuth::Header(name) => match headers::token(name).filter(|name| !headers::is_blocked(name)) {
            Some(name) => Auth::Header(Cow::Owned(name)),
            None => {
                problems.error(
                    &at.key("header"),
                    "a credential cannot travel in this header",
                    "write one such as `x-api-key`",
                );
                Auth::Bearer
            }
        },
        CustomAuth::Query(name) => {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
            if name.is_empty() || !name.bytes().all(allowed) {
                problems.error(&at.key("query"), "this is no query parameter", "write one such as `key`");
            }
            Auth::Query(Cow::Owned(name.clone()))
        }
    }
}

fn query(target: &file::Target, provider: &Provider, at: &Path, problems: &mut Problems) -> String {
    let at = at.key("api_version");
    let is_azure = provider.addressing == Addressing::AzureDeployment;
    match &target.api_version {
        None if is_azure => format!("api-version={AZURE_API_VERSION}"),
        None => String::new(),
        Some(version) => {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
            if !is_azure {
                problems.error(&at, "only `azure-openai` takes an `api_version`", "remove it");
            } else if version.is_empty() || !version.bytes().all(allowed) {
                problems.error(&at, "this is no API version", format!("write one such as `{AZURE_API_VERSION}`"));
            }
            format!("api-version={version}")
        }
    }
}

fn endpoints(target: &file::Target, provider: &Provider, at: &Path, problems: &mut Problems) -> Vec<Endpoint> {
    match &target.endpoints {
        None => provider.endpoints.to_vec(),
        Some(written) => {
            let at = at.key("endpoints");
            if written.is_empty() {
                problems.error(&at, "the list is empty", "name what the target serves: `[chat]`");
            }
            let elsewhere = |endpoint: &&Endpoint| !provider.endpoints.contains(endpoint);
            if let (Addressing::Vertex(_), Some(endpoint)) = (provider.addressing, written.iter().find(elsewhere)) {
                let what = format!("`{}` has no path for `{}`", provider.name, endpoint.name());
                problems.error(&at, what, "remove it");
            }
            written.to_vec()
        }
    }
}

fn max_tokens(target: &file::Target, at: &Path, problems: &mut Problems) -> u64 {
    if target.max_tokens == Some(0) {
        problems.error(&at.key("max_tokens"), "an answer of no tokens is none", "write 1 or more");
    }
    target.max_tokens.map_or(MAX_TOKENS, u64::from)
}

fn models(target: &file::Target, at: &Path, problems: &mut Problems) -> Vec<String> {
    let at = at.key("models");
    for (index, model) in target.models.iter().enumerate() {
        if let Some(flaw) = super::flaw_of_name(model) {
            let what = format!("this cannot be a model's name: {flaw}");
            problems.error(&at.index(index), what, "write the name as the target knows it");
        } else if model.contains(['*', '?']) {
            let what = "globs belong into routes; these are names to list";
            problems.error(&at.index(index), what, "write each name, or remove it");
        }
    }
    target.models.to_vec()
}
