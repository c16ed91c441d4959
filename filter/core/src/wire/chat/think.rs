//! Reasoning that a model writes into its text, as `<think>…</think>` at the very beginning. Anywhere else it is text.

use crate::wire::ir::Event;

const OPENS: &str = "<think>";
const CLOSES: &str = "</think>";

/// Where in the text it stands. What may be the start of a mark is held back.
#[derive(Default)]
pub(super) struct Think {
    state: State,
    held: String,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Beginning,
    Within,
    Behind,
    Text,
}

impl Think {
    pub(super) fn text(&mut self, text: &str, emit: &mut dyn FnMut(Event<'_>)) {
        if self.state == State::Text {
            return emit(Event::Text(text));
        }
        self.held.push_str(text);
        self.advance(emit);
    }

    /// Nothing more belongs to a mark.
    pub(super) fn end(&mut self, emit: &mut dyn FnMut(Event<'_>)) {
        let held = std::mem::take(&mut self.held);
        if !held.is_empty() {
            emit(if self.state == State::Within { Event::Reasoning(&held) } else { Event::Text(&held) });
        }
        self.state = State::Text;
    }

    fn advance(&mut self, emit: &mut dyn FnMut(Event<'_>)) {
        if self.state == State::Beginning {
            let text = self.held.trim_start();
            if let Some(rest) = text.strip_prefix(OPENS) {
                self.held = rest.to_owned();
                self.state = State::Within;
            } else if OPENS.starts_with(text) {
                return;
            } else {
                return self.end(emit);
            }
        }
        if self.state == State::Within {
            match self.held.split_once(CLOSES) {
                Some((thought, rest)) => {
                    if !thought.is_empty() {
                        emit(Event::Reasoning(thought));
                    }
                    emit(Event::Break);
                    self.held = rest.to_owned();
                    self.state = State::Behind;
                }
                None => {
                    let keep = (1..CLOSES.len())
                        .rev()
                        .find(|&n| CLOSES.get(..n).is_some_and(|part| self.held.ends_with(part)));
                    let cut = self.held.len() - keep.unwrap_or(0);
                    let kept = self.held.split_off(cut);
                    if !self.held.is_empty() {
                        emit(Event::Reasoning(&self.held));
                    }
                    self.held = kept;
                    return;
                }
            }
        }
        // The blank lines between the two are nobody's.
        let text = self.held.trim_start();
        if !text.is_empty() {
            emit(Event::Text(text));
            self.held.clear();
            self.state = State::Text;
        } else {
            self.held.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(chunks: &[&str]) -> (String, String) {
        let (mut thought, mut said) = (String::new(), String::new());
        let mut emit = |event: Event<'_>| match event {
            Event::Reasoning(text) => thought.push_str(text),
            Event::Text(text) => said.push_str(text),
            _ => {}
        };
        let mut think = Think::default();
        chunks.iter().for_each(|chunk| think.text(chunk, &mut emit));
        think.end(&mut emit);
        (thought, said)
    }

    #[test]
    fn a_thought_is_told_from_the_text_wherever_it_is_cut() {
        let whole = "\n<think>a < b </thin</think>\n\nyes <think>no</think>";
        for cut in 0..whole.len() {
            let (left, right) = whole.split_at(cut);
            let expected = ("a < b </thin".to_owned(), "yes <think>no</think>".to_owned());
            assert_eq!(read(&[left, right]), expected, "{cut}");
        }
    }

    #[test]
    fn text_that_only_begins_like_a_mark_is_text() {
        assert_eq!(read(&["<th", "e>"]), (String::new(), "<the>".to_owned()));
        assert_eq!(read(&["<think"]), (String::new(), "<think".to_owned()));
        assert_eq!(read(&["  hi"]), (String::new(), "  hi".to_owned()));
    }
}
