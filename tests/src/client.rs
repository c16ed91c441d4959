//! A raw HTTP/1.1 client: sends the bytes it is told to, in the pieces it is told to, and reads an answer as it comes.
//! Not a client to build upon: it follows nothing, retries nothing and corrects nothing.

use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream};

use crate::http1::{Body, Framing, Headers, Reader};
use crate::upstream::PATIENCE;

/// A connection to a gateway.
pub struct Client {
    reader: Reader<TcpStream>,
}

/// A request to send.
#[derive(Clone, Debug)]
pub struct Request {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    pieces: Vec<Vec<u8>>,
    trailers: Vec<(String, String)>,
    chunked: bool,
}

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The fields.
    pub headers: Headers,
    /// The body's pieces as they arrived.
    pub pieces: Vec<Vec<u8>>,
    /// Fields after the body.
    pub trailers: Headers,
    /// Why the body ended before its end, where it did.
    pub cut: Option<String>,
}

/// An answer that is still arriving.
pub struct Incoming<'a> {
    reader: &'a mut Reader<TcpStream>,
    body: Body,
    /// What has arrived.
    pub answer: Answer,
}

impl Client {
    /// Connects.
    pub fn connect(address: SocketAddr) -> Client {
        Client::try_connect(address).expect("the gateway accepts connections")
    }

    /// Connects, where there may be nobody.
    pub fn try_connect(address: SocketAddr) -> Option<Client> {
        let stream = TcpStream::connect(address).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).expect("a read timeout");
        stream.set_nodelay(true).expect("no delay");
        Some(Client { reader: Reader::new(stream) })
    }

    /// Sends a request and reads the whole answer.
    pub fn send(&mut self, request: &Request) -> Answer {
        self.start(request).finish()
    }

    /// The same, where there may be no answer.
    pub fn try_send(&mut self, request: &Request) -> Option<Answer> {
        self.write(&request.bytes()).ok()?;
        Some(self.read().ok()?.finish())
    }

    /// Sends a request and reads the answer's head.
    pub fn start(&mut self, request: &Request) -> Incoming<'_> {
        // An early answer may close the connection for writing before the request is out; the answer still counts.
        let _ = self.write(&request.bytes());
        let head = self.head().unwrap_or_else(|error| {
            let arrived = String::from_utf8_lossy(self.reader.leftover()).into_owned();
            panic!("no answer: {error}; what has arrived is {arrived:?}")
        });
        self.incoming(head)
    }

    /// Sends bytes as they are.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.reader.stream().write_all(bytes)
    }

    /// Reads an answer's head.
    pub fn read(&mut self) -> io::Result<Incoming<'_>> {
        let head = self.head()?;
        Ok(self.incoming(head))
    }

    /// The head of the final answer, and its status.
    fn head(&mut self) -> io::Result<(u16, Headers)> {
        loop {
            let head = self.reader.response_head()?.ok_or(io::ErrorKind::UnexpectedEof)?;
            let status = head.start[1].parse().map_err(io::Error::other)?;
            if status >= 200 {
                return Ok((status, head.headers));
            }
        }
    }

    fn incoming(&mut self, (status, headers): (u16, Headers)) -> Incoming<'_> {
        let body = Body::new(response_framing(status, &headers));
        let answer = Answer { status, headers, pieces: Vec::new(), trailers: Headers::default(), cut: None };
        Incoming { reader: &mut self.reader, body, answer }
    }
}

impl Incoming<'_> {
    /// The next piece, or `None` at the end, proper or not.
    pub fn next_piece(&mut self) -> Option<&[u8]> {
        match self.body.next(self.reader) {
            Ok(Some(piece)) => self.answer.pieces.push(piece),
            Ok(None) => {
                self.answer.trailers = std::mem::take(&mut self.body.trailers);
                return None;
            }
            Err(error) => {
                self.answer.cut = Some(error.to_string());
                return None;
            }
        }
        self.answer.pieces.last().map(Vec::as_slice)
    }

    /// Reads until the text has arrived.
    pub fn read_until(&mut self, text: &str) {
        while !self.answer.text().contains(text) {
            assert!(self.next_piece().is_some(), "the answer ended without {text:?}: {:?}", self.answer);
        }
    }

    /// Reads to the end.
    pub fn finish(mut self) -> Answer {
        while self.next_piece().is_some() {}
        self.answer
    }
}

