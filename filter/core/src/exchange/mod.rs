//! One client request, from its head to its receipt: which stage runs when, and what the host is to do next.
//! It is told everything (bytes, heads, the time) and does nothing: two shells drive it, the Wasm module's and the
//! tests'. The stages themselves are in `request` and `response`.
//!
//! ```text
//! begin ── Hold ── read ── Go ──┬─ attempt ── answered ── [peek …] ─┬─ open ── chunk … ── settle
//!    └─ Reply          └─ Reply └──────────── Retry ────────────────┘
//! ```

mod answering;
mod asked;
mod gates;
mod guarded;
mod inline;
mod trying;

use std::rc::Rc;

use crate::config::Gateway;
use crate::endpoint::{Dialect, Endpoint};
use crate::head::{Edit, Head};
use crate::models;
use crate::receipt::Receipt;
use crate::refusal::{self, LocalReply, Refusal};
use crate::request::admit::{self, Admission, Wish};
use crate::request::read::{self, Ask};
use crate::request::route::{self, Caller, Plan};
use crate::request::text::Places;
pub use crate::request::text::{Beginning, Rewritten};
use crate::response::Answer;
use crate::resting::{Change, Millis, Resting};
use crate::token;
use crate::wire::{self, Format};

pub use crate::response::Given;
use asked::Asked;
pub use gates::{Gates, Held};
use guarded::Guarded;
pub use inline::TARGET;
use trying::Trying;
pub use trying::{Attempt, Peeked, Place, Reaction};

/// One client request.
pub struct Exchange {
    gateway: Rc<Gateway>,
    phase: Phase,
    started: Millis,
    receipt: Receipt,
    dialect: Dialect,
    changes: Vec<Change>,
    guarded: Option<Box<Guarded>>,
}

/// Where an exchange stands. Each phase holds what only it needs.
enum Phase {
    /// The head is admitted; the body is awaited.
    Reading(Box<Admission>),
    /// Targets are tried.
    Trying(Box<Trying>),
    /// The client is being answered.
    Answering(Box<Answer>),
    /// Dragoman answered, or all is said.
    Over,
}

/// What to do with a request next. Not `Debug`: it is content.
pub enum Step {
    /// Keep it until its body is complete.
    Hold,
    /// Keep it a little longer, and read it again: a credential is being fetched.
    Wait,
    /// Let it go to this cluster, with these changes to its head.
    Go {
        /// The cluster of the first attempt.
        cluster: String,
        /// Changes that hold for every target.
        edits: Vec<Edit>,
        /// What the host is to keep in the place of the body's beginning, for all attempts; `None` leaves the client's.
        body: Option<Beginning>,
    },
    /// Leave it alone but for these changes to its head: it is not Dragoman's.
    Aside(Vec<Edit>),
    /// Answer it.
    Reply(LocalReply),
}

impl Exchange {
    /// Takes a request's head.
    pub fn begin(gateway: Rc<Gateway>, head: &Head<'_>, now: Millis) -> (Exchange, Step) {
        let admitted = admit::admit(&gateway, head);
        let mut exchange = Exchange {
            gateway,
            phase: Phase::Over,
            started: now,
            receipt: Receipt::default(),
            dialect: Dialect::OpenAi,
            changes: Vec::new(),
            guarded: None,
        };
        let step = match admitted {
            Ok(admission) => exchange.admitted(admission),
            Err((refusal, dialect)) => {
                exchange.dialect = dialect;
                exchange.receipt.request_id = head.text("x-request-id").unwrap_or_default().to_owned();
                exchange.refuse(&refusal)
            }
        };
        (exchange, step)
    }

