//! How many tokens an input may have, guessed from its length: for clients that have to be told before a target has
//! counted, and for counting where a target cannot. A guess, and to be marked as one.

use super::ir::{Part, Piece, Request, Source};
use super::{Flaw, Format, Losses};

/// Bytes of text or JSON that make a token, on average.
const BYTES_PER_TOKEN: usize = 4;
/// What a picture or a page costs, on average.
const TOKENS_PER_FILE: usize = 1500;

/// The tokens of a client's request, guessed.
pub fn estimate(format: Format, body: &[u8]) -> Result<u64, Flaw> {
    let request = super::decode(format, body, &mut Losses::default())?;
    Ok(of_request(&request, body.len()))
}

/// The tokens of a request whose body is this long.
pub(super) fn of_request(request: &Request, bytes: usize) -> u64 {
    let parts = request.system.iter().chain(request.turns.iter().flat_map(|turn| &turn.parts));
    let (files, length) = parts.fold((0, 0), |sum, part| add(sum, files(part)));
    let tokens = bytes.saturating_sub(length) / BYTES_PER_TOKEN + files * TOKENS_PER_FILE;
    tokens.max(1) as u64
}

/// How many files are in a part, and how long their bytes are in the body.
fn files(part: &Part) -> (usize, usize) {
    match &part.is {
        Piece::Media(media) => match &media.source {
            Source::Data(data) => (1, data.len()),
            Source::Url(_) => (1, 0),
            Source::Text(_) => (0, 0),
        },
        Piece::Outcome(outcome) => outcome.parts.iter().fold((0, 0), |sum, part| add(sum, files(part))),
        Piece::Text(_) | Piece::Call(_) | Piece::Reasoning(_) => (0, 0),
    }
}

fn add(a: (usize, usize), b: (usize, usize)) -> (usize, usize) {
    (a.0 + b.0, a.1 + b.1)
}
