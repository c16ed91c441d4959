//! An event stream under a policy. Each event leaves with what is decided of its texts; what a text still holds back
//! when it ends leaves in an event of its own, before the one that says so.

use super::around;
use super::event::{self, Item};
use super::lanes::{Channel, Ended, Gone, Id, Lanes, Open, Template};
use super::shape::{Ending, Shape, kind, number};
use super::{blocked, own, unreadable};
use crate::endpoint::Endpoint;
use crate::json::leaves::member;
use crate::json::{Kind, Span};
use crate::pii::policy::Reasoning;
use crate::pii::{Blocked, Depth, Lane, Redactor};
use crate::refusal::Refusal;
use crate::request::guard::{Edited, Keys, number as redact_number, whole};
use crate::response::alike::Alike;
use crate::response::stream::error_event;
use crate::sse::{Event, Framer, Last};

/// A stream under a policy.
pub struct Stream {
    redactor: Redactor,
    endpoint: Endpoint,
    shape: Shape,
    framer: Framer,
    lanes: Lanes,
    ended: Ended,
    /// What every chunk of a chat begins with, for one of Dragoman's own.
    head: Vec<u8>,
    alike: Alike,
    /// What the remembered event says, if there is one.
    same: Option<Same>,
    /// By how much the numbers of events have grown, for events of Dragoman's own.
    shift: u64,
    /// Whether the provider signs reasoning, so that it must stay as it is.
    signs: bool,
    broken: Option<&'static str>,
}

/// What events say that are alike: a piece of one text.
struct Same {
    id: Id,
    /// Which of what differs is the piece.
    piece: usize,
    /// Where the data begins, and how many bytes stand behind it.
    place: usize,
    after: usize,
}

/// Why the stream cannot go on.
pub(super) enum Stop {
    Blocked(Blocked),
    Unreadable,
}

impl From<Blocked> for Stop {
    fn from(blocked: Blocked) -> Stop {
        Stop::Blocked(blocked)
    }
}

impl Stream {
    /// A stream that answers this endpoint; `signs`: the target's own words, which it may have
    /// signed; only in messages is reasoning. An event may be as long as `longest`.
    pub fn new(redactor: Redactor, endpoint: Endpoint, signs: bool, longest: usize) -> Stream {
        Stream {
            redactor,
            endpoint,
            shape: Shape::of(endpoint),
            framer: Framer::new(longest),
            lanes: Lanes::default(),
            ended: Ended::default(),
            head: Vec::new(),
            alike: Alike::default(),
            same: None,
            shift: 0,
            signs: signs && endpoint == Endpoint::Messages,
            broken: None,
        }
    }