    fn admitted(&mut self, admission: Admission) -> Step {
        self.dialect = admission.dialect;
        self.receipt.request_id.clone_from(&admission.request_id);
        let key = admission.key.and_then(|key| self.gateway.keys.get(key));
        self.receipt.key = key.map_or("anonymous", |key| &key.id).to_owned();
        self.receipt.tenant = key.map_or("anonymous", |key| &key.tenant).to_owned();
        match &admission.wish {
            Wish::Health => {
                self.receipt = Receipt { endpoint: "health", ..Receipt::default() };
                // So that `dragoman up` can tell when an edit is in force.
                let headers = vec![
                    ("content-type", "application/json".to_owned()),
                    ("x-dragoman-configuration", self.gateway.identity.clone()),
                ];
                Step::Reply(LocalReply { status: 200, headers, body: r#"{"status":"ok"}"#.to_owned() })
            }
            Wish::Elsewhere => Step::Aside(self.unspoofed(&admission)),
            Wish::Models(one) => {
                self.receipt.endpoint = "models";
                let may_use = |name: &str| key.is_none_or(|key| key.models.matches(name));
                match models::reply(&self.gateway, may_use, one.as_deref(), self.dialect) {
                    Ok(reply) => Step::Reply(reply),
                    Err(refusal) => self.refuse(&refusal),
                }
            }
            Wish::Pass(index, ..) => {
                self.receipt.endpoint = "passthrough";
                let Some(pass) = self.gateway.passthrough.get(*index) else {
                    return Step::Hold;
                };
                let plan = Plan::single(&self.gateway, pass.target);
                self.go(Box::new(admission), None, plan, None, self.started)
            }
            Wish::Call(endpoint) => {
                self.receipt.endpoint = endpoint.name();
                self.phase = Phase::Reading(Box::new(admission));
                Step::Hold
            }
        }
    }

    /// Takes the whole body.
    pub fn read(&mut self, body: Vec<u8>, resting: &Resting, now: Millis) -> Step {
        let (admission, endpoint) = match std::mem::replace(&mut self.phase, Phase::Over) {
            Phase::Reading(admission) => match admission.wish {
                Wish::Call(endpoint) => (admission, endpoint),
                _ => return self.refuse(&out_of_turn()),
            },
            _ => return self.refuse(&out_of_turn()),
        };
        if body.len() > self.gateway.max_request_bytes {
            return self.refuse(&refusal::of_envoy(413));
        }
        let planned = self.plan(&admission, endpoint, &body, resting, now);
        match planned {
            Ok((_, _, plan)) if plan.is_to_estimate => self.estimate(&body),
            Ok((ask, places, plan)) => match self.guard(&admission, endpoint, &plan, &body) {
                Ok(None) => self.ask(admission, endpoint, (ask, places), body, plan, None, now),
                Ok(Some((read, guarded))) => self.ask(admission, endpoint, read, guarded, plan, Some(body.len()), now),
                Err(refusal) => self.refuse(&refusal),
            },
            Err(refusal) if refusal.code == route::NO_CREDENTIAL && now < self.started.saturating_add(token::WAIT) => {
                self.phase = Phase::Reading(admission);
                Step::Wait
            }
            Err(refusal) => self.refuse(&refusal),
        }
    }

    /// Takes out of the body what its policy does not let through; `None` where nothing changes. What was read of the
    /// client's body is read anew of the other.
    #[expect(clippy::type_complexity, reason = "what was read, and what it was read from")]
    fn guard(
        &mut self,
        admission: &Admission,
        endpoint: Endpoint,
        plan: &Plan,
        body: &[u8],
    ) -> Result<Option<((Ask, Places), Vec<u8>)>, Refusal> {
        let key = admission.key.and_then(|key| self.gateway.keys.get(key));
        let guarded = Guarded::new(&self.gateway, plan.route, key, &self.receipt.tenant);
        let Some(guarded) = guarded.map(|guarded| self.guarded.insert(Box::new(guarded))) else {
            return Ok(None);
        };
        let form = admission.form.as_deref();
        let Some(body) = guarded.request(body, form)? else { return Ok(None) };
        let read = read::read(&self.gateway, endpoint, admission.in_path.as_ref(), form, &body)?;
        Ok(Some((read, body)))
    }

    #[expect(clippy::too_many_arguments, reason = "what was read, and what it was read from")]
    fn ask(
        &mut self,
        admission: Box<Admission>,
        endpoint: Endpoint,
        (ask, places): (Ask, Places),
        body: Vec<u8>,
        mut plan: Plan,
        instead_of: Option<usize>,
        now: Millis,
    ) -> Step {
        let mut asked = Asked::new(&self.gateway, endpoint, ask, places, body, &plan);
        match asked.begin_with_one_that_can(&self.gateway, &mut plan) {
            Ok(first) => {
                let body = asked.hand_over(&self.gateway, &first, instead_of);
                self.go(admission, Some(asked), plan, body, now)
            }
            Err(refusal) => self.refuse(&refusal),
        }
    }

    /// Counts tokens for targets that do not.
    fn estimate(&mut self, body: &[u8]) -> Step {
        let tokens = match wire::estimate(Format::Messages, body) {
            Ok(tokens) => tokens,
            Err(flaw) => return self.refuse(&flaw.refusal()),
        };
        // Clients may want to keep some distance.
        let mark = ("x-dragoman-estimate", "true".to_owned());
        let headers = vec![("content-type", "application/json".to_owned()), mark];
        Step::Reply(LocalReply { status: 200, headers, body: format!("{{\"input_tokens\":{tokens}}}") })
    }

    fn plan(
        &mut self,
        admission: &Admission,
        endpoint: Endpoint,
        body: &[u8],
        resting: &Resting,
        now: Millis,
    ) -> Result<(Ask, Places, Plan), Refusal> {
        let (ask, places) =
            read::read(&self.gateway, endpoint, admission.in_path.as_ref(), admission.form.as_deref(), body)?;
        self.receipt.model = Some(ask.model.clone());
        self.receipt.stream = ask.stream;
        let caller = Caller {
            key: admission.key.and_then(|key| self.gateway.keys.get(key)),
            endpoint,
            unmet: &admission.unmet,
            request_id: &admission.request_id,
        };
        let plan = route::route(&self.gateway, caller, &ask, resting, now)?;
        self.receipt.route = plan.route;
        Ok((ask, places, plan))
    }

    fn go(
        &mut self,
        mut admission: Box<Admission>,
        asked: Option<Asked>,
        plan: Plan,
        body: Option<Beginning>,
        now: Millis,
    ) -> Step {
        let mut edits = std::mem::take(&mut admission.edits);
        let length = asked.as_ref().filter(|_| body.is_some()).map(Asked::length);
        edits.extend(length.map(|length| Edit::Set("content-length".into(), length.to_string())));
        let trying = Trying::new(Rc::clone(&self.gateway), admission, asked, plan);
        let cluster = trying.first_cluster();
        self.phase = Phase::Trying(Box::new(trying));
        if self.gateway.inline {
            return self.go_inline(cluster, edits, body, now);
        }
        Step::Go { cluster, edits, body }
    }

    /// The property in which the host says where an attempt goes: its cluster, or, where Envoy walks the targets by itself,
    /// its endpoint's.
    pub fn place_property(&self) -> &'static str {
        match self.gateway.fixed_order {
            true => "xds\0upstream_host_metadata\0filter_metadata\0dragoman\0cluster",
            false => "xds\0cluster_name",
        }
    }

    /// Composes the request for an attempt that is about to go out, where that property names the place.
    pub fn attempt_at(&mut self, place: &str, now: Millis) -> Result<Attempt, LocalReply> {
        let place = if self.gateway.fixed_order { Place::Endpoint(place) } else { Place::Cluster(place) };
        self.attempt(place, now)
    }

    /// Composes the request for an attempt that is about to go out to `place`.
    pub fn attempt(&mut self, place: Place<'_>, now: Millis) -> Result<Attempt, LocalReply> {
        let Phase::Trying(trying) = &mut self.phase else {
            return Err(self.end_with(&out_of_turn()));
        };
        match trying.attempt(place, &mut self.changes, now) {
            Ok((attempt, target)) => {
                self.receipt.attempts += 1;
                self.receipt.target = Some(target);
                Ok(attempt)
            }
            Err(refusal) => Err(self.end_with(&refusal)),
        }
    }

    /// What the body of the attempt begins with; `None` where it goes as it came.
    pub fn body(&self) -> Option<Rewritten<'_>> {
        match &self.phase {
            Phase::Trying(trying) => trying.body(),
            _ => None,
        }
    }

