//! Bech32 and Bech32m (BIP 173 and BIP 350): what newer Bitcoin addresses are written in. The last six characters prove
//! the others.

const ALPHABET: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// Whether a segwit address of this human-readable part (in lower case) proves itself.
pub(super) fn is_address(address: &[u8], prefix: &str) -> bool {
    let lower = address.to_ascii_lowercase();
    if lower != address && address.iter().any(u8::is_ascii_lowercase) {
        return false;
    }
    let Some(data) = lower.strip_prefix(prefix.as_bytes()).and_then(|rest| rest.strip_prefix(b"1")) else {
        return false;
    };
    let values: Option<Vec<u32>> = data.iter().map(|character| value(*character)).collect();
    let Some(values) = values.filter(|values| values.len() > 6) else { return false };
    let high = prefix.bytes().map(|byte| u32::from(byte >> 5));
    let low = prefix.bytes().map(|byte| u32::from(byte & 31));
    let sum = high.chain([0]).chain(low).chain(values.iter().copied()).fold(1, step);
    // The witness version decides which of the two it must be.
    sum == if values.first() == Some(&0) { 1 } else { 0x2BC8_30A3 }
}

fn value(character: u8) -> Option<u32> {
    u32::try_from(ALPHABET.iter().position(|own| *own == character)?).ok()
}

fn step(sum: u32, value: u32) -> u32 {
    const GENERATORS: [u32; 5] = [0x3B6A_57B2, 0x2650_8E6D, 0x1EA1_19FA, 0x3D42_33DD, 0x2A14_62B3];
    let top = sum >> 25;
    let shifted = (sum & 0x1FF_FFFF) << 5 ^ value;
    GENERATORS
        .iter()
        .enumerate()
        .filter(|(bit, _)| top >> bit & 1 == 1)
        .fold(shifted, |sum, (_, generator)| sum ^ generator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proposals_examples_prove_themselves() {
        for address in [
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
            "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        ] {
            assert!(is_address(address.as_bytes(), "bc"), "{address}");
        }
    }

    #[test]
    fn the_proposals_counter_examples_do_not() {
        for address in [
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
            "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",
            "bc1qW508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
            "bc1",
            "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx",
        ] {
            assert!(!is_address(address.as_bytes(), "bc"), "{address}");
        }
    }
}
