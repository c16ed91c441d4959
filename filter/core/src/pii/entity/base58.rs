//! Base58Check: what Bitcoin and its kin write addresses in. The last four bytes prove the others.

use sha2::{Digest, Sha256};

const ALPHABET: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// Version, hash and checksum of an address.
const LENGTH: usize = 25;

/// The version that an address names, if its sum proves it.
pub(super) fn version(address: &[u8]) -> Option<u8> {
    let bytes = decode(address)?;
    let (payload, sum) = bytes.split_at_checked(LENGTH - 4)?;
    let hash = Sha256::digest(Sha256::digest(payload));
    (hash.get(..4) == Some(sum)).then(|| payload.first().copied())?
}

fn decode(address: &[u8]) -> Option<[u8; LENGTH]> {
    let mut bytes = [0u8; LENGTH];
    for character in address {
        let mut carry = u32::try_from(ALPHABET.iter().position(|own| own == character)?).ok()?;
        for byte in bytes.iter_mut().rev() {
            carry += u32::from(*byte) * 58;
            *byte = u8::try_from(carry & 0xFF).ok()?;
            carry >>= 8;
        }
        if carry > 0 {
            return None;
        }
    }
    // Each zero byte in front is written as one `1`.
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let ones = address.iter().take_while(|character| **character == b'1').count();
    (zeros == ones).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_addresses_prove_themselves() {
        assert_eq!(version(b"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"), Some(0));
        assert_eq!(version(b"3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"), Some(5));
    }

    #[test]
    fn a_changed_a_longer_or_a_shorter_one_does_not() {
        for address in ["1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "11A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "1A1zP1eP5QGe", ""]
        {
            assert_eq!(version(address.as_bytes()), None, "{address}");
        }
        assert_eq!(version(&[b'z'; 60]), None);
    }
}
