//! Stage 8: what an event of a stream means: content, an error, the end, usage, the model. Each wire format is one table
//! of the places where it says so. Nothing is changed here (see `stream`), and what is not in a table is not looked at.

use crate::endpoint::Endpoint;
use crate::json::Span;
use crate::json::walk::{Hit, Path, Walker};

/// What stands at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// The model's name.
    Model,
    /// Token counts.
    Usage,
    /// An error, unless null.
    Error,
    /// The event's type.
    Type,
    /// One choice.
    Choice,
    /// Something the model said, unless null or empty.
    Content,
    /// Why a choice ended, unless null.
    Finish,
    /// Nothing: text or a number that changes from event to event.
    Free,
}

/// Where a format's events say what.
pub struct Format {
    walker: Walker,
    marks: &'static [Mark],
    /// What an event's type tells.
    kind: fn(&str) -> Kind,
    /// The data of an event that ends the stream and is not JSON.
    done: &'static [u8],
}

/// What an event's type tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Nothing yet: the stream is being set up, or kept alive.
    Preamble,
    /// The model speaks.
    Content,
    /// The target failed.
    Error,
    /// The stream is complete.
    Last,
}

/// One event's meaning.
#[derive(Debug, Default)]
pub struct Meaning {
    /// Where the model's name stands, quotes included.
    pub model: Option<Span>,
    /// Where token counts stand.
    pub usage: Option<Span>,
    /// The target failed.
    pub error: bool,
    /// The model said something, or ended.
    pub content: bool,
    /// Nothing is to follow.
    pub last: bool,
    /// A choice ended: what follows is only an account.
    pub finish: bool,
    /// The event holds usage and no choice.
    pub only_usage: bool,
    /// What could be other text (quotes left out) or another number, and the event would mean the same but for its content.
    pub free: Vec<Span>,
}

macro_rules! format_table {
    ($($mark:ident: [$($step:literal),*]),* $(,)?) => {
        (&[$(&[$($step),*]),*], &[$(Mark::$mark),*])
    };
}

/// The longest table.
const MOST_PATHS: usize = 16;

type Table = (&'static [Path], &'static [Mark]);

const CHAT: Table = format_table! {
    Model: ["model"],
    Usage: ["usage"],
    Usage: ["x_groq", "usage"],
    Error: ["error"],
    Choice: ["choices", "*"],
    Finish: ["choices", "*", "finish_reason"],
    Content: ["choices", "*", "text"],
    Content: ["choices", "*", "delta", "content"],
    Content: ["choices", "*", "delta", "refusal"],
    Content: ["choices", "*", "delta", "reasoning"],
    Content: ["choices", "*", "delta", "reasoning_content"],
    Content: ["choices", "*", "delta", "tool_calls"],
    Content: ["choices", "*", "delta", "function_call"],
    Content: ["choices", "*", "delta", "audio"],
    Free: ["choices", "*", "delta", "tool_calls", "*", "function", "arguments"],
    Free: ["obfuscation"],
};

const MESSAGES: Table = format_table! {
    Type: ["type"],
    Model: ["message", "model"],
    Usage: ["message", "usage"],
    Usage: ["usage"],
    Free: ["delta", "text"],
    Free: ["delta", "thinking"],
    Free: ["delta", "partial_json"],
};

const RESPONSES: Table = format_table! {
    Type: ["type"],
    Model: ["response", "model"],
    Usage: ["response", "usage"],
    Free: ["sequence_number"],
    Free: ["delta"],
    Free: ["obfuscation"],
};

const GEMINI: Table = format_table! {
    Model: ["modelVersion"],
    Usage: ["usageMetadata"],
    Error: ["error"],
    Content: ["candidates", "*", "content", "parts"],
    Free: ["candidates", "*", "content", "parts", "*", "text"],
    Finish: ["candidates", "*", "finishReason"],
    Finish: ["promptFeedback", "blockReason"],
};

/// Images and speech: their events have types, and a usage in the last one.
const TYPED: Table = format_table! {
    Type: ["type"],
    Model: ["model"],
    Usage: ["usage"],
    Error: ["error"],
};

impl Format {
    /// The format in which an endpoint streams.
    pub fn of(endpoint: Endpoint) -> Format {
        let ((paths, marks), kind): (Table, fn(&str) -> Kind) = match endpoint {
            Endpoint::Messages | Endpoint::CountTokens => (MESSAGES, |kind| match kind {
                "error" => Kind::Error,
                "message_stop" => Kind::Last,
                "message_start" | "content_block_start" | "ping" => Kind::Preamble,
                _ => Kind::Content,
            }),
            Endpoint::Responses => (RESPONSES, |kind| match kind {
                "error" | "response.failed" => Kind::Error,
                "response.completed" | "response.incomplete" => Kind::Last,
                "response.created"
                | "response.queued"
                | "response.in_progress"
                | "response.output_item.added"
                | "response.content_part.added" => Kind::Preamble,
                _ => Kind::Content,
            }),
            Endpoint::GenerateContent => (GEMINI, |_| Kind::Preamble),
            Endpoint::ImageGenerations | Endpoint::ImageEdits => (TYPED, typed),
            Endpoint::Speech | Endpoint::Transcriptions | Endpoint::Translations => (TYPED, typed),
            _ => (CHAT, |_| Kind::Preamble),
        };
        Format { walker: Walker::new(paths.iter().copied()), marks, kind, done: b"[DONE]" }
    }

    /// Whether a stream of this format says when it is complete. Where it does not, its end is not questioned.
    pub fn has_end(endpoint: Endpoint) -> bool {
        endpoint == Endpoint::Completions || endpoint.format().is_some()
    }

