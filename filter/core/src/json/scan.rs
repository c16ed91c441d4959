//! A validating scanner over JSON text: it checks a value and steps over it, in one pass, without recursion and without
//! memory that grows. Not a decoder (see `text`), and it looks at no key (see `object`).
//!
//! serde_json's `RawValue` would do the stepping over, but it nests as deep as the text does, at a byte of memory a
//! level, so a bound on the depth would take a pass of its own. Measured in V8 (wasm32, simd128; µs, this scanner with
//! all of `object`'s checks / serde_json to a list of `RawValue`s): 4 KB of chat 1.3 / 1.4, the same with an escape every
//! 20 bytes 2.3 / 1.9, 1 MB of chat 119 / 214, 48 KB of tools 61 / 58, 177 KB of numbers 428 / 269.

use super::{Flaw, Kind, Span};

/// How deep arrays and objects may nest inside the value that is stepped over.
pub(super) const MAX_DEPTH: usize = 512;

/// Where the scanner stands in a text.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    keys: Keys,
}

/// What the keys of a text tell of what it holds, however deep they stand. One that is written with escapes may be any.
#[derive(Clone, Copy, Default)]
pub(super) struct Keys {
    /// Whether one names a file that its provider keeps.
    pub(super) name_file: bool,
    /// Whether one may hold what a provider sealed, or a call's id, which may carry it.
    pub(super) hold_seal: bool,
}

/// Why it cannot go on. One byte, so that every step returns in a register; the place is where the scanner stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stop {
    Syntax,
    TooDeep,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Scanner<'a> {
        Scanner::starting_at(text, 0)
    }

    pub(super) fn starting_at(text: &'a str, at: usize) -> Scanner<'a> {
        Scanner { text, at, keys: Keys::default() }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    #[inline(always)]
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Steps over this byte, if it is what comes next.
    #[inline(always)]
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    #[inline(always)]
    pub(super) fn expect(&mut self, byte: u8) -> Result<(), Stop> {
        if self.eat(byte) { Ok(()) } else { Err(Stop::Syntax) }
    }

    #[inline(always)]
    pub(super) fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// Steps over the value that starts here.
    #[inline]
    pub(super) fn value(&mut self) -> Result<(Span, Kind), Stop> {
        let start = self.at;
        let kind = self.peek().and_then(Kind::of).ok_or(Stop::Syntax)?;
        match kind {
            Kind::Array | Kind::Object => self.nested()?,
            _ => self.scalar()?,
        }
        Ok((Span { start, end: self.at }, kind))
    }

    /// Steps over a key, its colon and the space around it, up to the value. Gives the key's literal.
    #[inline]
    pub(super) fn key(&mut self) -> Result<&'a str, Stop> {
        let start = self.at;
        self.string()?;
        let literal = self.text.get(start..self.at).unwrap_or_default();
        self.keys.see(literal.as_bytes());
        self.colon()?;
        Ok(literal)
    }

    /// What the keys that were stepped over tell.
    pub(super) fn keys(&self) -> Keys {
        self.keys
    }

    #[inline(always)]
    fn colon(&mut self) -> Result<(), Stop> {
        self.space();
        self.expect(b':')?;
        self.space();
        Ok(())
    }

    fn nested(&mut self) -> Result<(), Stop> {
        // A scanner of its own stays in registers.
        let mut own = Scanner { ..*self };
        let result = own.step_over_nested();
        (self.at, self.keys) = (own.at, own.keys);
        result
    }

    #[inline(always)]
    fn step_over_nested(&mut self) -> Result<(), Stop> {
        let mut nest = Nest::default();
        let mut in_object = false;
        loop {
            // A value starts here.
            match self.peek() {
                Some(open @ (b'[' | b'{')) => {
                    self.at += 1;
                    in_object = open == b'{';
                    nest.open(in_object)?;
                    self.space();
                    // In ASCII each closing bracket is the second after its opening one.
                    if !self.eat(open + 2) {
                        if in_object {
                            self.key()?;
                        }
                        continue;
                    }
                    let Some(object) = nest.close() else {
                        return Ok(());
                    };
                    in_object = object;
                }
                _ => self.scalar()?,
            }
            // A value has ended here.
            loop {
                self.space();
                if self.eat(b',') {
                    self.space();
                    if in_object {
                        self.key()?;
                    }
                    break;
                }
                self.expect(if in_object { b'}' } else { b']' })?;
                let Some(object) = nest.close() else {
                    return Ok(());
                };
                in_object = object;
            }
        }
    }

    #[inline(always)]
    fn scalar(&mut self) -> Result<(), Stop> {
        match self.peek() {
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'n') => self.word(b"null"),
            Some(b't') => self.word(b"true"),
            Some(b'f') => self.word(b"false"),
            _ => Err(Stop::Syntax),
        }
    }

    #[inline(always)]
    fn string(&mut self) -> Result<(), Stop> {
        self.expect(b'"')?;
        loop {
            self.at += plain(self.rest());
            match self.rest() {
                [b'"', ..] => {
                    self.at += 1;
                    return Ok(());
                }
                [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => self.at += 2,
                [b'\\', b'u', a, b, c, d, ..] if [a, b, c, d].iter().all(|byte| byte.is_ascii_hexdigit()) => {
                    self.at += 6;
                }
                [b'\\', ..] => {
                    self.at += 1;
                    return Err(Stop::Syntax);
                }
                _ => return Err(Stop::Syntax),
            }
        }
    }

    #[inline(always)]
    fn number(&mut self) -> Result<(), Stop> {
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    #[inline(always)]
    fn digits(&mut self) -> Result<(), Stop> {
        let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += digits;
        if digits == 0 { Err(Stop::Syntax) } else { Ok(()) }
    }

    #[inline(always)]
    fn word(&mut self, word: &[u8]) -> Result<(), Stop> {
        word.iter().try_for_each(|&byte| self.expect(byte))
    }

    #[inline(always)]
    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// Says why it stopped, and where.
    pub(super) fn flaw(&self, stop: Stop) -> Flaw {
        match stop {
            Stop::Syntax => Flaw::Syntax { offset: self.at },
            Stop::TooDeep => Flaw::TooDeep,
        }
    }
}

impl Keys {
    #[inline(always)]
    fn see(&mut self, literal: &[u8]) {
        match literal {
            br#""file_id""# | br#""file_ids""# | br#""fileUri""# | br#""file_uri""# => self.name_file = true,
            br#""id""# | br#""tool_call_id""# | br#""data""# => self.hold_seal = true,
            br#""signature""# | br#""encrypted_content""# | br#""thoughtSignature""# => self.hold_seal = true,
            _ if literal.contains(&b'\\') => *self = Keys { name_file: true, hold_seal: true },
            _ => {}
        }
    }
}

/// How long what stands inside a string literal is, up to its closing quote; `None` where it has none, or holds a control
/// character. Its escapes are stepped over and not checked.
pub(crate) fn inside_string(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += plain(bytes.get(at..)?);
        match bytes.get(at..)? {
            [b'"', ..] => return Some(at),
            [b'\\', escaped, ..] if *escaped >= b' ' => at += 2,
            _ => return None,
        }
    }
}