impl Answer {
    /// The whole body.
    pub fn body(&self) -> Vec<u8> {
        self.pieces.concat()
    }

    /// The whole body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body()).into_owned()
    }

    /// The whole body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body())
            .unwrap_or_else(|error| panic!("the answer's body is not JSON ({error}): {:?}", self.text()))
    }
}

impl Request {
    /// A request without a body.
    pub fn new(method: &str, path: &str) -> Request {
        Request {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: vec![("host".to_owned(), "gateway.test".to_owned())],
            pieces: Vec::new(),
            trailers: Vec::new(),
            chunked: false,
        }
    }

    /// A POST of JSON.
    pub fn post(path: &str, body: impl Into<Vec<u8>>) -> Request {
        Request::new("POST", path).header("content-type", "application/json").piece(body)
    }

    /// Adds a field.
    pub fn header(mut self, name: &str, value: &str) -> Request {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Asks another host.
    pub fn host(mut self, host: &str) -> Request {
        self.headers.retain(|(name, _)| name != "host");
        self.header("host", host)
    }

    /// Adds a Bearer key.
    pub fn key(self, key: &str) -> Request {
        let value = format!("Bearer {key}");
        self.header("authorization", &value)
    }

    /// Adds a piece to the body.
    pub fn piece(mut self, bytes: impl Into<Vec<u8>>) -> Request {
        self.pieces.push(bytes.into());
        self
    }

    /// Sends the body in chunks instead of with its length.
    pub fn chunked(mut self) -> Request {
        self.chunked = true;
        self
    }

    /// Adds a trailer (and sends the body in chunks).
    pub fn trailer(mut self, name: &str, value: &str) -> Request {
        self.trailers.push((name.to_owned(), value.to_owned()));
        self.chunked()
    }

    /// Method and target.
    pub fn line(&self) -> (&str, &str) {
        (&self.method, &self.path)
    }

    /// The fields, without those that frame the body.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The body's pieces.
    pub fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.pieces.iter().map(Vec::as_slice)
    }

    /// Whether the body goes out in chunks.
    pub fn is_chunked(&self) -> bool {
        self.chunked
    }

    /// The request on the wire.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.path).into_bytes();
        let mut field = |name: &str, value: &str| bytes.extend(format!("{name}: {value}\r\n").bytes());
        for (name, value) in &self.headers {
            field(name, value);
        }
        let length: usize = self.pieces.iter().map(Vec::len).sum();
        if self.chunked {
            field("transfer-encoding", "chunked");
        } else if length > 0 || self.method != "GET" {
            field("content-length", &length.to_string());
        }
        bytes.extend(b"\r\n");
        for piece in self.pieces.iter().filter(|piece| !piece.is_empty()) {
            if self.chunked {
                bytes.extend(format!("{:x}\r\n", piece.len()).bytes());
            }
            bytes.extend(piece);
            if self.chunked {
                bytes.extend(b"\r\n");
            }
        }
        if self.chunked {
            bytes.extend(b"0\r\n");
            for (name, value) in &self.trailers {
                bytes.extend(format!("{name}: {value}\r\n").bytes());
            }
            bytes.extend(b"\r\n");
        }
        bytes
    }
}

fn response_framing(status: u16, headers: &Headers) -> Framing {
    if matches!(status, 101 | 204 | 304) {
        return Framing::Length(0);
    }
    if headers.first("transfer-encoding").is_some_and(|value| value.contains("chunked")) {
        return Framing::Chunked;
    }
    match headers.first("content-length").and_then(|value| value.parse().ok()) {
        Some(length) => Framing::Length(length),
        None => Framing::Close,
    }
}
