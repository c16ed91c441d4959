//! Pseudonyms and hashes: what a value is called by those who may not know it. The same value of the same tenant has
//! the same name in every request; without the secret nobody can tell which value it is, not even by trying all.

use base16ct::HexDisplay;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The secret, ready to name values. Not `Debug`.
#[derive(Clone)]
pub struct Keyed(Hmac<Sha256>);

impl Keyed {
    /// Names values by this secret.
    pub fn new(secret: &str) -> Option<Keyed> {
        Hmac::new_from_slice(secret.as_bytes()).ok().map(Keyed)
    }

    /// The pseudonym of a value: letters, digits and `_` only, since models, Markdown and HTML escape all else.
    pub fn pseudonym(&self, tenant: &str, label: &str, value: &str) -> String {
        format!("PII_{label}_{}", self.hex(&["pseudonym", tenant, label, value], 12))
    }

    /// The hash of a value, for correlation.
    pub fn hash(&self, tenant: &str, label: &str, value: &str) -> String {
        self.hex(&["hash", tenant, label, value], 8)
    }

    /// The first bytes of the code over these parts, each behind its length, so that no two lists read the same.
    fn hex(&self, parts: &[&str], bytes: usize) -> String {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            mac.update(part.as_bytes());
        }
        let code = mac.finalize().into_bytes();
        format!("{:x}", HexDisplay(code.get(..bytes).unwrap_or_default()))
    }
}
