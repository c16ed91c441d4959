//! A service account of Google's: it signs for itself (RS256), and its token server gives a token for the signature
//! (RFC 7523, section 2.1). Only in builds with the feature `service-account`.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rsa::PrivateKey;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::DecodePrivateKey;
use rsa::signature::{SignatureEncoding, Signer};
use serde::Deserialize;
use serde_json::json;
use sha2::Sha256;

use crate::resting::Millis;

/// What the token is good for.
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
/// How long a signature holds, in seconds: the most that the server takes.
const HOLDS: u64 = 3600;
/// A form with a signature in it, which needs no escapes.
const FORM: &str = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";

/// An account that can sign. Not `Debug`: it holds its key.
pub struct ServiceAccount {
    email: String,
    key_id: String,
    token_uri: String,
    /// Where the path begins in `token_uri`.
    path: usize,
    key: SigningKey<Sha256>,
}

/// The file, as Google hands it out; it says more than is needed.
#[derive(Deserialize)]
struct File {
    r#type: String,
    client_email: String,
    private_key_id: String,
    private_key: String,
    token_uri: String,
}

impl ServiceAccount {
    /// Reads the account's key file, or says what is wrong with it, without a word of it.
    pub fn read(text: &str) -> Result<ServiceAccount, &'static str> {
        let file: File = serde_json::from_str(text).map_err(|_| {
            "this is no service account's key: JSON with `client_email`, `private_key_id`, `private_key` and `token_uri`"
        })?;
        if file.r#type != "service_account" {
            return Err("its `type` is not `service_account`");
        }
        let authority = file.token_uri.strip_prefix("https://").ok_or("its `token_uri` is not `https://…`")?;
        let path = authority.find('/').map(|at| at + "https://".len()).ok_or("its `token_uri` has no path")?;
        let key = PrivateKey::from_pkcs8_pem(&file.private_key)
            .map_err(|_| "its `private_key` is no RSA key in PEM (PKCS #8)")?;
        Ok(ServiceAccount {
            email: file.client_email,
            key_id: file.private_key_id,
            token_uri: file.token_uri,
            path,
            key: SigningKey::new(key),
        })
    }

    /// Where its token server is, without the path.
    pub fn origin(&self) -> &str {
        self.token_uri.get(..self.path).unwrap_or_default()
    }

    /// The path there.
    pub(super) fn path(&self) -> &str {
        self.token_uri.get(self.path..).unwrap_or_default()
    }

    /// A name for account and key that is safe to store.
    pub fn label(&self) -> String {
        format!("{} {}", self.email, self.key_id)
    }

    /// The form that asks for a token; `None` where there is no randomness to blind the signing with.
    pub(super) fn form(&self, now: Millis) -> Option<String> {
        let now = now / 1000;
        let part = |value: serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let header = part(json!({"alg": "RS256", "typ": "JWT", "kid": self.key_id}));
        let claims = part(json!({
            "iss": self.email, "scope": SCOPE, "aud": self.token_uri, "iat": now, "exp": now.saturating_add(HOLDS),
        }));
        let signed = format!("{header}.{claims}");
        let signature = self.key.try_sign(signed.as_bytes()).ok()?;
        Some(format!("{FORM}{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature.to_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_key_is_refused_without_a_word_of_it() {
        let file = |member: &str, value: &str| {
            let mut file = json!({
                "type": "service_account", "client_email": "a@canary.example", "private_key_id": "canary",
                "private_key": "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n",
                "token_uri": "https://oauth2.example/token",
            });
            file[member] = json!(value);
            file.to_string()
        };
        for (text, named) in [
            (String::new(), "no service account's key"),
            ("canary".to_owned(), "no service account's key"),
            (r#"{"type": "service_account"}"#.to_owned(), "`private_key`"),
            (file("type", "authorized_user"), "`type`"),
            (file("token_uri", "http://oauth2.example/token"), "`token_uri` is not"),
            (file("token_uri", "https://oauth2.example"), "`token_uri` has no path"),
            (file("private_key", ""), "`private_key`"),
            (file("type", "service_account"), "`private_key`"),
        ] {
            let Err(what) = ServiceAccount::read(&text) else { panic!("taken: {text}") };
            assert!(what.contains(named), "{text}: {what}");
            assert!(!what.contains("canary"), "{what}");
        }
    }
}
