//! Stage 5: from an [`Ask`] and a target to what that target is sent: head edits and a body. Runs once per attempt.
//! Everything is derived from what the client asked, never from the attempt before: what that one set is taken away.

use std::borrow::Cow;

use crate::config::Gateway;
use crate::config::gateway::Target;
use crate::endpoint::Endpoint;
use crate::head::{Edit, Name};
use crate::provider::{Addressing, Auth};
use crate::refusal::Refusal;
use crate::request::admit::{Admission, BETAS, Wish};
use crate::request::read::Ask;
use crate::request::route::Candidate;
use crate::request::text::Text;
use crate::request::translate::{Instead, vertex_model};
use crate::resting::Millis;

/// What the request's head holds when an attempt begins: what the client wrote, and what earlier attempts made of it.
pub struct Written {
    path: String,
    /// Headers that earlier attempts gave values to.
    names: Vec<String>,
}

impl Written {
    /// The head as the client wrote it.
    pub fn new(path: String) -> Written {
        Written { path, names: Vec::new() }
    }
}

/// The body that a target is sent.
pub enum Body<'a> {
    /// Whatever the client sends: it is not read.
    Unread,
    /// The client's, rewritten in places.
    Own(&'a Ask, &'a mut Text),
    /// Another one.
    Instead(&'a Ask, &'a Instead),
}

impl<'a> Body<'a> {
    /// The endpoint that is called, and whether it is to stream; `None` for a passthrough.
    fn service(&self, admission: &Admission) -> Option<(Endpoint, bool)> {
        match self {
            Body::Unread => None,
            Body::Own(ask, _) => Some((admission.wish.endpoint()?, ask.stream)),
            Body::Instead(ask, instead) => Some((instead.endpoint, ask.stream)),
        }
    }

    /// The client's query, as far as it means something to the target.
    fn clients_query(&self, admission: &'a Admission) -> &'a str {
        match self {
            Body::Instead(_, instead) if instead.memory.is_some() => "",
            _ => &admission.query,
        }
    }
}

/// Composes the request for one candidate: rewrites the text, and tells the changes to the head.
pub fn compose(
    gateway: &Gateway,
    admission: &Admission,
    body: Body<'_>,
    candidate: &Candidate,
    written: &mut Written,
    now: Millis,
) -> Result<Vec<Edit>, Refusal> {
    let Some(target) = gateway.targets.get(candidate.target) else {
        return Err(Refusal::new(500, "internal", "The target is gone."));
    };
    let service = body.service(admission);
    let mut sets = Vec::new();
    let mut set = |name: Name, value: String| sets.push((name, Some(value)));

    let mut query = Query::new(body.clients_query(admission), target);
    let credential = candidate.credential.and_then(|index| target.credentials.get(index));
    let fetched = target.tokens.as_ref().and_then(|tokens| tokens.secret(now));
    if let Some(secret) = credential.map(|credential| &credential.secret).or(fetched.as_ref()) {
        match auth(target, service) {
            Auth::Bearer => set("authorization".into(), format!("Bearer {secret}")),
            Auth::Header(name) => set(name.clone(), secret.clone()),
            Auth::Query(name) => query.push(name, secret),
        }
    }
    for (name, value) in target.provider.default_headers {
        if !(*name == "anthropic-version" && admission.has_anthropic_version) {
            set((*name).into(), (*value).to_owned());
        }
    }
    for (name, value) in &target.headers {
        set(name.clone().into(), value.clone());
    }
    for (key, header) in &target.forward_headers {
        // Names are compared as header names are; the last one said counts.
        let said = admission.provider_data.iter().rev().find(|(name, _)| name.eq_ignore_ascii_case(key));
        if let Some((_, value)) = said {
            set(header.clone().into(), value.clone());
        }
    }
    let length = match body {
        Body::Unread => None,
        Body::Own(ask, text) => {
            text.rewrite(&candidate.model, &ask.model, target.include_usage);
            let rewritten = text.rewritten().map(|splice| text.length().saturating_add_signed(splice.grown_by()));
            // What an earlier attempt said no longer holds.
            let again = || written.names.iter().any(|name| name == "content-length").then_some(text.length());
            rewritten.or_else(again)
        }
        Body::Instead(_, instead) => Some(instead.body.len()),
    };
    if let Some(length) = length {
        set("content-length".into(), length.to_string());
    }
    set(":authority".into(), target.authority.clone());
    let asked = admission.overridden.iter().find(|(name, _)| name == BETAS);
    if let Some((_, asked)) = asked.filter(|_| target.provider.addressing == VERTEX_ANTHROPIC) {
        sets.retain(|(name, _)| name != BETAS);
        sets.push((BETAS.into(), betas(asked)));
    }
    let path = path(target, admission, service, candidate, query)?;
    let mut edits = edits(sets, admission, &mut written.names);
    if path != written.path {
        written.path.clone_from(&path);
        edits.push(Edit::Set(":path".into(), path));
    }
    Ok(edits)
}

/// Turns values into edits, undoes what an earlier attempt set and this one does not, and remembers the names.
fn edits(sets: Vec<(Name, Option<String>)>, admission: &Admission, names: &mut Vec<String>) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Vec::with_capacity(sets.len() + 1);
    for name in names.drain(..).filter(|name| !sets.iter().any(|(set, _)| set == name.as_str())) {
        let own = admission.overridden.iter().find(|(own, _)| *own == name);
        edits.push(match own {
            Some((_, value)) => Edit::Set(Cow::Owned(name), value.clone()),
            None => Edit::Remove(Cow::Owned(name)),
        });
    }
    for (name, value) in sets {
        if !name.starts_with(':') {
            names.push(name.clone().into_owned());
        }
        edits.push(match value {
            Some(value) => Edit::Set(name, value),
            None => Edit::Remove(name),
        });
    }
    edits
}

