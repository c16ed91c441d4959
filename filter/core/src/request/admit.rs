//! Stage 1: from a request's head to an [`Admission`]. Who calls, which endpoint, what is stripped from the head.
//! Not which target: that waits for the body.

use std::borrow::Cow;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::config::Gateway;
use crate::config::gateway::{OtherPaths, Passthrough};
use crate::endpoint::{Dialect, Endpoint, InPath};
use crate::head::{self, Edit, Head};
use crate::refusal::Refusal;

/// What the head of an admitted request says. Not `Debug`: it holds what clients send for targets to use.
pub struct Admission {
    /// Index into [`Gateway::keys`]; `None` is the anonymous caller.
    pub key: Option<usize>,
    /// What is asked of the gateway.
    pub wish: Wish,
    /// The path and query, as the client wrote them.
    pub path: String,
    /// The client's own values of headers that some target sets: another target is to get them.
    pub overridden: Vec<(String, String)>,
    /// The query, with its `?`, less what carried a credential; or empty.
    pub query: String,
    /// The shape of this client's errors.
    pub dialect: Dialect,
    /// The model and whether it is to stream, where the path says so.
    pub in_path: Option<InPath>,
    /// The request's id, for logs and for stable draws.
    pub request_id: String,
    /// The body's media type, where it is a multipart form.
    pub form: Option<Vec<u8>>,
    /// The parsed `x-dragoman-provider-data`: client key → value.
    pub provider_data: Vec<(String, String)>,
    /// Whether the client stated the version that Anthropic's API wants.
    pub has_anthropic_version: bool,
    /// Routes whose header conditions this head does not meet, by number.
    pub unmet: Vec<usize>,
    /// What must not travel on, or must change whatever the target.
    pub edits: Vec<Edit>,
}

/// What a path and method ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// An endpoint of the API, by `POST`.
    Call(Endpoint),
    /// `GET /v1/models`, or one of them.
    Models(Option<String>),
    /// Index into [`Gateway::passthrough`]; the path as the client wrote it, and the method.
    Pass(usize, String, String),
    /// `GET /healthz`.
    Health,
    /// A path that is not Dragoman's, in an Envoy that has other routes.
    Elsewhere,
}

impl Wish {
    /// The endpoint that is called.
    pub fn endpoint(&self) -> Option<Endpoint> {
        match self {
            Wish::Call(endpoint) => Some(*endpoint),
            _ => None,
        }
    }
}

/// Admits a request, or says why not. `dialect` tells how to say it.
pub fn admit(gateway: &Gateway, head: &Head<'_>) -> Result<Admission, (Refusal, Dialect)> {
    let facts = Facts::collect(head);
    let path = facts.path.split('?').next().unwrap_or_default();
    let endpoint = Endpoint::of_path(path);
    let dialect = endpoint.map_or(facts.dialect(), Endpoint::dialect);
    let refuse = |refusal| Err((refusal, dialect));

    if path == "/healthz" && matches!(facts.method, "GET" | "HEAD") {
        return Ok(facts.admission(None, Wish::Health, dialect));
    }
    if gateway.other_paths == OtherPaths::Pass && !is_own(gateway, path, endpoint) {
        return Ok(facts.admission(None, Wish::Elsewhere, dialect));
    }
    if facts.method == "CONNECT" || facts.upgrade || facts.grpc {
        let what = "This gateway serves plain HTTP requests: CONNECT, upgrades and gRPC are not offered.";
        return refuse(Refusal::new(501, "not_implemented", what));
    }
    let key = match identify(gateway, &facts.credentials) {
        Ok(key) => key,
        Err(refusal) => return refuse(refusal),
    };
    let wish = match wish(gateway, &facts, path, endpoint, key) {
        Ok(wish) => wish,
        Err(refusal) => return refuse(refusal),
    };
    if facts.encoded_body {
        let what = "Compressed request bodies are not taken: send it without `content-encoding`.";
        return refuse(Refusal::new(415, "unsupported_encoding", what));
    }
    let mut admission = facts.admission(key, wish, dialect);
    if gateway.targets.iter().any(|target| !target.forward_headers.is_empty()) {
        match facts.provider_data.map(provider_data).transpose() {
            Ok(data) => admission.provider_data = data.unwrap_or_default(),
            Err(refusal) => return refuse(refusal),
        }
    }
    admission.unmet = unmet(gateway, head);
    admission.overridden = overridden(gateway, head, &admission.edits);
    Ok(admission)
}

