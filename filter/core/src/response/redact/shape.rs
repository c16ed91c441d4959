//! Where a format's events say what is text that goes on from event to event, and when each such text ends. One table
//! per format; what is in none is text of its own.

use super::event::Item;
use super::lanes::{Channel, Id};
use crate::endpoint::Endpoint;
use crate::json::case::twin;
use crate::json::leaves::{Frame, member};

/// A format of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Chat,
    Completions,
    Messages,
    Gemini,
    /// Responses, and whatever else has `type` and `delta`.
    Typed,
}

/// What ends with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Everything.
    All,
    /// The texts of one choice, block or item.
    Outer(u32),
    /// Of one item, the texts of one part.
    Inner(u32, u32),
}

impl Shape {
    pub(super) fn of(endpoint: Endpoint) -> Shape {
        match endpoint {
            Endpoint::Messages | Endpoint::CountTokens => Shape::Messages,
            Endpoint::GenerateContent => Shape::Gemini,
            Endpoint::Completions => Shape::Completions,
            Endpoint::Chat => Shape::Chat,
            _ => Shape::Typed,
        }
    }

    /// Which text the string at the end of this way goes on with. What nobody knows in a delta goes on too.
    pub(super) fn lane(self, data: &[u8], kind: &str, way: &[Frame<'_>]) -> Option<Id> {
        let id = |outer, inner, channel| Some(Id { outer, inner, channel });
        let index = |frame: usize, name: &str| number(data, way.get(frame)?.start, name);
        match self {
            Shape::Chat | Shape::Completions => {
                let choice = || index(2, "index").or_else(|| element(way, 1)).unwrap_or(0);
                match keys(way).as_slice() {
                    [b"choices", b"*", b"text"] => id(choice(), 0, Channel::Text),
                    [b"choices", b"*", b"delta", b"content"] => id(choice(), 0, Channel::Text),
                    // Some targets speak in parts.
                    [b"choices", b"*", b"delta", b"content", b"*", b"text"] => id(choice(), 0, Channel::Text),
                    [b"choices", b"*", b"delta", b"content", b"*", b"thinking", b"*", b"text"] => {
                        id(choice(), 0, Channel::Reasoning)
                    }
                    [b"choices", b"*", b"delta", b"refusal"] => id(choice(), 0, Channel::Refusal),
                    [b"choices", b"*", b"delta", b"reasoning" | b"reasoning_content" | b"thinking"] => {
                        id(choice(), 0, Channel::Reasoning)
                    }
                    [b"choices", b"*", b"delta", b"reasoning_details", b"*", b"text" | b"summary"] => {
                        id(choice(), 1, Channel::Reasoning)
                    }
                    [b"choices", b"*", b"delta", b"audio", b"transcript"] => id(choice(), 0, Channel::Transcript),
                    [b"choices", b"*", b"delta", b"function_call", b"arguments"] => {
                        id(choice(), u32::MAX, Channel::Arguments)
                    }
                    [b"choices", b"*", b"delta", b"tool_calls", b"*", b"function", b"arguments"] => {
                        let call = index(5, "index").or_else(|| element(way, 4)).unwrap_or(0);
                        id(choice(), call, Channel::Arguments)
                    }
                    [b"choices", b"*", b"delta", b"tool_calls", b"*", b"custom", b"input"] => {
                        let call = index(5, "index").or_else(|| element(way, 4)).unwrap_or(0);
                        id(choice(), call, Channel::Input)
                    }
                    [b"choices", b"*", b"delta", unknown] => id(choice(), name(unknown), Channel::Unknown),
                    _ => None,
                }
            }
            Shape::Messages => {
                let block = number(data, 0, "index").unwrap_or(0);
                match (kind, keys(way).as_slice()) {
                    ("content_block_delta", [b"delta", b"text"])
                    | ("content_block_start", [b"content_block", b"text"]) => id(block, 0, Channel::Text),
                    ("content_block_delta", [b"delta", b"thinking"])
                    | ("content_block_start", [b"content_block", b"thinking"]) => id(block, 0, Channel::Reasoning),
                    ("content_block_delta", [b"delta", b"partial_json"]) => id(block, 0, Channel::Arguments),
                    ("content_block_delta", [b"delta", unknown]) => id(block, name(unknown), Channel::Unknown),
                    _ => None,
                }
            }
            Shape::Gemini => {
                let candidate = || index(2, "index").or_else(|| element(way, 1)).unwrap_or(0);
                let is_thought = || way.last().and_then(|part| member(data, part.start, "thought"));
                match keys(way).as_slice() {
                    [b"candidates", b"*", b"content", b"parts", b"*", b"text"] => {
                        let thinks = is_thought().and_then(|span| span.of(data)) == Some(b"true");
                        id(candidate(), 0, if thinks { Channel::Reasoning } else { Channel::Text })
                    }
                    _ => None,
                }
            }
            Shape::Typed if kind.ends_with("delta") => {
                let channel = match kind {
                    kind if kind.contains("reasoning") => Channel::Reasoning,
                    kind if kind.contains("arguments") => Channel::Arguments,
                    kind if kind.contains("refusal") => Channel::Refusal,
                    kind if kind.contains("transcript") => Channel::Transcript,
                    _ => Channel::Text,
                };
                let outer = outer(data, kind);
                match keys(way).as_slice() {
                    [b"delta"] | [b"delta", b"text"] => id(outer, inner(data).unwrap_or(0), channel),
                    [b"delta", unknown] => id(outer, name(unknown), Channel::Unknown),
                    _ => None,
                }
            }
            Shape::Typed => None,
        }
    }

    /// The text that begins with the string at the end of this way, which is not of its deltas: whoever collects them
    /// goes on with it.
    pub(super) fn begins(self, data: &[u8], kind: &str, way: &[Frame<'_>]) -> Option<Id> {
        let id = |outer, inner, channel| Some(Id { outer, inner, channel });
        if !kind.ends_with("_start") && !kind.ends_with(".added") {
            return None;
        }
        match (self, kind, keys(way).as_slice()) {
            (Shape::Messages, "message_start", [b"message", b"content", b"*", b"text"]) => {
                id(element(way, 2)?, 0, Channel::Text)
            }
            (Shape::Typed, "response.content_part.added", [b"part", b"text"]) => {
                id(outer(data, kind), inner(data)?, Channel::Text)
            }
            (Shape::Typed, "response.content_part.added", [b"part", b"refusal"]) => {
                id(outer(data, kind), inner(data)?, Channel::Refusal)
            }
            (Shape::Typed, "response.reasoning_summary_part.added", [b"part", b"text"]) => {
                id(outer(data, kind), inner(data)?, Channel::Reasoning)
            }
            (Shape::Typed, "response.output_item.added", [b"item", b"arguments"]) => {
                id(outer(data, kind), 0, Channel::Arguments)
            }
            (Shape::Typed, "response.output_item.added", [b"item", b"content", b"*", b"text"]) => {
                id(outer(data, kind), element(way, 2)?, Channel::Text)
            }
            _ => None,
        }
    }

    /// What begins, or begins anew, with an event of this kind.
    pub(super) fn beginning(self, data: &[u8], kind: &str) -> Option<Ending> {
        match self {
            Shape::Messages if kind == "content_block_start" => Some(Ending::Outer(number(data, 0, "index")?)),
            Shape::Typed if kind.ends_with(".added") => {
                let outer = outer(data, kind);
                Some(inner(data).map_or(Ending::Outer(outer), |inner| Ending::Inner(outer, inner)))
            }
            _ => None,
        }
    }

    /// Whether the value at the end of this way is a number that says which text goes on.
    pub(super) fn is_number(self, way: &[Frame<'_>]) -> bool {
        let is_index = way.last().and_then(|frame| frame.key).is_some_and(|key| key.ends_with(b"index"));
        is_index && {
            let keys = keys(way);
            self.places().iter().any(|own| own.split('/').map(str::as_bytes).eq(keys.iter().copied()))
        }
    }

    /// Whether the string at the end of this way is a piece of a text that has no lane: Gemini's pieces of one argument.
    pub(super) fn goes_on_unseen(self, data: &[u8], way: &[Frame<'_>]) -> bool {
        let is_piece = self == Shape::Gemini && keys(way).ends_with(&[b"partialArgs", b"*", b"stringValue"]);
        let goes_on = || way.last().and_then(|piece| member(data, piece.start, "willContinue"));
        is_piece && goes_on().and_then(|span| span.of(data)) == Some(b"true")
    }

    /// Whether somebody who reads keys in any case, as Go's own reader of JSON does, takes the value at the end of this way
    /// for one that says which text goes on, or for the text.
    pub(super) fn is_read_otherwise(self, way: &[Frame<'_>]) -> bool {
        let keys = keys(way);
        let is = |own: &str, folds: bool| {
            let mut own = own.split('/');
            let same = |(key, own): (&&[u8], &str)| match folds {
                true => std::str::from_utf8(key).is_ok_and(|key| key == own || twin(key, &[own]).is_some()),
                false => *key == own.as_bytes(),
            };
            keys.iter().all(|key| own.next().is_some_and(|own| same((key, own)))) && own.next().is_none()
        };
        let any = |folds| self.places().iter().any(|own| is(own, folds));
        any(true) && !any(false)
    }

    /// What in events says which text goes on, and the texts that do: keys, `*` for an array's.
    fn places(self) -> &'static [&'static str] {
        match self {
            Shape::Chat | Shape::Completions => &[
                "choices/*/index",
                "choices/*/finish_reason",
                "choices/*/text",
                "choices/*/delta/content",
                "choices/*/delta/content/*/text",
                "choices/*/delta/content/*/thinking/*/text",
                "choices/*/delta/refusal",
                "choices/*/delta/reasoning",
                "choices/*/delta/reasoning_content",
                "choices/*/delta/thinking",
                "choices/*/delta/reasoning_details/*/text",
                "choices/*/delta/reasoning_details/*/summary",
                "choices/*/delta/audio/transcript",
                "choices/*/delta/function_call/arguments",
                "choices/*/delta/tool_calls/*/index",
                "choices/*/delta/tool_calls/*/function/arguments",
                "choices/*/delta/tool_calls/*/custom/input",
            ],
            Shape::Messages => &[
                "type",
                "index",
                "delta/text",
                "delta/thinking",
                "delta/partial_json",
                "content_block/text",
                "content_block/thinking",
            ],
            Shape::Gemini => &[
                "candidates/*/index",
                "candidates/*/finishReason",
                "candidates/*/content/parts/*/text",
                "candidates/*/content/parts/*/thought",
            ],
            Shape::Typed => &["type", "delta", "delta/text", "output_index", "content_index", "summary_index"],
        }
    }

    /// The choice whose text so far this is a part of: some targets say all of it again with each piece.
    pub(super) fn so_far(self, data: &[u8], way: &[Frame<'_>]) -> Option<u32> {
        let [top, _, choice, ..] = way else { return None };
        let says = self == Shape::Chat && top.key == Some(b"choices") && choice.key == Some(b"message");
        says.then(|| number(data, choice.start, "index").or_else(|| element(way, 1)))?
    }

    /// Whether what goes on behind its choice's end would be read as more of the same.
    pub(super) fn ends_choices(self) -> bool {
        matches!(self, Shape::Chat | Shape::Completions | Shape::Gemini)
    }

    /// Whether the strings of an event of this kind are no text: audio as base64.
    pub(super) fn is_binary(self, kind: &str) -> bool {
        self == Shape::Typed && kind.ends_with("audio.delta")
    }

    /// What ends with this event, which says these things.
    pub(super) fn endings(self, data: &[u8], kind: &str, items: &[Item]) -> Vec<Ending> {
        match self {
            // Nobody reads on behind an error.
            Shape::Chat | Shape::Completions | Shape::Gemini if is_error(data) => vec![Ending::All],
            Shape::Chat | Shape::Completions | Shape::Gemini => items
                .iter()
                .filter_map(|item| if let Item::Finish(choice) = item { Some(Ending::Outer(*choice)) } else { None })
                .collect(),
            Shape::Messages => match kind {
                "content_block_stop" => vec![Ending::Outer(number(data, 0, "index").unwrap_or(0))],
                "message_delta" | "message_stop" | "error" => vec![Ending::All],
                _ => Vec::new(),
            },
            Shape::Typed => match kind {
                "response.completed" | "response.incomplete" | "response.failed" | "error" => vec![Ending::All],
                kind if kind.ends_with(".done") => {
                    let outer = outer(data, kind);
                    vec![inner(data).map_or(Ending::Outer(outer), |inner| Ending::Inner(outer, inner))]
                }
                _ => Vec::new(),
            },
        }
    }

    /// Whether the string at the end of this way tells that its choice ended.
    pub(super) fn finish(self, data: &[u8], way: &[Frame<'_>], value: &[u8]) -> Option<u32> {
        let is_reason = match keys(way).as_slice() {
            [b"choices", b"*", b"finish_reason"] => matches!(self, Shape::Chat | Shape::Completions),
            [b"candidates", b"*", b"finishReason"] => self == Shape::Gemini,
            _ => false,
        } && value != b"\"\"";
        is_reason
            .then(|| number(data, way.get(2).map_or(0, |frame| frame.start), "index").or_else(|| element(way, 1)))?
    }
}

impl Ending {
    /// Whether this text ends.
    pub(super) fn ends(self, id: Id) -> bool {
        match self {
            Ending::All => true,
            Ending::Outer(outer) => id.outer == outer,
            Ending::Inner(outer, inner) => id.outer == outer && id.inner == inner,
        }
    }
}

/// The kind of an event: what its data says, or else its name.
pub(super) fn kind(data: &[u8], name: &[u8]) -> String {
    let start = data.iter().position(|byte| *byte == b'{');
    let span = start.and_then(|start| member(data, start, "type"));
    let said = span.and_then(|span| serde_json::from_slice(span.of(data)?).ok());
    said.unwrap_or_else(|| String::from_utf8_lossy(name).into_owned())
}

/// Whether an event says that something went wrong.
fn is_error(data: &[u8]) -> bool {
    let start = memchr::memmem::find(data, b"\"error\"").and_then(|_| memchr::memchr(b'{', data));
    let error = start.and_then(|start| member(data, start, "error"));
    error.is_some_and(|error| error.of(data) != Some(b"null"))
}

/// The item that an event is about: by its number, or its id where it has none, or else what all such events are about.
fn outer(data: &[u8], kind: &str) -> u32 {
    let start = data.iter().position(|byte| *byte == b'{').unwrap_or(0);
    let id = || {
        let item = || member(data, member(data, start, "item")?.start, "id");
        member(data, start, "item_id").or_else(item)?.of(data).map(name)
    };
    let family = || name(kind.rsplit_once('.').map_or(kind, |(family, _)| family).as_bytes());
    number(data, 0, "output_index").or_else(id).unwrap_or_else(family)
}

/// The part of an item that an event is about; summaries have numbers of their own.
fn inner(data: &[u8]) -> Option<u32> {
    const SUMMARY: u32 = 1 << 31;
    number(data, 0, "content_index").or_else(|| number(data, 0, "summary_index").map(|index| index | SUMMARY))
}

/// A number for a key.
fn name(key: &[u8]) -> u32 {
    key.iter().fold(0, |name: u32, byte| name.wrapping_mul(0x0100_0193) ^ u32::from(*byte))
}

fn element(way: &[Frame<'_>], at: usize) -> Option<u32> {
    u32::try_from(way.get(at)?.index).ok()
}

/// The keys of a way, `*` for an array's.
fn keys<'a>(way: &[Frame<'a>]) -> Vec<&'a [u8]> {
    way.iter().map(|frame| frame.key.unwrap_or(b"*")).collect()
}

/// The number with this key in the object that begins at `start`, behind white space.
pub(super) fn number(data: &[u8], start: usize, name: &str) -> Option<u32> {
    let start = start + data.get(start..)?.iter().position(|byte| *byte == b'{')?;
    std::str::from_utf8(member(data, start, name)?.of(data)?).ok()?.parse().ok()
}
