//! What every request passes: its identifier, the key it must show, and one line in the log.

use std::{sync::Arc, time::Instant};

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

use super::error::ApiError;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Paths that a load balancer asks, and that say nothing.
const OPEN: &[&str] = &["/health", "/v1/health", "/ready"];

/// The keys that are let in. Only their digests are kept; comparing digests tells nothing about keys.
#[derive(Clone, Default)]
pub struct Keys(Arc<Vec<[u8; 32]>>);

impl Keys {
    /// These keys; none lets everyone in.
    #[must_use]
    pub fn new<'a>(keys: impl IntoIterator<Item = &'a str>) -> Self {
        let keys = keys.into_iter().map(str::trim).filter(|key| !key.is_empty());
        Self(Arc::new(keys.map(|key| Sha256::digest(key).into()).collect()))
    }

    /// The keys of one text: one on each line, or, where there is a single line, separated by commas. A text without any
    /// lets nobody in by mistake.
    pub fn listed(text: &str) -> Result<Self, &'static str> {
        let keys = Self::new(text.split(if text.contains('\n') { '\n' } else { ',' }));
        if keys.0.is_empty() && !text.is_empty() {
            return Err("LOCAL_ENGINE_API_KEYS is set and holds no key; write one, or unset it to let everyone in");
        }
        Ok(keys)
    }

    fn admits(&self, request: &Request) -> bool {
        if self.0.is_empty() || OPEN.contains(&request.uri().path()) {
            return true;
        }
        let headers = request.headers();
        let bearer = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        let key = bearer.or_else(|| headers.get("x-api-key").and_then(|value| value.to_str().ok()));
        key.is_some_and(|key| self.0.contains(&Sha256::digest(key.trim()).into()))
    }
}

/// The identifier of a request, as its handler finds it.
#[derive(Clone)]
pub(super) struct RequestId(pub(super) Arc<str>);

/// Lets a request in, or not, and notes what became of it.
pub(crate) async fn guard(State(keys): State<Keys>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = identifier(&request);
    request.extensions_mut().insert(RequestId(Arc::clone(&id)));
    // For a worker that the request is handed on to.
    if let Ok(value) = HeaderValue::from_str(&id) {
        request.headers_mut().insert(REQUEST_ID, value);
    }
    let (method, path) = (request.method().clone(), request.uri().path().to_string());
    let mut response =
        if keys.admits(&request) { next.run(request).await } else { ApiError::unauthorized().into_response() };
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let status = response.status().as_u16();
    let ms = began.elapsed().as_millis();
    if OPEN.contains(&path.as_str()) {
        tracing::debug!(request = &*id, %method, path, status, ms, "request");
    } else {
        tracing::info!(request = &*id, %method, path, status, ms, "request");
    }
    response
}

/// The client's identifier if it is short and plain, else one of our own.
fn identifier(request: &Request) -> Arc<str> {
    let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let plain = |id: &&str| (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    given.filter(plain).map_or_else(|| format!("{:032x}", rand::random::<u128>()).into(), Into::into)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn keys_stand_on_lines_or_between_commas() {
        let lets_in = |keys: &str, key: &str| {
            let request = Request::builder().header("authorization", format!("Bearer {key}"));
            Keys::listed(keys).unwrap().admits(&request.body(Body::empty()).unwrap())
        };
        for (keys, key, admitted) in [
            ("a, b", "b", true),
            ("a, b", "a, b", false),
            ("a,b\n", "a,b", true),
            ("a,b\n", "a", false),
            ("a,b\nc", "c", true),
            ("a\nb\n", "", false),
        ] {
            assert_eq!(lets_in(keys, key), admitted, "{keys:?} {key:?}");
        }
        for keys in [",", "\n", " "] {
            assert!(Keys::listed(keys).is_err(), "{keys:?}");
        }
    }
}
