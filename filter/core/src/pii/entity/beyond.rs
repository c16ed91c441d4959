//! Characters beyond ASCII, as patterns and contexts see them: one byte that says whether the alphabet has cases, and
//! enough of the character to tell words apart, but not characters: `密码` and `Телефон` are told from nearly all other
//! words. Not what is a space, a digit or unseen: that is `alphabet`'s.

/// What letters of alphabets that have cases (é, ß, Ж) are folded to: this, and five bits of the small letter.
pub const LETTER: u8 = 0xC0;
/// What all others (CJK, Arabic, emoji, punctuation) are folded to: this, and six bits of the character. Itself stands for
/// what cannot be read.
pub const OTHER: u8 = 0x80;

/// Whether a folded character is a letter beyond ASCII.
pub const fn is_letter(byte: u8) -> bool {
    byte & 0xE0 == LETTER
}

/// Whether a folded character is any other beyond ASCII.
pub const fn is_other(byte: u8) -> bool {
    byte & 0xC0 == OTHER
}

/// What a character is folded to that is beyond ASCII and stands for nothing else.
pub fn folded(char: char) -> u8 {
    let low = |char: char, bits: u32| u8::try_from(u32::from(char) & bits).unwrap_or(0);
    match char {
        // Hebrew to Myanmar, Hangul and Ethiopic, CJK, Hangul: these have no cases, and looking that up takes time.
        '\u{590}'..'\u{10A0}' | '\u{1100}'..'\u{13A0}' | '\u{2E80}'..'\u{A640}' | '\u{AC00}'..='\u{D7FF}' => {
            OTHER | low(char, 0x3F)
        }
        // At the end of a word it is written in another way, and only as a small letter.
        'ς' => folded('σ'),
        _ if char.is_lowercase() => LETTER | low(char, 0x1F),
        _ if char.is_uppercase() => LETTER | low(char.to_lowercase().next().unwrap_or(char), 0x1F),
        _ => OTHER | low(char, 0x3F),
    }
}

/// A pattern in which characters beyond ASCII are what they are folded to.
pub fn in_bytes(pattern: &str) -> String {
    let mut bytes = String::with_capacity(pattern.len());
    for char in pattern.chars() {
        if char.is_ascii() {
            bytes.push(char);
        } else {
            bytes.push_str(&format!(r"\x{:02X}", folded(char)));
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_those_that_have_cases() {
        for char in '\u{80}'..=char::MAX {
            let cased = char.is_lowercase() || char.is_uppercase();
            assert_eq!(is_letter(folded(char)), cased, "{char:?}");
            assert_eq!(is_other(folded(char)), !cased, "{char:?}");
        }
    }

    #[test]
    fn capitals_are_folded_as_their_small_letters() {
        for (capital, small) in "ÉŁŞЖЁΣΩ".chars().zip("éłşжёσω".chars()) {
            assert_eq!(folded(capital), folded(small), "{capital}");
        }
        assert_eq!(folded('ς'), folded('Σ'));
    }
}
