//! The sums that prove numbers. Each takes digits (or characters) and says whether they prove themselves; which entity
//! has which, and what else it wants, is in the entities' files.

/// The Luhn sum: cards, and many national numbers.
pub fn luhn(digits: impl DoubleEndedIterator<Item = u8>) -> bool {
    let sum: u32 = digits
        .rev()
        .enumerate()
        .map(|(index, digit)| match (index % 2, u32::from(digit)) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => digit * 2 - 9,
            (_, digit) => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}
