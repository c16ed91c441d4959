//! What stands in an event around its data: comments, ids, fields that nobody knows. It is not JSON, but whoever reads
//! the stream may read it. Not the data, which is `event`'s.

use super::stream::Stop;
use crate::pii::{Depth, Lane, Redactor};

/// Whether an event has nothing but data and a name.
pub(super) fn is_bare(event: &[u8]) -> bool {
    lines(event).all(is_bare_line)
}

/// Writes events whose data is redacted with all else redacted too, each line for itself.
pub(super) fn redact(redactor: &mut Redactor, events: &[u8], out: &mut Vec<u8>) -> Result<(), Stop> {
    for line in lines(events) {
        if is_bare_line(line) {
            out.extend_from_slice(line);
        } else if std::str::from_utf8(line).is_ok() {
            // As inside of JSON, so that nothing that is put back brings a line's end.
            redactor.push(&mut Lane::new(Depth::Json), line, true, out)?;
        } else {
            return Err(Stop::Unreadable);
        }
    }
    Ok(())
}

/// The lines, each with the character that ends it.
fn lines(event: &[u8]) -> impl Iterator<Item = &[u8]> {
    event.split_inclusive(|byte| matches!(byte, b'\n' | b'\r'))
}

/// Whether a line is data, a name such as `response.output_text.delta`, or blank.
fn is_bare_line(line: &[u8]) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_lowercase() || matches!(byte, b'.' | b'_' | b' ');
    match line.trim_ascii_end() {
        line if line.starts_with(b"data:") => true,
        line => line.strip_prefix(b"event:").unwrap_or(line).iter().all(is_name),
    }
}
