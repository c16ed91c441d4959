//! HTTP/1.1 read off a byte stream, piece by piece, keeping what came: for the scripted upstream and the raw client.
//! Not a server or a client: it writes nothing, and it forgives whatever a test may want to see.

use std::io::{self, Read};

/// Header fields in the order in which they came, names in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(pub Vec<(String, String)>);

impl Headers {
    /// The first value of a field.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Every value of a field.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether a field is there.
    pub fn has(&self, name: &str) -> bool {
        self.first(name).is_some()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Headers {
        Headers(fields.into_iter().map(|(name, value)| (name.into().to_ascii_lowercase(), value.into())).collect())
    }
}

/// The start line's parts and the header fields.
#[derive(Clone, Debug)]
pub struct Head {
    /// Method, target, version; or version, status, reason.
    pub start: [String; 3],
    /// The fields.
    pub headers: Headers,
}

/// How the end of a body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// So many bytes.
    Length(usize),
    /// Chunks, then trailers.
    Chunked,
    /// The end of the connection.
    Close,
}

/// Reads messages off a stream. What is left over after one message begins the next.
pub struct Reader<S> {
    stream: S,
    buffer: Vec<u8>,
    taken: Vec<u8>,
}

impl<S: Read> Reader<S> {
    /// A reader at the beginning of a stream.
    pub fn new(stream: S) -> Reader<S> {
        Reader { stream, buffer: Vec::new(), taken: Vec::new() }
    }

    /// The stream itself, to write to.
    pub fn stream(&mut self) -> &mut S {
        &mut self.stream
    }

