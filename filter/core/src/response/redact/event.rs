//! What one event says: the strings that are text, the numbers that might be, and what goes altogether.

use super::lanes::{Channel, Id};
use super::shape::Shape;
use crate::json::leaves::{Frame, Unreadable, Visitor, leaves};
use crate::json::{Kind, Span};
use crate::pii::Depth;
use crate::pii::fields::{self, Field};

/// One thing in an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// A piece of a text that goes on.
    Piece(Id, Span),
    /// A text of its own.
    Text(Depth, Span),
    /// All that a choice has said so far.
    SoFar(u32, Depth, Span),
    /// A text with this id has begun with a text of its own, which is all of it.
    Begun(Id),
    /// A key that somebody chose, of the object that begins here.
    Key(usize, Span),
    /// Reasoning of its own.
    Reasoning(Span),
    /// The same, and signed.
    Signed(Span),
    /// A long bare number, and the key that it stands under.
    Number(Vec<u8>, Span),
    /// Probabilities of tokens: they spell the text out again.
    Probabilities(Kind, Span),
    /// The choice with this index ended.
    Finish(u32),
}

impl Item {
    /// Which text it goes on with, and where, without quotes.
    pub(super) fn piece(&self) -> Option<(Id, Span)> {
        match self {
            Item::Piece(id, span) => Some((*id, span.inside())),
            _ => None,
        }
    }
}

/// Reads an event's data, or a whole answer.
pub(super) fn read(data: &[u8], shape: Option<Shape>, kind: &str) -> Result<Vec<Item>, Unreadable> {
    if std::str::from_utf8(data).is_err() {
        return Err(Unreadable);
    }
    let mut reader = Reader { data, shape, kind, items: Vec::new(), places: Vec::new(), misleads: false };
    leaves(data, &mut reader)?;
    if reader.misleads { Err(Unreadable) } else { Ok(reader.items) }
}

struct Reader<'a> {
    data: &'a [u8],
    shape: Option<Shape>,
    kind: &'a str,
    items: Vec<Item>,
    /// The pieces so far, each with the elements of arrays that lead to it.
    places: Vec<(Id, usize)>,
    /// Whether something stands there that others may read in another way.
    misleads: bool,
}

impl<'a> Visitor<'a> for Reader<'a> {
    fn enters(&mut self, way: &[Frame<'a>]) -> bool {
        !is_probabilities(way)
    }

    fn key(&mut self, way: &[Frame<'a>], span: Span) {
        self.misleads |= fields::is_disguised(self.data, way, span);
        if let Some(object) = way.last().filter(|_| fields::is_key_to_see(way)) {
            self.items.push(Item::Key(object.start, span));
        }
    }

    fn take(&mut self, way: &[Frame<'a>], kind: Kind, span: Span) {
        if is_probabilities(way) {
            if !matches!(span.of(self.data), Some(b"null" | b"[]")) {
                self.items.push(Item::Probabilities(kind, span));
            }
            return;
        }
        let value = span.of(self.data).unwrap_or_default();
        self.misleads |= self.shape.is_some_and(|shape| {
            is_odd(way) && shape.is_read_otherwise(way) || shape.is_number(way) && number_of(value).is_none()
        });
        if kind != Kind::String {
            if fields::is_number_to_see(way, kind, span) {
                let key = way.iter().rev().find_map(|frame| frame.key).unwrap_or_default();
                self.items.push(Item::Number(key.to_vec(), span));
            }
            return;
        }
        if let Some(shape) = self.shape {
            if let Some(choice) = shape.finish(self.data, way, value) {
                self.items.push(Item::Finish(choice));
                return;
            }
            if shape.is_binary(self.kind) && fields::is_base64(self.data, span) {
                return;
            }
            self.misleads |= shape.goes_on_unseen(self.data, way);
            let begun = shape.begins(self.data, self.kind, way).filter(|_| !span.inside().is_empty());
            self.items.extend(begun.map(Item::Begun));
            if let Some(id) = shape.lane(self.data, self.kind, way)
                && (id.channel != Channel::Unknown || fields::of(self.data, way, span) == Field::Text(Depth::Json))
            {
                // Two at one place: some read the first, some the last.
                let place =
                    way.iter().fold(0, |place: usize, frame| place.wrapping_mul(1_000_003).wrapping_add(frame.index));
                self.misleads |= self.places.contains(&(id, place));
                self.places.push((id, place));
                self.items.push(Item::Piece(id, span));
                return;
            }
        }
        match fields::of(self.data, way, span) {
            Field::Code => {}
            Field::Text(depth) => {
                let choice = self.shape.and_then(|shape| shape.so_far(self.data, way));
                self.items.push(choice.map_or(Item::Text(depth, span), |choice| Item::SoFar(choice, depth, span)));
            }
            Field::Reasoning => self.items.push(Item::Reasoning(span)),
            Field::Signed => self.items.push(Item::Signed(span)),
        }
    }
}

/// A number that everybody reads alike; none is 0.
fn number_of(value: &[u8]) -> Option<u32> {
    if value == b"null" { Some(0) } else { std::str::from_utf8(value).ok()?.parse().ok() }
}

fn is_probabilities(way: &[Frame<'_>]) -> bool {
    const NAMES: [&str; 4] = ["logprobs", "logprobsResult", "prompt_logprobs", "completion_probabilities"];
    let key = way.last().and_then(|frame| frame.key);
    key.is_some_and(|key| NAMES.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(key)))
}

/// Whether a key on this way is not all small letters.
fn is_odd(way: &[Frame<'_>]) -> bool {
    let mut keys = way.iter().filter_map(|frame| frame.key);
    keys.any(|key| key.iter().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii()))
}
