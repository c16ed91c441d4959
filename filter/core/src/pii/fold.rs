//! From text as it is written (UTF-8, perhaps inside a JSON string, perhaps inside a JSON string inside one) to the one
//! byte per character that patterns see; see [`entity`](super::entity). It remembers where each came from, so that a
//! match can be cut out of the original bytes. Not a decoder: nothing is checked, and what cannot be read is [`OTHER`].
//!
//! A text may itself be JSON, or hold some (structured output, what a tool gave, a log), and nobody says so. What can only
//! be an escape of a character, `\u0065` or `\/`, is that character wherever it stands: PHP, Python, Go and .NET write `/`,
//! `é`, `<` and `+` so. Not `\n`, with which a word may begin in a path; for that see `escape`. And `%40` is the `@` of
//! an address in a URL.

use super::alphabet::byte_of;
use super::entity::OTHER;

/// How many JSON strings a text is written inside of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Plain UTF-8.
    Plain,
    /// What stands between the quotes of a JSON string.
    Json,
    /// JSON text in a JSON string: a tool call's arguments.
    JsonInJson,
}

/// More backslashes before one letter are no escape: in JSON in JSON in JSON there are seven.
const MOST_BACKSLASHES: usize = 7;

/// More zero-width characters in a row than this are not skipped: they would have to be held for ever.
const MOST_UNSEEN: u8 = 16;

/// Folded text.
#[derive(Default)]
pub struct Folded {
    /// One byte per character.
    pub bytes: Vec<u8>,
    /// The characters that are not one raw byte, or do not follow on the one before: all others go by these.
    odd: Vec<Odd>,
    /// Where quotes stand that open or close strings of JSON text: only at [`Depth::JsonInJson`].
    quotes: Vec<usize>,
    /// How much of the front has no raw bytes any more: what was decided before.
    context: usize,
}

struct Odd {
    at: usize,
    raw: usize,
    length: usize,
    /// How many that nobody sees stand directly before it.
    unseen: Unseen,
}

/// What folding remembers from one piece of a text to the next.
#[derive(Clone, Copy, Default)]
pub struct Unseen(u8);

impl Folded {
    /// Begins anew, behind characters that are only there to be looked back at.
    pub fn restart(&mut self, context: &[u8]) {
        self.bytes.clear();
        self.bytes.extend_from_slice(context);
        self.odd.clear();
        self.quotes.clear();
        self.context = context.len();
    }

    /// Folds all of `raw` but what may be the first part of a character; if it is the `last` piece, all. Returns how
    /// much was taken.
    pub fn fold(&mut self, raw: &[u8], depth: Depth, unseen: &mut Unseen, last: bool) -> usize {
        let mut at = 0;
        let mut follows = true;
        let mut escape = memchr::memchr2(b'\\', b'%', raw).unwrap_or(raw.len());
        while let Some(rest) = raw.get(at..).filter(|rest| !rest.is_empty()) {
            if escape < at {
                escape = memchr::memchr2(b'\\', b'%', rest).map_or(raw.len(), |behind| at + behind);
            }
            let plain = plain(rest.get(..escape - at).unwrap_or(rest));
            if plain > 0 {
                if !follows {
                    self.odd.push(Odd { at: self.bytes.len(), raw: at, length: 1, unseen: Unseen::default() });
                    follows = true;
                }
                self.bytes.extend_from_slice(rest.get(..plain).unwrap_or_default());
                unseen.0 = 0;
                at += plain;
                continue;
            }
            let (read, length) = match spelled(rest, depth) {
                Glyph::Is(read, length) => (read, length),
                Glyph::Cut if !last => return at,
                Glyph::Cut => at_end(rest, depth),
            };
            let before = *unseen;
            if let Some(byte) = self.seen(read, unseen) {
                self.odd.push(Odd { at: self.bytes.len(), raw: at, length, unseen: before });
                if byte == b'"' && depth == Depth::JsonInJson && read == Read::Char('"') {
                    self.quotes.push(self.bytes.len());
                }
                self.bytes.push(byte);
            }
            follows = false;
            at += length;
        }
        at
    }

    /// What a character is folded to; `None` for one that is not seen.
    fn seen(&self, read: Read, unseen: &mut Unseen) -> Option<u8> {
        let byte = match read {
            Read::Char(char) | Read::Escaped(char) => byte_of(char),
            Read::Broken => Some(OTHER),
        };
        unseen.0 = if byte.is_none() { unseen.0.saturating_add(1) } else { 0 };
        if unseen.0 > MOST_UNSEEN { Some(OTHER) } else { byte }
    }

    /// Where the raw bytes of the character at `index` begin. At the end: where those of the last one end.
    pub fn raw_start(&self, index: usize) -> usize {
        match index.checked_sub(1) {
            Some(before) if index >= self.bytes.len() => self.raw_end(before),
            _ => self.raw(index).0,
        }
    }

