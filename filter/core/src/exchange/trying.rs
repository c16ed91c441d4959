//! The attempts of one exchange: which candidate goes next, what each answer means, and what is to rest.
//! Envoy's router does the retrying; this says with whom, and when another try makes sense.

use std::rc::Rc;

use super::asked::Asked;
use crate::config::Gateway;
use crate::config::gateway::{Route, Target};
use crate::endpoint::{Dialect, Endpoint};
use crate::head::{Edit, Head};
use crate::refusal::Refusal;
use crate::request::admit::Admission;
use crate::request::compose::{self, Body, Written};
use crate::request::route::{self, Candidate, Plan};
use crate::request::text::{Beginning, Rewritten};
use crate::response::open::{self, Context, Rests, Translation, Verdict};
use crate::response::peek::{Peek, Seen};
use crate::resting::{self, Change, Millis};

/// A connection that breaks this soon was most likely a kept one that the target had just closed: the same target
/// deserves one more try when there is no other.
const STALE: Millis = 1000;

/// What the host knows of where an attempt goes.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// The cluster: each target is one, and Envoy goes where the filter named it to go.
    Cluster(&'a str),
    /// The cluster that the endpoint's metadata names: an older Envoy that walks a route's targets by itself.
    Endpoint(&'a str),
}

/// An attempt, ready to go out. Not `Debug`: it holds content and credentials.
pub struct Attempt {
    /// Changes to the request's head.
    pub edits: Vec<Edit>,
    /// The cluster to try if this attempt ends without an answer; `None` leaves what was named before.
    pub next: Option<String>,
}

/// What to do with the head of a target's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reaction {
    /// It goes to the client.
    Pass,
    /// It is held back until [`super::Exchange::peek`] has seen the first content.
    Peek,
    /// It is thrown away: try again, at this cluster.
    Retry(String),
}

/// What to do with an answer that is held back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peeked {
    /// Hold it further.
    More,
    /// It goes to the client, from its first byte.
    Pass,
    /// It is thrown away: try again, at this cluster.
    Retry(String),
}

/// The attempts.
pub(super) struct Trying {
    gateway: Rc<Gateway>,
    admission: Box<Admission>,
    asked: Option<Asked>,
    plan: Plan,
    next: Option<usize>,
    live: Option<Live>,
    written: Written,
    repeated: bool,
}

/// The attempt under way.
struct Live {
    candidate: usize,
    since: Millis,
    state: State,
}

enum State {
    /// Nothing has come back.
    Sent,
    /// A stream's head has, and is held back.
    Held(Box<Peek>),
    /// A head has, with this status, and went on to the client.
    Passed(u16),
    /// The answer was thrown away.
    Failed,
}

impl Trying {
    pub(super) fn new(gateway: Rc<Gateway>, admission: Box<Admission>, asked: Option<Asked>, plan: Plan) -> Trying {
        let written = Written::new(admission.path.clone());
        Trying { gateway, admission, asked, plan, next: Some(0), live: None, written, repeated: false }
    }

    /// Where the first attempt is to go.
    pub(super) fn first_cluster(&self) -> String {
        match self.plan.route.filter(|_| self.gateway.fixed_order) {
            Some(route) => Route::cluster(route),
            None => self.cluster_of(0).unwrap_or_default(),
        }
    }

    /// The attempt that goes out now, and its target's name.
    pub(super) fn attempt(
        &mut self,
        place: Place<'_>,
        changes: &mut Vec<Change>,
        now: Millis,
    ) -> Result<(Attempt, String), Refusal> {
        self.mourn(changes, now);
        let index = match place {
            Place::Cluster(_) => self.next,
            Place::Endpoint(cluster) => self.first_at(cluster),
        };
        let Some(index) = index else {
            return Err(nothing_left());
        };
        let gateway = Rc::clone(&self.gateway);
        let candidate = self.plan.candidates.get(index).ok_or_else(nothing_left)?;
        let target = gateway.targets.get(candidate.target).ok_or_else(nothing_left)?;
        // A credential is never put on a request that goes elsewhere.
        if matches!(place, Place::Cluster(cluster) if cluster != target.cluster) {
            return Err(Refusal::new(500, "misrouted", "The gateway's routes do not match its configuration."));
        }
        let body = match &mut self.asked {
            Some(asked) => {
                asked.prepare(&gateway, index, candidate)?;
                asked.body()
            }
            None => Body::Unread,
        };
        let edits = compose::compose(&gateway, &self.admission, body, candidate, &mut self.written, now)?;
        self.live = Some(Live { candidate: index, since: now, state: State::Sent });
        // A reset calls nobody back, so what would follow one is named before the request is sent.
        let named = self.cluster_of(index);
        self.next = self.at_another_target(index).filter(|_| !self.gateway.inline);
        let next = self.next.and_then(|next| self.cluster_of(next)).filter(|next| Some(next) != named.as_ref());
        Ok((Attempt { edits, next }, target.name.clone()))
    }

