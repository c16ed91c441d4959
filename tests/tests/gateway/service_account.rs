//! Credentials for the signature of a service account: signed by the filter itself, checked here by another implementation,
//! and asked for over TLS of whoever shows the right certificate.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use dragoman_tests::upstream::{Authority, Identity, Received, Reply, Upstream};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use rsa::PrivateKey;
use rsa::pkcs1::EncodeRsaPublicKey;
use rsa::pkcs8::{EncodePrivateKey, LineEnding};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::metadata::{ask, bearer, served, start_with, upstream, waited};
use super::send;

/// An account, and what its signatures are checked with.
struct Account {
    email: &'static str,
    pem: String,
    public: Vec<u8>,
}

impl Account {
    fn new(email: &'static str) -> Account {
        let key = PrivateKey::new(&mut rsa::rand_core::UnwrapErr(getrandom::SysRng), 2048).unwrap();
        let public = key.to_public_key().to_pkcs1_der().unwrap().as_bytes().to_vec();
        Account { email, pem: key.to_pkcs8_pem(LineEnding::LF).unwrap().to_string(), public }
    }

    /// The file that Google would hand out.
    fn file(&self, token_uri: &str) -> String {
        json!({
            "type": "service_account", "project_id": "p", "private_key_id": format!("key of {}", self.email),
            "private_key": self.pem, "client_email": self.email, "client_id": "1", "token_uri": token_uri,
        })
        .to_string()
    }

    /// What one of its assertions claims, if the signature is good.
    fn claims(&self, assertion: &str) -> Value {
        let (signed, signature) = assertion.rsplit_once('.').unwrap();
        let decode = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).unwrap();
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.public);
        key.verify(signed.as_bytes(), &decode(signature)).expect("a good signature");
        let (header, claims) = signed.split_once('.').unwrap();
        let header: Value = serde_json::from_slice(&decode(header)).unwrap();
        assert_eq!(header, json!({"alg": "RS256", "typ": "JWT", "kid": format!("key of {}", self.email)}));
        serde_json::from_slice(&decode(claims)).unwrap()
    }
}

/// A token server that hands out tokens with the name of whoever signs.
fn token_server(identity: Identity, seconds: u64) -> Upstream {
    Upstream::start_tls(identity, move |request| {
        let token = format!("token-of-{}", signer(request));
        Reply::json(200, json!({"access_token": token, "expires_in": seconds, "token_type": "Bearer"}).to_string())
    })
}

fn uri(server: &Upstream) -> String {
    format!("https://localhost:{}/token", server.address().port())
}

fn target(serving: &Upstream, variable: &str) -> Value {
    let base_url = format!("http://{}", serving.address());
    let key = format!("${{env.{variable}}}");
    json!({"provider": "vertex-gemini", "project": "p", "base_url": base_url, "service_account": key})
}

/// The authority's certificate where the system's would stand.
fn trusting(authority: &Authority) -> (NamedTempFile, BTreeMap<String, String>) {
    let file = NamedTempFile::new().unwrap();
    std::fs::write(&file, authority.pem()).unwrap();
    let env = [("SSL_CERT_FILE".to_owned(), file.path().display().to_string())].into();
    (file, env)
}

fn assertion(request: &Received) -> &str {
    let form = std::str::from_utf8(&request.body).unwrap();
    form.strip_prefix("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=").unwrap()
}