    /// Where the raw bytes of the character at `index` end.
    pub fn raw_end(&self, index: usize) -> usize {
        let (start, length) = self.raw(index);
        start + length
    }

    /// What folding remembered before the character at `index`: it must, to fold that again.
    pub fn unseen(&self, index: usize) -> Unseen {
        let odd = self.odd.binary_search_by_key(&index, |odd| odd.at).ok().and_then(|odd| self.odd.get(odd));
        odd.map(|odd| odd.unseen).unwrap_or_default()
    }

    fn raw(&self, index: usize) -> (usize, usize) {
        let odds = self.odd.partition_point(|odd| odd.at <= index);
        match odds.checked_sub(1).and_then(|last| self.odd.get(last)) {
            Some(odd) if odd.at == index => (odd.raw, odd.length),
            Some(odd) => (odd.raw + odd.length + (index - odd.at - 1), 1),
            None => (index.saturating_sub(self.context), 1),
        }
    }

    /// The first quote from `at` on that opens or closes a string.
    pub fn quote(&self, at: usize) -> Option<usize> {
        self.quotes.iter().copied().find(|quote| *quote >= at)
    }

    /// How many quotes open or close strings in this range.
    pub fn quotes(&self, range: std::ops::Range<usize>) -> usize {
        self.quotes.iter().filter(|at| range.contains(at)).count()
    }
}

/// The text that is written so, without what nobody sees; what cannot be read is U+FFFD.
pub fn read(raw: &[u8], depth: Depth) -> String {
    let (mut text, mut at) = (String::new(), 0);
    while let Some(rest) = raw.get(at..).filter(|rest| !rest.is_empty()) {
        let (read, length) = match spelled(rest, depth) {
            Glyph::Is(read, length) => (read, length),
            Glyph::Cut => at_end(rest, depth),
        };
        let char = match read {
            Read::Char(char) | Read::Escaped(char) => char,
            Read::Broken => char::REPLACEMENT_CHARACTER,
        };
        if byte_of(char).is_some() {
            text.push(char);
        }
        at += length;
    }
    text
}

/// How many bytes, from the first, are characters of ASCII.
fn plain(raw: &[u8]) -> usize {
    const CHUNK: usize = 64;
    let whole = CHUNK * raw.as_chunks::<CHUNK>().0.iter().take_while(|chunk| chunk.is_ascii()).count();
    whole + raw.get(whole..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii()).count()
}

/// One character, and how many raw bytes it takes.
#[derive(Clone, Copy)]
enum Glyph {
    Is(Read, usize),
    /// There may be more of it to come.
    Cut,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Read {
    /// Written as itself, at the innermost level.
    Char(char),
    /// Written as an escape there.
    Escaped(char),
    Broken,
}

/// One character of a text that may itself be JSON, or hold URLs.
fn spelled(raw: &[u8], depth: Depth) -> Glyph {
    let own = glyph(raw, depth);
    let escaped = match own {
        Glyph::Is(Read::Char('\\') | Read::Escaped('\\'), at) => Escapes { raw, at, outer: depth }.character(),
        Glyph::Is(Read::Char('%') | Read::Escaped('%'), at) => Escapes { raw, at, outer: depth }.at_sign(),
        _ => return own,
    };
    match escaped {
        Ok(Some((char, length))) => Glyph::Is(Read::Escaped(char), length),
        Ok(None) => own,
        Err(Short) => Glyph::Cut,
    }
}

/// The first character of an end that is cut: of an escape that does not go on, what it begins with.
fn at_end(raw: &[u8], depth: Depth) -> (Read, usize) {
    match glyph(raw, depth) {
        Glyph::Is(read, length) => (read, length),
        Glyph::Cut => (Read::Broken, raw.len()),
    }
}

fn glyph(raw: &[u8], depth: Depth) -> Glyph {
    let outer = match depth {
        Depth::Plain => return utf8(raw),
        Depth::Json => Depth::Plain,
        Depth::JsonInJson => Depth::Json,
    };
    let (first, length) = match glyph(raw, outer) {
        Glyph::Is(Read::Char('\\') | Read::Escaped('\\'), length) => ('\\', length),
        // A character at this level, however it was written outside of it.
        Glyph::Is(Read::Escaped(char), length) => return Glyph::Is(Read::Char(char), length),
        other => return other,
    };
    let mut rest = Escapes { raw, at: length, outer };
    match rest.next() {
        Ok(Some('u')) => {}
        Ok(Some(letter)) => return Glyph::Is(escaped(letter), rest.at),
        Ok(None) => return Glyph::Is(Read::Char(first), length),
        Err(Short) => return Glyph::Cut,
    }
    match rest.unit() {
        Ok(Some(unit @ 0xD800..0xDC00)) => low_half(unit, rest),
        Ok(Some(unit)) => Glyph::Is(char::from_u32(unit).map_or(Read::Broken, Read::Escaped), rest.at),
        Ok(None) => Glyph::Is(Read::Broken, rest.at),
        Err(Short) => Glyph::Cut,
    }
}

/// The second half of a surrogate pair. Half a pair is a broken character.
fn low_half(high: u32, first: Escapes<'_>) -> Glyph {
    let alone = Glyph::Is(Read::Broken, first.at);
    let mut rest = first;
    for expected in ['\\', 'u'] {
        match rest.next() {
            Ok(Some(char)) if char == expected => {}
            Ok(_) => return alone,
            Err(Short) => return Glyph::Cut,
        }
    }
    match rest.unit() {
        Ok(Some(low @ 0xDC00..0xE000)) => {
            let char = char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00));
            Glyph::Is(char.map_or(Read::Broken, Read::Escaped), rest.at)
        }
        Ok(_) => alone,
        Err(Short) => Glyph::Cut,
    }
}

