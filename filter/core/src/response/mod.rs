//! The stages an answer runs through, in this order: open (its head), decode (`sse`), interpret, render, and redact, which
//! reads what the client is about to read. [`Answer`] is what an answer's body runs through, chunk by chunk.

mod alike;
pub mod interpret;
pub mod open;
pub mod peek;
pub mod redact;
mod replaced;
mod stream;
mod translated;
mod whole;

pub use redact::Redaction;
pub use replaced::Replaced;
pub use stream::Stream;
pub use translated::Collecting;
pub use whole::Whole;

use std::borrow::Cow;

use crate::head::Edit;
use crate::pii::Tally;
use crate::usage::Usage;
use crate::wire;

/// An answer on its way to the client.
pub enum Answer {
    /// Nothing in it is Dragoman's to read: audio, images, errors in their target's own words.
    Opaque,
    /// A body that Envoy made, in whose place the client gets an error it can read.
    Replaced(Replaced),
    /// One JSON text.
    Whole(Box<Whole>),
    /// An event stream.
    Stream(Box<Stream>),
    /// An event stream in another format.
    Translated(Box<wire::Stream>),
    /// A whole answer, or an error, in another format; its head waits.
    Collecting(Box<Collecting>),
    /// Any of these under a policy.
    Redacted(Box<Redacted>),
}

/// An answer under a policy: what comes out of it goes through the policy.
pub struct Redacted {
    answer: Answer,
    redaction: Redaction,
}

/// What goes to the client in the place of a chunk.
#[derive(Debug)]
pub enum Given {
    /// The chunk.
    Same,
    /// Nothing, and what is still held back waits further.
    Waits,
    /// These bytes; and the head, if it was held back, with these changes.
    Instead {
        /// Changes to the head.
        edits: Vec<Edit>,
        /// The bytes.
        body: Vec<u8>,
    },
}

impl Given {
    /// These bytes, or the chunk where there are none.
    fn bytes(changed: Option<Vec<u8>>) -> Given {
        changed.map_or(Given::Same, |body| Given::Instead { edits: Vec::new(), body })
    }
}

impl Answer {
    /// Takes a chunk.
    pub fn chunk(&mut self, chunk: &[u8], end: bool) -> Given {
        match self {
            Answer::Opaque => Given::Same,
            Answer::Replaced(replaced) => Given::bytes(Some(replaced.chunk())),
            Answer::Whole(whole) => Given::bytes(whole.chunk(chunk)),
            Answer::Stream(stream) => Given::bytes(stream.chunk(chunk, end)),
            Answer::Translated(stream) => {
                let mut out = Vec::with_capacity(chunk.len() * 2);
                stream.push(chunk, &mut out);
                // Whoever said that all is said need not be waited for.
                if end || stream.is_complete() {
                    stream.finish(&mut out);
                }
                Given::bytes(Some(out))
            }
            Answer::Collecting(collecting) => collecting.chunk(chunk, end),
            Answer::Redacted(redacted) => redacted.chunk(chunk, end),
        }
    }

    /// Whether the head is to wait for the body.
    pub fn holds_head(&self) -> bool {
        match self {
            Answer::Collecting(collecting) => collecting.waits(),
            Answer::Redacted(redacted) => match &redacted.redaction {
                Redaction::Whole(whole) => whole.waits(),
                Redaction::Stream(_) => redacted.answer.holds_head(),
            },
            _ => false,
        }
    }

    /// Whether all of it has been given, whatever else comes.
    fn is_over(&self) -> bool {
        matches!(self, Answer::Collecting(collecting) if !collecting.waits())
    }

    /// Whether it is a stream.
    pub fn is_stream(&self) -> bool {
        match self {
            Answer::Stream(_) | Answer::Translated(_) => true,
            Answer::Redacted(redacted) => redacted.answer.is_stream(),
            _ => false,
        }
    }

    /// Whether the model has begun to answer.
    pub fn has_content(&self) -> bool {
        match self {
            Answer::Stream(stream) => stream.has_content(),
            Answer::Translated(stream) => stream.has_content(),
            Answer::Redacted(redacted) => redacted.answer.has_content(),
            _ => false,
        }
    }

    /// The tokens that were told.
    pub fn usage(&self) -> Option<Usage> {
        match self {
            Answer::Whole(whole) => whole.usage(),
            Answer::Stream(stream) => stream.usage(),
            Answer::Translated(stream) => stream.usage(),
            Answer::Collecting(collecting) => collecting.usage(),
            Answer::Redacted(redacted) => redacted.answer.usage(),
            Answer::Opaque | Answer::Replaced(_) => None,
        }
    }

    /// The model that the target says it served.
    pub fn served_model(&self) -> Option<String> {
        match self {
            Answer::Whole(whole) => whole.served_model(),
            Answer::Stream(stream) => stream.served_model(),
            Answer::Translated(stream) => stream.served_model().map(str::to_owned),
            Answer::Collecting(collecting) => collecting.served_model(),
            Answer::Redacted(redacted) => redacted.answer.served_model(),
            Answer::Opaque | Answer::Replaced(_) => None,
        }
    }

    /// How the answer failed after it had begun.
    pub fn error(&self) -> Option<&'static str> {
        match self {
            Answer::Stream(stream) => stream.error(),
            Answer::Translated(stream) => stream.error(),
            Answer::Collecting(collecting) => collecting.error(),
            Answer::Redacted(redacted) => redacted.redaction.error().or(redacted.answer.error()),
            Answer::Replaced(replaced) => Some(replaced.code()),
            Answer::Opaque | Answer::Whole(_) => None,
        }
    }

    /// How many things of the answer the client's format could not say.
    pub fn losses(&self) -> usize {
        match self {
            Answer::Translated(stream) => stream.losses().len(),
            Answer::Collecting(collecting) => collecting.losses(),
            Answer::Redacted(redacted) => redacted.answer.losses(),
            _ => 0,
        }
    }

    /// What was found in it, if a policy holds for it.
    pub fn tally(&self) -> Option<&Tally> {
        match self {
            Answer::Redacted(redacted) => Some(redacted.redaction.redactor().tally()),
            _ => None,
        }
    }

    /// Puts it under a policy.
    pub fn under(self, redaction: Redaction) -> Answer {
        Answer::Redacted(Box::new(Redacted { answer: self, redaction }))
    }
}

impl Redacted {
    fn chunk(&mut self, chunk: &[u8], end: bool) -> Given {
        let (edits, bytes) = match self.answer.chunk(chunk, end) {
            Given::Same => (Vec::new(), Cow::Borrowed(chunk)),
            Given::Waits => return Given::Waits,
            Given::Instead { edits, body } => (edits, Cow::Owned(body)),
        };
        // A whole answer in the place of a stream became one, and only now is that known.
        if let (Answer::Collecting(collecting), Redaction::Whole(whole)) = (&self.answer, &self.redaction)
            && whole.waits()
            && let Some(endpoint) = collecting.events()
        {
            self.redaction = redact::events(self.redaction.redactor(), endpoint);
        }
        match &mut self.redaction {
            Redaction::Stream(stream) => {
                let end = end || self.answer.is_over();
                let mut out = Vec::with_capacity(bytes.len() + 64);
                stream.push(&bytes, end, &mut out);
                Given::Instead { edits, body: out }
            }
            Redaction::Whole(whole) => match whole.chunk(&bytes, end || self.answer.is_over()) {
                Given::Instead { edits: more, body } => {
                    Given::Instead { edits: edits.into_iter().chain(more).collect(), body }
                }
                given => given,
            },
        }
    }
}