/// Who says to have signed a request for a token.
fn signer(request: &Received) -> String {
    let claims = BASE64_URL_SAFE_NO_PAD.decode(assertion(request).split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice::<Value>(&claims).unwrap()["iss"].as_str().unwrap().to_owned()
}

#[test]
fn a_token_is_given_for_a_signature_and_each_accounts_is_its_own() {
    let authority = Authority::new();
    let (_file, mut env) = trusting(&authority);
    let server = token_server(authority.identity("localhost"), 3600);
    let accounts = [Account::new("one@p.example"), Account::new("other@p.example")];
    env.insert("ONE".to_owned(), accounts[0].file(&uri(&server)));
    env.insert("OTHER".to_owned(), accounts[1].file(&uri(&server)));
    let serving = upstream();
    let envoy = start_with(&json!({"a": target(&serving, "ONE"), "b": target(&serving, "OTHER")}), &env);
    served(&envoy, "a");
    served(&envoy, "b");

    let asked = server.requests();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    for request in &asked {
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/token"));
        assert_eq!(request.headers.first("content-type"), Some("application/x-www-form-urlencoded"));
        let account = accounts.iter().find(|account| account.email == signer(request)).expect("one of the accounts");
        let claims = account.claims(assertion(request));
        assert_eq!(claims["iss"], account.email);
        assert_eq!(claims["scope"], "https://www.googleapis.com/auth/cloud-platform");
        assert_eq!(claims["aud"], uri(&server));
        let (from, until) = (claims["iat"].as_u64().unwrap(), claims["exp"].as_u64().unwrap());
        assert!(from <= now && until == from + 3600, "{claims}");
    }
    let sent = serving.requests();
    assert_eq!(bearer(&sent[0]), "Bearer token-of-one@p.example");
    assert_eq!(bearer(sent.last().unwrap()), "Bearer token-of-other@p.example");

    for (what, text) in [("log", envoy.log()), ("rendered configuration", envoy.rendered().to_owned())] {
        for secret in [assertion(&asked[0]), "token-of-", "PRIVATE KEY", accounts[0].email] {
            assert!(!text.contains(secret), "the {what} holds {secret:?}");
        }
    }
}

#[test]
fn it_is_signed_for_anew_before_its_end() {
    let authority = Authority::new();
    let (_file, mut env) = trusting(&authority);
    let server = token_server(authority.identity("localhost"), 10);
    env.insert("KEY".to_owned(), Account::new("a@p.example").file(&uri(&server)));
    let serving = upstream();
    let envoy = start_with(&json!({"a": target(&serving, "KEY")}), &env);
    served(&envoy, "a");
    let first = server.requests().len();
    server.wait_for("another request for a token", |requests| requests.len() > first);
    let answer = send(&envoy, &ask("a"));
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[test]
fn whoever_cannot_show_the_token_servers_certificate_gets_no_assertion() {
    let (_file, mut env) = trusting(&Authority::new());
    let impostor = token_server(Authority::new().identity("localhost"), 3600);
    env.insert("KEY".to_owned(), Account::new("a@p.example").file(&uri(&impostor)));
    let serving = upstream();
    let envoy = start_with(&json!({"a": target(&serving, "KEY")}), &env);
    assert!(!waited(&envoy, "a"), "served with an impostor's token");
    assert!(!impostor.connections().is_empty(), "nobody asked it");
    assert!(impostor.requests().is_empty() && serving.requests().is_empty());
}

#[test]
fn a_signature_that_is_refused_is_tried_again_and_what_was_said_of_it_is_nobodys() {
    let authority = Authority::new();
    let (_file, mut env) = trusting(&authority);
    let tries = Arc::new(AtomicU64::new(0));
    let server = Upstream::start_tls(authority.identity("localhost"), {
        let tries = Arc::clone(&tries);
        move |_| {
            tries.fetch_add(1, Ordering::SeqCst);
            Reply::json(400, r#"{"error":"invalid_grant","error_description":"said-of-it"}"#)
        }
    });
    env.insert("KEY".to_owned(), Account::new("a@p.example").file(&uri(&server)));
    let serving = upstream();
    let envoy = start_with(&json!({"a": target(&serving, "KEY")}), &env);
    assert!(!waited(&envoy, "a"), "served without a token");
    server.wait_for("another try", |_| tries.load(Ordering::SeqCst) > 1);
    assert!(!envoy.log().contains("said-of-it") && serving.requests().is_empty());
}