/// One pass over the head.
#[derive(Default)]
struct Facts<'a> {
    method: &'a str,
    path: &'a str,
    request_id: &'a str,
    credentials: Vec<&'a [u8]>,
    form: Option<&'a [u8]>,
    provider_data: Option<&'a [u8]>,
    encoded_body: bool,
    wants_identity: bool,
    upgrade: bool,
    grpc: bool,
    anthropic: bool,
    anthropic_version: bool,
    edits: Vec<Edit>,
}

impl<'a> Facts<'a> {
    fn collect(head: &Head<'a>) -> Facts<'a> {
        let mut facts = Facts::default();
        for (name, value) in head.pairs() {
            let text = || std::str::from_utf8(value).unwrap_or_default();
            match name {
                b":method" => facts.method = text(),
                b":path" => facts.path = text(),
                b"x-request-id" => facts.request_id = text(),
                b"authorization" => {
                    facts.credentials.extend(bearer(value));
                    facts.strip("authorization");
                }
                b"x-api-key" => {
                    facts.credentials.push(value);
                    facts.anthropic = true;
                    facts.strip("x-api-key");
                }
                b"api-key" => {
                    facts.credentials.push(value);
                    facts.strip("api-key");
                }
                b"x-goog-api-key" => {
                    facts.credentials.push(value);
                    facts.strip("x-goog-api-key");
                }
                b"cookie" => facts.strip("cookie"),
                b"proxy-authorization" => facts.strip("proxy-authorization"),
                b"anthropic-version" => (facts.anthropic, facts.anthropic_version) = (true, true),
                b"content-type" if head::is_media_type(value, "multipart/form-data") => {
                    facts.form = Some(value);
                }
                b"content-type" => facts.grpc = text().starts_with("application/grpc"),
                b"content-encoding" => {
                    facts.encoded_body = !value.trim_ascii().eq_ignore_ascii_case(b"identity");
                }
                b"accept-encoding" => facts.wants_identity = value == b"identity",
                b"upgrade" => facts.upgrade = true,
                b"x-dragoman-provider-data" => {
                    facts.provider_data = Some(value);
                    facts.strip("x-dragoman-provider-data");
                }
                // Headers that steer Envoy or speak for Dragoman are not the client's to send.
                _ if name.starts_with(b"x-dragoman-") || name.starts_with(b"x-envoy-") => {
                    if let Ok(name) = std::str::from_utf8(name) {
                        facts.edits.push(Edit::Remove(Cow::Owned(name.to_owned())));
                    }
                }
                _ => {}
            }
        }
        // What comes back is read, and rewritten: it must not be compressed. Saying nothing would allow it.
        if !facts.wants_identity {
            facts.edits.push(Edit::Set(Cow::Borrowed("accept-encoding"), "identity".to_owned()));
        }
        facts
    }

    fn strip(&mut self, name: &'static str) {
        self.edits.push(Edit::Remove(Cow::Borrowed(name)));
    }

    fn dialect(&self) -> Dialect {
        if self.anthropic { Dialect::Anthropic } else { Dialect::OpenAi }
    }

    fn admission(&self, key: Option<usize>, wish: Wish, dialect: Dialect) -> Admission {
        let in_path = InPath::of(self.path.split('?').next().unwrap_or_default());
        Admission {
            key,
            wish,
            path: self.path.to_owned(),
            overridden: Vec::new(),
            query: query(self.path, in_path.is_some()),
            dialect,
            in_path,
            request_id: self.request_id.to_owned(),
            form: self.form.map(<[u8]>::to_vec),
            provider_data: Vec::new(),
            has_anthropic_version: self.anthropic_version,
            unmet: Vec::new(),
            edits: self.edits.clone(),
        }
    }
}

fn asks_for_events(path: &str) -> bool {
    path.split_once('?').is_some_and(|(_, query)| query.split('&').any(|pair| pair == "alt=sse"))
}

fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked("bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
}

/// The query less parameters that carry a credential, and those with which Google's clients ask for events: a target's own
/// are added later.
fn query(path: &str, is_googles: bool) -> String {
    let Some((_, query)) = path.split_once('?') else {
        return String::new();
    };
    let kept = query.split('&').filter(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        let dropped = ["key", "api-key", "api_key", "access_token"].contains(&name) || (is_googles && name == "alt");
        !name.is_empty() && !dropped
    });
    let kept: Vec<&str> = kept.collect();
    if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) }
}

