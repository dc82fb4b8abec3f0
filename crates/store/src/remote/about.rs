//! What a shared store says about itself, in the clear: whose it is, who can open it, how it is locked.

use super::trouble::trouble;
use pontoon_secrets::key::Recipient;
use serde::{Deserialize, Serialize};
use std::io;

pub(crate) const KEY: &str = "about.json";
const FORMAT: u32 = 1;

/// How the one writer is told from all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Locking {
    /// Writes with a condition: the place was seen to honour them.
    Conditional,
    /// A claim, a time in which everybody's claims become visible, and a look at all of them.
    Lease,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct About {
    pontoon: String,
    format: u32,
    /// Whose platform.
    pub platform: String,
    /// Whom every object is closed to: age recipients.
    recipients: Vec<String>,
    /// How it is locked.
    pub locking: Locking,
}

impl About {
    pub fn new(platform: &str, recipient: &Recipient, locking: Locking) -> About {
        About {
            pontoon: "state".into(),
            format: FORMAT,
            platform: platform.into(),
            recipients: vec![recipient.to_string()],
            locking,
        }
    }

    pub fn write(&self) -> io::Result<Vec<u8>> {
        serde_json::to_vec_pretty(self).map_err(io::Error::other)
    }

    pub fn read(place: &str, bytes: &[u8]) -> io::Result<About> {
        let about: About = serde_json::from_slice(bytes).map_err(|e| {
            trouble(
                format!("{place}/{KEY} is not what a store says about itself: {e}"),
                format!("this bucket holds something else, or that object was changed; look at it: {place}/{KEY}"),
            )
        })?;
        if about.format > FORMAT {
            return Err(trouble(
                format!("{place} has format {}; this version of Pontoon reads up to {FORMAT}", about.format),
                "install the version of Pontoon that wrote it, or a later one; see: pontoon --version",
            ));
        }
        Ok(about)
    }

    /// Whom objects are closed to, `own` among them.
    ///
    /// # Errors
    /// Where `own` is none of them: what is there cannot be read, and what would be written nobody else could read.
    pub fn recipients(&self, place: &str, own: &Recipient) -> io::Result<Vec<Recipient>> {
        let all = self.recipients.iter().map(|r| Recipient::parse(r)).collect::<Result<Vec<_>, _>>().map_err(io::Error::other)?;
        if all.contains(own) {
            return Ok(all);
        }
        Err(trouble(
            format!("{place} is closed to {}, and our key is {own}", self.recipients.join(", ")),
            "ask whoever made this store for its key (.pontoon/state.key), then: export PONTOON_STATE_KEY=AGE-SECRET-KEY-1…",
        ))
    }
}
