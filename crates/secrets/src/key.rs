//! age keys (X25519), and files encrypted to them, in the armour that people paste.

use crate::Draw;
use age::{
    Decryptor, Encryptor,
    armor::{ArmoredReader, ArmoredWriter, Format},
    secrecy::ExposeSecret,
    x25519,
};
use bech32::{Bech32, Hrp};
use pontoon_core::secret::Secret;
use std::{
    fmt,
    io::{Read, Write},
    str::FromStr,
};
use zeroize::Zeroizing;

/// How age writes the beginning of a secret key. Source: age specification, "X25519 recipient type".
const SECRET_KEY: Hrp = Hrp::parse_unchecked("age-secret-key-");

/// What can go wrong with keys and files of age.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The text is no key.
    #[error("this is no age secret key: it begins with AGE-SECRET-KEY-1")]
    NoIdentity,
    /// The text is no recipient.
    #[error("`{0}` is no age recipient: it begins with age1")]
    NoRecipient(String),
    /// There is nobody to encrypt to.
    #[error("there is no recipient to encrypt to")]
    Nobody,
    /// The file cannot be read.
    #[error("the age file cannot be read: {0}")]
    Unreadable(String),
    /// The key does not open the file.
    #[error("this key does not open the age file")]
    WrongKey,
}

/// A secret key.
#[derive(Clone)]
pub struct Identity(x25519::Identity);

/// Whom to encrypt to: the public half of a key, `age1…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recipient(String);

/// What was decrypted.
pub struct Opened(Zeroizing<Vec<u8>>);

impl Identity {
    /// A new key, drawn.
    pub fn draw(draw: &mut Draw) -> Identity {
        let mut seed = Zeroizing::new(draw.bytes::<32>());
        loop {
            let text = bech32::encode::<Bech32>(SECRET_KEY, &*seed).map(|t| Zeroizing::new(t.to_uppercase()));
            // 32 bytes under a fixed prefix always are a key; a loop needs no panic to say so.
            if let Some(identity) = text.ok().and_then(|t| x25519::Identity::from_str(&t).ok()) {
                return Identity(identity);
            }
            *seed = draw.bytes();
        }
    }
    /// Reads a key, or a file of `age-keygen` with one key and comments.
    ///
    /// # Errors
    /// [`KeyError::NoIdentity`], without the text.
    pub fn parse(text: &Secret) -> Result<Identity, KeyError> {
        let line = text.expose().lines().map(str::trim).find(|l| !l.is_empty() && !l.starts_with('#'));
        let line = line.ok_or(KeyError::NoIdentity)?;
        x25519::Identity::from_str(line).map(Identity).map_err(|_| KeyError::NoIdentity)
    }
    /// The key as text, for the one place that keeps it.
    pub fn text(&self) -> Secret {
        Secret::new(self.0.to_string().expose_secret())
    }
    /// Its public half.
    pub fn recipient(&self) -> Recipient {
        Recipient(self.0.to_public().to_string())
    }
    /// Makes sure that what is encrypted to this key is opened by it.
    ///
    /// # Errors
    /// Where it is not.
    pub fn prove(&self) -> Result<(), KeyError> {
        let opened = decrypt(encrypt(b"proof", &[self.recipient()])?.as_bytes(), self)?;
        if opened.expose() == b"proof" { Ok(()) } else { Err(KeyError::WrongKey) }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "(secret key of {})", self.recipient())
    }
}

