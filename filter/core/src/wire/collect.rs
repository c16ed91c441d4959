//! A whole answer: a stream's steps collected. What each format makes of it is in the format's folder.

use super::blob::Blob;
use super::error::ApiError;
use super::ir::{Citation, Head, Opening, Step, Stop};
use crate::usage::Usage;

/// What an answer said, so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Collected {
    pub(super) head: Head,
    pub(super) parts: Vec<Said>,
    pub(super) stop: Stop,
    pub(super) usage: Usage,
    pub(super) error: Option<ApiError>,
}

/// A part of an answer.
#[derive(Clone, Debug)]
pub(super) enum Said {
    Text { text: String, citations: Vec<Citation> },
    Refusal(String),
    Reasoning { text: String, seal: Option<Blob> },
    Call { id: String, name: String, arguments: String, custom: bool },
}

impl Collected {
    pub(super) fn step(&mut self, step: Step<'_>) {
        match step {
            Step::Start(head) => self.head = head.clone(),
            Step::Open(opening) => self.parts.push(Said::of(opening)),
            Step::Delta(text) => match self.parts.last_mut() {
                Some(
                    Said::Text { text: own, .. }
                    | Said::Refusal(own)
                    | Said::Reasoning { text: own, .. }
                    | Said::Call { arguments: own, .. },
                ) => own.push_str(text),
                None => {}
            },
            Step::Seal(blob) => {
                if let Some(Said::Reasoning { seal, .. }) = self.parts.last_mut() {
                    *seal = Some(blob.clone());
                }
            }
            Step::Cite(citation) => {
                if let Some(Said::Text { citations, .. }) = self.parts.last_mut() {
                    citations.push(citation.clone());
                }
            }
            Step::Close => {}
            Step::Finish(stop, usage) => {
                self.stop = stop.clone();
                self.usage = *usage;
            }
            Step::Fail(error) => self.error = Some(error.clone()),
        }
    }

    /// All text of one kind, joined.
    pub(super) fn joined(&self, pick: impl Fn(&Said) -> Option<&str>) -> String {
        self.parts.iter().filter_map(pick).collect()
    }
}

impl Said {
    fn of(opening: Opening<'_>) -> Said {
        match opening {
            Opening::Text => Said::Text { text: String::new(), citations: Vec::new() },
            Opening::Refusal => Said::Refusal(String::new()),
            Opening::Reasoning | Opening::Sealed => Said::Reasoning { text: String::new(), seal: None },
            Opening::Call { id, name, custom } => {
                Said::Call { id: id.to_owned(), name: name.to_owned(), arguments: String::new(), custom }
            }
        }
    }
}
