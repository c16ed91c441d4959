//! The policy that holds for an exchange, if one does: what it does to the request, and what the answer needs of that.

use std::cell::RefCell;
use std::rc::Rc;

use crate::config::Gateway;
use crate::config::gateway::Key;
use crate::head::{Edit, Head};
use crate::pii::{Direction, Policy, Pseudonyms, Redactor, Tally};
use crate::refusal::Refusal;
use crate::request::guard;
use crate::response::open::Context;
use crate::response::{Answer, redact};

/// A policy that holds for an exchange.
pub(super) struct Guarded {
    policy: Rc<Policy>,
    tenant: String,
    pseudonyms: Rc<RefCell<Pseudonyms>>,
    tally: Tally,
}

impl Guarded {
    /// What holds for a request by this route and this key.
    pub(super) fn new(gateway: &Gateway, route: Option<usize>, key: Option<&Key>, tenant: &str) -> Option<Guarded> {
        let route = route.and_then(|number| gateway.routes.iter().find(|route| route.number == number));
        let policy = gateway.policy(route, key)?;
        Some(Guarded { policy, tenant: tenant.to_owned(), pseudonyms: Rc::default(), tally: Tally::default() })
    }

    /// The body that targets may see; `None` where it is the client's own.
    pub(super) fn request(&mut self, body: &[u8], form: Option<&[u8]>) -> Result<Option<Vec<u8>>, Refusal> {
        let mut redactor = self.redactor(Direction::Request);
        let guarded = match form {
            Some(content_type) => guard::form(&mut redactor, body, content_type),
            None => guard::json(&mut redactor, body),
        };
        self.tally.add(redactor.tally());
        guarded
    }

    /// Puts the answer under the policy.
    pub(super) fn answer(
        &self,
        context: &Context<'_>,
        head: &Head<'_>,
        longest: usize,
        answer: Answer,
    ) -> (Vec<Edit>, Answer) {
        redact::under(self.redactor(Direction::Response), context, head, longest, answer)
    }

    /// What was found in the request.
    pub(super) fn tally(&self) -> &Tally {
        &self.tally
    }

    fn redactor(&self, direction: Direction) -> Redactor {
        Redactor::new(Rc::clone(&self.policy), direction, &self.tenant, Rc::clone(&self.pseudonyms))
    }
}