/// The characters behind a backslash, read at the level outside of it.
#[derive(Clone, Copy)]
struct Escapes<'a> {
    raw: &'a [u8],
    at: usize,
    outer: Depth,
}

/// The text ends in the middle.
struct Short;

impl Escapes<'_> {
    /// The next character; `None` for a broken one, which is left where it is.
    fn next(&mut self) -> Result<Option<char>, Short> {
        let rest = self.raw.get(self.at..).unwrap_or_default();
        if rest.is_empty() {
            return Err(Short);
        }
        match glyph(rest, self.outer) {
            Glyph::Is(Read::Char(char) | Read::Escaped(char), length) => {
                self.at += length;
                Ok(Some(char))
            }
            Glyph::Is(Read::Broken, _) => Ok(None),
            Glyph::Cut => Err(Short),
        }
    }

    /// The character that can only be meant, and where it ends. Half a pair is none.
    fn character(mut self) -> Result<Option<(char, usize)>, Short> {
        // Of many in a row each would look at the next ones.
        let width = match self.outer {
            Depth::Plain => 1,
            Depth::Json => 2,
            Depth::JsonInJson => 4,
        };
        let too_many = self.raw.get(self.at..).and_then(|rest| rest.get(..MOST_BACKSLASHES * width));
        if too_many.is_some_and(|next| next.iter().all(|byte| *byte == b'\\')) {
            return Ok(None);
        }
        for _ in 0..MOST_BACKSLASHES {
            match self.next()? {
                Some('\\') => {}
                Some('/') => return Ok(Some(('/', self.at))),
                Some('u') => {
                    let unit = self.unit()?;
                    return Ok(unit.and_then(char::from_u32).map(|char| (char, self.at)));
                }
                _ => break,
            }
        }
        Ok(None)
    }

    /// The rest of `%40`.
    fn at_sign(mut self) -> Result<Option<(char, usize)>, Short> {
        let is_one = self.next()? == Some('4') && self.next()? == Some('0');
        Ok(is_one.then_some(('@', self.at)))
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Result<Option<u32>, Short> {
        let mut unit = 0;
        for _ in 0..4 {
            let before = self.at;
            let Some(digit) = self.next()?.and_then(|char| char.to_digit(16)) else {
                self.at = before;
                return Ok(None);
            };
            unit = unit << 4 | digit;
        }
        Ok(Some(unit))
    }
}

fn escaped(letter: char) -> Read {
    match letter {
        'n' => Read::Escaped('\n'),
        't' => Read::Escaped('\t'),
        'r' => Read::Escaped('\r'),
        'b' => Read::Escaped('\u{8}'),
        'f' => Read::Escaped('\u{c}'),
        '"' | '\\' | '/' => Read::Escaped(letter),
        _ => Read::Broken,
    }
}

fn utf8(raw: &[u8]) -> Glyph {
    let width = match raw.first() {
        Some(byte) if byte.is_ascii() => return Glyph::Is(Read::Char(char::from(*byte)), 1),
        Some(0xC2..=0xDF) => 2,
        Some(0xE0..=0xEF) => 3,
        Some(0xF0..=0xF4) => 4,
        _ => return Glyph::Is(Read::Broken, 1),
    };
    let bytes = raw.get(..width.min(raw.len())).unwrap_or_default();
    match std::str::from_utf8(bytes) {
        Ok(text) => text.chars().next().map_or(Glyph::Is(Read::Broken, 1), |char| Glyph::Is(Read::Char(char), width)),
        // Nothing is wrong with it yet: it is only not all there.
        Err(error) if error.error_len().is_none() => Glyph::Cut,
        Err(_) => Glyph::Is(Read::Broken, 1),
    }
}
