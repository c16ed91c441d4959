//! A server that hands out tokens: how it is asked, and what its answer has to look like. Not when (see `super`).

use std::cell::RefCell;

#[cfg(feature = "service-account")]
use super::ServiceAccount;
use super::Token;
use crate::config::gateway::Origin;
use crate::head::Head;
use crate::resting::Millis;

/// Where a metadata server has the token of its machine.
const METADATA: &str = "/computeMetadata/v1/instance/service-accounts/default/token";
/// The header that asks a metadata server, and comes back with what it says.
const FLAVOR: (&str, &str) = ("metadata-flavor", "Google");

/// A server that hands out a target's tokens.
pub struct TokenServer {
    /// The Envoy cluster that leads there.
    pub cluster: String,
    /// Where it listens.
    pub origin: Origin,
    /// What goes into `:authority`.
    pub authority: String,
    /// Under which name workers share the token: each target of each gateway has its own.
    pub key: String,
    /// What it gives tokens for.
    pub grant: Grant,
    /// This worker's copy.
    held: RefCell<Option<Token>>,
}

/// What a token is given for.
pub enum Grant {
    /// For being the machine that asks.
    Machine,
    /// For the signature of a service account.
    #[cfg(feature = "service-account")]
    Account(Box<ServiceAccount>),
}

/// A request for a token. Not `Debug`: what it says is as good as one.
pub struct Ask<'a> {
    /// Its head.
    pub head: Vec<(&'a str, &'a str)>,
    /// Its body; empty for none.
    pub body: String,
}

impl TokenServer {
    /// A server of which nothing has been fetched.
    pub fn new(cluster: String, origin: Origin, authority: String, key: String, grant: Grant) -> TokenServer {
        TokenServer { cluster, origin, authority, key, grant, held: RefCell::default() }
    }

    /// What to ask it; `None` where nothing can be signed.
    pub fn ask(&self, now: Millis) -> Option<Ask<'_>> {
        #[cfg(not(feature = "service-account"))]
        let _ = now;
        Some(match &self.grant {
            Grant::Machine => Ask {
                head: vec![(":method", "GET"), (":path", METADATA), (":authority", &self.authority), FLAVOR],
                body: String::new(),
            },
            #[cfg(feature = "service-account")]
            Grant::Account(account) => Ask {
                head: vec![
                    (":method", "POST"),
                    (":path", account.path()),
                    (":authority", &self.authority),
                    ("content-type", "application/x-www-form-urlencoded"),
                ],
                body: account.form(now)?,
            },
        })
    }

    /// Reads its answer; `None` where that holds no token.
    pub fn answer(&self, head: &Head<'_>, body: &[u8], now: Millis) -> Option<Token> {
        let sound = head.text(":status") == Some("200")
            && match self.grant {
                // Anything else at that address would not say so.
                Grant::Machine => head.text(FLAVOR.0) == Some(FLAVOR.1),
                #[cfg(feature = "service-account")]
                Grant::Account(_) => true,
            };
        if sound { Token::read(body, now) } else { None }
    }

    /// Keeps the latest token.
    pub fn hold(&self, token: Option<Token>) {
        self.held.replace(token);
    }

    /// The token, if there is one that still holds.
    pub fn secret(&self, now: Millis) -> Option<String> {
        let held = self.held.borrow();
        held.as_ref().filter(|token| now < token.until).map(|token| token.secret.clone())
    }
}
