//! Stage 6: from the head of an answer to what its body will run through. What a status means for the attempts is
//! decided here too. Nothing of a body is read.

use crate::endpoint::{Dialect, Endpoint};
use crate::head::{self, Edit, Head};
use crate::refusal;
use crate::response::{Answer, Replaced, Stream, Whole, translated};
use crate::resting::Millis;
use crate::wire::{Format, Losses, Memory};

/// Marks an answer that the router is to throw away and retry; see the route's retry policy.
pub const RETRY: &str = "x-dragoman-retry";

/// The changes to the head of an answer that is to be thrown away; `as_if` it had another status, where its own is fine.
pub fn retry(as_if: Option<u16>) -> Vec<Edit> {
    let status = as_if.map(|status| Edit::Set(":status".into(), status.to_string()));
    std::iter::once(Edit::Set(RETRY.into(), "1".to_owned())).chain(status).collect()
}

/// Names to the client what could not be said in the target's format, or in its own.
pub const LOSSES: &str = "x-dragoman-losses";

/// What an answer's status means for the attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The target served it.
    Fine,
    /// No target would have served it.
    ClientsFault,
    /// This credential will not do: the next one may.
    NextKey(Rests),
    /// This target will not do: the next one may.
    NextTarget,
}

/// What rests after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rests {
    /// The credential: it is wrong, or its account is empty.
    Credential,
    /// The model under this credential: it is limited, or not allowed.
    Model,
}

/// The verdict on a status.
pub fn judge(status: u16) -> Verdict {
    match status {
        401 | 402 => Verdict::NextKey(Rests::Credential),
        403 | 429 => Verdict::NextKey(Rests::Model),
        408 | 500.. => Verdict::NextTarget,
        400..500 => Verdict::ClientsFault,
        _ => Verdict::Fine,
    }
}

impl Verdict {
    /// What is to rest.
    pub fn rests(self) -> Option<Rests> {
        match self {
            Verdict::NextKey(rests) => Some(rests),
            Verdict::Fine | Verdict::ClientsFault | Verdict::NextTarget => None,
        }
    }
}

/// The status in a head; 0 where there is none.
pub fn status(head: &Head<'_>) -> u16 {
    head.text(":status").and_then(|status| status.parse().ok()).unwrap_or(0)
}

/// Whether a head announces an event stream.
pub fn is_stream(head: &Head<'_>) -> bool {
    head.first("content-type").is_some_and(|value| head::is_media_type(value, "text/event-stream"))
}

/// What was asked, as far as the answer's shape depends on it.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// What was called; `None` for a passthrough.
    pub endpoint: Option<Endpoint>,
    /// The shape of this client's errors.
    pub dialect: Dialect,
    /// The name that `model` is given in the answer; `None` keeps the target's.
    pub model: Option<&'a str>,
    /// Whether the usage event was Dragoman's wish and not the client's.
    pub hide_usage: bool,
    /// How it is translated; `None` where it is in the client's format.
    pub translation: Option<Translation<'a>>,
    /// What the target was not told.
    pub losses: Option<&'a Losses>,
    /// Whether a target answered, and not Envoy.
    pub is_targets: bool,
    /// The last target tried.
    pub target: &'a str,
    /// How many were tried.
    pub attempts: u32,
}

/// How an answer is translated.
#[derive(Clone, Debug)]
pub struct Translation<'a> {
    /// The target's format.
    pub from: Format,
    /// The client's.
    pub into: Format,
    /// What is remembered of the request.
    pub memory: &'a Memory,
    /// What ids are made of.
    pub seed: &'a str,
    /// What the target was not told.
    pub losses: Option<&'a Losses>,
    /// When the answer began.
    pub now: Millis,
    /// The longest answer that is collected.
    pub longest: usize,
}

/// Opens an answer: changes to its head, and what its body runs through. Under a policy it goes on to `redact`.
pub fn open(context: &Context<'_>, head: &Head<'_>) -> (Vec<Edit>, Answer) {
    let status = status(head);
    let (mut edits, answer) = if context.is_targets {
        targets_own(context, status, head)
    } else if status >= 400 {
        replace(status, context.dialect, head)
    } else {
        (Vec::new(), Answer::Opaque)
    };
    if context.attempts > 0 {
        edits.push(Edit::Set("x-dragoman-target".into(), context.target.to_owned()));
        edits.push(Edit::Set("x-dragoman-attempts".into(), context.attempts.to_string()));
    }
    if let Some(losses) = context.losses {
        edits.push(Edit::Set(LOSSES.into(), losses.to_string()));
    }
    (edits, answer)
}

/// Puts an error in the client's format in the place of one that Envoy made.
pub fn replace(status: u16, dialect: Dialect, head: &Head<'_>) -> (Vec<Edit>, Answer) {
    let mut edits = vec![Edit::Set("content-type".into(), "application/json".to_owned())];
    remove(head, &["content-length"], &mut edits);
    (edits, Answer::Replaced(Replaced::new(&refusal::of_envoy(status), dialect)))
}

fn targets_own(context: &Context<'_>, status: u16, head: &Head<'_>) -> (Vec<Edit>, Answer) {
    let mut edits = Vec::new();
    remove(head, &[RETRY], &mut edits);
    if let Some(translation) = &context.translation {
        let (more, answer) = translated::open(translation, context.model, status, head);
        edits.extend(more);
        return (edits, answer);
    }
    let Some(endpoint) = context.endpoint.filter(|_| is_readable(head, status)) else {
        return (edits, Answer::Opaque);
    };
    let answer = if is_stream(head) {
        Answer::Stream(Box::new(Stream::new(endpoint, context.model, context.hide_usage)))
    } else if head.first("content-type").is_some_and(|value| head::is_media_type(value, "application/json")) {
        Answer::Whole(Box::new(Whole::new(endpoint, context.model)))
    } else {
        return (edits, Answer::Opaque);
    };
    remove(head, OF_THE_BODY, &mut edits);
    (edits, answer)
}

/// What was computed over a body, and does not hold for another one.
pub(super) const OF_THE_BODY: &[&str] = &["content-length", "etag", "digest", "content-digest", "content-md5"];

pub(super) fn remove(head: &Head<'_>, names: &[&'static str], edits: &mut Vec<Edit>) {
    let present = names.iter().filter(|name| head.first(name).is_some());
    edits.extend(present.map(|name| Edit::Remove((*name).into())));
}

/// A served answer in the clear. An error keeps its target's words.
fn is_readable(head: &Head<'_>, status: u16) -> bool {
    (200..300).contains(&status) && head.first("content-encoding").is_none_or(|value| value == b"identity")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_taxonomy_of_failures() {
        for status in [401, 402] {
            assert_eq!(judge(status), Verdict::NextKey(Rests::Credential), "{status}");
        }
        for status in [403, 429] {
            assert_eq!(judge(status), Verdict::NextKey(Rests::Model), "{status}");
        }
        for status in [408, 500, 502, 503, 504, 529, 599] {
            assert_eq!(judge(status), Verdict::NextTarget, "{status}");
        }
        for status in [400, 404, 409, 413, 422, 451] {
            assert_eq!(judge(status), Verdict::ClientsFault, "{status}");
        }
        for status in [200, 201, 204, 302] {
            assert_eq!(judge(status), Verdict::Fine, "{status}");
        }
    }
}
