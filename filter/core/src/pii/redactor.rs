//! A policy at work on one request or one answer: it decides what becomes of each thing found, counts it, and remembers
//! which pseudonyms stand for what. Nothing here is logged, and what is counted is a kind, never a value.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::action::{self, Action};
use super::detector::Kind;
use super::entity;
use super::fold::Depth;
use super::keyed::Keyed;
use super::lane::{Edit, Lane, Scratch};
use super::policy::{Policy, Rules};

/// Which way the text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From the client to a target.
    Request,
    /// From a target to the client.
    Response,
}

impl Direction {
    /// Its name in logs and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Direction::Request => "request",
            Direction::Response => "response",
        }
    }
}

/// The policy forbids the text: it holds this kind of data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// The kind, as in placeholders.
    pub label: String,
}

/// How often each kind met each action, and hashes of what was met, if the policy audits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Direction, label and action → count.
    pub counts: BTreeMap<(Direction, String, Action), u64>,
    /// Label and hash.
    pub hashes: std::collections::BTreeSet<(String, String)>,
}

impl Tally {
    /// Counts by kind in one direction, for a header: `email=2;credit_card=1`. `None` where nothing was found.
    pub fn header(&self, direction: Direction) -> Option<String> {
        let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
        for ((_, label, _), count) in self.counts.iter().filter(|((way, _, _), _)| *way == direction) {
            *kinds.entry(label.to_lowercase()).or_default() += count;
        }
        let told: Vec<String> = kinds.iter().map(|(kind, count)| format!("{kind}={count}")).collect();
        (!told.is_empty()).then(|| told.join(";"))
    }

    /// Adds what another counted.
    pub fn add(&mut self, other: &Tally) {
        for (key, count) in &other.counts {
            *self.counts.entry(key.clone()).or_default() += count;
        }
        self.hashes.extend(other.hashes.iter().cloned());
    }
}

/// More hashes than this are not kept.
const MOST_HASHES: usize = 64;

/// Pseudonyms of one exchange, and what they stand for. Not `Debug`: it is content.
#[derive(Default)]
pub struct Pseudonyms(BTreeMap<String, String>);

impl Pseudonyms {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What this one stands for, if it is one of this exchange's.
    pub fn value(&self, pseudonym: &str) -> Option<&str> {
        self.0.get(pseudonym).map(String::as_str)
    }
}

/// A policy at work in one direction.
pub struct Redactor {
    policy: Rc<Policy>,
    direction: Direction,
    tenant: String,
    pseudonyms: Rc<std::cell::RefCell<Pseudonyms>>,
    scratch: Scratch,
    tally: Tally,
    /// What was decided, in order, if somebody wants to know; `None` for what is not counted.
    decisions: Option<Vec<Option<(String, Action)>>>,
}

/// One thing that was found, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Its kind, as in placeholders.
    pub label: String,
    /// What was done.
    pub action: Action,
    /// Where it stood, in bytes.
    pub place: std::ops::Range<usize>,
}

impl Redactor {
    /// A policy at work for a tenant.
    pub fn new(
        policy: Rc<Policy>,
        direction: Direction,
        tenant: &str,
        pseudonyms: Rc<std::cell::RefCell<Pseudonyms>>,
    ) -> Redactor {
        let tenant = tenant.to_owned();
        let (scratch, tally) = (Scratch::default(), Tally::default());
        Redactor { policy, direction, tenant, pseudonyms, scratch, tally, decisions: None }
    }

    /// The same for another answer of the exchange, with nothing counted yet.
    pub fn fresh(&self) -> Redactor {
        Redactor::new(Rc::clone(&self.policy), self.direction, &self.tenant, Rc::clone(&self.pseudonyms))
    }

