//! The one byte that patterns see of a character; see [`entity`](super::entity). Not how characters are written: that is
//! `fold`'s.

use super::entity::folded;

/// What a character is folded to; `None` for one that nobody sees.
pub(super) fn byte_of(char: char) -> Option<u8> {
    let code = u32::from(char);
    match code {
        0..0x80 => u8::try_from(code).ok(),
        // Soft hyphen, combining marks, fillers, zero-width and direction marks, joiners, variation selectors, byte order
        // mark, tags: combining diacritics, and what Unicode lets be ignored by default.
        0xAD | 0x300..=0x36F | 0x61C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F => None,
        0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 => None,
        0xFFF0..=0xFFFB | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF => None,
        0xA0 | 0x1680 | 0x2000..=0x200A | 0x202F | 0x205F | 0x3000 => Some(b' '),
        0x2010..=0x2015 | 0x2212 | 0xFE58 | 0xFE63 => Some(b'-'),
        0xFF01..=0xFF5E => u8::try_from(code - 0xFF01 + 0x21).ok(),
        0x660..=0x1819 | 0x1D7CE..=0x1D7FF => Some(digit(code).unwrap_or_else(|| folded(char))),
        _ => Some(folded(char)),
    }
}

/// The digit that one of another script stands for.
fn digit(code: u32) -> Option<u8> {
    /// Arabic, Persian, Devanagari, Bengali, Gurmukhi, Gujarati, Odia, Tamil, Telugu, Kannada, Malayalam, Thai, Lao,
    /// Tibetan, Burmese, Khmer, Mongolian, and five styles of mathematics.
    const ZEROS: [u32; 22] = [
        0x660, 0x6F0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50, 0xED0, 0xF20, 0x1040,
        0x17E0, 0x1810, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6,
    ];
    let behind = |zero: &u32| code.checked_sub(*zero).filter(|value| *value < 10);
    ZEROS.iter().find_map(behind).and_then(|value| u8::try_from(value).ok()).map(|value| b'0' + value)
}