    /// Every byte that was consumed since this was last called.
    pub fn take_raw(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.taken)
    }

    /// What has arrived and belongs to nothing yet.
    pub fn leftover(&self) -> &[u8] {
        &self.buffer
    }

    /// A request's head; `None` when the stream ends cleanly before its first byte.
    pub fn request_head(&mut self) -> io::Result<Option<Head>> {
        self.head(|bytes| {
            let mut fields = [httparse::EMPTY_HEADER; 256];
            let mut request = httparse::Request::new(&mut fields);
            Ok(match request.parse(bytes).map_err(malformed)? {
                httparse::Status::Partial => None,
                httparse::Status::Complete(length) => {
                    let start = [request.method.unwrap_or_default(), request.path.unwrap_or_default(), "HTTP/1.1"];
                    Some((length, Head { start: start.map(str::to_owned), headers: fields_of(request.headers) }))
                }
            })
        })
    }

    /// A response's head; `None` when the stream ends cleanly before its first byte.
    pub fn response_head(&mut self) -> io::Result<Option<Head>> {
        self.head(|bytes| {
            let mut fields = [httparse::EMPTY_HEADER; 256];
            let mut response = httparse::Response::new(&mut fields);
            Ok(match response.parse(bytes).map_err(malformed)? {
                httparse::Status::Partial => None,
                httparse::Status::Complete(length) => {
                    let code = response.code.unwrap_or_default().to_string();
                    let start = ["HTTP/1.1".to_owned(), code, response.reason.unwrap_or_default().to_owned()];
                    Some((length, Head { start, headers: fields_of(response.headers) }))
                }
            })
        })
    }

    /// Waits until at least one more byte is there; `false` at the end of the stream.
    pub fn fill(&mut self) -> io::Result<bool> {
        let mut bytes = [0; 16 * 1024];
        // A signal of the harness may end a read early.
        let length = loop {
            match self.stream.read(&mut bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.buffer.extend_from_slice(bytes.get(..length).unwrap_or_default());
        Ok(length > 0)
    }

    /// Takes at most `limit` of the bytes that are there.
    fn take(&mut self, limit: usize) -> Vec<u8> {
        let rest = self.buffer.split_off(limit.min(self.buffer.len()));
        let piece = std::mem::replace(&mut self.buffer, rest);
        self.taken.extend_from_slice(&piece);
        piece
    }

    fn head(&mut self, parse: impl Fn(&[u8]) -> io::Result<Option<(usize, Head)>>) -> io::Result<Option<Head>> {
        loop {
            if let Some((length, head)) = parse(&self.buffer)? {
                self.take(length);
                return Ok(Some(head));
            }
            if !self.fill()? {
                return if self.buffer.is_empty() { Ok(None) } else { Err(cut("in the head")) };
            }
        }
    }
}

/// A body being read: its pieces as they arrive, then its trailers.
#[derive(Debug)]
pub struct Body {
    framing: Framing,
    left: usize,
    state: State,
    /// Fields after the last chunk.
    pub trailers: Headers,
}

#[derive(Debug, PartialEq)]
enum State {
    Size,
    Data,
    DataEnd,
    Trailers,
    Done,
}

impl Body {
    /// A body about to be read.
    pub fn new(framing: Framing) -> Body {
        let (left, state) = match framing {
            Framing::Length(0) => (0, State::Done),
            Framing::Length(length) => (length, State::Data),
            Framing::Chunked => (0, State::Size),
            Framing::Close => (usize::MAX, State::Data),
        };
        Body { framing, left, state, trailers: Headers::default() }
    }

    /// The next bytes of the body, never empty; `None` after its proper end.
    pub fn next<S: Read>(&mut self, reader: &mut Reader<S>) -> io::Result<Option<Vec<u8>>> {
        loop {
            match self.state {
                State::Done => return Ok(None),
                State::Data if !reader.buffer.is_empty() => {
                    let piece = reader.take(self.left);
                    self.left -= piece.len();
                    if self.left == 0 {
                        self.state = if self.framing == Framing::Chunked { State::DataEnd } else { State::Done };
                    }
                    return Ok(Some(piece));
                }
                State::Size => match httparse::parse_chunk_size(&reader.buffer).map_err(malformed)? {
                    httparse::Status::Complete((length, size)) => {
                        reader.take(length);
                        self.left = usize::try_from(size).map_err(malformed)?;
                        self.state = if size == 0 { State::Trailers } else { State::Data };
                        continue;
                    }
                    httparse::Status::Partial => {}
                },
                State::DataEnd if reader.buffer.len() >= 2 => {
                    reader.take(2);
                    self.state = State::Size;
                    continue;
                }
                State::Trailers => {
                    let mut fields = [httparse::EMPTY_HEADER; 64];
                    let parsed = httparse::parse_headers(&reader.buffer, &mut fields).map_err(malformed)?;
                    if let httparse::Status::Complete((length, fields)) = parsed {
                        self.trailers = fields_of(fields);
                        reader.take(length);
                        self.state = State::Done;
                        continue;
                    }
                }
                State::Data | State::DataEnd => {}
            }
            if !reader.fill()? {
                if self.framing == Framing::Close {
                    self.state = State::Done;
                    return Ok(None);
                }
                return Err(cut("in the body"));
            }
        }
    }
}

fn fields_of(fields: &[httparse::Header<'_>]) -> Headers {
    fields.iter().map(|field| (field.name, String::from_utf8_lossy(field.value))).collect()
}

fn malformed(error: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error.to_string())
}

fn cut(place: &str) -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, format!("the stream ended {place}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream that hands out its bytes in pieces of one size.
    struct Dribble<'a>(&'a [u8], usize);

    impl Read for Dribble<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(self.0.len()).min(into.len());
            let (now, later) = self.0.split_at(length);
            into[..length].copy_from_slice(now);
            self.0 = later;
            Ok(length)
        }
    }

    const CHUNKED: &[u8] = b"POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\
        4\r\nabcd\r\n1;ext=1\r\ne\r\n0\r\nSum: 5\r\n\r\nGET /y HTTP/1.1\r\n\r\n";

    #[test]
    fn a_chunked_request_reads_the_same_however_it_arrives() {
        for size in 1..CHUNKED.len() {
            let mut reader = Reader::new(Dribble(CHUNKED, size));
            let head = reader.request_head().unwrap().unwrap();
            assert_eq!(head.headers.first("host"), Some("h"));
            let mut body = Body::new(Framing::Chunked);
            let mut bytes = Vec::new();
            while let Some(piece) = body.next(&mut reader).unwrap() {
                bytes.extend(piece);
            }
            assert_eq!(bytes, b"abcde");
            assert_eq!(body.trailers.first("sum"), Some("5"));
            assert_eq!(reader.request_head().unwrap().unwrap().start[1], "/y");
            assert!(reader.request_head().unwrap().is_none());
        }
    }

    #[test]
    fn a_body_that_ends_early_is_an_error() {
        for (framing, bytes) in [(Framing::Length(5), &b"abc"[..]), (Framing::Chunked, b"3\r\nabc\r\n")] {
            let mut reader = Reader::new(bytes);
            let mut body = Body::new(framing);
            assert_eq!(body.next(&mut reader).unwrap().unwrap(), b"abc");
            assert_eq!(body.next(&mut reader).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        }
    }
}
