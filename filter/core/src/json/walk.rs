//! JSON as it streams by: where the values at a few paths start and end, whatever the chunks, in bounded memory.
//!
//! It reads leniently, for answers: what lies on no path is stepped over without a check, and text that is not JSON
//! only ends the reports. Requests are read strictly, by [`object`](super::object).

pub use super::tree::Path;
use super::tree::{Paths, Tree};
use super::{Kind, text};

/// Finds the values at some paths.
pub struct Walker {
    tree: Tree,
    state: State,
    /// The arrays and objects around this place, as far as paths lead into them.
    around: Vec<Around>,
    /// Where the value that comes next or is open stands in the tree, if a path leads to it.
    here: Option<usize>,
    starts: Paths,
    ends: Paths,
    kind: Kind,
    /// The start of a key that could not be read at once.
    key: Vec<u8>,
}

/// What comes next in the chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    /// A value's first byte.
    Start {
        /// Which path leads here: its number in [`Walker::new`]'s list.
        path: usize,
        /// What kind of value it is.
        kind: Kind,
    },
    /// The byte after a value's last one.
    End {
        /// Which path leads here.
        path: usize,
    },
}

#[derive(Clone, Copy)]
enum State {
    /// Before a value; in an array that has just been opened, perhaps before its end.
    Value {
        or_end: bool,
    },
    /// On a value's first byte, once its start is reported.
    Entry,
    String {
        escaped: bool,
    },
    Scalar,
    /// In an array or object into which no path leads.
    Inside {
        depth: usize,
        in_string: bool,
        escaped: bool,
    },
    AfterValue,
    Key {
        or_end: bool,
    },
    InKey {
        escaped: bool,
    },
    AfterKey,
    Broken,
}

struct Around {
    object: bool,
    node: usize,
}

impl Walker {
    /// A walker for at most 32 paths.
    pub fn new(paths: impl IntoIterator<Item = Path>) -> Walker {
        let mut walker = Walker {
            tree: Tree::new(paths),
            state: State::Broken,
            around: Vec::new(),
            here: None,
            starts: Paths::default(),
            ends: Paths::default(),
            kind: Kind::Null,
            key: Vec::new(),
        };
        walker.restart();
        walker
    }

    /// Makes it ready for another text.
    pub fn restart(&mut self) {
        self.state = State::Value { or_end: false };
        self.around.clear();
        self.here = Some(Tree::ROOT);
        self.starts = Paths::default();
        self.ends = Paths::default();
    }

    /// Whether the text is not JSON, as far as it was looked at. Nothing more is reported then.
    pub fn broken(&self) -> bool {
        matches!(self.state, State::Broken)
    }

    /// Takes the chunk's bytes up to the next hit; `None` when the chunk is used up. The same place may be hit by
    /// several paths, one after the other.
    pub fn next(&mut self, chunk: &mut &[u8]) -> Option<Hit> {
        loop {
            if let Some(path) = self.ends.take() {
                return Some(Hit::End { path });
            }
            if let Some(path) = self.starts.take() {
                return Some(Hit::Start { path, kind: self.kind });
            }
            let (&byte, after) = chunk.split_first()?;
            if self.step(byte, chunk) {
                *chunk = after;
            }
        }
    }

    /// Reads one byte, or runs ahead where many can be taken at once. Returns whether the byte is done with.
    fn step(&mut self, byte: u8, chunk: &mut &[u8]) -> bool {
        let space = matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
        match self.state {
            State::Value { or_end: true } if byte == b']' => self.close(false),
            State::Value { .. } if !space => return self.begin(byte),
            State::Entry => self.enter(byte),
            State::String { escaped: true } => self.state = State::String { escaped: false },
            State::String { escaped: false } => match byte {
                b'"' => self.end(),
                b'\\' => self.state = State::String { escaped: true },
                _ => return skip(chunk, plain_in_string(chunk)),
            },
            State::Scalar => {
                let length = chunk.iter().take_while(|&&byte| is_of_scalar(byte)).count();
                if length < chunk.len() {
                    self.end();
                }
                return skip(chunk, length);
            }
            State::Inside { depth, in_string, escaped } => return self.inside(byte, chunk, depth, in_string, escaped),
            State::AfterValue if !space => self.after_value(byte),
            State::Key { or_end: true } if byte == b'}' => self.close(true),
            State::Key { .. } if byte == b'"' => {
                if let Some(key) = whole_key(chunk, self.tree.longest_key) {
                    self.here = std::str::from_utf8(key).ok().and_then(|key| self.member(key));
                    self.state = State::AfterKey;
                    return skip(chunk, key.len() + 2);
                }
                self.key.clear();
                self.state = State::InKey { escaped: false };
            }
            State::InKey { escaped: false } if byte == b'"' => {
                self.here = self.read_key().and_then(|key| self.member(&key));
                self.state = State::AfterKey;
            }
            State::InKey { escaped } => {
                self.state = State::InKey { escaped: !escaped && byte == b'\\' };
                if self.key.len() <= self.tree.longest_key {
                    self.key.push(byte);
                }
            }
            State::AfterKey if byte == b':' => self.state = State::Value { or_end: false },
            State::Key { .. } | State::AfterKey if !space => self.state = State::Broken,
            State::Broken => return skip(chunk, chunk.len()),
            State::Value { .. } | State::AfterValue | State::Key { .. } | State::AfterKey => {}
        }
        true
    }