/// Finds the caller. All keys are compared, each in constant time, so that time tells nothing of them.
fn identify(gateway: &Gateway, credentials: &[&[u8]]) -> Result<Option<usize>, Refusal> {
    for credential in credentials {
        let digest: [u8; 32] = Sha256::digest(credential).into();
        let mut found = None;
        for (index, key) in gateway.keys.iter().enumerate() {
            if bool::from(key.sha256.ct_eq(&digest)) {
                found = Some(index);
            }
        }
        if found.is_some() {
            return Ok(found);
        }
    }
    let nobody_was_named = credentials.is_empty() || gateway.keys.is_empty();
    if gateway.anonymous && nobody_was_named {
        return Ok(None);
    }
    let message = if credentials.is_empty() {
        "An API key is needed: send it as `authorization: Bearer …`, `x-api-key`, `api-key` or `x-goog-api-key`."
    } else {
        "This API key is not known here."
    };
    Err(Refusal::new(401, "invalid_api_key", message))
}

/// Whether a path is Dragoman's to answer.
fn is_own(gateway: &Gateway, path: &str, endpoint: Option<Endpoint>) -> bool {
    endpoint.is_some()
        || path == "/v1/models"
        || path.starts_with("/v1/models/")
        || gateway.passthrough.iter().any(|pass| pass.takes(path))
}

fn wish(
    gateway: &Gateway,
    facts: &Facts<'_>,
    path: &str,
    endpoint: Option<Endpoint>,
    key: Option<usize>,
) -> Result<Wish, Refusal> {
    if let Some(endpoint) = endpoint {
        if facts.method != "POST" {
            return Err(wrong_method(facts, "POST"));
        }
        // Without it Google answers with one JSON array, piece by piece.
        if InPath::of(path).is_some_and(|said| said.stream) && !asks_for_events(facts.path) {
            return Err(Refusal::invalid("Streams are sent as events here: add `?alt=sse` to the path."));
        }
        return Ok(Wish::Call(endpoint));
    }
    let models = path.strip_prefix("/v1/models");
    if let Some(rest) = models.filter(|rest| rest.is_empty() || rest.starts_with('/')) {
        let model = Some(rest.trim_start_matches('/')).filter(|model| !model.is_empty());
        return match facts.method {
            "GET" | "HEAD" => Ok(Wish::Models(model.map(str::to_owned))),
            _ => Err(wrong_method(facts, "GET")),
        };
    }
    let listed = || gateway.passthrough.iter().enumerate().filter(|(_, pass)| pass.takes(path));
    if listed().next().is_none() {
        let what = format!("There is nothing at `{}`.", shown(path));
        return Err(Refusal::new(404, "not_found", what));
    }
    let Some((index, _)) = listed().find(|(_, pass)| pass.methods.iter().any(|method| method == facts.method)) else {
        let what = format!("`{}` is not offered here.", shown(facts.method));
        return Err(Refusal::new(405, "method_not_allowed", what));
    };
    // What passes unread cannot be held against a list of models, or redacted.
    let key = key.and_then(|key| gateway.keys.get(key));
    let what = match key {
        Some(key) if key.restricted => {
            "This key is limited to certain models, and what this path asks for cannot be seen."
        }
        Some(key) if key.redaction.is_some() => {
            "This key's texts go through a redaction policy, and this path's cannot be seen."
        }
        _ => return Ok(Wish::Pass(index, path.to_owned(), facts.method.to_owned())),
    };
    Err(Refusal::new(403, "passthrough_refused", what))
}