/// How many bytes, from the first, stand for themselves inside a string literal.
#[inline(always)]
fn plain(bytes: &[u8]) -> usize {
    let (words, _) = bytes.as_chunks();
    let (chunks, _) = words.as_chunks();
    for (index, chunk) in chunks.iter().enumerate() {
        if let Some(at) = specials(chunk) {
            return CHUNK * index + at;
        }
    }
    let whole = CHUNK * chunks.len();
    let rest = bytes.get(whole..).unwrap_or_default();
    whole + rest.iter().take_while(|&&byte| byte != b'"' && byte != b'\\' && byte >= b' ').count()
}

/// How many bytes are looked at at once.
const CHUNK: usize = 16;

/// Where the first quote, backslash or control character is.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[inline(always)]
fn specials(&[low, high]: &[[u8; 8]; 2]) -> Option<usize> {
    use core::arch::wasm32::{u8x16_bitmask, u8x16_eq, u8x16_lt, u8x16_splat, u64x2, v128_or};
    // Two loads; from sixteen bytes, one by one, it would be sixteen where the compiler minds the size.
    let bytes = u64x2(u64::from_le_bytes(low), u64::from_le_bytes(high));
    let quoting = v128_or(u8x16_eq(bytes, u8x16_splat(b'"')), u8x16_eq(bytes, u8x16_splat(b'\\')));
    let found = u8x16_bitmask(v128_or(quoting, u8x16_lt(bytes, u8x16_splat(b' '))));
    (found != 0).then(|| found.trailing_zeros() as usize)
}

/// The same, where no such instructions are at hand.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
fn specials(chunk: &[[u8; 8]; 2]) -> Option<usize> {
    chunk.as_flattened().iter().position(|&byte| byte == b'"' || byte == b'\\' || byte < b' ')
}

/// Which of the open brackets are braces: one bit each.
#[derive(Default)]
struct Nest {
    depth: usize,
    objects: [u64; MAX_DEPTH / 64],
}

impl Nest {
    #[inline]
    fn open(&mut self, object: bool) -> Result<(), Stop> {
        let word = self.objects.get_mut(self.depth / 64).ok_or(Stop::TooDeep)?;
        let bit = 1 << (self.depth % 64);
        *word = if object { *word | bit } else { *word & !bit };
        self.depth += 1;
        Ok(())
    }

    /// Closes the innermost. Whether the one around it is an object; `None` if there is none.
    #[inline]
    fn close(&mut self) -> Option<bool> {
        self.depth = self.depth.checked_sub(1)?;
        let level = self.depth.checked_sub(1)?;
        Some(self.objects.get(level / 64)? >> (level % 64) & 1 == 1)
    }
}
