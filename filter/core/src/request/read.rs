//! Stage 2: from a request's body to an [`Ask`]. Which model, streamed or not, and where in the bytes that stands.
//! The body is looked at once and never becomes an object. Not whether the caller may have it: that is `route`'s.

use crate::config::Gateway;
use crate::endpoint::{Endpoint, InPath};
use crate::json::{self, Flaw, Kind, Object, Span, Value};
use crate::multipart;
use crate::refusal::Refusal;
use crate::request::text::Places;

/// The keys that Dragoman, or a reader behind it, gives a meaning: another spelling of one would be read by one of
/// them and not by the other.
const KNOWN: &[&str] = &[
    "model",
    "stream",
    "stream_options",
    "messages",
    "input",
    "prompt",
    "system",
    "instructions",
    "tools",
    "functions",
    "tool_choice",
    "previous_response_id",
    "conversation",
    "container",
    "documents",
    "query",
    "contents",
    "systemInstruction",
    "cachedContent",
];

/// The host of what Google's API keeps under its key.
const GEMINI_FILES: &str = "generativelanguage.googleapis.com/";

/// The longest model name.
const LONGEST_MODEL: usize = 512;

/// What a client asks for.
#[derive(Debug)]
pub struct Ask {
    /// The model it named.
    pub model: String,
    /// Whether it wants a stream.
    pub stream: bool,
    /// How long its body is.
    pub bytes: usize,
    /// Whether it offers tools.
    pub tools: bool,
    /// Whether it shows images; looked for only if a route wants to know.
    pub images: bool,
    /// Whether it may hold what translated answers left with the client: it has keys for that.
    pub may_hold_seal: bool,
}

/// Reads a body, and what the path says beside it: what it asks for, and where it says so.
pub fn read(
    gateway: &Gateway,
    endpoint: Endpoint,
    in_path: Option<&InPath>,
    form: Option<&[u8]>,
    body: &[u8],
) -> Result<(Ask, Places), Refusal> {
    match form {
        Some(content_type) if endpoint.takes_forms() => read_form(content_type, body),
        Some(_) => Err(Refusal::invalid("This endpoint takes JSON, not a multipart form.")),
        None => read_json(gateway, endpoint, in_path, body),
    }
}

fn read_json(
    gateway: &Gateway,
    endpoint: Endpoint,
    in_path: Option<&InPath>,
    body: &[u8],
) -> Result<(Ask, Places), Refusal> {
    let object = json::object(body, KNOWN).map_err(|flaw| refuse(&flaw))?;
    let (name, place, stream) = match in_path {
        Some(said) => (said.model.clone(), None, said.stream),
        None => {
            let (name, place) = model(&object)?;
            (name, Some(place), streams(&object)?)
        }
    };
    check_model(&name)?;
    if !gateway.shared_state {
        refuse_shared_state(&object, body)?;
    }
    let mut usage = None;
    if endpoint == Endpoint::Chat && stream {
        usage = json::include_usage(&object).map_err(|flaw| refuse(&flaw))?.edit;
    }
    let ask = Ask {
        model: name,
        stream,
        bytes: body.len(),
        tools: [object.find("tools"), object.find("functions")].into_iter().flatten().any(is_filled),
        images: gateway.routes.iter().any(|route| route.when.images.is_some()) && shows_images(&object)?,
        may_hold_seal: object.may_hold_seal(),
    };
    Ok((ask, Places { model: place, quoted: true, usage }))
}

fn model(object: &Object<'_>) -> Result<(String, Span), Refusal> {
    let model = object.find("model").ok_or_else(no_model)?;
    match model.kind() {
        Kind::String => Ok((model.text().map_err(|flaw| refuse(&flaw))?.into_owned(), model.span())),
        _ => Err(Refusal::invalid("`model` must be a string.")),
    }
}

fn streams(object: &Object<'_>) -> Result<bool, Refusal> {
    match object.find("stream").map(|value| value.raw()) {
        None | Some("false" | "null") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Refusal::invalid("`stream` must be true or false.")),
    }
}

fn read_form(content_type: &[u8], body: &[u8]) -> Result<(Ask, Places), Refusal> {
    let refuse = |flaw: multipart::Flaw| Refusal::new(400, "invalid_form", flaw.to_string());
    let form = multipart::form(body, content_type, &["model", "stream"]).map_err(refuse)?;
    let value = |name: &str| {
        let part = form.find(name)?;
        Some((part.value, std::str::from_utf8(part.value.of(body)?).ok()?))
    };
    let (span, model) = value("model").ok_or_else(no_model)?;
    check_model(model)?;
    let ask = Ask {
        model: model.to_owned(),
        stream: value("stream").is_some_and(|(_, text)| text.eq_ignore_ascii_case("true")),
        bytes: body.len(),
        tools: false,
        images: form.parts().any(|part| part.file && part.name.starts_with("image")),
        may_hold_seal: false,
    };
    Ok((ask, Places { model: Some(span), quoted: false, usage: None }))
}