    /// Redacts a text as a whole, and tells what was found where.
    pub fn hits(&mut self, text: &str, out: &mut Vec<u8>) -> Result<Vec<Hit>, Blocked> {
        self.scratch.keep_places();
        self.decisions = Some(Vec::new());
        self.push(&mut Lane::new(Depth::Plain), text.as_bytes(), true, out)?;
        let decisions = self.decisions.take().unwrap_or_default();
        let found = self.scratch.take_places().into_iter().zip(decisions);
        Ok(found.filter_map(|(place, decision)| decision.map(|(label, action)| Hit { label, action, place })).collect())
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What was counted so far.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Takes more of a lane and writes what is decided. If it is the `last` piece, that is everything.
    pub fn push(&mut self, lane: &mut Lane, raw: &[u8], last: bool, out: &mut Vec<u8>) -> Result<(), Blocked> {
        let Redactor { policy, direction, tenant, pseudonyms, scratch, tally, decisions } = self;
        let rules = match direction {
            Direction::Request => &policy.request,
            Direction::Response => &policy.response,
        };
        let mut desk = Desk { rules, direction: *direction, tenant, policy, pseudonyms, tally };
        lane.push(&rules.detector, raw, last, scratch, out, &mut |kind, value, folded| {
            let edit = desk.decide(kind, value, folded)?;
            if let Some(decisions) = decisions {
                let counted = desk.counts(kind, value);
                decisions.push(counted.then(|| (desk.rules.label(kind), desk.rules.action(kind))));
            }
            Ok(edit)
        })
    }
}

/// What a decision needs.
struct Desk<'a> {
    rules: &'a Rules,
    direction: Direction,
    tenant: &'a str,
    policy: &'a Policy,
    pseudonyms: &'a std::cell::RefCell<Pseudonyms>,
    tally: &'a mut Tally,
}

impl Desk<'_> {
    /// Whether a value of this kind is one that the policy is for.
    fn counts(&self, kind: Kind, value: &str) -> bool {
        self.rules.action(kind) != Action::Allow && !self.rules.allows(value)
    }

    fn decide(&mut self, kind: Kind, value: &str, folded: &[u8]) -> Result<Edit, Blocked> {
        if matches!(kind, Kind::Entity(index) if usize::from(index) == entity::ALL.len()) {
            return Ok(self.restore(value));
        }
        if !self.counts(kind, value) {
            return Ok(Edit::Keep);
        }
        let action = self.rules.action(kind);
        let label = self.rules.label(kind);
        let normal = || action::normal(value, Rules::same(kind));
        *self.tally.counts.entry((self.direction, label.clone(), action)).or_default() += 1;
        // Of what is replaced before all of it is known there is nothing to hash.
        let is_known = !kind.entity().is_some_and(entity::Entity::is_open);
        let audits = self.policy.audit && is_known && self.tally.hashes.len() < MOST_HASHES;
        if let Some(keyed) = self.policy.keyed.as_ref().filter(|_| audits) {
            self.tally.hashes.insert((label.clone(), keyed.hash(self.tenant, &label, &normal())));
        }
        Ok(match (action, &self.policy.keyed) {
            (Action::Allow | Action::Count, _) => Edit::Keep,
            (Action::Block, _) => return Err(Blocked { label }),
            (Action::Partial, _) => Edit::Replace(action::partial(folded, Rules::partial(kind), &label)),
            (Action::Pseudonym, Some(keyed)) => Edit::Replace(self.name(keyed, &label, value, &normal())),
            (Action::Hash, Some(keyed)) => {
                Edit::Replace(format!("[{label}:{}]", keyed.hash(self.tenant, &label, &normal())))
            }
            // Without a secret there are no names; the configuration does not allow it.
            (Action::Mask | Action::Pseudonym | Action::Hash, _) => Edit::Replace(action::placeholder(&label)),
        })
    }

    /// The pseudonym of a value. One that stands for a request's value is remembered.
    fn name(&self, keyed: &Keyed, label: &str, value: &str, normal: &str) -> String {
        let name = keyed.pseudonym(self.tenant, label, normal);
        if self.direction == Direction::Request {
            // The first spelling stands for all: `Anna@…` and `anna@…` are one person.
            self.pseudonyms.borrow_mut().0.entry(name.clone()).or_insert_with(|| value.to_owned());
        }
        name
    }

    fn restore(&self, written: &str) -> Edit {
        let name = written.replace('\\', "");
        match self.pseudonyms.borrow().value(&name) {
            Some(value) if self.direction == Direction::Response => Edit::Restore(value.to_owned()),
            _ => Edit::Keep,
        }
    }
}
