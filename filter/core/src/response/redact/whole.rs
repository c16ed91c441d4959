//! An answer that is no stream, under a policy: JSON is collected and redacted as a whole, so that its head can still tell
//! how much there was. An answer in another shape passes only if the policy says so.

use super::event::{self, Item};
use super::{blocked, unreadable};
use crate::endpoint::Dialect;
use crate::head::Edit;
use crate::json::Kind;
use crate::pii::policy::Reasoning;
use crate::pii::{Blocked, Depth, Direction, Lane, Redactor};
use crate::refusal::Refusal;
use crate::request::guard::{Edited, Keys, number, whole};
use crate::response::Given;

/// A whole answer under a policy.
pub struct Whole {
    redactor: Redactor,
    dialect: Dialect,
    /// Whether it is JSON; else it is plain text.
    json: bool,
    /// What has come; `None` once the client has its answer.
    body: Option<Vec<u8>>,
    longest: usize,
    error: Option<&'static str>,
}

impl Whole {
    /// JSON, of which at most so much is collected.
    pub fn json(redactor: Redactor, dialect: Dialect, longest: usize) -> Whole {
        Whole { redactor, dialect, json: true, body: Some(Vec::new()), longest, error: None }
    }

    /// Plain text, of which at most so much is collected.
    pub fn text(redactor: Redactor, dialect: Dialect, longest: usize) -> Whole {
        Whole { json: false, ..Whole::json(redactor, dialect, longest) }
    }

    pub(super) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    pub(super) fn error(&self) -> Option<&'static str> {
        self.error
    }

    /// Whether the client has not got its answer yet.
    pub fn waits(&self) -> bool {
        self.body.is_some()
    }

    /// Takes more of what the client would read. Once the client has its answer, what else comes goes nowhere.
    pub fn chunk(&mut self, chunk: &[u8], end: bool) -> Given {
        let Some(body) = &mut self.body else {
            return Given::Instead { edits: Vec::new(), body: Vec::new() };
        };
        if body.len() + chunk.len() > self.longest {
            self.body = None;
            let what = "The target's answer is longer than this gateway redacts.";
            return self.fail(&Refusal::new(502, "answer_too_large", what));
        }
        body.extend_from_slice(chunk);
        if !end {
            return Given::Waits;
        }
        let body = self.body.take().unwrap_or_default();
        match self.redact(&body) {
            Ok(Some(body)) => Given::Instead { edits: self.told(), body },
            Ok(None) => Given::Instead { edits: self.told(), body },
            Err(refusal) => self.fail(&refusal),
        }
    }

    fn redact(&mut self, body: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
        if body.trim_ascii().is_empty() {
            return Ok(None);
        }
        let read = event::read(body, None, "");
        let looks_so = matches!(body.trim_ascii_start().first(), Some(b'{' | b'['));
        if !self.json && (read.is_err() || !looks_so) {
            // Wide characters are not the ones that patterns see, and events are read in pieces.
            if std::str::from_utf8(body).is_err() || body.contains(&0) || is_events(body) {
                return Err(unreadable());
            }
            let mut out = Vec::with_capacity(body.len());
            let found = self.redactor.push(&mut Lane::new(Depth::Plain), body, true, &mut out);
            found.map_err(|found| blocked(&self.redactor.policy().name, &found.label))?;
            return Ok(Some(out));
        }
        // JSON that is called plain text is JSON all the same: it has escapes.
        let items = read.map_err(|_| unreadable())?;
        let mut edited = Edited::new(body);
        let mut keys = Keys::default();
        for item in &items {
            let outcome = match item {
                Item::Key(object, span) => keys.redact(&mut self.redactor, *object, *span, &mut edited),
                _ => self.item(item, body, &mut edited),
            };
            outcome.map_err(|found| blocked(&self.redactor.policy().name, &found.label))?;
        }
        Ok(edited.finish())
    }

    fn item(&mut self, item: &Item, body: &[u8], edited: &mut Edited<'_>) -> Result<(), Blocked> {
        match item {
            Item::Probabilities(kind, span) => {
                edited.replace(*span, if *kind == Kind::Array { b"[]" } else { b"null" });
                Ok(())
            }
            Item::Text(depth, span) => whole(&mut self.redactor, body, *span, *depth, edited),
            Item::Reasoning(span) => match self.redactor.policy().reasoning {
                Reasoning::Pass => Ok(()),
                Reasoning::Drop => {
                    edited.replace(*span, b"\"\"");
                    Ok(())
                }
                Reasoning::Redact => whole(&mut self.redactor, body, *span, Depth::Json, edited),
            },
            Item::Signed(span) => {
                if self.redactor.policy().reasoning == Reasoning::Drop {
                    edited.replace(*span, b"\"\"");
                }
                Ok(())
            }
            Item::Number(key, span) => {
                let frame = crate::json::leaves::Frame { key: Some(key), index: 0, start: 0 };
                number(&mut self.redactor, body, &[frame], *span, edited)
            }
            // Of streams only.
            Item::Key(..) | Item::Piece(..) | Item::SoFar(..) | Item::Begun(_) | Item::Finish(_) => Ok(()),
        }
    }

    /// What the head tells of it: `email=2;card=1`.
    fn told(&self) -> Vec<Edit> {
        let counts = self.redactor.tally().header(Direction::Response);
        counts.map(|counts| Edit::Set("x-dragoman-redactions".into(), counts)).into_iter().collect()
    }

    fn fail(&mut self, refusal: &Refusal) -> Given {
        self.error = Some(refusal.code);
        let edits = vec![
            Edit::Set(":status".into(), refusal.status.to_string()),
            Edit::Set("content-type".into(), "application/json".to_owned()),
        ];
        Given::Instead { edits, body: refusal.body(self.dialect).into_bytes() }
    }
}

/// Whether a text is a stream of JSON that is called plain text: events, or an object on each of several lines.
fn is_events(body: &[u8]) -> bool {
    let begins = |line: &[u8]| line.trim_ascii_start().starts_with(b"{");
    let lines = || body.split(|byte| matches!(byte, b'\n' | b'\r')).filter(|line| !line.trim_ascii().is_empty());
    lines().any(|line| line.strip_prefix(b"data:").is_some_and(begins))
        || lines().nth(1).is_some() && lines().all(begins)
}