    /// How many bytes of request bodies it holds beside those that the host does: a text that is to be written anew for a
    /// target is kept.
    pub fn held(&self) -> usize {
        match &self.phase {
            Phase::Trying(trying) => trying.held(),
            _ => 0,
        }
    }

    /// Refuses the request for want of room.
    pub fn shed(&mut self) -> Step {
        let what = "The gateway holds as many large requests as it can. Try again shortly.";
        self.refuse(&Refusal { retry_after: Some(1), ..Refusal::new(503, "overloaded", what) })
    }

    /// Refuses the request because the host's filters do not meet as they should.
    pub fn misplaced(&mut self) -> LocalReply {
        self.end_with(&refusal::misplaced())
    }

    /// Takes the head that a target answered the attempt with.
    pub fn answered(&mut self, head: &Head<'_>, now: Millis) -> Reaction {
        match &mut self.phase {
            Phase::Trying(trying) => trying.answered(head, &mut self.changes, now),
            _ => Reaction::Pass,
        }
    }

    /// Takes more of an answer that is held back until its first content.
    pub fn peek(&mut self, chunk: &[u8], end: bool) -> Peeked {
        match &mut self.phase {
            Phase::Trying(trying) => trying.peek(chunk, end),
            _ => Peeked::Pass,
        }
    }

    /// Resting changes to note since this was last asked.
    pub fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    fn refuse(&mut self, refusal: &Refusal) -> Step {
        Step::Reply(self.end_with(refusal))
    }

    fn end_with(&mut self, refusal: &Refusal) -> LocalReply {
        self.phase = Phase::Over;
        self.receipt.error = Some(refusal.code);
        refusal.reply(self.dialect)
    }
}

/// Whether a body of this size can be taken in beside what is held: reading it takes copies, and a VM without memory would
/// fail all that it serves.
pub fn fits(size: usize, held: impl Iterator<Item = usize>) -> bool {
    /// Bodies that are not looked after.
    const SMALL: usize = 64 << 10;
    /// How often a body may stand in memory while it is read, redacted and translated.
    const COPIES: usize = 4;
    /// What bodies may take of the memory that hosts give a VM, which is 1 GiB.
    const ROOM: usize = 768 << 20;
    size <= SMALL || held.sum::<usize>().saturating_add(size.saturating_mul(COPIES)) <= ROOM
}

/// The host called something in an order that it should not have: closed, not guessed at.
fn out_of_turn() -> Refusal {
    Refusal::new(500, "internal", "The gateway lost track of this request.")
}
