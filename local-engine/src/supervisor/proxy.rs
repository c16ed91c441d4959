//! A request handed on to a worker, and its answer handed back as it comes. When the worker ends in the middle of a stream,
//! the stream ends with an error event; when the client leaves, the worker's connection is closed, and it stops.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{Request, Response, StatusCode, header, request::Parts},
};
use futures_util::stream;
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::{net::UnixStream, task::JoinHandle};

use super::{place::Busy, worker::Worker};
use crate::api::ApiError;

/// A task that ends with its holder.
struct Bound(JoinHandle<()>);

impl Drop for Bound {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A connection to a worker.
pub(super) struct Connection {
    worker: Arc<Worker>,
    socket: UnixStream,
}

impl Connection {
    /// When it fails, the worker has ended, and that is known by then.
    pub(super) async fn to(worker: Arc<Worker>) -> Result<Self, ApiError> {
        match worker.connect().await {
            Ok(socket) => Ok(Self { worker, socket }),
            Err(_) => Err(lost(&worker).await),
        }
    }

    async fn send(self, request: Request<Full<Bytes>>) -> Result<(Response<Incoming>, Bound), ApiError> {
        let answered = async {
            let (mut sender, connection) = http1::handshake(TokioIo::new(self.socket)).await?;
            let bound = Bound(tokio::spawn(async move { drop(connection.await) }));
            Ok::<_, hyper::Error>((sender.send_request(request).await?, bound))
        };
        match answered.await {
            Ok(answered) => Ok(answered),
            Err(_) => Err(lost(&self.worker).await),
        }
    }
}

/// Says that a worker has ended, once that is known: whoever asks again at once meets the next one.
async fn lost(worker: &Worker) -> ApiError {
    // A worker that ended is gone in no time; one that lives has only closed a connection.
    let _ = tokio::time::timeout(Duration::from_secs(1), worker.ended()).await;
    ApiError::unavailable("the model's worker has ended; it is started again", Duration::from_secs(1))
}

/// Hands a request on.
pub(super) async fn hand_on(
    connection: Connection,
    parts: Parts,
    body: Bytes,
    busy: Busy,
) -> Result<Response<Body>, ApiError> {
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = parts.method;
    *request.uri_mut() = parts.uri;
    for name in [header::CONTENT_TYPE, header::ACCEPT, header::HeaderName::from_static("x-request-id")] {
        if let Some(value) = parts.headers.get(&name) {
            request.headers_mut().insert(name, value.clone());
        }
    }
    request.headers_mut().insert(header::HOST, header::HeaderValue::from_static("worker"));
    let (response, bound) = connection.send(request).await?;
    let (mut head, body) = response.into_parts();
    for name in [header::CONNECTION, header::TRANSFER_ENCODING] {
        head.headers.remove(name);
    }
    let events =
        head.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
    let flow = Flow { body: Some(body), events, _bound: bound, _busy: busy };
    Ok(Response::from_parts(head, Body::from_stream(stream::unfold(flow, Flow::next))))
}

struct Flow {
    body: Option<Incoming>,
    events: bool,
    _bound: Bound,
    _busy: Busy,
}

impl Flow {
    async fn next(mut self) -> Option<(Result<Bytes, hyper::Error>, Self)> {
        loop {
            let frame = self.body.as_mut()?.frame().await?;
            match frame.map(|frame| frame.into_data()) {
                Ok(Ok(data)) => return Some((Ok(data), self)),
                // Trailers, of which workers send none.
                Ok(Err(_)) => {}
                Err(_) if self.events => {
                    self.body = None;
                    let error = ApiError::failed("the model's worker has ended; it is started again").body();
                    return Some((Ok(Bytes::from(format!("data: {error}\n\ndata: [DONE]\n\n"))), self));
                }
                Err(error) => {
                    self.body = None;
                    return Some((Err(error), self));
                }
            }
        }
    }
}

/// A worker's answer to a plain GET.
pub(super) async fn get(worker: Arc<Worker>, path: &'static str) -> Option<Bytes> {
    let mut request = Request::new(Full::default());
    *request.uri_mut() = path.parse().ok()?;
    request.headers_mut().insert(header::HOST, header::HeaderValue::from_static("worker"));
    let (response, _bound) = Connection::to(worker).await.ok()?.send(request).await.ok()?;
    if response.status() != StatusCode::OK {
        return None;
    }
    Some(response.into_body().collect().await.ok()?.to_bytes())
}