impl Recipient {
    /// Reads one.
    ///
    /// # Errors
    /// [`KeyError::NoRecipient`].
    pub fn parse(text: &str) -> Result<Recipient, KeyError> {
        let text = text.trim();
        x25519::Recipient::from_str(text).map(|r| Recipient(r.to_string())).map_err(|_| KeyError::NoRecipient(text.into()))
    }
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Opened {
    /// The bytes, for the one place that uses them.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// Encrypts to every recipient; any one of them can open it. The library draws the file's keys from the system.
///
/// # Errors
/// Where there is no recipient.
pub fn encrypt(bytes: &[u8], to: &[Recipient]) -> Result<String, KeyError> {
    let failed = |e: &dyn fmt::Display| KeyError::Unreadable(e.to_string());
    let keys = to.iter().map(|r| x25519::Recipient::from_str(&r.0).map_err(|_| KeyError::NoRecipient(r.0.clone())));
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    let encryptor = Encryptor::with_recipients(keys.iter().map(|k| k as &dyn age::Recipient)).map_err(|_| KeyError::Nobody)?;
    let mut out = Vec::new();
    let armour = ArmoredWriter::wrap_output(&mut out, Format::AsciiArmor).map_err(|e| failed(&e))?;
    let mut writer = encryptor.wrap_output(armour).map_err(|e| failed(&e))?;
    writer.write_all(bytes).map_err(|e| failed(&e))?;
    writer.finish().and_then(ArmoredWriter::finish).map_err(|e| failed(&e))?;
    String::from_utf8(out).map_err(|e| failed(&e))
}

/// Decrypts a file, armoured or not.
///
/// # Errors
/// [`KeyError::WrongKey`] where the key opens nothing in it, [`KeyError::Unreadable`] where it is damaged.
pub fn decrypt(file: &[u8], with: &Identity) -> Result<Opened, KeyError> {
    let failed = |e: &dyn fmt::Display| KeyError::Unreadable(e.to_string());
    let decryptor = Decryptor::new(ArmoredReader::new(file)).map_err(|e| failed(&e))?;
    let mut reader = decryptor.decrypt(std::iter::once(&with.0 as &dyn age::Identity)).map_err(|e| match e {
        age::DecryptError::NoMatchingKeys => KeyError::WrongKey,
        e => failed(&e),
    })?;
    let mut out = Zeroizing::new(Vec::new());
    reader.read_to_end(&mut out).map_err(|e| failed(&e))?;
    Ok(Opened(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawn_key_is_stable_opens_what_is_its_own_and_nothing_else() {
        let one = Identity::draw(&mut Draw::new([1; 32]));
        let two = Identity::draw(&mut Draw::new([2; 32]));
        assert_eq!(one.recipient(), Identity::draw(&mut Draw::new([1; 32])).recipient());
        one.prove().unwrap();
        let text = encrypt("geheim".as_bytes(), &[one.recipient()]).unwrap();
        assert!(text.starts_with("-----BEGIN AGE ENCRYPTED FILE-----\n"));
        assert_eq!(decrypt(text.as_bytes(), &one).unwrap().expose(), b"geheim");
        assert_eq!(decrypt(text.as_bytes(), &two).unwrap_err(), KeyError::WrongKey);
        assert!(matches!(decrypt(b"nothing", &one).unwrap_err(), KeyError::Unreadable(_)));
        assert_eq!(encrypt(b"", &[]).unwrap_err(), KeyError::Nobody);
    }

    #[test]
    fn keys_are_read_and_never_shown() {
        let key = Identity::draw(&mut Draw::new([3; 32]));
        let file = Secret::new(format!("# created: today\n# public key: {}\n{}\n", key.recipient(), key.text().expose()));
        assert_eq!(Identity::parse(&file).unwrap().recipient(), key.recipient());
        assert!(key.text().expose().starts_with("AGE-SECRET-KEY-1"));
        assert_eq!(format!("{key:?}"), format!("(secret key of {})", key.recipient()));
        let wrong = Secret::new("AGE-SECRET-KEY-1WRONG");
        assert_eq!(
            Identity::parse(&wrong).unwrap_err().to_string(),
            "this is no age secret key: it begins with AGE-SECRET-KEY-1"
        );
        assert_eq!(Recipient::parse(key.recipient().as_str()), Ok(key.recipient()));
        assert!(Recipient::parse("age1x").is_err());
    }
}
