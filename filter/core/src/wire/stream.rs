//! A streamed answer on its way from the target's format to the client's. Bytes in, bytes out; what is held is at most
//! an event that has not ended and the calls that wait their turn.

use super::error::ApiError;
use super::ir::{Event, Step};
use super::memory::{Context, Memory};
use super::sequence::Sequencer;
use super::{Format, Losses, chat, gemini, messages, responses};
use crate::sse::{self, Framer, Last};
use crate::usage::Usage;

/// The largest event.
const LONGEST_EVENT: usize = 32 * 1024 * 1024;

/// Reads a target's events.
pub(super) trait Decoder {
    /// Takes one event's data.
    fn event(&mut self, data: &[u8], emit: &mut dyn FnMut(Event<'_>));

    /// Takes a whole answer; in most formats it looks like an event.
    fn whole(&mut self, body: &[u8], emit: &mut dyn FnMut(Event<'_>)) {
        self.event(body, emit);
        emit(Event::End);
    }
}

/// Writes a client's events.
pub(super) trait Encoder {
    /// Writes one step, as whole events.
    fn step(&mut self, step: Step<'_>, out: &mut Vec<u8>);
}

pub(super) fn decoder(format: Format) -> Box<dyn Decoder> {
    match format {
        Format::Chat => Box::new(chat::decoder()),
        Format::Responses => Box::new(responses::decoder()),
        Format::Messages => Box::new(messages::decoder()),
        Format::Gemini => Box::new(gemini::decoder()),
    }
}

fn encoder(format: Format, memory: &Memory) -> Box<dyn Encoder> {
    match format {
        Format::Chat => Box::new(chat::encoder(memory)),
        Format::Responses => Box::new(responses::encoder()),
        Format::Messages => Box::new(messages::encoder()),
        Format::Gemini => Box::new(gemini::encoder()),
    }
}

/// A stream.
pub struct Stream {
    framer: Framer,
    sequencer: Sequencer,
    decoder: Box<dyn Decoder>,
    encoder: Box<dyn Encoder>,
    /// Whether both ends speak the same format.
    passes: bool,
}

impl Stream {
    /// An answer of a target that speaks `from`, to a client that reads `to`.
    pub fn new(from: Format, to: Format, memory: &Memory, context: &Context) -> Stream {
        Stream {
            framer: Framer::new(LONGEST_EVENT),
            sequencer: Sequencer::new(memory, context),
            decoder: decoder(from),
            encoder: encoder(to, memory),
            passes: from == to,
        }
    }

    /// Takes the next bytes, and appends the client's.
    pub fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        if self.passes {
            out.extend_from_slice(chunk);
        }
        let Stream { framer, sequencer, decoder, encoder, passes } = self;
        let mut sink = |step: Step<'_>| {
            if !*passes {
                encoder.step(step, out);
            }
        };
        let mut rest = chunk;
        loop {
            match framer.next(&mut rest) {
                Ok(Some(event)) => take(&event, decoder.as_mut(), sequencer, &mut sink),
                Ok(None) => break,
                Err(_) => {
                    let error = ApiError::bad_gateway("The target sent an event that is too large.");
                    return sequencer.fail(&error, "event_too_large", &mut sink);
                }
            }
        }
    }

    /// Takes the end, and appends what the client is still to read.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        let Stream { framer, sequencer, decoder, encoder, passes } = self;
        let mut sink = |step: Step<'_>| {
            if !*passes {
                encoder.step(step, out);
            }
        };
        match framer.finish() {
            Last::Nothing => {}
            Last::Event(event) => take(&event, decoder.as_mut(), sequencer, &mut sink),
            // Some targets end without the last blank line, or in an error that is not an event at all.
            Last::Incomplete(tail) => {
                let whole = [tail, b"\n\n"].concat();
                if let Ok(Some(event)) = Framer::new(whole.len()).next(&mut whole.as_slice()) {
                    take(&event, decoder.as_mut(), sequencer, &mut sink);
                }
            }
        }
        sequencer.finish(&mut sink);
    }

    /// Takes a whole answer in a stream's place, and appends all that the client is to read: some targets do not stream.
    pub fn whole(&mut self, body: &[u8], out: &mut Vec<u8>) {
        let Stream { sequencer, decoder, encoder, .. } = self;
        let mut sink = |step: Step<'_>| encoder.step(step, out);
        decoder.whole(body, &mut |event| sequencer.event(event, &mut sink));
        sequencer.finish(&mut sink);
    }

    /// Ends it with an error of the gateway's own, in the client's format: the target can no longer be heard.
    pub fn fail(&mut self, error: &ApiError, code: &'static str, out: &mut Vec<u8>) {
        let Stream { sequencer, encoder, .. } = self;
        sequencer.fail(error, code, &mut |step| encoder.step(step, out));
    }

    /// The tokens that were told.
    pub fn usage(&self) -> Option<Usage> {
        self.sequencer.usage()
    }

    /// The model that the target says it served.
    pub fn served_model(&self) -> Option<&str> {
        self.sequencer.served_model()
    }

    /// Whether the model has said something.
    pub fn has_content(&self) -> bool {
        self.sequencer.has_content()
    }

    /// Whether the target has said that the answer is complete.
    pub fn is_complete(&self) -> bool {
        self.sequencer.is_complete()
    }

    /// What the client is not told.
    pub fn losses(&self) -> &Losses {
        self.sequencer.losses()
    }

    /// How the stream failed.
    pub fn error(&self) -> Option<&'static str> {
        self.sequencer.error()
    }
}

fn take(event: &sse::Event<'_>, decoder: &mut dyn Decoder, sequencer: &mut Sequencer, sink: &mut dyn FnMut(Step<'_>)) {
    let data = event.data();
    if !data.is_empty() {
        return decoder.event(&data, &mut |event| sequencer.event(event, sink));
    }
    if event.has_data() {
        return;
    }
    // Gemini may break off with an error in plain JSON.
    let raw = event.raw().trim_ascii();
    if raw.starts_with(b"{") || raw.starts_with(b"[") {
        sequencer.event(Event::Fail(ApiError::read(None, raw)), sink);
    }
}
