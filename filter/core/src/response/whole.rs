//! An answer that is one JSON text, as its bytes stream by: the model's name is replaced, usage is noted, and nothing is
//! held for either. Embeddings of a megabyte pass like this too.

use crate::endpoint::Endpoint;
use crate::json::Rewriter;
use crate::json::walk::Path;
use crate::usage::{Told, Usage};

/// Where the model's name and the token counts stand.
fn places(endpoint: Endpoint) -> (Path, Path) {
    match endpoint {
        Endpoint::GenerateContent => (&["modelVersion"], &["usageMetadata"]),
        _ => (&["model"], &["usage"]),
    }
}

/// A whole answer.
pub struct Whole(Rewriter);

impl Whole {
    /// An answer of this endpoint in which `model` is the name its client is to read; `None` leaves the target's.
    pub fn new(endpoint: Endpoint, model: Option<&str>) -> Whole {
        let (named, counted) = places(endpoint);
        Whole(Rewriter::new(model.map(|model| (named, model)), &[counted, named]))
    }

    /// Takes a chunk and gives the client's bytes; `None` where they are the same.
    pub fn chunk(&mut self, chunk: &[u8]) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(chunk.len() + 64);
        self.0.push(chunk, &mut out).then_some(out)
    }

    /// The tokens that were told.
    pub fn usage(&self) -> Option<Usage> {
        let mut told = Told::default();
        told.hear(self.0.captured(0)?);
        told.usage()
    }

    /// The model that the target says it served.
    pub fn served_model(&self) -> Option<String> {
        serde_json::from_slice(self.0.captured(1)?).ok()
    }
}
