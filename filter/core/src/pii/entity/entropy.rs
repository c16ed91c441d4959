//! How random a text looks. It tells keys from words, and is no measure of strength.

/// Shannon's entropy of its characters, in bits per character.
pub(super) fn bits(text: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    for byte in text {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    // No token is longer than a few hundred characters.
    let length = f64::from(u32::try_from(text.len()).unwrap_or(u32::MAX));
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / length)
        .map(|part| -part * part.log2())
        .sum()
}

/// Whether it looks drawn by lot: at least this long, this mixed, and with digits or capitals among its letters.
pub(super) fn is_random(text: &[u8], least: usize, least_bits: f64) -> bool {
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = text.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let mixed = digits >= 2 && letters >= 2 || is_mixed(text);
    text.len() >= least && mixed && bits(text) >= least_bits
}

/// Whether capitals and small letters come about as often as each other. In the names of code the capitals are few.
pub(super) fn is_mixed(text: &[u8]) -> bool {
    let capitals = text.iter().filter(|byte| byte.is_ascii_uppercase()).count();
    let small = text.iter().filter(|byte| byte.is_ascii_lowercase()).count();
    capitals.min(small) * 10 >= (capitals + small) * 3 && capitals.min(small) > 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_those_of_the_formula() {
        assert!(bits(b"aaaa").abs() < 1e-9);
        assert!((bits(b"abab") - 1.0).abs() < 1e-9);
        assert!((bits(b"0123456789abcdef") - 4.0).abs() < 1e-9);
        assert!(bits(b"").abs() < 1e-9);
    }

    #[test]
    fn words_are_not_random_and_keys_are() {
        assert!(is_random(b"q7Xz01LmP4vT9sKe", 16, 3.0));
        assert!(!is_random(b"assessment-methodology", 16, 3.0));
        assert!(!is_random(b"a1a1a1a1a1a1a1a1", 16, 3.0));
        assert!(is_random(b"yqDVtkqPECriaLRi", 16, 3.0));
        assert!(!is_random(b"getAuthorizationTokenProvider", 16, 3.0));
        assert!(!is_random(b"AUTHORIZATIONTOKEN", 16, 3.0));
    }
}
