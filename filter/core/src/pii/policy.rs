//! A policy, compiled: what is looked for in requests and in answers, and what is done with each. Not its shape in the
//! file (see `config::file`); it is made in `config::compile`.

use std::rc::Rc;

use super::action::{self, Action};
use super::detector::{Detector, Kind, Patterns};
use super::entity::{self, Partial, Same};
use super::keyed::Keyed;
use super::terms::Terms;
use crate::glob::Globs;

pub use crate::config::file::{Binary, Reasoning};

/// A policy.
pub struct Policy {
    /// Its name in the file; two names with `+` where a key's and a route's both hold.
    pub name: String,
    /// What holds for requests.
    pub request: Rules,
    /// What holds for answers.
    pub response: Rules,
    /// What is done with a model's reasoning.
    pub reasoning: Reasoning,
    /// What is done with answers that hold no text.
    pub binary: Binary,
    /// Whether hashes of values are written to the log.
    pub audit: bool,
    /// The secret for pseudonyms and hashes; there wherever an action needs it.
    pub keyed: Option<Keyed>,
}

/// What holds in one direction.
pub struct Rules {
    /// The search.
    pub detector: Detector,
    /// For each kind that is looked for, what is done.
    entities: Vec<Action>,
    patterns: Vec<Own>,
    terms: Vec<Own>,
    allow: Vec<Globs>,
}

/// A policy's own pattern or list of terms.
#[derive(Clone)]
pub struct Own {
    /// What it is called in placeholders and counts.
    pub label: String,
    /// What is done.
    pub action: Action,
}

/// What a policy looks for in one direction, before it is made ready.
pub struct Wanted<'a> {
    /// For each entity, by its place in `entity::ALL`, what is done.
    pub entities: &'a [Action],
    /// The policy's own patterns, and compiled.
    pub patterns: (&'a [Own], Option<Rc<Patterns>>),
    /// The policy's lists of terms, and compiled.
    pub terms: (&'a [Own], Option<Rc<Terms>>),
    /// What stays: every list must hold a value, in lower case.
    pub allow: &'a [Globs],
    /// Whether Dragoman's own pseudonyms are looked for too, to be put back.
    pub restores: bool,
}

impl Wanted<'_> {
    /// Makes it ready.
    pub fn ready(self) -> Result<Rules, String> {
        let is_on = |action: &Action| *action != Action::Allow;
        let own = (0u8..).zip(self.entities).filter(|(_, action)| is_on(action)).map(|(index, _)| index);
        let pseudonyms = u8::try_from(entity::ALL.len()).ok().filter(|_| self.restores);
        let (patterns, automaton) = self.patterns;
        let (terms, words) = self.terms;
        let any = |all: &[Own]| all.iter().any(|own| is_on(&own.action));
        // What begins alike would be named alike, and what is put back would end where it was told.
        let known = |(action, entity): (&Action, &&entity::Entity)| match action.is_keyed() && entity.is_open() {
            true => Action::Mask,
            false => *action,
        };
        Ok(Rules {
            detector: Detector::new(
                own.chain(pseudonyms),
                automaton.filter(|_| any(patterns)),
                words.filter(|_| any(terms)),
            )?,
            entities: self.entities.iter().zip(entity::ALL).map(known).collect(),
            patterns: patterns.to_vec(),
            terms: terms.to_vec(),
            allow: self.allow.to_vec(),
        })
    }
}

impl Rules {
    /// What is done with a kind.
    pub fn action(&self, kind: Kind) -> Action {
        let own = |all: &[Own], index: u8| all.get(usize::from(index)).map(|own| own.action);
        match kind {
            Kind::Entity(index) => self.entities.get(usize::from(index)).copied(),
            Kind::Pattern(index) => own(&self.patterns, index),
            Kind::Terms(index) => own(&self.terms, index),
        }
        .unwrap_or(Action::Allow)
    }

    /// What a kind is called in placeholders: `EMAIL`.
    pub fn label(&self, kind: Kind) -> String {
        let own = |all: &[Own], index: u8| all.get(usize::from(index)).map(|own| own.label.clone());
        match kind {
            Kind::Entity(_) => kind.entity().map(|entity| action::label(entity.name)),
            Kind::Pattern(index) => own(&self.patterns, index),
            Kind::Terms(index) => own(&self.terms, index),
        }
        .unwrap_or_default()
    }

    /// Whether this value stays, whatever the policy says of its kind.
    pub fn allows(&self, value: &str) -> bool {
        !self.allow.is_empty() && {
            let value = value.to_lowercase();
            self.allow.iter().all(|globs| globs.matches(&value))
        }
    }

    /// What makes two values of a kind the same.
    pub fn same(kind: Kind) -> Same {
        match kind {
            Kind::Terms(_) => Same::AnyCase,
            _ => kind.entity().map_or(Same::Exactly, |entity| entity.same),
        }
    }

    /// What `partial` keeps of a kind.
    pub fn partial(kind: Kind) -> Partial {
        kind.entity().map_or(Partial::Nothing, |entity| entity.partial)
    }
}
