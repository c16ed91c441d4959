//! Stage 9: what of an answer its policy does not let through. It stands behind everything else and reads what the
//! client is about to read, whatever the target spoke: events one by one, anything else as a whole. What it cannot read
//! does not pass.

mod around;
mod event;
mod lanes;
mod own;
mod shape;
mod stream;
mod whole;

pub use stream::Stream;
pub use whole::Whole;

use crate::endpoint::Endpoint;
use crate::head::{Edit, Head, is_media_type};
use crate::pii::Redactor;
use crate::pii::policy::Binary;
use crate::refusal::Refusal;
use crate::response::open::{self, Context};
use crate::response::{Answer, Replaced, stream as unredacted};

/// An answer under a policy.
pub enum Redaction {
    /// An event stream.
    Stream(Box<Stream>),
    /// Anything that is read as a whole.
    Whole(Box<Whole>),
}

impl Redaction {
    /// The policy at work, with what it counted.
    pub fn redactor(&self) -> &Redactor {
        match self {
            Redaction::Stream(stream) => stream.redactor(),
            Redaction::Whole(whole) => whole.redactor(),
        }
    }

    /// How the answer failed.
    pub fn error(&self) -> Option<&'static str> {
        match self {
            Redaction::Stream(stream) => stream.error(),
            Redaction::Whole(whole) => whole.error(),
        }
    }
}

/// Puts an answer, opened already, under a policy: further changes to its head, and what its body runs through.
pub fn under(
    redactor: Redactor,
    context: &Context<'_>,
    head: &Head<'_>,
    longest: usize,
    answer: Answer,
) -> (Vec<Edit>, Answer) {
    if !context.is_targets {
        return (Vec::new(), answer);
    }
    if answer.is_stream() {
        let Some(endpoint) = context.endpoint else { return replace(context, &unreadable(), head) };
        let signs = context.translation.is_none();
        let stream = Stream::new(redactor, endpoint, signs, unredacted::LONGEST_EVENT);
        let edits = computed(head);
        return (edits, answer.under(Redaction::Stream(Box::new(stream))));
    }
    let is_plain = head.first("content-encoding").is_none_or(|value| value == b"identity");
    // A translated answer is JSON, whatever it was before; it was opened so.
    let is_json = context.translation.is_some() || head.first("content-type").is_some_and(is_json);
    let is_text = head.first("content-type").is_some_and(|value| value.starts_with(b"text/")) && !open::is_stream(head);
    let has_body = head.first("content-length") != Some(b"0");
    match (is_json, is_text) {
        _ if !has_body || open::status(head) == 204 => (Vec::new(), answer),
        (true, _) if is_plain || context.translation.is_some() => {
            let whole = Whole::json(redactor, context.dialect, longest);
            (computed(head), answer.under(Redaction::Whole(Box::new(whole))))
        }
        (false, true) if is_plain => {
            let whole = Whole::text(redactor, context.dialect, longest);
            (computed(head), answer.under(Redaction::Whole(Box::new(whole))))
        }
        (false, false) if is_plain && is_binary(head) && redactor.policy().binary == Binary::Pass => {
            (Vec::new(), answer)
        }
        (false, false) if is_plain && is_binary(head) => {
            let what = "The answer is not text, and the policy does not let such pass (`binary: pass` would).";
            replace(context, &Refusal::new(502, "answer_not_text", what), head)
        }
        _ => replace(context, &unreadable(), head),
    }
}

/// `application/json`, and whatever is made of it.
fn is_json(value: &[u8]) -> bool {
    let end = value.iter().position(|byte| *byte == b';').unwrap_or(value.len());
    let name = value.get(..end).unwrap_or_default().trim_ascii().to_ascii_lowercase();
    is_media_type(value, "application/json") || name.ends_with(b"+json")
}

/// Audio, images and the like. What might be text in a shape that is not read here is none.
fn is_binary(head: &Head<'_>) -> bool {
    const OTHERS: &[&str] = &["application/octet-stream", "application/pdf", "application/zip"];
    let Some(value) = head.first("content-type") else { return false };
    let kinds: [&[u8]; 3] = [b"audio/", b"image/", b"video/"];
    kinds.iter().any(|kind| value.get(..kind.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(kind)))
        || OTHERS.iter().any(|other| is_media_type(value, other))
}

/// Puts events that were made of a whole answer under the policy that waited for it.
pub(super) fn events(waiting: &Redactor, endpoint: Endpoint) -> Redaction {
    Redaction::Stream(Box::new(Stream::new(waiting.fresh(), endpoint, false, unredacted::LONGEST_EVENT)))
}

/// What was computed over the body goes.
fn computed(head: &Head<'_>) -> Vec<Edit> {
    let mut edits = Vec::new();
    open::remove(head, open::OF_THE_BODY, &mut edits);
    edits
}

/// An error in the answer's place.
fn replace(context: &Context<'_>, refusal: &Refusal, head: &Head<'_>) -> (Vec<Edit>, Answer) {
    let mut edits = computed(head);
    open::remove(head, &["content-encoding"], &mut edits);
    edits.push(Edit::Set(":status".into(), refusal.status.to_string()));
    edits.push(Edit::Set("content-type".into(), "application/json".to_owned()));
    (edits, Answer::Replaced(Replaced::new(refusal, context.dialect)))
}

/// The answer holds what the policy blocks.
fn blocked(policy: &str, label: &str) -> Refusal {
    let what = format!("The answer holds what the policy `{policy}` does not let through: {label}.");
    Refusal::new(502, "pii_blocked", what)
}

/// The answer cannot be read, so nothing can be said of what it holds.
fn unreadable() -> Refusal {
    Refusal::new(502, "answer_unreadable", "The target's answer cannot be read, and a redaction policy holds for it.")
}
