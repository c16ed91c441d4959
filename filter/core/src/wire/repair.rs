//! What clients leave behind when they cut or mend a conversation, made whole: each call has its one outcome, right
//! behind it. Targets of every format refuse anything else. Merging turns is for formats whose turns must alternate.

use std::iter;

use super::Losses;
use super::ir::{Call, Choice, Outcome, Part, Piece, Request, Role, Thinking, Turn};

/// Gives each call its outcome in the turn behind it, first of all; makes text of outcomes without a call.
pub(super) fn pair(turns: Vec<Turn>, losses: &mut Losses) -> Vec<Turn> {
    let mut paired: Vec<Turn> = Vec::with_capacity(turns.len());
    let mut turns = turns.into_iter().peekable();
    while let Some(turn) = turns.next() {
        if turn.role != Role::Assistant {
            paired.push(orphaned(turn));
            continue;
        }
        let mut said = turn;
        // Calls of one answer may come as several turns.
        while let Some(next) = turns.next_if(|next| next.role == Role::Assistant) {
            said.parts.extend(next.parts);
        }
        let open: Vec<(String, String)> =
            said.parts.iter().filter_map(|part| part.call()).map(|call| (call.id.clone(), call.name.clone())).collect();
        let customs: Vec<bool> = said.parts.iter().filter_map(|part| part.call()).map(|call| call.custom).collect();
        paired.push(said);
        if open.is_empty() {
            continue;
        }
        // Outcomes follow, perhaps over several turns; what else the user says comes behind them.
        let mut found: Vec<Option<Part>> = open.iter().map(|_| None).collect();
        let mut others = Vec::new();
        while let Some(next) = turns.next_if(|next| next.role == Role::User) {
            let only_outcomes = next.parts.iter().all(|part| matches!(part.is, Piece::Outcome(_)));
            for part in next.parts {
                let id = match &part.is {
                    Piece::Outcome(outcome) => outcome.id.as_str(),
                    _ => {
                        others.push(part);
                        continue;
                    }
                };
                // Of two outcomes of one call the later stands: clients append corrections.
                match open.iter().position(|(own, _)| own == id).and_then(|index| found.get_mut(index)) {
                    Some(place) => {
                        if let Some(earlier) = place.replace(part) {
                            losses.note(earlier.at);
                        }
                    }
                    None => others.extend(orphan(part)),
                }
            }
            if !only_outcomes && found.iter().all(Option::is_some) {
                break;
            }
        }
        let outcomes = found.into_iter().zip(open).zip(customs).map(|((part, (id, name)), custom)| match part {
            Some(Part { at, cache, is: Piece::Outcome(outcome) }) => {
                let is = Piece::Outcome(Outcome { name: Some(name), custom, ..outcome });
                Part { at, cache, is }
            }
            _ => missing(id, name, custom),
        });
        let mut parts: Vec<Part> = outcomes.collect();
        parts.extend(others);
        paired.push(Turn { role: Role::User, parts });
    }
    paired
}

/// Joins neighbours of one role. Instructions in between become the user's words, marked as what they are.
pub(super) fn merge(turns: Vec<Turn>) -> Vec<Turn> {
    let mut merged: Vec<Turn> = Vec::with_capacity(turns.len());
    for turn in turns {
        let turn = if turn.role == Role::System { as_users(turn) } else { turn };
        match merged.last_mut() {
            Some(last) if last.role == turn.role => last.parts.extend(turn.parts),
            _ => merged.push(turn),
        }
    }
    merged
}

fn as_users(turn: Turn) -> Turn {
    let parts = turn.parts.into_iter().map(|part| match part.is {
        Piece::Text(text) => Part { is: Piece::Text(format!("<system>\n{text}\n</system>")), ..part },
        is => Part { is, ..part },
    });
    Turn { role: Role::User, parts: parts.collect() }
}

fn orphaned(turn: Turn) -> Turn {
    Turn { role: turn.role, parts: turn.parts.into_iter().flat_map(orphan).collect() }
}

/// An outcome without a call, as text and what else it brought; anything else as it is.
fn orphan(part: Part) -> Vec<Part> {
    match part.is {
        Piece::Outcome(outcome) => {
            let (texts, media): (Vec<Part>, Vec<Part>) =
                outcome.parts.into_iter().partition(|part| part.text().is_some());
            let text: Vec<&str> = texts.iter().filter_map(Part::text).collect();
            let failed = if outcome.is_error { "[error] " } else { "" };
            let text = format!("[tool result {}]\n{failed}{}", outcome.id, text.join("\n"));
            let whole = Part { at: part.at, cache: part.cache, is: Piece::Text(text) };
            iter::once(whole).chain(media).collect()
        }
        is => vec![Part { is, ..part }],
    }
}

fn missing(id: String, name: String, custom: bool) -> Part {
    let parts = vec![Part::of_text("", "The tool gave no result.")];
    let is = Piece::Outcome(Outcome { id, name: Some(name), parts, is_error: true, custom });
    Part { at: String::new(), cache: None, is }
}

impl Request {
    /// Takes away a choice among tools where none is on offer; what it demanded is lost.
    pub(super) fn choose_among_tools(&mut self, losses: &mut Losses) {
        if !self.tools.is_empty() {
            return;
        }
        self.parallel = None;
        let choice = self.choice.take().filter(|choice| !matches!(choice.is, Choice::Auto | Choice::None));
        choice.iter().for_each(|choice| losses.note(choice.at));
    }

    /// Takes away how much to think; what asked for any is lost.
    pub(super) fn do_not_think(&mut self, losses: &mut Losses) {
        let thinking = self.thinking.take().filter(|thinking| !thinking.is.is_off());
        thinking.iter().for_each(|thinking| losses.note(thinking.at));
    }
}

impl Thinking {
    /// Whether it is not to think.
    pub(super) fn is_off(&self) -> bool {
        self.budget == Some(0) || self.effort.as_deref() == Some("none")
    }
}

/// Whether the answer that these turns break off in, which goes on when its calls have their outcomes, began without a
/// thought that this provider sealed.
pub(super) fn goes_on_without_thought(turns: &[Turn], provider: &str) -> bool {
    let is_users = |turn: &Turn| {
        turn.role != Role::Assistant && turn.parts.iter().any(|part| !matches!(part.is, Piece::Outcome(_)))
    };
    let begins = turns.iter().rposition(is_users).map_or(0, |last| last + 1);
    let mut said = turns.iter().skip(begins).filter(|turn| turn.role == Role::Assistant).peekable();
    let is_sealed = |part: &Part| match &part.is {
        Piece::Reasoning(reasoning) => reasoning.blob.as_ref().is_some_and(|blob| blob.provider == provider),
        _ => false,
    };
    said.peek().is_some() && !said.flat_map(|turn| &turn.parts).any(is_sealed)
}

impl Part {
    /// The call, if it is one.
    pub(super) fn call(&self) -> Option<&Call> {
        match &self.is {
            Piece::Call(call) => Some(call),
            _ => None,
        }
    }
}
