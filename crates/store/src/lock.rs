//! The lock: one writer at a time, and everybody else is told who.
//!
//! The operating system holds it for the process, so it ends with the process however that ends;
//! a lock never has to be removed by hand.

use crate::{
    disk::{Disk, Held},
    error::StoreError,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{cell::RefCell, fmt, path::Path};

/// Who wants to write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// The user's name.
    pub user: String,
    /// The computer's name.
    pub host: String,
    /// The process.
    pub pid: u32,
    /// What was typed, such as `pontoon up production`.
    pub command: String,
}

#[derive(Serialize, Deserialize)]
struct Note {
    #[serde(flatten)]
    who: Who,
    /// RFC 3339.
    since: String,
}

/// Who holds a lock, seen from somebody who wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// It has said who it is.
    Known {
        /// Who.
        who: Who,
        /// Since when.
        since: Timestamp,
        /// For how long, in seconds.
        age: i64,
        /// Whether it is the computer that asks.
        here: bool,
    },
    /// It has taken the lock in this very moment, or its note cannot be read.
    Unknown,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Holder::Known { who, since, age, .. } = self else { return f.write_str("another process") };
        let age = match age {
            ..120 => format!("{age} s"),
            120..7200 => format!("{} min", age / 60),
            _ => format!("{} h", age / 3600),
        };
        write!(f, "`{}` by {}@{}, process {}, since {since} ({age})", who.command, who.user, who.host, who.pid)
    }
}

impl Holder {
    /// Reads what a holder wrote, on a computer of this name.
    pub(crate) fn read(note: &[u8], host: &str, now: Timestamp) -> Holder {
        let known = serde_json::from_slice::<Note>(note).ok().and_then(|n| {
            let since: Timestamp = n.since.parse().ok()?;
            let age = (now.as_second() - since.as_second()).max(0);
            Some(Holder::Known { age, here: n.who.host == host, since, who: n.who })
        });
        known.unwrap_or(Holder::Unknown)
    }

    /// What to do about it.
    pub(crate) fn remedy(&self) -> String {
        match self {
            Holder::Known { who, here: true, .. } => {
                format!("wait until it ends, or ask it to stop after the steps that run: kill -INT {}", who.pid)
            }
            Holder::Known { who, .. } => {
                format!("wait until it ends, or ask it to stop after the steps that run; on {}: kill -INT {}", who.host, who.pid)
            }
            Holder::Unknown => "wait a moment, then run the same command again; who it is: pontoon op log".into(),
        }
    }
}

/// The lock, held. Ends when dropped.
pub(crate) struct Guard(#[expect(dead_code, reason = "held for its drop")] RefCell<Box<dyn Held>>);

/// Takes the lock.
///
/// # Errors
/// Where somebody else has it, or it cannot be written.
pub(crate) fn take(disk: &dyn Disk, path: &Path, who: Who, now: Timestamp) -> Result<Guard, StoreError> {
    let Some(mut held) = disk.lock(path).map_err(StoreError::disk("lock it", path))? else {
        let note = disk.read(path).ok().flatten().unwrap_or_default();
        let holder = Box::new(Holder::read(&note, &who.host, now));
        return Err(StoreError::Locked { path: path.into(), holder });
    };
    let note = serde_json::to_vec(&Note { who, since: now.to_string() })
        .map_err(|e| StoreError::Inconsistent { path: path.into(), what: format!("the lock's note cannot be written: {e}") })?;
    held.note(&note).map_err(StoreError::disk("write to it", path))?;
    Ok(Guard(RefCell::new(held)))
}
