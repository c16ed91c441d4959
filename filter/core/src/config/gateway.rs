//! The compiled gateway: what `dragoman.yaml` means, ready to be asked. Stages read it; nothing writes it.
//! Not the file's own shape (see `file`), nor how it is checked (see `compile`).

use std::rc::Rc;

use crate::endpoint::Endpoint;
use crate::glob::Globs;
use crate::pii::Policy;
use crate::provider::{Auth, Provider};
use crate::resting::Millis;
use crate::token::TokenServer;
use crate::wire::Quirks;

pub use super::file::OtherPaths;

/// A validated configuration, with every secret resolved.
pub struct Gateway {
    /// Names this configuration: a hash of its JSON text. Stages that meet must have the same one.
    pub identity: String,
    /// Who may call.
    pub keys: Vec<Key>,
    /// Whether a request without any credential is admitted (as principal `anonymous`).
    pub anonymous: bool,
    /// The targets, in the file's order; routes refer to them by index.
    pub targets: Vec<Target>,
    /// The routes, first match wins.
    pub routes: Vec<Route>,
    /// The policies that routes and keys name.
    pub policies: Vec<Rc<Policy>>,
    /// Two policies that may meet, a route's and a key's, and what holds then.
    pub joint_policies: Vec<(usize, usize, Rc<Policy>)>,
    /// Alias → model, applied before routing.
    pub aliases: Vec<(String, String)>,
    /// Paths that are passed through as they are.
    pub passthrough: Vec<Passthrough>,
    /// What happens to every path that is neither an endpoint nor in `passthrough`.
    pub other_paths: OtherPaths,
    /// Answers and events keep the model name that the target reports.
    pub show_served_model: bool,
    /// Stateful references (`previous_response_id`, `conversation`, file ids) are allowed.
    pub shared_state: bool,
    /// Whether what a target's format cannot say is refused.
    pub strict: bool,
    /// The largest request body in bytes.
    pub max_request_bytes: usize,
    /// The largest unstreamed answer, in bytes, that is translated.
    pub max_response_bytes: usize,
    /// How long a target may take to its first byte.
    pub first_byte: Millis,
    /// Envoy walks a route's targets by itself, in the file's order: it is too old to be told each attempt's target.
    pub fixed_order: bool,
    /// Where a request goes is a mesh's own route's to say, by a header: it is composed inbound, once.
    pub inline: bool,
}

impl Gateway {
    /// What the texts of a request by this route and this key go through.
    pub fn policy(&self, route: Option<&Route>, key: Option<&Key>) -> Option<Rc<Policy>> {
        let (route, key) = (route.and_then(|route| route.redaction), key.and_then(|key| key.redaction));
        match (route, key) {
            (Some(route), Some(key)) if route != key => {
                let joint = self.joint_policies.iter().find(|(first, second, _)| (*first, *second) == (route, key));
                joint.map(|(_, _, policy)| Rc::clone(policy))
            }
            (one, other) => self.policies.get(one.or(other)?).map(Rc::clone),
        }
    }
}

/// A caller.
pub struct Key {
    /// Its name in logs.
    pub id: String,
    /// Whose it is; the id where the file says nothing.
    pub tenant: String,
    /// SHA-256 of the key.
    pub sha256: [u8; 32],
    /// The models it may ask for and be served.
    pub models: Globs,
    /// Whether those are not all models: such a key may not use `passthrough`, where no model is read.
    pub restricted: bool,
    /// Index into [`Gateway::policies`]: what its texts go through. Such a key may not use `passthrough` either, where
    /// no text is read.
    pub redaction: Option<usize>,
}

/// A place that serves models.
pub struct Target {
    /// Its name in the file, in logs and in `x-dragoman-target`.
    pub name: String,
    /// The Envoy cluster that leads there: `dragoman_`, the same name, and a hash of where it leads.
    pub cluster: String,
    /// Its row in the provider table.
    pub provider: &'static Provider,
    /// Where to connect.
    pub origin: Origin,
    /// What goes into `:authority`.
    pub authority: String,
    /// The path in front of the endpoint's: `/v1`.
    pub prefix: String,
    /// Extra query, without `?`: `api-version=…`; empty for none.
    pub query: String,
    /// How its credentials travel.
    pub auth: Auth,
    /// The endpoints it serves in their own format. Other formats are translated into that of the first that has one.
    pub endpoints: Vec<Endpoint>,
    /// What its dialect takes, for translated requests.
    pub quirks: Quirks,
    /// Where its credential is fetched, in place of `credentials`.
    pub tokens: Option<TokenServer>,
    /// The credentials in the order in which they are tried. Empty: the target takes none.
    pub credentials: Vec<Credential>,
    /// Whether `stream_options.include_usage` may be switched on here.
    pub include_usage: bool,
    /// Headers that every request to this target carries (lower-case names).
    pub headers: Vec<(String, String)>,
    /// Client data → header, from `x-dragoman-provider-data`.
    pub forward_headers: Vec<(String, String)>,
    /// Header names (lower case) that `forward_headers` may not set, beside the built-in ones.
    pub blocked_headers: Vec<String>,
    /// Model names to list in `GET /v1/models` for glob routes that lead here.
    pub models: Vec<String>,
}