    pub(super) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    pub(super) fn error(&self) -> Option<&'static str> {
        self.broken
    }

    /// Takes a chunk of what the client would read, and writes what it does read.
    pub fn push(&mut self, chunk: &[u8], end: bool, out: &mut Vec<u8>) {
        if self.broken.is_some() {
            return;
        }
        let mut framer = std::mem::replace(&mut self.framer, Framer::new(0));
        let mut rest = chunk;
        let outcome = loop {
            match framer.next(&mut rest) {
                Ok(Some(event)) => {
                    if let Err(stop) = self.event(&event, out) {
                        break Err(stop);
                    }
                }
                Ok(None) => break Ok(()),
                Err(_) => break Err(Stop::Unreadable),
            }
        };
        let outcome = match outcome {
            Ok(()) if end => self.end(&mut framer, out),
            outcome => outcome,
        };
        self.framer = framer;
        if let Err(stop) = outcome {
            let refusal = match stop {
                Stop::Blocked(found) => blocked(&self.redactor.policy().name, &found.label),
                Stop::Unreadable => unreadable(),
            };
            self.fail(&refusal, out);
        }
    }

    fn end(&mut self, framer: &mut Framer, out: &mut Vec<u8>) -> Result<(), Stop> {
        match framer.finish() {
            Last::Nothing => {}
            Last::Event(event) => self.event(&event, out)?,
            // Comments and fields without their blank line say nothing; the beginning of an event would not be read.
            Last::Incomplete(_) => {}
        }
        self.flush(&[Ending::All], None, out)
    }

    fn fail(&mut self, refusal: &Refusal, out: &mut Vec<u8>) {
        self.broken = Some(refusal.code);
        out.extend_from_slice(error_event(self.endpoint, refusal).as_bytes());
    }

    fn event(&mut self, event: &Event<'_>, out: &mut Vec<u8>) -> Result<(), Stop> {
        if let Some((data, item)) = self.more_of_the_same(event)? {
            return self.say_what_passes(event, data, &[item], &[], out);
        }
        if !event.has_data() || around::is_bare(event.raw()) {
            return self.data(event, out);
        }
        let mut events = Vec::new();
        let outcome = self.data(event, &mut events);
        around::redact(&mut self.redactor, &events, out)?;
        outcome
    }

    /// Takes an event whose data alone needs a look.
    fn data(&mut self, event: &Event<'_>, out: &mut Vec<u8>) -> Result<(), Stop> {
        if !event.has_data() {
            return self.aside(event, out);
        }
        let data = event.data();
        if data.trim_ascii() == b"[DONE]" {
            self.flush(&[Ending::All], None, out)?;
            out.extend_from_slice(event.raw());
            return Ok(());
        }
        if data.trim_ascii().is_empty() {
            out.extend_from_slice(event.raw());
            return Ok(());
        }
        let kind = kind(&data, event.name());
        let items = event::read(&data, Some(self.shape), &kind).map_err(|_| Stop::Unreadable)?;
        let endings = self.shape.endings(&data, &kind, &items);
        if let Some(begins) = self.shape.beginning(&data, &kind) {
            self.ended.reopen(|id| begins.ends(id));
        }
        // What ends and has no piece here is said first.
        let pieces: Vec<Id> = items.iter().filter_map(Item::piece).map(|(id, _)| id).collect();
        self.flush(&endings, Some((&data, &pieces)), out)?;
        // What is base64, or nobody's known text, is told by what it says.
        let is_known = |item: &Item| item.piece().is_some_and(|(id, _)| id.channel != Channel::Unknown);
        match (items.as_slice(), endings.as_slice()) {
            ([only], []) if is_known(only) && !self.shape.is_binary(&kind) => self.remember(event, &data, only),
            _ => self.same = None,
        }
        self.head.clear();
        self.say_what_passes(event, &data, &items, &endings, out)
    }

    /// Remembers an event that has nothing to redact but a piece of one text: the next one most likely has another piece.
    fn remember(&mut self, event: &Event<'_>, data: &[u8], only: &Item) {
        self.same = None;
        let Some((id, inside)) = only.piece() else { return };
        let Some(place) = event.place_of(data).filter(|_| around::is_bare(event.raw())) else { return };
        let top = data.iter().position(|byte| *byte == b'{').unwrap_or(0);
        let number = member(data, top, SEQUENCE).filter(|span| span.of(data).is_some_and(is_digits));
        let after = event.raw().len() - data.len() - place;
        let mut free: Vec<Span> = number.into_iter().chain([inside]).collect();
        free.sort_unstable();
        let piece = free.iter().position(|span| *span == inside).unwrap_or(0);
        self.same = Some(Same { id, piece, place, after });
        let within = |span: Span| Span { start: place + span.start, end: place + span.end };
        self.alike.remember(event, free.into_iter().map(within));
    }

    /// The data of an event that is like the remembered one, and its piece.
    fn more_of_the_same<'e>(&mut self, event: &Event<'e>) -> Result<Option<(&'e [u8], Item)>, Stop> {
        let Some(same) = self.same.as_ref().filter(|_| self.alike.takes(event)) else { return Ok(None) };
        let raw = event.raw();
        let data = raw.get(same.place..raw.len().saturating_sub(same.after)).unwrap_or_default();
        let Some(inside) = self.alike.places().get(same.piece) else { return Ok(None) };
        if std::str::from_utf8(inside.of(raw).unwrap_or_default()).is_err() {
            return Err(Stop::Unreadable);
        }
        let literal = Span { start: inside.start - same.place - 1, end: inside.end - same.place + 1 };
        Ok(Some((data, Item::Piece(same.id, literal))))
    }

    /// Writes an event with what is decided of its texts.
    fn say_what_passes(
        &mut self,
        event: &Event<'_>,
        data: &[u8],
        items: &[Item],
        endings: &[Ending],
        out: &mut Vec<u8>,
    ) -> Result<(), Stop> {
        let mut edited = Edited::new(data);
        let mut keys = Keys::default();
        for (item, behind) in items.iter().zip(1..) {
            match item {
                Item::Key(object, span) => keys.redact(&mut self.redactor, *object, *span, &mut edited)?,
                _ => self.item(item, items.get(behind..).unwrap_or_default(), data, endings, &mut edited)?,
            }
        }
        if self.shape.ends_choices() {
            let outers =
                endings.iter().filter_map(|own| if let Ending::Outer(outer) = own { Some(*outer) } else { None });
            outers.for_each(|choice| self.ended.add(Gone::Choice(choice)));
        }
        if self.shift > 0 {
            self.renumber(data, &mut edited);
        }
        let holds = self.lanes.hold();
        let places: Vec<(Id, Span)> = match holds {
            true => items.iter().filter_map(Item::piece).map(|(id, inside)| (id, edited.moved(inside))).collect(),
            false => Vec::new(),
        };
        let changed = edited.finish();
        match &changed {
            Some(changed) => event.with_data(changed, out),
            None => out.extend_from_slice(event.raw()),
        }
        let said = changed.as_deref().unwrap_or(data);
        for (id, text) in places {
            let number = number(data, 0, SEQUENCE);
            self.lanes.keep(id, || Template { name: event.name().to_vec(), data: said.to_vec(), text, number });
        }
        // Events that are alike begin alike.
        if holds && self.head.is_empty() && matches!(self.shape, Shape::Chat | Shape::Completions | Shape::Gemini) {
            self.head = own::head(said);
        }
        Ok(())
    }

    /// Comments and fields that say nothing pass, unless there is something in them.
    fn aside(&mut self, event: &Event<'_>, out: &mut Vec<u8>) -> Result<(), Stop> {
        let mut text = Vec::with_capacity(event.raw().len());
        self.redactor.push(&mut Lane::new(Depth::Plain), event.raw(), true, &mut text)?;
        out.extend_from_slice(if text == event.raw() { event.raw() } else { b":\n\n" });
        Ok(())
    }

    fn item(
        &mut self,
        item: &Item,
        behind: &[Item],
        data: &[u8],
        endings: &[Ending],
        edited: &mut Edited<'_>,
    ) -> Result<(), Stop> {
        let reasoning = self.redactor.policy().reasoning;
        match item {
            Item::Finish(_) | Item::Key(..) => {}
            Item::Begun(id) => self.ended.add(Gone::Text(*id)),
            Item::Signed(_) if reasoning != Reasoning::Drop => {}
            Item::Signed(span) => edited.replace(*span, b"\"\""),
            Item::Probabilities(kind, span) => {
                edited.replace(*span, if *kind == Kind::Array { b"[]" } else { b"null" });
            }
            Item::Number(key, span) => {
                let frame = crate::json::leaves::Frame { key: Some(key), index: 0, start: 0 };
                redact_number(&mut self.redactor, data, &[frame], *span, edited)?;
            }
            Item::Text(depth, span) => whole(&mut self.redactor, data, *span, *depth, edited)?,
            Item::SoFar(choice, depth, span) => {
                // What may go on is said by the next, which repeats this.
                let inside = span.inside();
                let last = endings.contains(&Ending::Outer(*choice));
                let mut text = Vec::with_capacity(inside.len());
                let raw = inside.of(data).unwrap_or_default();
                self.redactor.push(&mut Lane::new(*depth), raw, last, &mut text)?;
                edited.replace(inside, &text);
            }
            Item::Reasoning(span) => match reasoning {
                Reasoning::Pass => {}
                Reasoning::Drop => edited.replace(*span, b"\"\""),
                Reasoning::Redact => whole(&mut self.redactor, data, *span, Depth::Json, edited)?,
            },
            Item::Piece(Id { channel: Channel::Reasoning, .. }, span) if reasoning == Reasoning::Drop => {
                edited.replace(*span, b"\"\"");
            }
            Item::Piece(Id { channel: Channel::Reasoning, .. }, _) if reasoning == Reasoning::Pass || self.signs => {}
            Item::Piece(id, span) => {
                let goes_on = behind.iter().filter_map(Item::piece).any(|(other, _)| other == *id);
                let last = !goes_on && endings.iter().any(|ending| ending.ends(*id));
                let inside = span.inside();
                let raw = inside.of(data).unwrap_or_default();
                // It would be read as more of what was let go when it ended.
                if !raw.is_empty() && self.ended.has(*id) {
                    return Err(Stop::Unreadable);
                }
                let open = self.lanes.find(*id).map_err(|_| Stop::Unreadable)?;
                let mut text = Vec::with_capacity(raw.len() + open.lane.held());
                self.redactor.push(&mut open.lane, raw, last, &mut text)?;
                edited.replace(inside, &text);
                if last {
                    self.close(|other| other == *id);
                }
            }
        }
        Ok(())
    }

    /// Says what texts hold back that end here. `before`: the event that ends them, and what it says of them itself.
    fn flush(&mut self, endings: &[Ending], before: Option<(&[u8], &[Id])>, out: &mut Vec<u8>) -> Result<(), Stop> {
        if endings.is_empty() {
            return Ok(());
        }
        let here = before.map_or(&[][..], |(_, ids)| ids);
        let ended = self.close(|id| endings.iter().any(|ending| ending.ends(id)) && !here.contains(&id));
        for mut open in ended {
            if open.lane.held() == 0 {
                continue;
            }
            let mut text = Vec::new();
            self.redactor.push(&mut open.lane, &[], true, &mut text)?;
            if !text.is_empty() {
                self.say(&open, &text, before.map(|(data, _)| data), out);
            }
        }
        Ok(())
    }

    /// Takes out the texts that end: nothing may go on with them.
    fn close(&mut self, ends: impl Fn(Id) -> bool) -> Vec<Open> {
        let ended = self.lanes.end(ends);
        if !self.shape.ends_choices() {
            ended.iter().for_each(|open| self.ended.add(Gone::Text(open.id)));
        }
        ended
    }

    /// An event of Dragoman's own, with more of a text.
    fn say(&mut self, open: &Open, text: &[u8], before: Option<&[u8]>, out: &mut Vec<u8>) {
        let Some(template) = &open.last else { return };
        match self.shape {
            Shape::Chat | Shape::Completions | Shape::Gemini => {
                let head = before.map(own::head).filter(|head| !head.is_empty()).unwrap_or_else(|| self.head.clone());
                own::chunk(self.shape, open.id, template, &head, text, out);
            }
            Shape::Messages | Shape::Typed => {
                // It takes the number of the event before which it stands, or the one after the last.
                let next = template.number.map(|last| u64::from(last) + 1);
                let here = before.and_then(|data| number(data, 0, SEQUENCE)).map(u64::from);
                let sequence = here.or(next).map(|own| own + self.shift);
                self.shift += u64::from(next.is_some());
                own::event(template, sequence, text, out);
            }
        }
    }

    fn renumber(&self, data: &[u8], edited: &mut Edited<'_>) {
        let top = data.iter().position(|byte| *byte == b'{').unwrap_or(0);
        if let (Some(span), Some(own)) = (member(data, top, SEQUENCE), number(data, 0, SEQUENCE)) {
            edited.replace(span, (u64::from(own) + self.shift).to_string().as_bytes());
        }
    }
}

/// The key of an event's number.
const SEQUENCE: &str = "sequence_number";

fn is_digits(value: &[u8]) -> bool {
    value.iter().all(u8::is_ascii_digit)
}
