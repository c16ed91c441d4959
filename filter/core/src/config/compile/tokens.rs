//! `metadata_server` and `service_account`: who hands out a credential of Google's platform.

use std::net::SocketAddr;

use base16ct::HexDisplay;
use sha2::{Digest, Sha256};

use super::address::{self, Address};
use crate::config::file;
use crate::config::problem::{Path, Problems};
use crate::provider::{Addressing, Provider};
#[cfg(feature = "service-account")]
use crate::token::ServiceAccount;
use crate::token::{Grant, TokenServer};

/// The server that a target's credential comes from, if it comes from one.
pub(super) fn compile(
    name: &str,
    target: &file::Target,
    provider: &Provider,
    listen: SocketAddr,
    at: &Path,
    problems: &mut Problems,
) -> Option<TokenServer> {
    if !matches!(provider.addressing, Addressing::Vertex(_)) {
        return None;
    }
    let written = [
        ("credentials", target.credentials.is_some()),
        ("metadata_server", target.metadata_server.is_some()),
        ("service_account", target.service_account.is_some()),
    ];
    let mut written = written.into_iter().filter(|(_, is_there)| *is_there);
    if let (Some((first, _)), Some((second, _))) = (written.next(), written.next()) {
        problems.unresolved(&at.key(second), format!("`{first}` is there already"), "keep one of them");
    }
    let (Address { origin, authority, .. }, grant, account) = match (&target.metadata_server, &target.service_account) {
        (Some(url), _) => (metadata_server(url, &at.key("metadata_server"), problems)?, Grant::Machine, String::new()),
        (None, Some(key)) => service_account(key, &at.key("service_account"), problems)?,
        (None, None) => return None,
    };
    let place = format!("{origin:?}");
    let cluster = format!("dragoman_tokens_{}", short_hash(&place));
    // Every gateway of an Envoy listens at an address of its own.
    let key = format!("dragoman.token.{}", short_hash(&format!("{listen} {name} {place} {account}")));
    Some(TokenServer::new(cluster, origin, authority, key, grant))
}

fn metadata_server(url: &str, at: &Path, problems: &mut Problems) -> Option<Address> {
    let address = parsed(url, at, problems)?;
    if address.origin.tls || !address.path.is_empty() {
        let mend = "write `http://metadata.google.internal`, or another host and port";
        problems.error(at, "a metadata server speaks plain HTTP, and its paths are known", mend);
    }
    Some(address)
}

/// Its token server, the account itself, and a name for it.
#[cfg(feature = "service-account")]
fn service_account(key: &str, at: &Path, problems: &mut Problems) -> Option<(Address, Grant, String)> {
    if problems.is_unknown(at) {
        return None;
    }
    let account = match ServiceAccount::read(key) {
        Ok(account) => account,
        Err(what) => {
            let mend = "let it be the JSON file that Google hands out for a key of the account, as it is";
            problems.error(at, what, mend);
            return None;
        }
    };
    let address = parsed(account.origin(), at, problems)?;
    let label = account.label();
    Some((address, Grant::Account(Box::new(account)), label))
}

#[cfg(not(feature = "service-account"))]
fn service_account(_: &str, at: &Path, problems: &mut Problems) -> Option<(Address, Grant, String)> {
    let mend = "build the command and the module with `--features service-account`, or take its tokens from a \
                `metadata_server` or from `credentials`";
    problems.error(at, "this build does not sign with service accounts' keys", mend);
    None
}

fn parsed(url: &str, at: &Path, problems: &mut Problems) -> Option<Address> {
    address::parse(url).map_err(|(what, mend)| problems.error(at, what, mend)).ok()
}

fn short_hash(text: &str) -> String {
    let short: Vec<u8> = Sha256::digest(text).iter().copied().take(8).collect();
    format!("{:x}", HexDisplay(&short))
}