fn wrong_method(facts: &Facts<'_>, allowed: &'static str) -> Refusal {
    let what = format!("`{}` is not offered here: use {allowed}.", shown(facts.method));
    Refusal { allow: Some(allowed), ..Refusal::new(405, "method_not_allowed", what) }
}

/// A client's words, short and printable.
fn shown(text: &str) -> String {
    text.chars().take(80).map(|c| if c.is_control() { '?' } else { c }).collect()
}

impl Passthrough {
    fn takes(&self, path: &str) -> bool {
        match self.path.strip_suffix('*') {
            Some(start) => path.starts_with(start),
            None => path == self.path,
        }
    }
}

/// The header in which clients of Anthropic's name features.
pub const BETAS: &str = "anthropic-beta";

/// What the client sent in headers that some target sets or has forwarded.
fn overridden(gateway: &Gateway, head: &Head<'_>, stripped: &[Edit]) -> Vec<(String, String)> {
    let fixed = gateway.targets.iter().flat_map(|target| target.headers.iter().map(|(name, _)| name));
    let forwarded = gateway.targets.iter().flat_map(|target| target.forward_headers.iter().map(|(_, name)| name));
    // What was stripped (a credential, for one) stays so.
    let is_stripped = |name: &str| stripped.iter().any(|edit| matches!(edit, Edit::Remove(own) if own == name));
    let names = fixed.chain(forwarded).map(String::as_str).chain([BETAS]).filter(|name| !is_stripped(name));
    names.filter_map(|name| Some((name.to_owned(), head.text(name)?.to_owned()))).collect()
}

/// The routes whose header conditions a head does not meet, by number.
pub fn unmet(gateway: &Gateway, head: &Head<'_>) -> Vec<usize> {
    let with_headers = gateway.routes.iter().filter(|route| !route.when.headers.is_empty());
    let unmet = with_headers.filter(|route| {
        !route.when.headers.iter().all(|(name, globs)| head.text(name).is_some_and(|value| globs.matches(value)))
    });
    unmet.map(|route| route.number).collect()
}

/// The longest value that is forwarded.
const LONGEST_VALUE: usize = 8192;

/// Reads `x-dragoman-provider-data`: a JSON object of strings, numbers and booleans.
fn provider_data(value: &[u8]) -> Result<Vec<(String, String)>, Refusal> {
    let bad = |what: &str| Refusal::new(400, "invalid_provider_data", format!("x-dragoman-provider-data {what}"));
    let object: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(value).map_err(|_| bad("must be a JSON object."))?;
    let mut data = Vec::new();
    for (key, value) in object {
        let text = match value {
            serde_json::Value::Null => continue,
            serde_json::Value::String(text) => text,
            serde_json::Value::Bool(flag) => flag.to_string(),
            serde_json::Value::Number(number) => number.to_string(),
            _ => {
                return Err(bad("holds a value that is neither text, number nor boolean."));
            }
        };
        // A value that may have meant to start a new header is an attack, not a slip.
        if text.contains(['\r', '\n']) {
            return Err(bad("holds a line break."));
        }
        let text: String = text.chars().filter(|c| !is_stripped(*c)).collect();
        if text.len() <= LONGEST_VALUE && !key.starts_with("__") {
            data.push((key, text));
        }
    }
    Ok(data)
}

fn is_stripped(c: char) -> bool {
    c < ' ' || matches!(c, '\u{7f}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}
