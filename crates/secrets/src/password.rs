//! Passwords: drawn, of letters, digits, `-` and `_`, so that they stand in a URL as they are.

use crate::Draw;
use pontoon_core::secret::Secret;
use zeroize::Zeroizing;

/// The 64 characters that a password is made of: six bits each, so that every one is equally likely.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A password of so many characters, each worth six bits; it begins with a letter, because some vendors ask for it and
/// some programs take a leading `-` for an option.
pub fn password(draw: &mut Draw, length: usize) -> Secret {
    let mut text = Zeroizing::new(String::with_capacity(length));
    while text.len() < length {
        let [byte] = draw.bytes::<1>();
        let character = ALPHABET.get(usize::from(byte & 63)).map_or('A', |b| char::from(*b));
        if !text.is_empty() || character.is_ascii_alphabetic() {
            text.push(character);
        }
    }
    Secret::new(text.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn passwords_have_their_length_and_alphabet_and_differ() {
        let mut draw = Draw::new([4; 32]);
        let all: Vec<Secret> = (0..200).map(|_| password(&mut draw, 32)).collect();
        for p in &all {
            assert_eq!(p.expose().len(), 32);
            assert!(p.expose().starts_with(|c: char| c.is_ascii_alphabetic()));
            assert!(p.expose().bytes().all(|b| ALPHABET.contains(&b)));
        }
        assert_eq!(all.iter().map(Secret::expose).collect::<BTreeSet<_>>().len(), 200);
        let used: BTreeSet<char> = all.iter().flat_map(|p| p.expose().chars().collect::<Vec<_>>()).collect();
        assert_eq!(used.len(), 64, "every character is drawn");
    }
}
