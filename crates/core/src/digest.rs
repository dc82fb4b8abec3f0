//! Fingerprints: SHA-256, written as lower-case hexadecimal digits.

use sha2::{Digest, Sha256};

/// The first `digits` hexadecimal digits (at most 64) of the SHA-256 of `bytes`.
pub fn hex(bytes: &[u8], digits: usize) -> String {
    let mut text = String::with_capacity(64);
    for b in Sha256::digest(bytes) {
        text.push(char::from(b"0123456789abcdef"[usize::from(b >> 4)]));
        text.push(char::from(b"0123456789abcdef"[usize::from(b & 15)]));
    }
    text.truncate(digits);
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn is_sha256() {
        assert_eq!(super::hex(b"abc", 16), "ba7816bf8f01cfea");
    }
}
