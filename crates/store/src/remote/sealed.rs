//! Every object is closed to age recipients before it leaves this computer.

use super::trouble::trouble;
use pontoon_secrets::key::{Identity, KeyError, Recipient, decrypt, encrypt};
use std::io;

/// The keys of a shared store: one that opens, and everybody whom objects are closed to.
#[derive(Debug, Clone)]
pub struct Keys {
    identity: Identity,
    recipients: Vec<Recipient>,
}

impl Keys {
    /// Opens with this key, and closes to it alone until the store itself names others.
    pub fn new(identity: Identity) -> Keys {
        Keys { recipients: vec![identity.recipient()], identity }
    }

    /// Who opens.
    pub fn own(&self) -> Recipient {
        self.identity.recipient()
    }

    /// The same key, and everybody whom the store names.
    #[must_use]
    pub(crate) fn with(mut self, recipients: Vec<Recipient>) -> Keys {
        self.recipients = recipients;
        self
    }

    pub(crate) fn close(&self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        encrypt(bytes, &self.recipients).map(String::into_bytes).map_err(io::Error::other)
    }

    /// # Errors
    /// Where the object was closed to others, or is damaged; names it, and how an earlier version comes back.
    pub(crate) fn open(&self, place: &str, key: &str, bytes: &[u8]) -> io::Result<Vec<u8>> {
        decrypt(bytes, &self.identity).map(|opened| opened.expose().to_vec()).map_err(|e| {
            let (bucket, at) = (place.trim_start_matches("s3://"), format!("{place}/{key}"));
            match e {
                KeyError::WrongKey => trouble(
                    format!("{at} is not closed to our key, {}", self.own()),
                    "use the key of whoever made this store: export PONTOON_STATE_KEY=AGE-SECRET-KEY-1…",
                ),
                e => trouble(
                    format!("{at} cannot be read: {e}"),
                    format!(
                        "bring back the version before it: list them with any S3 client, \
                         aws s3api list-object-versions --bucket {bucket} --prefix {key}"
                    ),
                ),
            }
        })
    }
}