    fn begin(&mut self, byte: u8) -> bool {
        let Some(kind) = Kind::of(byte) else {
            self.state = State::Broken;
            return false;
        };
        self.kind = kind;
        self.starts = self.tree.ending_at(self.here);
        if self.starts.is_empty() {
            self.enter(byte);
            return true;
        }
        self.state = State::Entry;
        false
    }

    fn enter(&mut self, byte: u8) {
        self.state = match byte {
            b'"' => State::String { escaped: false },
            b'[' | b'{' => match self.here.filter(|&node| self.tree.leads_on(node)) {
                None => State::Inside { depth: 1, in_string: false, escaped: false },
                Some(node) => {
                    self.around.push(Around { object: byte == b'{', node });
                    if byte == b'{' {
                        State::Key { or_end: true }
                    } else {
                        self.here = self.tree.element(node);
                        State::Value { or_end: true }
                    }
                }
            },
            _ => State::Scalar,
        };
    }

    fn inside(&mut self, byte: u8, chunk: &mut &[u8], depth: usize, in_string: bool, escaped: bool) -> bool {
        let (depth, in_string, escaped) = match (byte, in_string) {
            _ if escaped => (depth, true, false),
            (b'"', _) => (depth, !in_string, false),
            (b'\\', true) => (depth, true, true),
            (_, true) => return skip(chunk, plain_in_string(chunk)),
            (b'[' | b'{', false) => (depth + 1, false, false),
            (b']' | b'}', false) => (depth - 1, false, false),
            (_, false) => return skip(chunk, plain_between_strings(chunk)),
        };
        self.state = State::Inside { depth, in_string, escaped };
        if depth == 0 {
            self.end();
        }
        true
    }

    /// The value is over; the byte, if it took part in it, is taken.
    fn end(&mut self) {
        self.ends = self.tree.ending_at(self.here);
        self.state = State::AfterValue;
    }

    fn close(&mut self, object: bool) {
        match self.around.pop() {
            Some(around) if around.object == object => {
                self.here = Some(around.node);
                self.end();
            }
            _ => self.state = State::Broken,
        }
    }

    fn after_value(&mut self, byte: u8) {
        match (byte, self.around.last()) {
            (b',', Some(Around { object: true, .. })) => self.state = State::Key { or_end: false },
            (b',', Some(Around { object: false, node })) => {
                self.here = self.tree.element(*node);
                self.state = State::Value { or_end: false };
            }
            (b'}', Some(Around { object: true, .. })) => self.close(true),
            (b']', Some(Around { object: false, .. })) => self.close(false),
            _ => self.state = State::Broken,
        }
    }

    fn member(&self, key: &str) -> Option<usize> {
        self.tree.member(self.around.last()?.node, key)
    }

    /// The key just read, unescaped; `None` for one that no path can have.
    fn read_key(&self) -> Option<std::borrow::Cow<'_, str>> {
        if self.key.len() > self.tree.longest_key {
            return None;
        }
        let key = std::str::from_utf8(&self.key).ok()?;
        if key.contains('\\') {
            text(&format!("\"{key}\"")).ok().map(|key| key.into_owned().into())
        } else {
            Some(key.into())
        }
    }
}

/// The key whose quote the chunk starts with, if all of it is there, and neither long nor escaped.
fn whole_key(chunk: &[u8], longest: usize) -> Option<&[u8]> {
    let text = chunk.get(1..)?;
    let end = text.iter().take(longest + 1).position(|byte| matches!(byte, b'"' | b'\\'))?;
    text.get(..end).filter(|_| text.get(end) == Some(&b'"'))
}

fn skip(chunk: &mut &[u8], bytes: usize) -> bool {
    *chunk = chunk.get(bytes..).unwrap_or_default();
    false
}

fn is_of_scalar(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'+' | b'-' | b'.')
}

fn plain_in_string(bytes: &[u8]) -> usize {
    memchr::memchr2(b'"', b'\\', bytes).unwrap_or(bytes.len())
}

/// How many bytes, from the first, neither open nor close anything.
fn plain_between_strings(bytes: &[u8]) -> usize {
    // `[` and `{`, `]` and `}` differ in one bit.
    let special = |byte: u8| (byte == b'"') | (byte | 0x20 == b'{') | (byte | 0x20 == b'}');
    // Without an early exit inside a chunk the compiler makes this a few vector comparisons.
    let (chunks, _) = bytes.as_chunks::<16>();
    let whole = chunks.iter().take_while(|chunk| !chunk.iter().fold(false, |any, &byte| any | special(byte))).count();
    let rest = bytes.get(16 * whole..).unwrap_or_default();
    16 * whole + rest.iter().take_while(|&&byte| !special(byte)).count()
}