/// How the credential travels: Google takes it otherwise where it copies OpenAI.
fn auth(target: &Target, service: Option<(Endpoint, bool)>) -> &Auth {
    match (target.provider.addressing, service) {
        (Addressing::Gemini, Some((endpoint, _))) if endpoint != Endpoint::GenerateContent => &Auth::Bearer,
        _ => &target.auth,
    }
}

const VERTEX_ANTHROPIC: Addressing = Addressing::Vertex("anthropic");

/// Features of Anthropic's API that Vertex knows too, by their beginnings; it refuses the others.
const ON_VERTEX: &[&str] = &[
    "interleaved-thinking-",
    "fine-grained-tool-streaming-",
    "token-efficient-tools-",
    "context-1m-",
    "computer-use-",
];

fn betas(asked: &str) -> Option<String> {
    let known = asked.split(',').map(str::trim).filter(|beta| ON_VERTEX.iter().any(|start| beta.starts_with(start)));
    Some(known.collect::<Vec<_>>().join(",")).filter(|known| !known.is_empty())
}

/// The path and query. `service` is the endpoint that is called, and whether it is to stream.
fn path(
    target: &Target,
    admission: &Admission,
    service: Option<(Endpoint, bool)>,
    candidate: &Candidate,
    mut query: Query<'_>,
) -> Result<String, Refusal> {
    let mut path = target.prefix.clone();
    match (service, &admission.wish, target.provider.addressing) {
        (Some((Endpoint::GenerateContent, stream)), ..) => {
            let verb = if stream { ":streamGenerateContent" } else { ":generateContent" };
            path.extend(["/models/", &segment(&candidate.model)?, verb]);
            if stream {
                query.push("alt", "sse");
            }
        }
        (Some((Endpoint::CountTokens, _)), _, Addressing::Vertex(_)) => {
            path.push_str("/models/count-tokens:rawPredict");
        }
        (Some((_, stream)), _, Addressing::Vertex(_)) => {
            let verb = if stream { ":streamRawPredict" } else { ":rawPredict" };
            path.extend(["/models/", &segment(&vertex_model(&candidate.model))?, verb]);
        }
        (Some((endpoint, _)), _, Addressing::AzureDeployment) => {
            path.extend(["/openai/deployments/", &segment(&candidate.model)?, endpoint.path()]);
        }
        (Some((endpoint, _)), _, Addressing::Gemini) => path.extend(["/openai", endpoint.path()]),
        (Some((endpoint, _)), _, Addressing::Body) => path.push_str(endpoint.path()),
        (None, Wish::Pass(_, asked, _), _) => path.push_str(below_version(asked)),
        (None, ..) => return Err(Refusal::new(500, "internal", "This is not for a target to answer.")),
    }
    query.append_to(&mut path);
    Ok(path)
}

/// A path without the version of an API in front, which the target's prefix has.
fn below_version(path: &str) -> &str {
    let below = |version| path.strip_prefix(version).filter(|rest| rest.is_empty() || rest.starts_with('/'));
    below("/v1").or_else(|| below("/v1beta")).unwrap_or(path)
}

/// A model's name as one path segment.
fn segment(model: &str) -> Result<String, Refusal> {
    if model.is_empty() || model == "." || model == ".." || model.chars().any(char::is_control) {
        return Err(Refusal::invalid("This model's name cannot stand in a path."));
    }
    Ok(percent_encoding::utf8_percent_encode(model, SEGMENT).to_string())
}

/// Everything but what RFC 3986 calls unreserved.
const SEGMENT: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn parameter(pair: &str) -> &str {
    pair.split('=').next().unwrap_or_default()
}

/// A query put together from the client's, the target's and its credential.
struct Query<'a> {
    parts: Vec<Cow<'a, str>>,
}

impl<'a> Query<'a> {
    /// The client's parameters, less those that are the target's to set, and the target's.
    fn new(client: &'a str, target: &'a Target) -> Query<'a> {
        let pairs = |query: &'a str| query.split('&').filter(|pair| !pair.is_empty());
        let own = || pairs(&target.query);
        let is_own = |name: &str| {
            matches!(&target.auth, Auth::Query(key) if key == name) || own().any(|pair| parameter(pair) == name)
        };
        let clients = pairs(client.strip_prefix('?').unwrap_or_default()).filter(|pair| !is_own(parameter(pair)));
        Query { parts: clients.chain(own()).map(Cow::Borrowed).collect() }
    }

    fn push(&mut self, name: &str, value: &str) {
        self.parts.push(Cow::Owned(format!("{name}={}", percent_encoding::utf8_percent_encode(value, SEGMENT))));
    }

    fn append_to(&self, path: &mut String) {
        for (index, part) in self.parts.iter().enumerate() {
            path.push(if index == 0 { '?' } else { '&' });
            path.push_str(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_a_whole_segment() {
        for (path, below) in [
            ("/v1/files", "/files"),
            ("/v1beta/files", "/files"),
            ("/v1", ""),
            ("/v1x/files", "/v1x/files"),
            ("/other", "/other"),
        ] {
            assert_eq!(below_version(path), below);
        }
    }
}
