//! Stage 5, where splicing does not reach: a target that speaks another format than its client, or a dialect of the same
//! one. The whole body is written anew. What another format says is `wire`'s; heads and paths are `compose`'s.

use memchr::memmem;
use serde_json::{Map, Value};

use crate::config::Gateway;
use crate::config::gateway::{Target, Way};
use crate::endpoint::Endpoint;
use crate::json;
use crate::provider::Addressing;
use crate::refusal::Refusal;
use crate::request::read::Ask;
use crate::request::route::Candidate;
use crate::wire::{self, Format, Losses, Memory};

/// What a target is sent in the client's body's place. Not `Debug`: it is content.
pub struct Instead {
    /// The body.
    pub body: Vec<u8>,
    /// The target's endpoint that it is for.
    pub endpoint: Endpoint,
    /// What the translation of the answer needs; `None` where the answer is in the client's format.
    pub memory: Option<Memory>,
    /// What the target is not told.
    pub losses: Losses,
}

/// Whether a target is sent another body than the client's, where that may hold marks that translated answers left.
pub fn is_needed(target: &Target, endpoint: Endpoint, is_marked: bool) -> bool {
    match target.way(endpoint) {
        Some(Way::Translated(_)) => true,
        Some(Way::Own) => is_marked && clean_format(endpoint).is_some() || is_for_vertex(target, endpoint),
        Some(Way::Estimated) | None => false,
    }
}

fn is_for_vertex(target: &Target, endpoint: Endpoint) -> bool {
    matches!(target.provider.addressing, Addressing::Vertex(_)) && endpoint != Endpoint::GenerateContent
}

/// The format in which a request may hold marks.
fn clean_format(endpoint: Endpoint) -> Option<Format> {
    let counts = (endpoint == Endpoint::CountTokens).then_some(Format::Messages);
    endpoint.format().or(counts)
}

/// What of a request is not in its body.
#[derive(Clone, Copy)]
pub struct Beside<'a> {
    /// What was read of it.
    pub ask: &'a Ask,
    /// Whether the body may hold marks of translated answers.
    pub is_marked: bool,
    /// Whether Dragoman is the one to ask for the usage event.
    pub may_ask_for_usage: bool,
}

/// Writes the body for a candidate; `None` where the client's own will do.
pub fn translate(
    gateway: &Gateway,
    endpoint: Endpoint,
    beside: Beside<'_>,
    candidate: &Candidate,
    body: &[u8],
) -> Result<Option<Instead>, Refusal> {
    let Beside { ask, is_marked, .. } = beside;
    let target = gateway.targets.get(candidate.target).filter(|target| is_needed(target, endpoint, is_marked));
    let Some(target) = target else { return Ok(None) };
    let formats = match target.way(endpoint) {
        Some(Way::Translated(to)) => endpoint.format().zip(to.format()).map(|formats| (to, formats)),
        _ => None,
    };
    let instead = match formats {
        Some((to, (from, into))) => {
            let asked = wire::Target { model: &candidate.model, stream: Some(ask.stream), quirks: &target.quirks };
            let translated = wire::request(from, into, body, &asked).map_err(|flaw| flaw.refusal())?;
            let wire::Translated { body, losses, memory } = translated;
            Instead { body, endpoint: to, memory: Some(memory), losses }
        }
        None => match in_own_format(target, endpoint, beside, candidate, body)? {
            Some(instead) => instead,
            None => return Ok(None),
        },
    };
    match instead.losses.flaw().filter(|_| gateway.strict) {
        Some(flaw) => Err(Refusal { code: "not_translatable", ..flaw.refusal() }),
        None => Ok(Some(instead)),
    }
}

/// A request that stays in its format: without marks, and as Vertex takes it, if it goes there.
fn in_own_format(
    target: &Target,
    endpoint: Endpoint,
    beside: Beside<'_>,
    candidate: &Candidate,
    body: &[u8],
) -> Result<Option<Instead>, Refusal> {
    let format = clean_format(endpoint).filter(|_| beside.is_marked);
    let unmarked = format.and_then(|format| wire::unmark(format, body, target.quirks.provider));
    let Some((mut members, losses)) = unmarked else {
        return if is_for_vertex(target, endpoint) {
            for_vertex(body, endpoint, candidate).map(Some)
        } else {
            Ok(None)
        };
    };
    if let Some(model) = members.get_mut("model") {
        *model = candidate.model.clone().into();
    }
    if beside.may_ask_for_usage && target.include_usage {
        let options = members.entry("stream_options").or_insert(Value::Null);
        if let Value::Null = options {
            *options = Map::new().into();
        }
        options.as_object_mut().map(|options| options.insert("include_usage".to_owned(), true.into()));
    }
    let body = Value::Object(members).to_string().into_bytes();
    let instead = Instead { body, endpoint, memory: None, losses };
    if !is_for_vertex(target, endpoint) {
        return Ok(Some(instead));
    }
    let mut vertex = for_vertex(&instead.body, endpoint, candidate)?;
    vertex.losses.extend(&instead.losses);
    Ok(Some(vertex))
}

