//! Server-sent events, and the headers that answers carry.

use std::{convert::Infallible, time::Duration};

use axum::{
    http::{HeaderName, HeaderValue},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::{Stream, StreamExt, stream::iter};
use serde_json::Value;

/// How long a stream may be silent; a comment then keeps the connection.
const PING: Duration = Duration::from_secs(5);

const QUEUE: HeaderName = HeaderName::from_static("x-local-engine-queue");

/// Sends each value as an event, then `[DONE]`.
pub(super) fn events(values: impl Stream<Item = Value> + Send + 'static, queued: Duration) -> Response {
    with_queue(stream(values, PING), queued)
}

fn stream(values: impl Stream<Item = Value> + Send + 'static, ping: Duration) -> Response {
    let data = values.map(|value| value.to_string()).chain(iter(["[DONE]".to_string()]));
    let events = data.map(|data| Ok::<_, Infallible>(Event::default().data(data)));
    Sse::new(events).keep_alive(KeepAlive::new().interval(ping).text("wait")).into_response()
}

/// Says how long the request waited, in milliseconds.
pub(super) fn with_queue(mut response: Response, queued: Duration) -> Response {
    let waited = u64::try_from(queued.as_millis()).unwrap_or(u64::MAX);
    response.headers_mut().insert(QUEUE, HeaderValue::from(waited));
    response
}

/// An identifier such as `chatcmpl-…`.
pub(super) fn identifier(kind: &str) -> String {
    format!("{kind}-{:032x}", rand::random::<u128>())
}

/// Now, in seconds since 1970.
pub(super) fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Adds a key to an object that is being put together.
pub(super) fn insert(object: &mut Value, key: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(key.into(), value);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream::once;

    use super::*;

    #[tokio::test]
    async fn a_silent_stream_says_that_it_lives_and_then_goes_on() {
        let (end, ended) = tokio::sync::oneshot::channel();
        let value = once(async { ended.await.unwrap() });
        let mut body = stream(value, Duration::from_millis(1)).into_body().into_data_stream();
        for _ in 0..2 {
            assert_eq!(body.next().await.unwrap().unwrap(), ": wait\n\n");
        }
        end.send(Value::from(7)).unwrap();
        let mut rest = Vec::new();
        while let Some(data) = body.next().await {
            rest.extend(data.unwrap());
        }
        let rest = String::from_utf8(rest).unwrap().replace(": wait\n\n", "");
        assert_eq!(rest, "data: 7\n\ndata: [DONE]\n\n");
    }
}
