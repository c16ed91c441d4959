//! Objects that Dragoman looks at: their members as spans, and the checks that no two readers can disagree on a key.
//! Values are stepped over; whoever wants to see inside asks the [`Value`].

use std::borrow::Cow;

use super::case::twin;
use super::scan::{Keys, Scanner, Stop};
use super::{Flaw, Kind, Span, text};

/// More members than any request has; a bound on the memory that a hostile one can take.
const MAX_MEMBERS: usize = 16_384;

/// Reads a body that has to be exactly one object, and checks all of it.
///
/// `known` are the keys that the caller will ask for: a key that is not one of them but differs from one only in case
/// (also `ſ` for `s`, or the Kelvin sign for `k`) is a flaw.
pub fn object<'a>(body: &'a [u8], known: &[&str]) -> Result<Object<'a>, Flaw> {
    if body.starts_with(b"\xef\xbb\xbf") {
        return Err(Flaw::Bom);
    }
    let body = simdutf8::basic::from_utf8(body).map_err(|_| invalid_utf8(body))?;
    let mut scanner = Scanner::new(body);
    scanner.space();
    let Some(first) = scanner.peek() else {
        return Err(Flaw::Empty);
    };
    let object = if first == b'{' {
        Ok(Object::read(body, &mut scanner)?)
    } else {
        let (_, found) = scanner.value().map_err(|stop| scanner.flaw(stop))?;
        Err(Flaw::Kind { wanted: Kind::Object, found })
    };
    scanner.space();
    if scanner.peek().is_some() {
        return Err(Flaw::TrailingData { offset: scanner.at() });
    }
    object?.checked(known)
}

/// An object's members, in their order.
#[derive(Clone)]
pub struct Object<'a> {
    span: Span,
    members: Vec<(Cow<'a, str>, Value<'a>)>,
    keys: Keys,
}

/// A value inside a body that has been checked.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    body: &'a str,
    span: Span,
    kind: Kind,
}

/// Where bytes stop to be UTF-8. To know the place takes longer than to know that there is one.
#[cold]
fn invalid_utf8(body: &[u8]) -> Flaw {
    let offset = simdutf8::compat::from_utf8(body).map_or_else(|error| error.valid_up_to(), |_| body.len());
    Flaw::InvalidUtf8 { offset }
}

impl<'a> Object<'a> {
    /// The value of the member with this key.
    pub fn find(&self, key: &str) -> Option<Value<'a>> {
        self.members().find_map(|(own, value)| (own == key).then_some(value))
    }

    /// Keys, unescaped, and values.
    pub fn members(&self) -> impl Iterator<Item = (&str, Value<'a>)> {
        self.members.iter().map(|(key, value)| (key.as_ref(), *value))
    }

    /// Where it stands in the body, braces included.
    pub fn span(&self) -> Span {
        self.span
    }

    /// Whether it has no members.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Whether any key in it, however deep, is one that names a file (`file_id`, `fileUri`); or might be, being written with escapes.
    pub fn may_name_file(&self) -> bool {
        self.keys.name_file
    }

    /// Whether any key in it, however deep, is one under which seals of providers stand, or calls' ids; or might be.
    pub fn may_hold_seal(&self) -> bool {
        self.keys.hold_seal
    }

    fn read(body: &'a str, scanner: &mut Scanner<'a>) -> Result<Object<'a>, Flaw> {
        let start = scanner.at();
        let mut members = Vec::new();
        Object::read_members(body, scanner, &mut members).map_err(|stop| scanner.flaw(stop))??;
        Ok(Object { span: Span { start, end: scanner.at() }, members, keys: scanner.keys() })
    }

    /// Stops where the text is not an object; the flaw inside is one of a key.
    fn read_members(
        body: &'a str,
        scanner: &mut Scanner<'a>,
        members: &mut Vec<(Cow<'a, str>, Value<'a>)>,
    ) -> Result<Result<(), Flaw>, Stop> {
        scanner.expect(b'{')?;
        scanner.space();
        while !scanner.eat(b'}') {
            if !members.is_empty() {
                scanner.expect(b',')?;
                scanner.space();
            }
            let key = scanner.key()?;
            let (span, kind) = scanner.value()?;
            scanner.space();
            if members.len() == MAX_MEMBERS {
                return Ok(Err(Flaw::TooManyMembers));
            }
            match text(key) {
                Ok(key) => members.push((key, Value { body, span, kind })),
                Err(flaw) => return Ok(Err(flaw)),
            }
        }
        Ok(Ok(()))
    }

    fn checked(self, known: &[&str]) -> Result<Object<'a>, Flaw> {
        let mut keys: Vec<&str> = self.members.iter().map(|(key, _)| key.as_ref()).collect();
        keys.sort_unstable();
        if let Some([twice, _]) = keys.array_windows().find(|[key, next]| key == next) {
            return Err(Flaw::duplicate(twice));
        }
        for key in keys {
            if let Some(known) = twin(key, known) {
                return Err(Flaw::ambiguous(key, known));
            }
        }
        Ok(self)
    }
}

impl<'a> Value<'a> {
    /// Where it stands in the body.
    pub fn span(&self) -> Span {
        self.span
    }

    /// What kind of value it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its text in the body, as the client wrote it.
    pub fn raw(&self) -> &'a str {
        self.body.get(self.span.start..self.span.end).unwrap_or_default()
    }

    /// Its text, if it is a string.
    pub fn text(&self) -> Result<Cow<'a, str>, Flaw> {
        self.is(Kind::String)?;
        text(self.raw())
    }

    /// Whether it is `true`, if it is a boolean.
    pub fn truth(&self) -> Result<bool, Flaw> {
        self.is(Kind::Bool)?;
        Ok(self.raw() == "true")
    }

    /// Its members, if it is an object; checked as by [`object`].
    pub fn object(&self, known: &[&str]) -> Result<Object<'a>, Flaw> {
        self.is(Kind::Object)?;
        Object::read(self.body, &mut Scanner::starting_at(self.body, self.span.start))?.checked(known)
    }

    /// Its elements, if it is an array.
    pub fn elements(&self) -> Result<Elements<'a>, Flaw> {
        self.is(Kind::Array)?;
        Ok(Elements { body: self.body, scanner: Scanner::starting_at(self.body, self.span.start), opened: false })
    }

    fn is(&self, wanted: Kind) -> Result<(), Flaw> {
        if self.kind == wanted { Ok(()) } else { Err(Flaw::Kind { wanted, found: self.kind }) }
    }
}

/// An array's elements, one after the other.
pub struct Elements<'a> {
    body: &'a str,
    scanner: Scanner<'a>,
    opened: bool,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        self.scanner.space();
        let more = self.scanner.eat(if self.opened { b',' } else { b'[' });
        self.opened = true;
        self.scanner.space();
        if !more || self.scanner.peek() == Some(b']') {
            return None;
        }
        let (span, kind) = self.scanner.value().ok()?;
        Some(Value { body: self.body, span, kind })
    }
}
