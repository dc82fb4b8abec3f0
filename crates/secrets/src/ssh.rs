//! SSH keys: Ed25519, written as OpenSSH writes them.

use crate::Draw;
use pontoon_core::secret::Secret;
use ssh_key::{
    HashAlg, LineEnding, PrivateKey, PublicKey,
    private::{Ed25519Keypair, KeypairData},
};
use std::fmt;
use zeroize::Zeroizing;

/// A key that cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SshError(String);

/// A pair of keys.
#[derive(Clone)]
pub struct SshKey {
    public: PublicKey,
    private: Secret,
}

impl SshKey {
    /// A new pair, drawn; the comment says what it is for.
    ///
    /// # Errors
    /// Where the comment cannot be written.
    pub fn draw(draw: &mut Draw, comment: &str) -> Result<SshKey, SshError> {
        let seed = Zeroizing::new(draw.bytes::<32>());
        let data = KeypairData::Ed25519(Ed25519Keypair::from_seed(&seed));
        SshKey::of(&PrivateKey::new(data, comment).map_err(|e| SshError(e.to_string()))?)
    }
    /// Reads a private key as OpenSSH writes it, without a passphrase.
    ///
    /// # Errors
    /// Where it is none, without showing it.
    pub fn parse(private: &Secret) -> Result<SshKey, SshError> {
        let key = PrivateKey::from_openssh(private.expose()).map_err(|_| SshError("this is no OpenSSH private key".into()))?;
        if key.is_encrypted() {
            return Err(SshError("this OpenSSH private key asks for a passphrase".into()));
        }
        SshKey::of(&key)
    }
    fn of(key: &PrivateKey) -> Result<SshKey, SshError> {
        let text = key.to_openssh(LineEnding::LF).map_err(|e| SshError(e.to_string()))?;
        Ok(SshKey { public: key.public_key().clone(), private: Secret::new(text.as_str()) })
    }
    /// The private half, as a file: `identity` of Flux's Git credential.
    pub fn private(&self) -> &Secret {
        &self.private
    }
    /// The public half, as the line of `authorized_keys` with its comment.
    pub fn public(&self) -> String {
        self.public.to_openssh().unwrap_or_default()
    }
    /// `SHA256:…` of the public half.
    pub fn fingerprint(&self) -> String {
        self.public.fingerprint(HashAlg::Sha256).to_string()
    }
}

impl fmt::Debug for SshKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "(secret key of {})", self.fingerprint())
    }
}

/// Algorithm and key of a public line, without its comment: two lines name one key when these are equal.
pub fn bare(line: &str) -> String {
    line.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

/// `SHA256:…` of a public line.
///
/// # Errors
/// Where the line is no public key.
pub fn fingerprint(line: &str) -> Result<String, SshError> {
    let key = PublicKey::from_openssh(line.trim()).map_err(|e| SshError(format!("this is no public SSH key: {e}")))?;
    Ok(key.fingerprint(HashAlg::Sha256).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_stable_and_reads_itself() {
        let key = SshKey::draw(&mut Draw::new([6; 32]), "shop-prod").unwrap();
        assert_eq!(key.public(), SshKey::draw(&mut Draw::new([6; 32]), "shop-prod").unwrap().public());
        assert!(key.public().starts_with("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI"));
        assert!(key.public().ends_with(" shop-prod"));
        assert!(key.private().expose().starts_with("-----BEGIN OPENSSH PRIVATE KEY-----\n"));
        let read = SshKey::parse(key.private()).unwrap();
        assert_eq!((read.public(), read.fingerprint()), (key.public(), key.fingerprint()));
        assert_eq!(fingerprint(&key.public()).unwrap(), key.fingerprint());
        assert_eq!(bare(&key.public()), bare(&format!("{} other comment", bare(&key.public()))));
        assert_eq!(format!("{key:?}"), format!("(secret key of {})", key.fingerprint()));
        assert!(SshKey::parse(&Secret::new("x")).is_err());
        assert!(fingerprint("ssh-ed25519 x").is_err());
    }
}
