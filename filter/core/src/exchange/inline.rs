//! What is different in a mesh, where there is no place for outbound: the request is composed for its only attempt before
//! it goes on, and a header tells the mesh's routes where. What failed rests, so that the next request goes elsewhere.

use super::{Beginning, Exchange, Phase, Place, Step};
use crate::head::Edit;
use crate::request::admit::Admission;
use crate::resting::Millis;

/// Names the target of a request to the mesh's routes. Never the client's own: see [`Exchange::strip`].
pub const TARGET: &str = "x-dragoman-target";

impl Exchange {
    /// Whether the request is composed before it goes on, and a gate holds what inbound cannot.
    pub fn is_inline(&self) -> bool {
        self.gateway.inline
    }

    /// What must not travel on, whatever comes of the request; for a head that is about to leave inbound.
    pub fn strip(&mut self) -> Vec<Edit> {
        match &mut self.phase {
            Phase::Reading(admission) => std::mem::take(&mut admission.edits),
            _ => Vec::new(),
        }
    }

    /// Composes the request for the only attempt.
    pub(super) fn go_inline(
        &mut self,
        cluster: String,
        mut edits: Vec<Edit>,
        body: Option<Beginning>,
        now: Millis,
    ) -> Step {
        let attempt = match self.attempt(Place::Cluster(&cluster), now) {
            Ok(attempt) => attempt,
            Err(reply) => return Step::Reply(reply),
        };
        edits.extend(attempt.edits);
        edits.extend(self.receipt.target.clone().map(|target| Edit::Set(TARGET.into(), target)));
        let body = match &mut self.phase {
            Phase::Trying(trying) => trying.hand_over_all(body),
            _ => body,
        };
        Step::Go { cluster, edits, body }
    }

    /// The changes to a request that is none of Dragoman's: it must not find its way to a target.
    pub(super) fn unspoofed(&self, admission: &Admission) -> Vec<Edit> {
        let names_a_target = |edit: &&Edit| matches!(edit, Edit::Remove(name) if name == TARGET);
        admission.edits.iter().filter(names_a_target).filter(|_| self.gateway.inline).cloned().collect()
    }
}