    /// What the host is to have of the body of the only attempt; see [`Asked::hand_over_all`].
    pub(super) fn hand_over_all(&mut self, kept: Option<Beginning>) -> Option<Beginning> {
        match &mut self.asked {
            Some(asked) => asked.hand_over_all(kept),
            None => kept,
        }
    }

    /// The rewritten beginning of the attempt's body.
    pub(super) fn body(&self) -> Option<Rewritten<'_>> {
        self.asked.as_ref()?.sent()
    }

    /// How many bytes of bodies are held.
    pub(super) fn held(&self) -> usize {
        self.asked.as_ref().map_or(0, Asked::held)
    }

    /// Takes the head of a target's answer.
    pub(super) fn answered(&mut self, head: &Head<'_>, changes: &mut Vec<Change>, now: Millis) -> Reaction {
        let Some((index, candidate, target)) = self.current() else { return Reaction::Pass };
        let status = open::status(head);
        let verdict = open::judge(status);
        let keys = route::rest_keys(target, candidate.credential, &candidate.model);
        if let Some(rests) = verdict.rests() {
            let [_, credential, model] = keys;
            let key = if rests == Rests::Credential { credential } else { model };
            let asked = resting::asked_rest(head.text("retry-after-ms"), head.text("retry-after"), now);
            changes.push(Change::Failed(key, asked));
        }
        let next = match verdict {
            Verdict::Fine => {
                changes
                    .extend(self.plan.known.iter().filter(|key| keys.contains(key)).map(|key| Change::Recovered(*key)));
                None
            }
            Verdict::ClientsFault => None,
            Verdict::NextKey(_) => Some(index + 1).filter(|next| *next < self.plan.candidates.len()),
            Verdict::NextTarget => self.at_another_target(index),
        };
        if self.gateway.inline {
            // This request has had its attempt. The one after it is to go elsewhere, if there is another place.
            if verdict == Verdict::NextTarget && next.is_some() {
                let asked = resting::asked_rest(head.text("retry-after-ms"), head.text("retry-after"), now);
                let [target, ..] = keys;
                changes.push(Change::Failed(target, asked));
            }
            self.set_state(State::Passed(status));
            return Reaction::Pass;
        }
        let next = self.able(next);
        if let Some(cluster) = next.and_then(|next| self.cluster_of(next)) {
            self.next = next;
            self.set_state(State::Failed);
            return Reaction::Retry(cluster);
        }
        match self.asked.as_ref().map(Asked::spoken).filter(|_| status == 200 && open::is_stream(head)) {
            Some(spoken) if self.next.is_some() => {
                self.set_state(State::Held(Box::new(Peek::new(spoken))));
                Reaction::Peek
            }
            _ => {
                self.set_state(State::Passed(status));
                Reaction::Pass
            }
        }
    }

    /// Takes more of an answer that is held back.
    pub(super) fn peek(&mut self, chunk: &[u8], end: bool) -> Peeked {
        let Some(Live { state: State::Held(peek), candidate, .. }) = &mut self.live else {
            return Peeked::Pass;
        };
        let index = *candidate;
        match peek.push(chunk, end) {
            Seen::Nothing => Peeked::More,
            Seen::Content => {
                self.set_state(State::Passed(200));
                Peeked::Pass
            }
            Seen::Error => {
                self.next = self.able(self.at_another_target(index));
                match self.next.and_then(|next| self.cluster_of(next)) {
                    Some(cluster) => {
                        self.set_state(State::Failed);
                        Peeked::Retry(cluster)
                    }
                    None => {
                        self.set_state(State::Passed(200));
                        Peeked::Pass
                    }
                }
            }
        }
    }

    /// What the answer's head is to be opened with.
    pub(super) fn context(&self, status: u16, dialect: Dialect, attempts: u32, now: Millis) -> Context<'_> {
        let target = self.current().map(|(_, _, target)| target);
        let passed = matches!(&self.live, Some(Live { state: State::Passed(passed), .. }) if *passed == status);
        let asked = self.asked.as_ref();
        Context {
            endpoint: self.endpoint(),
            dialect,
            model: asked.filter(|_| !self.gateway.show_served_model).map(|asked| asked.ask.model.as_str()),
            hide_usage: asked.is_some_and(Asked::may_ask_for_usage)
                && target.is_some_and(|target| target.include_usage),
            translation: self.translation(now),
            losses: asked.and_then(Asked::losses),
            is_targets: passed,
            target: target.map_or("", |target| &target.name),
            attempts,
        }
    }

    /// The model that the last attempt asked for.
    pub(super) fn served_model(&self) -> Option<String> {
        let (_, candidate, _) = self.current()?;
        Some(candidate.model.clone()).filter(|model| !model.is_empty())
    }

    /// Notes the end of an attempt that nobody answered.
    pub(super) fn mourn(&mut self, changes: &mut Vec<Change>, now: Millis) {
        let Some(Live { since, state: State::Sent, .. }) = self.live else {
            return;
        };
        let Some((index, _, target)) = self.current() else {
            return;
        };
        let lasted = now.saturating_sub(since);
        // A target that is merely slow is not given a rest.
        if lasted < self.gateway.first_byte {
            changes.push(Change::Failed(resting::Key::target(&target.name), None));
        }
        if self.next.is_none() && !self.repeated && lasted < STALE {
            self.repeated = true;
            self.next = Some(index);
        }
        self.set_state(State::Failed);
    }

    fn translation(&self, now: Millis) -> Option<Translation<'_>> {
        let instead = self.asked.as_ref()?.instead()?;
        Some(Translation {
            from: instead.endpoint.format()?,
            into: self.endpoint()?.format()?,
            memory: instead.memory.as_ref()?,
            seed: &self.admission.request_id,
            losses: self.asked.as_ref().and_then(Asked::losses),
            now,
            longest: self.gateway.max_response_bytes,
        })
    }

    fn endpoint(&self) -> Option<Endpoint> {
        self.admission.wish.endpoint()
    }

    fn current(&self) -> Option<(usize, &Candidate, &Target)> {
        let index = self.live.as_ref()?.candidate;
        let candidate = self.plan.candidates.get(index)?;
        Some((index, candidate, self.gateway.targets.get(candidate.target)?))
    }

    fn set_state(&mut self, state: State) {
        if let Some(live) = &mut self.live {
            live.state = state;
        }
    }

    /// The first candidate behind this one that is not at its target.
    fn at_another_target(&self, index: usize) -> Option<usize> {
        let target = self.plan.candidates.get(index)?.target;
        let behind = self.plan.candidates.iter().enumerate().skip(index + 1);
        behind.filter(|(_, candidate)| candidate.target != target).map(|(index, _)| index).next()
    }

    /// This candidate, or the first behind it that can be told what is asked. What follows a reset is named before anybody
    /// knows of one, and is not asked.
    fn able(&self, mut next: Option<usize>) -> Option<usize> {
        let asked = self.asked.as_ref().filter(|_| !self.gateway.fixed_order);
        while let (Some(asked), Some(index)) = (asked, next)
            && !self.plan.candidates.get(index).is_some_and(|candidate| asked.can(&self.gateway, candidate))
        {
            next = self.at_another_target(index);
        }
        next
    }

    /// The first candidate whose target has this cluster.
    fn first_at(&self, cluster: &str) -> Option<usize> {
        self.plan.candidates.iter().position(|candidate| {
            self.gateway.targets.get(candidate.target).is_some_and(|target| target.cluster == cluster)
        })
    }

    fn cluster_of(&self, index: usize) -> Option<String> {
        let candidate = self.plan.candidates.get(index)?;
        Some(self.gateway.targets.get(candidate.target)?.cluster.clone())
    }
}

fn nothing_left() -> Refusal {
    Refusal::new(503, "target_unreachable", "No target could be reached. Try again later.")
}
