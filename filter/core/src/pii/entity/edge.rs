//! What may not stand directly beside an entity. Not part of its pattern: the search needs it before it starts one.

/// Kinds of characters that forbid an entity beside them. The text's beginning and end never do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge(u16);

impl Edge {
    /// Anything may.
    pub const ANY: Edge = Edge(0);
    /// An ASCII letter may not.
    pub const LETTER: Edge = Edge(1);
    /// A digit may not.
    pub const DIGIT: Edge = Edge(2);
    /// `_` may not.
    pub const UNDERSCORE: Edge = Edge(4);
    /// `-` may not.
    pub const HYPHEN: Edge = Edge(8);
    /// `.` may not.
    pub const DOT: Edge = Edge(16);
    /// `/`, `+` and `=` may not. `\` may: in JSON it begins what stands behind.
    pub const SLASH: Edge = Edge(32);
    /// `:` may not.
    pub const COLON: Edge = Edge(64);
    /// `@`, `#`, `$`, `%` and `&` may not.
    pub const SIGN: Edge = Edge(128);
    /// `:` may not where it is an address's: behind hexadecimal digits that are no word's, or another colon. Any other
    /// colon is a sentence's.
    pub const ADDRESS: Edge = Edge(256);
    /// What regular expressions call a word may not: letters, digits, `_`.
    pub const WORD: Edge = Edge::LETTER.or(Edge::DIGIT).or(Edge::UNDERSCORE);
    /// What tokens are made of may not: a word, `-`.
    pub const TOKEN: Edge = Edge::WORD.or(Edge::HYPHEN);

    /// Neither may.
    pub const fn or(self, other: Edge) -> Edge {
        Edge(self.0 | other.0)
    }

    /// The kind of a folded character.
    pub const fn of(byte: u8) -> Edge {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => Edge::LETTER,
            b'0'..=b'9' => Edge::DIGIT,
            b'_' => Edge::UNDERSCORE,
            b'-' => Edge::HYPHEN,
            b'.' => Edge::DOT,
            b'/' | b'+' | b'=' => Edge::SLASH,
            b':' => Edge::COLON,
            b'@' | b'#' | b'$' | b'%' | b'&' => Edge::SIGN,
            _ => Edge::ANY,
        }
    }

    /// How many kinds of characters there are, those that forbid nothing included.
    pub const KINDS: usize = 9;

    /// The number of a folded character's kind; 0 for one that forbids nothing.
    #[inline]
    pub fn kind(byte: u8) -> usize {
        usize::from(KIND.get(usize::from(byte)).copied().unwrap_or(0))
    }

    /// Whether characters of the kind with this number forbid it.
    pub const fn forbids_kind(self, kind: usize) -> bool {
        kind > 0 && self.0 & (1 << (kind - 1)) != 0
    }

    /// Whether what stands before it forbids it. An escape never does.
    pub fn forbids_behind(self, before: &[u8]) -> bool {
        let forbids = before.last().is_some_and(|byte| self.forbids(*byte));
        forbids && !ends_with_escape(before) || self.is_address() && is_in_address(before)
    }

    /// Whether it looks at more than one character.
    pub const fn is_address(self) -> bool {
        self.0 & Edge::ADDRESS.0 != 0
    }

    /// Whether this character forbids it.
    pub const fn forbids(self, byte: u8) -> bool {
        self.0 & Edge::of(byte).0 != 0
    }
}

/// Whether a text ends with an escape of JSON that ends with a letter or a digit (`\n`, `\u00e9`): what stands behind it
/// begins anew, if the text is JSON. A text may be JSON in JSON, so a backslash counts that another escapes.
pub fn ends_with_escape(before: &[u8]) -> bool {
    match before {
        [.., b'\\', b'b' | b'f' | b'n' | b'r' | b't'] => true,
        [.., b'\\', b'u', a, b, c, d] => [a, b, c, d].iter().all(|digit| digit.is_ascii_hexdigit()),
        _ => false,
    }
}

/// Whether a text ends with a colon of an address. A group of its has four digits at most.
pub fn is_in_address(before: &[u8]) -> bool {
    let Some(rest) = before.strip_suffix(b":") else { return false };
    let digits = rest.iter().rev().take(5).take_while(|byte| byte.is_ascii_hexdigit()).count();
    let ahead = rest.iter().rev().nth(digits);
    if digits == 0 { ahead == Some(&b':') } else { !ahead.is_some_and(u8::is_ascii_alphanumeric) }
}

const KIND: [u8; 256] = kinds();

#[expect(clippy::indexing_slicing, reason = "it is computed when this is compiled")]
const fn kinds() -> [u8; 256] {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < kinds.len() {
        let Edge(bit) = Edge::of(byte as u8);
        if bit != 0 {
            kinds[byte] = bit.trailing_zeros() as u8 + 1;
        }
        byte += 1;
    }
    kinds
}
