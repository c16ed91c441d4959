//! What is asked of the targets: the client's body, and what the attempt under way is sent in its place.

use crate::config::Gateway;
use crate::endpoint::Endpoint;
use crate::json::Splice;
use crate::refusal::Refusal;
use crate::request::compose::Body;
use crate::request::read::Ask;
use crate::request::route::{Candidate, Plan};
use crate::request::text::{Beginning, Places, Rewritten, Text};
use crate::request::translate::{self, Beside, Instead};
use crate::wire::{self, Losses};

/// A request that has been read. Not `Debug`: it is content.
pub(super) struct Asked {
    pub(super) ask: Ask,
    endpoint: Endpoint,
    text: Text,
    /// All of the body, until the host has it, and where another one may have to be written from it.
    whole: Option<Vec<u8>>,
    is_needed: bool,
    /// Whether it may hold what translated answers left with the client.
    is_marked: bool,
    /// What this candidate is sent in the body's place.
    instead: Option<(usize, Instead)>,
}

impl Asked {
    /// A body that has been read, to be sent to the plan's targets.
    pub(super) fn new(
        gateway: &Gateway,
        endpoint: Endpoint,
        ask: Ask,
        places: Places,
        body: Vec<u8>,
        plan: &Plan,
    ) -> Asked {
        let targets = plan.candidates.iter().filter_map(|candidate| gateway.targets.get(candidate.target));
        let is_marked = ask.may_hold_seal && wire::is_marked(&body);
        let is_needed = targets.into_iter().any(|target| translate::is_needed(target, endpoint, is_marked));
        let text = Text::new(places, &body);
        Asked { ask, endpoint, text, whole: Some(body), is_needed, is_marked, instead: None }
    }

    /// Gives the body to the host, as the first candidate is sent it: the client's, or the one that stands in the place of
    /// so many of the client's bytes. `None` where the host has it already. What the plan's targets may need of it, stays.
    pub(super) fn hand_over(
        &mut self,
        gateway: &Gateway,
        first: &Candidate,
        instead_of: Option<usize>,
    ) -> Option<Beginning> {
        let splice = match (&self.instead, gateway.targets.get(first.target)) {
            (None, Some(target)) => {
                self.text.rewrite(&first.model, &self.ask.model, target.include_usage);
                self.text.keep()
            }
            _ => Splice::new(),
        };
        if instead_of.is_none() && splice.is_empty() {
            self.whole.take_if(|_| !self.is_needed);
            return None;
        }
        let body = if self.is_needed { self.whole.clone() } else { self.whole.take() }?;
        Some(match instead_of {
            Some(length) => Beginning::instead(length, body, splice),
            None => Beginning::edited(body, splice),
        })
    }

    /// Gives the host the body of the only attempt, where the host would have `kept` in the place of its beginning. What
    /// others might have needed goes.
    pub(super) fn hand_over_all(&mut self, kept: Option<Beginning>) -> Option<Beginning> {
        self.whole = None;
        let Some((_, instead)) = &mut self.instead else { return kept };
        let reach = kept.map_or(self.text.length(), |kept| kept.reach());
        Some(Beginning::instead(reach, std::mem::take(&mut instead.body), Splice::new()))
    }

    /// Writes what a candidate is sent, if that is not the client's body. It is done once for each attempt.
    pub(super) fn prepare(&mut self, gateway: &Gateway, index: usize, candidate: &Candidate) -> Result<(), Refusal> {
        if !matches!(&self.instead, Some((ready, _)) if *ready == index) {
            self.instead = self.write(gateway, candidate)?.map(|instead| (index, instead));
        }
        Ok(())
    }

    fn write(&self, gateway: &Gateway, candidate: &Candidate) -> Result<Option<Instead>, Refusal> {
        let Some(whole) = self.whole.as_ref().filter(|_| self.is_needed) else { return Ok(None) };
        let may_ask_for_usage = self.text.may_ask_for_usage();
        let beside = Beside { ask: &self.ask, is_marked: self.is_marked, may_ask_for_usage };
        translate::translate(gateway, self.endpoint, beside, candidate, whole)
    }

    /// Whether a candidate can be told what is asked.
    pub(super) fn can(&self, gateway: &Gateway, candidate: &Candidate) -> bool {
        self.write(gateway, candidate).is_ok()
    }

    /// Leaves out the candidates at the head of a plan that cannot be told what is asked, and gives the first that can; the
    /// refusal of the first, if no other is left. Those behind are asked when their turn comes, so that who needs no other
    /// pays for none; but under `strict`, where a loss is enough to be left out, all are asked now.
    pub(super) fn begin_with_one_that_can(&mut self, gateway: &Gateway, plan: &mut Plan) -> Result<Candidate, Refusal> {
        let mut refused = None;
        while let Some(first) = plan.candidates.first().cloned() {
            match self.prepare(gateway, 0, &first) {
                Ok(()) => {
                    if gateway.strict && !gateway.fixed_order && !gateway.inline {
                        plan.candidates.retain(|candidate| *candidate == first || self.can(gateway, candidate));
                    }
                    return Ok(first);
                }
                // Envoy walks these targets whatever is found here.
                Err(refusal) if gateway.fixed_order => return Err(refusal),
                Err(refusal) => refused = refused.or(Some(refusal)),
            }
            plan.candidates.retain(|other| (other.target, &other.model) != (first.target, &first.model));
        }
        Err(refused.unwrap_or_else(|| Refusal::new(500, "internal", "There is nobody to ask.")))
    }

    /// The body to compose with.
    pub(super) fn body(&mut self) -> Body<'_> {
        match &self.instead {
            Some((_, instead)) => Body::Instead(&self.ask, instead),
            None => Body::Own(&self.ask, &mut self.text),
        }
    }

    /// What the attempt's body begins with; `None` where it goes as it came.
    pub(super) fn sent(&self) -> Option<Rewritten<'_>> {
        match &self.instead {
            Some((_, instead)) => Some(Rewritten::Instead(self.text.length(), &instead.body)),
            None => self.text.rewritten().map(Rewritten::Edited),
        }
    }

    /// How long the body is that the host keeps.
    pub(super) fn length(&self) -> usize {
        self.text.length()
    }

    /// How many bytes of bodies it holds.
    pub(super) fn held(&self) -> usize {
        self.whole.as_ref().map_or(0, Vec::capacity) + self.instead().map_or(0, |instead| instead.body.capacity())
    }

    /// What stands in the body's place.
    pub(super) fn instead(&self) -> Option<&Instead> {
        self.instead.as_ref().map(|(_, instead)| instead)
    }

    /// What the target was not told.
    pub(super) fn losses(&self) -> Option<&Losses> {
        self.instead().map(|instead| &instead.losses).filter(|losses| !losses.is_empty())
    }

    /// The endpoint in whose events the target answers.
    pub(super) fn spoken(&self) -> Endpoint {
        self.instead().map_or(self.endpoint, |instead| instead.endpoint)
    }

    /// Whether the usage event is asked for only if Dragoman does.
    pub(super) fn may_ask_for_usage(&self) -> bool {
        self.instead().is_none_or(|instead| instead.memory.is_none()) && self.text.may_ask_for_usage()
    }
}
