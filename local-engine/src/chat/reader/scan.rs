//! Finding marks in text that is still coming, and where the brackets in it close.

/// Takes the text before `mark`, and the mark, and says whether there was one; without one, all that cannot begin it.
pub(super) fn until(held: &mut String, mark: &str) -> (String, bool) {
    if let Some(at) = held.find(mark) {
        let rest = held.split_at(at + mark.len()).1.to_string();
        held.truncate(at);
        return (std::mem::replace(held, rest), true);
    }
    let rest = held.split_off(held.len() - begins(held, mark));
    (std::mem::replace(held, rest), false)
}

/// The length of the longest end of `text` that begins `mark`.
fn begins(text: &str, mark: &str) -> usize {
    let longest = mark.len().saturating_sub(1).min(text.len());
    (1..=longest)
        .rev()
        .find(|length| mark.as_bytes().starts_with(text.as_bytes().split_at(text.len() - length).1))
        .unwrap_or(0)
}

/// Where brackets stand.
#[derive(Default)]
pub(super) struct Balance {
    depth: usize,
    quoted: bool,
    escaped: bool,
}

impl Balance {
    /// So many brackets deep.
    pub(super) fn within(depth: usize) -> Self {
        Self { depth, ..Self::default() }
    }

    /// Where in `text`, which goes on from what was looked at before, the last bracket closes; `None` when that is still to come.
    pub(super) fn end(&mut self, text: &str) -> Option<usize> {
        text.char_indices().find(|(_, char)| self.closes(*char)).map(|(at, char)| at + char.len_utf8())
    }

    fn closes(&mut self, char: char) -> bool {
        if self.escaped {
            self.escaped = false;
            return false;
        }
        match (self.quoted, char) {
            (true, '\\') => self.escaped = true,
            (_, '"') => self.quoted = !self.quoted,
            (false, '{' | '[') => self.depth += 1,
            (false, '}' | ']') => {
                self.depth = self.depth.saturating_sub(1);
                return self.depth == 0;
            }
            _ => {}
        }
        false
    }
}
