//! The target that all gateways forward to: it reads each request to its end and answers from memory, on one thread,
//! as cheaply as it can, so that the core that it shares with the load is never what is measured.
//! Not for tests: it looks at nothing but a request's framing (see `dragoman_tests::upstream`).

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::interval;

use super::traffic;

/// How often an event of a paced stream is sent: slowly enough that a gateway sees each on its own.
const PACE: Duration = Duration::from_millis(3);

/// What is answered, to whatever is asked.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    /// A small JSON answer.
    Whole,
    /// [`traffic::EVENTS`] events, each written on its own, as fast as they are taken; a busy gateway reads several at once.
    Stream,
    /// The same, one every few milliseconds, as a model speaks.
    Paced,
    /// As many events of a stream of messages, as fast as they are taken.
    Messages,
    /// The head and one event, then nothing until the client leaves.
    Held,
}

/// The running upstream.
pub(crate) struct Upstream {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    answer: AtomicU8,
    /// Work done, in parts of an answer: a whole one is [`traffic::EVENTS`] of them.
    parts: AtomicU64,
}

impl Upstream {
    /// Starts it, on a thread of its own and a free port.
    pub(crate) fn start() -> Upstream {
        let shared = Arc::new(Shared::default());
        let (bound, address) = mpsc::channel();
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
                bound.send(listener.local_addr().expect("bound")).expect("somebody waits");
                loop {
                    let (stream, _) = listener.accept().await.expect("connections come");
                    tokio::spawn(serve(stream, Arc::clone(&serving)));
                }
            });
        });
        let address = address.recv().expect("the upstream starts");
        Upstream { address, shared }
    }

    /// Answers like this from now on.
    pub(crate) fn answer(&self, answer: Answer) {
        self.shared.answer.store(answer as u8, Ordering::Relaxed);
    }

    /// How many answers were sent so far; a stream under way counts by its events.
    pub(crate) fn served(&self) -> f64 {
        self.shared.parts.load(Ordering::Relaxed) as f64 / traffic::EVENTS as f64
    }
}

/// Serves a connection until it ends, however it does.
async fn serve(mut stream: TcpStream, shared: Arc<Shared>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        read_request(&mut stream, &mut buffer).await?;
        match shared.answer.load(Ordering::Relaxed) {
            answer if answer == Answer::Whole as u8 => {
                stream.write_all(traffic::ANSWER.as_bytes()).await.ok()?;
                shared.parts.fetch_add(traffic::EVENTS, Ordering::Relaxed);
            }
            answer if answer == Answer::Stream as u8 => send_stream(&mut stream, &shared, chat(), None).await?,
            answer if answer == Answer::Paced as u8 => send_stream(&mut stream, &shared, chat(), Some(PACE)).await?,
            answer if answer == Answer::Messages as u8 => {
                let messages = (traffic::MESSAGES.as_slice(), traffic::MESSAGES_END);
                send_stream(&mut stream, &shared, messages, None).await?;
            }
            _ => {
                stream.write_all(traffic::STREAM_HEAD.as_bytes()).await.ok()?;
                stream.write_all(traffic::STREAM.first()?.as_bytes()).await.ok()?;
                let left = stream.read(&mut buffer).await;
                return left.ok().map(|_| ());
            }
        }
    }
}

/// A stream's events and its end.
type Events = (&'static [String], &'static str);

fn chat() -> Events {
    (traffic::STREAM.as_slice(), traffic::STREAM_END)
}

async fn send_stream(stream: &mut TcpStream, shared: &Shared, events: Events, pace: Option<Duration>) -> Option<()> {
    stream.write_all(traffic::STREAM_HEAD.as_bytes()).await.ok()?;
    let mut pace = pace.map(interval);
    let (events, end) = events;
    for event in events {
        match &mut pace {
            Some(pace) => {
                pace.tick().await;
            }
            // Other streams have their turn between two events.
            None => tokio::task::yield_now().await,
        }
        stream.write_all(event.as_bytes()).await.ok()?;
        shared.parts.fetch_add(1, Ordering::Relaxed);
    }
    stream.write_all(end.as_bytes()).await.ok()
}

/// Reads one request and forgets it.
async fn read_request(stream: &mut TcpStream, buffer: &mut [u8]) -> Option<()> {
    let mut filled = 0;
    let (head, length) = loop {
        let read = stream.read(buffer.get_mut(filled..)?).await.ok().filter(|read| *read > 0)?;
        filled += read;
        if let Some(found) = framing(buffer.get(..filled)?) {
            break found;
        }
    };
    match length {
        Some(length) => {
            let mut left = (head + length).saturating_sub(filled);
            while left > 0 {
                let read = stream.read(buffer).await.ok().filter(|read| *read > 0)?;
                left = left.saturating_sub(read);
            }
        }
        // Chunked: no bench body holds what ends one.
        None => {
            while !buffer.get(..filled)?.ends_with(b"\r\n0\r\n\r\n") {
                let keep = filled.min(7);
                buffer.copy_within(filled - keep..filled, 0);
                let read = stream.read(buffer.get_mut(keep..)?).await.ok().filter(|read| *read > 0)?;
                filled = keep + read;
            }
        }
    }
    Some(())
}

/// The head's length, and the body's unless it comes in chunks; nothing while the head is not complete.
fn framing(bytes: &[u8]) -> Option<(usize, Option<usize>)> {
    let mut fields = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut fields);
    let head = match request.parse(bytes) {
        Ok(httparse::Status::Complete(head)) => head,
        Ok(httparse::Status::Partial) => return None,
        Err(error) => panic!("the gateway sent the upstream a request that is none: {error}"),
    };
    let field = |name: &str| request.headers.iter().find(|field| field.name.eq_ignore_ascii_case(name));
    if field("transfer-encoding").is_some() {
        return Some((head, None));
    }
    let length = field("content-length").and_then(|length| std::str::from_utf8(length.value).ok()?.parse().ok());
    Some((head, Some(length.unwrap_or(0))))
}