fn no_model() -> Refusal {
    Refusal::invalid("`model` is missing: name the model to ask.")
}

fn refuse(flaw: &Flaw) -> Refusal {
    Refusal::new(400, "invalid_json", flaw.to_string())
}

fn check_model(name: &str) -> Result<(), Refusal> {
    if name.trim().is_empty() {
        return Err(Refusal::invalid("`model` is empty: name the model to ask."));
    }
    if name.len() > LONGEST_MODEL || name.chars().any(char::is_control) {
        return Err(Refusal::invalid("`model` is not a model's name: it is too long, or holds control characters."));
    }
    Ok(())
}

fn is_filled(value: Value<'_>) -> bool {
    value.elements().is_ok_and(|mut elements| elements.next().is_some())
}

/// State that a provider keeps under its key is everybody's who shares the key.
fn refuse_shared_state(object: &Object<'_>, body: &[u8]) -> Result<(), Refusal> {
    let named = ["previous_response_id", "conversation", "container", "cachedContent", "cached_content"]
        .into_iter()
        .find(|key| object.find(key).is_some_and(|value| value.kind() != Kind::Null));
    let what = match named {
        Some(key) => key,
        None if object.may_name_file() && names_file(body) => "file_id",
        None => return Ok(()),
    };
    Err(Refusal::new(
        400,
        "shared_state",
        format!(
            "`{what}` refers to state that the provider keeps, which all callers of this gateway would share; \
             send the content itself. (The operator may set `shared_state: true`.)"
        ),
    ))
}

/// Whether any object in the body has a `file_id`, or Google's like.
fn names_file(body: &[u8]) -> bool {
    // A body too deep for the reader is not let through unread.
    serde_json::from_slice(body).map_or(true, |value: serde_json::Value| has_file_id(&value))
}

fn has_file_id(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Object(members) => members.iter().any(|(key, member)| {
            let is_file = match key.as_str() {
                "file_id" | "file_ids" => !member.is_null(),
                "fileUri" | "file_uri" => member.as_str().is_some_and(|uri| uri.contains(GEMINI_FILES)),
                _ => false,
            };
            is_file || has_file_id(member)
        }),
        serde_json::Value::Array(elements) => elements.iter().any(has_file_id),
        _ => false,
    }
}

/// Whether any message holds an image part.
fn shows_images(object: &Object<'_>) -> Result<bool, Refusal> {
    for key in ["messages", "input", "contents"] {
        let Some(list) = object.find(key).filter(|value| value.kind() == Kind::Array) else {
            continue;
        };
        for message in list.elements().map_err(|flaw| refuse(&flaw))?.filter(|value| value.kind() == Kind::Object) {
            let message = message.object(&["content", "parts", "type", "role"]).map_err(|flaw| refuse(&flaw))?;
            if is_image(&message) || content_shows_images(&message)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn content_shows_images(message: &Object<'_>) -> Result<bool, Refusal> {
    let content = message.find("content").or_else(|| message.find("parts"));
    let Some(content) = content.filter(|value| value.kind() == Kind::Array) else {
        return Ok(false);
    };
    for part in content.elements().map_err(|flaw| refuse(&flaw))?.filter(|value| value.kind() == Kind::Object) {
        let part = part.object(&["type", "content"]).map_err(|flaw| refuse(&flaw))?;
        // A tool's result holds parts of its own.
        if is_image(&part) || content_shows_images(&part)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_image(part: &Object<'_>) -> bool {
    let kind = part.find("type").and_then(|value| value.text().ok());
    kind.is_some_and(|kind| matches!(&*kind, "image" | "image_url" | "input_image"))
        || ["inlineData", "inline_data", "fileData", "file_data"].iter().any(|key| holds_image(part, key))
}

/// Whether a member is a file as Google's format has it, and an image.
fn holds_image(part: &Object<'_>, key: &str) -> bool {
    let file = part.find(key).and_then(|value| value.object(&[]).ok());
    let mime = file.as_ref().and_then(|file| file.find("mimeType").or_else(|| file.find("mime_type")));
    mime.and_then(|mime| mime.text().ok()).is_some_and(|mime| mime.starts_with("image/"))
}
