//! What is known of an answer so far, for receipts and metrics. None of it is content.

use super::{Phase, Sequencer};
use crate::usage::Usage;
use crate::wire::Losses;

impl Sequencer {
    pub(in crate::wire) fn is_complete(&self) -> bool {
        self.complete
    }

    pub(in crate::wire) fn has_content(&self) -> bool {
        self.content
    }

    pub(in crate::wire) fn usage(&self) -> Option<Usage> {
        self.usage
    }

    pub(in crate::wire) fn served_model(&self) -> Option<&str> {
        self.served.as_deref()
    }

    pub(in crate::wire) fn losses(&self) -> &Losses {
        &self.losses
    }

    pub(in crate::wire) fn error(&self) -> Option<&'static str> {
        match self.phase {
            Phase::Failed(code) => Some(code),
            _ => None,
        }
    }
}