    /// The meaning of an event's data.
    pub fn interpret(&mut self, data: &[u8]) -> Meaning {
        let mut meaning = Meaning::default();
        if data.trim_ascii() == self.done {
            meaning.last = true;
            return meaning;
        }
        let (mut choices, mut starts, mut rest) = (0, [0; MOST_PATHS], data);
        self.walker.restart();
        while let Some(hit) = self.walker.next(&mut rest) {
            let at = data.len() - rest.len();
            match hit {
                Hit::Start { path, .. } => {
                    if let Some(start) = starts.get_mut(path) {
                        *start = at;
                    }
                }
                Hit::End { path } => {
                    let span = Span { start: starts.get(path).copied().unwrap_or(at), end: at };
                    let value = span.of(data).unwrap_or_default();
                    let mark = self.marks.get(path);
                    if let Some(Mark::Content | Mark::Free) = mark {
                        meaning.free.extend(free(value, span));
                    }
                    match mark {
                        Some(Mark::Model) if value.starts_with(b"\"") => meaning.model = Some(span),
                        Some(Mark::Usage) if value.starts_with(b"{") => meaning.usage = Some(span),
                        Some(Mark::Error) => meaning.error |= value != b"null",
                        Some(Mark::Choice) => choices += 1,
                        Some(Mark::Content) => meaning.content |= !is_void(value),
                        Some(Mark::Finish) => meaning.finish |= !is_void(value),
                        Some(Mark::Type) => meaning.hear((self.kind)(unquoted(value))),
                        Some(Mark::Model | Mark::Usage | Mark::Free) | None => {}
                    }
                }
            }
        }
        meaning.content |= meaning.finish;
        meaning.only_usage = choices == 0 && meaning.usage.is_some();
        meaning
    }
}

impl Meaning {
    fn hear(&mut self, kind: Kind) {
        match kind {
            Kind::Preamble => {}
            Kind::Content => self.content = true,
            Kind::Error => self.error = true,
            Kind::Last => (self.content, self.last) = (true, true),
        }
    }
}

fn unquoted(value: &[u8]) -> &str {
    std::str::from_utf8(value).unwrap_or_default().trim_matches('"')
}

fn typed(kind: &str) -> Kind {
    if kind == "error" { Kind::Error } else { Kind::Content }
}

/// What of a value may change: all of a number, a string less its quotes.
fn free(value: &[u8], span: Span) -> Option<Span> {
    match value.first()? {
        b'"' => Some(span.inside()),
        b'0'..=b'9' if value.iter().all(u8::is_ascii_digit) => Some(span),
        _ => None,
    }
}

/// Null, an empty string or an empty array.
fn is_void(value: &[u8]) -> bool {
    matches!(value, b"null" | b"\"\"" | b"[]")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chat(data: &str) -> Meaning {
        Format::of(Endpoint::Chat).interpret(data.as_bytes())
    }

    #[test]
    fn a_role_is_not_content_and_a_delta_is() {
        let role =
            r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}"#;
        let meaning = chat(role);
        assert!(!meaning.content && !meaning.only_usage && !meaning.finish);
        assert!(chat(r#"{"choices":[{"delta":{"content":"x"}}]}"#).content);
        assert!(chat(r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#).finish);
    }

    #[test]
    fn the_usage_event_has_no_choices() {
        let meaning = chat(r#"{"model":"m","choices":[],"usage":{"prompt_tokens":1}}"#);
        assert!(meaning.only_usage && meaning.model.is_some());
        assert!(!chat(r#"{"choices":[{"delta":{}}],"usage":{"prompt_tokens":1}}"#).only_usage);
    }

    #[test]
    fn errors_are_seen_in_every_format() {
        assert!(chat(r#"{"error":{"message":"overloaded"}}"#).error);
        assert!(!chat(r#"{"error":null,"choices":[]}"#).error);
        let mut messages = Format::of(Endpoint::Messages);
        assert!(messages.interpret(br#"{"type":"error","error":{"type":"overloaded_error"}}"#).error);
        let mut responses = Format::of(Endpoint::Responses);
        assert!(responses.interpret(br#"{"type":"response.failed","response":{"model":"m"}}"#).error);
    }

    #[test]
    fn googles_events_end_with_a_reason() {
        let mut gemini = Format::of(Endpoint::GenerateContent);
        let event = br#"{"candidates":[{"content":{"parts":[{"text":"x"}]}}],"modelVersion":"g","usageMetadata":{}}"#;
        let meaning = gemini.interpret(event);
        assert!(meaning.content && meaning.model.is_some() && meaning.usage.is_some() && !meaning.finish);
        assert!(gemini.interpret(br#"{"candidates":[{"finishReason":"STOP"}]}"#).finish);
        assert!(gemini.interpret(br#"{"promptFeedback":{"blockReason":"SAFETY"}}"#).finish);
        assert!(gemini.interpret(br#"{"error":{"code":503}}"#).error);
    }

    #[test]
    fn preambles_are_held_and_ends_are_ends() {
        let mut messages = Format::of(Endpoint::Messages);
        let start =
            messages.interpret(br#"{"type":"message_start","message":{"model":"claude","usage":{"input_tokens":3}}}"#);
        assert!(!start.content && start.model.is_some() && start.usage.is_some());
        assert!(messages.interpret(br#"{"type":"content_block_delta","delta":{"text":"x"}}"#).content);
        assert!(messages.interpret(br#"{"type":"message_stop"}"#).last);
        assert!(chat("[DONE]").last);
        let mut responses = Format::of(Endpoint::Responses);
        assert!(!responses.interpret(br#"{"type":"response.created","response":{"error":null}}"#).content);
        assert!(responses.interpret(br#"{"type":"response.completed","response":{}}"#).last);
    }
}
