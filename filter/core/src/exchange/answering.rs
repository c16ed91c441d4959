//! The second half of an exchange: from the head of the answer that the client gets to the receipt. What the answer's body
//! runs through is in `response`.

use super::{Exchange, Phase, Reaction};
use crate::endpoint::Dialect;
use crate::head::{Edit, Head};
use crate::receipt::Receipt;
use crate::response::open;
use crate::response::{Answer, Given};
use crate::resting::Millis;
use crate::wire::Losses;

impl Exchange {
    /// Takes the head of an answer, a target's or not, with which all may be at an `end`: what to do with it, and the changes
    /// to it. One that passes is opened.
    pub fn answer(&mut self, head: &Head<'_>, is_targets: bool, end: bool, now: Millis) -> (Reaction, Vec<Edit>) {
        let reaction = if is_targets { self.answered(head, now) } else { Reaction::Pass };
        let edits = match reaction {
            Reaction::Pass => self.open(head, end, now),
            Reaction::Retry(_) => open::retry(None),
            Reaction::Peek => Vec::new(),
        };
        (reaction, edits)
    }

    /// Takes the head that the client is about to get, with which all may be at an `end`, and gives the changes to it. A
    /// target's answer is opened where it comes in, as soon as it passes; any other where it goes out.
    pub fn open(&mut self, head: &Head<'_>, end: bool, now: Millis) -> Vec<Edit> {
        let status = open::status(head);
        self.receipt.status = status;
        self.receipt.first_byte = Some(now.saturating_sub(self.started));
        let mut trying = match std::mem::replace(&mut self.phase, Phase::Over) {
            Phase::Trying(trying) => trying,
            // Envoy ended it before its body was whole.
            Phase::Reading(_) if status >= 400 => {
                let (edits, answer) = open::replace(status, self.dialect, head);
                self.phase = Phase::Answering(Box::new(answer));
                return edits;
            }
            // Dragoman's own reply: it passes as it was made.
            phase => {
                self.phase = phase;
                return Vec::new();
            }
        };
        trying.mourn(&mut self.changes, now);
        self.receipt.served = trying.served_model();
        let context = trying.context(status, self.dialect, self.receipt.attempts, now);
        let (mut edits, mut answer) = open::open(&context, head);
        if let Some(guarded) = &self.guarded {
            let more;
            (more, answer) = guarded.answer(&context, head, self.gateway.max_response_bytes, answer);
            edits.extend(more);
        }
        self.receipt.losses = context.losses.map_or(0, Losses::len);
        self.receipt.stream = answer.is_stream();
        self.phase = Phase::Answering(Box::new(answer));
        // Where no body follows, none can be made: the status has to say it all.
        if end
            && self.holds_head()
            && let Given::Instead { edits: more, .. } = self.chunk(&[], true)
        {
            edits.extend(more);
        }
        edits
    }

    /// The shape of its client's errors.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Whether the answer's head has been opened.
    pub fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Answering(_))
    }

    /// Whether the answer's chunks are to be shown to [`Exchange::chunk`]; otherwise they pass.
    pub fn wants_body(&self) -> bool {
        matches!(&self.phase, Phase::Answering(answer) if !matches!(**answer, Answer::Opaque))
    }

    /// Whether the head is to be held back until [`Exchange::chunk`] lets it go.
    pub fn holds_head(&self) -> bool {
        matches!(&self.phase, Phase::Answering(answer) if answer.holds_head())
    }

    /// Takes a chunk of the answer.
    pub fn chunk(&mut self, chunk: &[u8], end: bool) -> Given {
        let Phase::Answering(answer) = &mut self.phase else {
            return Given::Same;
        };
        let given = answer.chunk(chunk, end);
        if let Given::Instead { edits, .. } = &given {
            let status = edits.iter().find_map(|edit| match edit {
                Edit::Set(name, status) if name == ":status" => status.parse().ok(),
                _ => None,
            });
            self.receipt.status = status.unwrap_or(self.receipt.status);
        }
        given
    }

    /// Notes when the model began to answer, if it has by now.
    pub fn note_beginning(&mut self, now: impl FnOnce() -> Millis) {
        let has_begun = matches!(&self.phase, Phase::Answering(answer) if answer.has_content());
        if has_begun && self.receipt.first_content.is_none() {
            self.receipt.first_content = Some(now().saturating_sub(self.started));
        }
    }

    /// Closes the account.
    pub fn settle(&mut self, now: Millis) -> &Receipt {
        if let Some(guarded) = &self.guarded {
            self.receipt.redactions.add(guarded.tally());
        }
        if let Phase::Answering(answer) = &mut self.phase {
            if let Some(tally) = answer.tally() {
                self.receipt.redactions.add(tally);
            }
            self.receipt.usage = answer.usage();
            if let Some(served) = answer.served_model() {
                self.receipt.served = Some(served);
            }
            self.receipt.error = answer.error().or(self.receipt.error);
            self.receipt.losses += answer.losses();
        }
        self.receipt.total = now.saturating_sub(self.started);
        &self.receipt
    }
}
