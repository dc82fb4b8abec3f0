//! Sealed boxes (libsodium's `crypto_box_seal`), in which GitHub takes Actions secrets.

use crate::Draw;
use base64::{Engine, engine::general_purpose::STANDARD};
use crypto_box::PublicKey;
use pontoon_core::secret::Secret;

/// A key that cannot be sealed to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the public key is not 32 bytes in base64")]
pub struct SealError;

/// Seals a secret to a public key as GitHub shows it (base64), and writes the box in base64.
/// Source: GitHub documentation, "Encrypting secrets for the REST API".
///
/// # Errors
/// Where the key is none.
pub fn seal(public_key: &str, secret: &Secret, draw: &mut Draw) -> Result<String, SealError> {
    let key: [u8; 32] = STANDARD.decode(public_key).ok().and_then(|k| k.try_into().ok()).ok_or(SealError)?;
    let sealed = PublicKey::from(key).seal(draw, secret.expose().as_bytes()).map_err(|_| SealError)?;
    Ok(STANDARD.encode(sealed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crypto_box::SecretKey;

    #[test]
    fn only_the_owner_of_the_key_opens_a_box() {
        let mut draw = Draw::new([5; 32]);
        let (key, other) = (SecretKey::generate(&mut draw), SecretKey::generate(&mut draw));
        let public = STANDARD.encode(key.public_key().as_bytes());
        let sealed = seal(&public, &Secret::new("geheim"), &mut draw).unwrap();
        let bytes = STANDARD.decode(&sealed).unwrap();
        // An ephemeral key of 32 bytes and a tag of 16 stand before the text.
        assert_eq!(bytes.len(), 48 + 6);
        assert_eq!(key.unseal(&bytes).unwrap(), b"geheim");
        assert!(other.unseal(&bytes).is_err());
        assert_ne!(sealed, seal(&public, &Secret::new("geheim"), &mut draw).unwrap());
        assert_eq!(seal("c2hvcnQ=", &Secret::new("x"), &mut draw), Err(SealError));
    }
}