/// Where a target listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Whether it speaks TLS.
    pub tls: bool,
    /// Its name or address, lower case, an IPv6 address without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
}

/// How a target serves an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// In its own format.
    Own,
    /// By this endpoint of the target's, in the format of which requests and answers are translated.
    Translated(Endpoint),
    /// Not at all: Dragoman answers with an estimate.
    Estimated,
}

impl Target {
    /// How it serves an endpoint; `None` if it does not.
    pub fn way(&self, endpoint: Endpoint) -> Option<Way> {
        let speaks = || self.endpoints.iter().copied().find(|own| own.format().is_some());
        if self.endpoints.contains(&endpoint) {
            Some(Way::Own)
        } else if endpoint.format().is_some() {
            speaks().map(Way::Translated)
        } else if endpoint == Endpoint::CountTokens {
            speaks().map(|_| Way::Estimated)
        } else {
            None
        }
    }
}

/// A provider's secret. Its `Debug` shows the label.
pub struct Credential {
    /// The secret itself.
    pub secret: String,
    /// A name for it that is safe to store and log: `NAME#0`.
    pub label: String,
}

/// One route.
pub struct Route {
    /// Its number in the file, from 0, for `explain` and logs.
    pub number: usize,
    /// The models it takes.
    pub models: Globs,
    /// What else must hold.
    pub when: When,
    /// Where its requests go.
    pub targets: Vec<RouteTarget>,
    /// Index into [`Gateway::policies`]: what its texts go through.
    pub redaction: Option<usize>,
}

/// A target as a route uses it.
pub struct RouteTarget {
    /// Index into [`Gateway::targets`].
    pub target: usize,
    /// The model to ask it for; `None` keeps the client's. `$1`… are the glob's captures.
    pub model: Option<String>,
    /// Its share when the first target is drawn; 0 only takes what others failed.
    /// `None` on every target of a route: the file's order.
    pub weight: Option<u32>,
}

/// A route's conditions; an absent one always holds.
#[derive(Default)]
pub struct When {
    /// Any of these endpoints.
    pub endpoints: Vec<Endpoint>,
    /// All of these headers (lower-case name → globs on the value).
    pub headers: Vec<(String, Globs)>,
    /// The request offers tools (or offers none).
    pub tools: Option<bool>,
    /// The request holds images (or holds none).
    pub images: Option<bool>,
    /// The request body is at most this long.
    pub max_prompt_bytes: Option<usize>,
    /// The request asks for a stream (or does not).
    pub stream: Option<bool>,
}

/// A path handed to one target untouched but for credentials.
pub struct Passthrough {
    /// The path, exactly, or with a final `*` for everything below.
    pub path: String,
    /// Index into [`Gateway::targets`].
    pub target: usize,
    /// Allowed methods, upper case.
    pub methods: Vec<String>,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(out, "Credential({})", self.label)
    }
}

impl Gateway {
    /// Whether a credential is to be fetched.
    pub fn fetches(&self) -> bool {
        self.token_servers().next().is_some()
    }

    /// The servers that hand out credentials.
    pub fn token_servers(&self) -> impl Iterator<Item = &TokenServer> {
        self.targets.iter().filter_map(|target| target.tokens.as_ref())
    }

    /// Whether a credential that is to be fetched is not at hand: another worker may have it.
    pub fn lacks_credential(&self, now: impl Fn() -> Millis) -> bool {
        self.token_servers().any(|server| server.secret(now()).is_none())
    }
}

impl Route {
    /// The cluster that walks a route's targets in the file's order, for Envoys that cannot be told each attempt's.
    pub fn cluster(number: usize) -> String {
        format!("dragoman_route_{number}")
    }
}
