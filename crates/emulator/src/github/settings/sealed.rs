//! Sealed boxes: a key pair for each place that has secrets, and opening what was sealed for it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crypto_box::SecretKey;
use sha2::{Digest, Sha256};

/// A place's key pair.
pub(crate) struct Keys {
    secret: SecretKey,
    /// Its id, which a client sends along.
    pub id: String,
}

impl Keys {
    /// Of the repository with that id; `environment` is empty for the repository itself.
    pub(crate) fn of(seed: u64, repository: &str, environment: &str) -> Self {
        let digest: [u8; 32] = Sha256::digest(format!("{seed}/{repository}/{environment}")).into();
        let number = digest.iter().take(7).fold(0_u64, |n, b| n << 8 | u64::from(*b));
        Self { secret: SecretKey::from(digest), id: format!("3380{number:017}") }
    }

    /// The public half, in Base64.
    pub(crate) fn public(&self) -> String {
        STANDARD.encode(self.secret.public_key().as_bytes())
    }

    /// What was sealed, when it was sealed for this place.
    pub(crate) fn open(&self, sealed: &str) -> Option<Vec<u8>> {
        self.secret.unseal(&STANDARD.decode(sealed).ok()?).ok()
    }
}