/// The version of Anthropic's API that Vertex speaks.
const VERTEX_VERSION: &str = r#"{"anthropic_version":"vertex-2023-10-16""#;

/// What Anthropic's own API takes and Vertex answers with 400.
const NOT_ON_VERTEX: &[&str] = &["context_management", "container", "mcp_servers", "service_tier"];

/// A request in Anthropic's format as Vertex takes it: the path has the model, and the body has the version.
fn for_vertex(body: &[u8], endpoint: Endpoint, candidate: &Candidate) -> Result<Instead, Refusal> {
    let object = json::object(body, &[]).map_err(|flaw| Refusal::new(400, "invalid_json", flaw.to_string()))?;
    let mut losses = Losses::default();
    let mut out = Vec::with_capacity(body.len() + 64);
    out.extend_from_slice(VERTEX_VERSION.as_bytes());
    for (key, value) in object.members() {
        let value = match key {
            "model" if endpoint == Endpoint::CountTokens => json::quote(&vertex_model(&candidate.model)),
            "model" | "anthropic_version" => continue,
            _ if NOT_ON_VERTEX.contains(&key) => {
                losses.note(key);
                continue;
            }
            _ => without_scopes(value.raw()),
        };
        out.push(b',');
        out.extend_from_slice(json::quote(key).as_bytes());
        out.push(b':');
        out.extend_from_slice(value.as_bytes());
    }
    out.push(b'}');
    Ok(Instead { body: out, endpoint, memory: None, losses })
}

/// A model's name as Vertex writes it: its date stands behind an `@`.
pub fn vertex_model(model: &str) -> String {
    match model.rsplit_once('-') {
        Some((name, date)) if date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{name}@{date}")
        }
        _ => model.to_owned(),
    }
}

/// Takes `scope` out of every `cache_control`. Almost no value has one, and those that have none stay as they are.
fn without_scopes(value: &str) -> String {
    if memmem::find(value.as_bytes(), b"\"scope\"").is_none() {
        return value.to_owned();
    }
    let Ok(mut tree) = serde_json::from_str::<Value>(value) else {
        return value.to_owned();
    };
    strip_scopes(&mut tree);
    tree.to_string()
}

fn strip_scopes(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if let Some(Value::Object(mark)) = members.get_mut("cache_control") {
                mark.shift_remove("scope");
            }
            members.values_mut().for_each(strip_scopes);
        }
        Value::Array(elements) => elements.iter_mut().for_each(strip_scopes),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vertex(body: &str, endpoint: Endpoint) -> String {
        let candidate = Candidate { target: 0, credential: None, model: "claude-sonnet-4-5-20250929".to_owned() };
        String::from_utf8(for_vertex(body.as_bytes(), endpoint, &candidate).unwrap().body).unwrap()
    }

    #[test]
    fn vertex_reads_the_version_in_the_body_and_the_model_in_the_path() {
        let body = r#"{ "model":"claude", "max_tokens": 1e3,"context_management":{"edits":[]},"messages":[ ]}"#;
        let wanted = r#"{"anthropic_version":"vertex-2023-10-16","max_tokens":1e3,"messages":[ ]}"#;
        assert_eq!(vertex(body, Endpoint::Messages), wanted);
        assert_eq!(
            vertex(r#"{"model":"x","messages":[]}"#, Endpoint::CountTokens),
            r#"{"anthropic_version":"vertex-2023-10-16","model":"claude-sonnet-4-5@20250929","messages":[]}"#
        );
    }

    #[test]
    fn a_caches_scope_is_taken_out_wherever_it_stands() {
        let body = r#"{"system":[{"text":"scope","cache_control":{"type":"ephemeral","scope":"global"}}]}"#;
        let wanted = r#"{"anthropic_version":"vertex-2023-10-16","system":[{"text":"scope","cache_control":{"type":"ephemeral"}}]}"#;
        assert_eq!(vertex(body, Endpoint::Messages), wanted);
    }

    #[test]
    fn only_a_date_moves_behind_the_at() {
        assert_eq!(vertex_model("claude-opus-4-1-20250805"), "claude-opus-4-1@20250805");
        assert_eq!(vertex_model("claude-opus-4-6"), "claude-opus-4-6");
        assert_eq!(vertex_model("claude-sonnet-4@20250514"), "claude-sonnet-4@20250514");
    }
}
