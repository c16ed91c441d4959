//! The sums that prove numbers. Each takes digits (or characters) and says whether they prove themselves; which entity
//! has which, and what else it wants, is in the entities' files.

/// Digits, read as one number.
pub fn number(digits: impl Iterator<Item = u8>) -> u64 {
    digits.fold(0, |number, digit| number.wrapping_mul(10).wrapping_add(u64::from(digit)))
}

/// Each digit times its weight, added up; what has no weight does not count.
pub fn weighted(digits: impl Iterator<Item = u8>, weights: &[u32]) -> u32 {
    digits.zip(weights).map(|(digit, weight)| u32::from(digit) * weight).sum()
}

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

/// What is left of digits and letters (A is 10 … Z is 35) after division by 97: ISO 7064's MOD 97-10, and others.
pub fn mod97(characters: impl Iterator<Item = u8>) -> u32 {
    characters.fold(0, |rest, character| match character {
        b'0'..=b'9' => (rest * 10 + u32::from(character - b'0')) % 97,
        _ => (rest * 100 + u32::from(character.to_ascii_uppercase().wrapping_sub(b'A')) + 10) % 97,
    })
}

/// ISO 7064's MOD 11,10, with its check digit last.
pub fn mod11_10(digits: impl Iterator<Item = u8>) -> bool {
    let product = digits.fold(None, |product, digit| {
        let sum = (product.map_or(10, |product: u32| product * 2 % 11) + u32::from(digit)) % 10;
        Some(if sum == 0 { 10 } else { sum })
    });
    product == Some(1)
}

/// ISO 7064's MOD 11-2, with its check character (a digit, or X for 10) last.
pub fn mod11_2(characters: impl Iterator<Item = u8>) -> bool {
    let value = |character: u8| if character.is_ascii_digit() { u32::from(character - b'0') } else { 10 };
    characters.fold(0, |rest, character| (rest * 2 + value(character)) % 11) == 1
}

/// Verhoeff's sum over the dihedral group of ten, with its check digit last.
pub fn verhoeff(digits: impl DoubleEndedIterator<Item = u8>) -> bool {
    let rest = digits.rev().enumerate().fold(0, |rest, (index, digit)| {
        // Each place permutes its digit once more than the one before it; after eight times it is itself again.
        let permuted = (0..index % 8).fold(digit, |digit, _| permute(digit));
        combine(rest, permuted)
    });
    rest == 0
}

fn permute(digit: u8) -> u8 {
    [1, 5, 7, 6, 2, 8, 3, 0, 9, 4].get(usize::from(digit)).copied().unwrap_or(digit)
}

/// The group's operation: rotations are 0 to 4, reflections 5 to 9.
fn combine(a: u8, b: u8) -> u8 {
    match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => (a + b) % 5 + 5,
        (false, true) => (a + 5 - b) % 5 + 5,
        (false, false) => (a + 5 - b) % 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str) -> impl DoubleEndedIterator<Item = u8> + Clone + '_ {
        text.bytes().map(|byte| byte - b'0')
    }

    /// Every other last digit must fail.
    fn proves_only(proof: impl Fn(&str) -> bool, good: &str) {
        let (stem, last) = good.split_at(good.len() - 1);
        for digit in "0123456789".chars() {
            let text = format!("{stem}{digit}");
            assert_eq!(proof(&text), last == digit.to_string(), "{text}");
        }
    }

    #[test]
    fn luhn_proves_published_test_cards_only() {
        for card in ["4111111111111111", "378282246310005", "30569309025904", "6011111111111117", "3530111333300000"] {
            proves_only(|text| luhn(digits(text)), card);
        }
    }

    #[test]
    fn verhoeff_proves_the_published_examples() {
        for example in ["2363", "123451", "84736430954837284567892", "1428570"] {
            proves_only(|text| verhoeff(digits(text)), example);
        }
        assert!(!verhoeff(digits("3263")), "two neighbours swapped");
    }

    #[test]
    fn mod11_10_proves_the_example_of_the_german_tax_office() {
        proves_only(|text| mod11_10(digits(text)), "86095742719");
        proves_only(|text| mod11_10(digits(text)), "47036892816");
        assert!(!mod11_10(digits("")));
    }

    #[test]
    fn mod11_2_proves_the_examples_of_the_standard() {
        assert!(mod11_2("07940".bytes()) && mod11_2("079X".bytes()));
        assert!(!mod11_2("07941".bytes()) && !mod11_2("0794X".bytes()));
        assert!(mod11_2("11010519491231002X".bytes()));
        assert!(!mod11_2("110105194912310021".bytes()));
    }

    #[test]
    fn mod97_is_one_for_account_numbers_turned_around() {
        assert_eq!(mod97("WEST12345698765432GB82".bytes()), 1);
        assert_eq!(mod97("west12345698765432gb82".bytes()), 1);
        assert_ne!(mod97("WEST12345698765432GB83".bytes()), 1);
    }
}
