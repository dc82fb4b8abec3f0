//! Who writes: one object that says so, or one claim for everybody who wants to.
//!
//! Where the place honours conditions, there is one object, `lock`. Every change of it names the
//! version that it replaces, so two can never both take it.
//!
//! Where it does not, everybody puts a claim under a key of their own, waits until any claim that was
//! there before is certain to be seen ([`VISIBLE`]), and looks at all of them. Who is not alone takes
//! the claim back. Of two, at least the later one sees the other.
//!
//! Both end by themselves when they are not renewed for [`LASTS`] seconds. Nobody's clock is trusted for
//! that alone: what looks abandoned is watched for longer than a renewal takes ([`WATCHED`]) first. And
//! being wrong about it is no harm: see the seal of a journal, which is what stops a writer that is late.

use super::{place::Place, sealed::Keys, trouble::lost};
use jiff::Timestamp;
use pontoon_engine::objects::{Put, When};
use serde::{Deserialize, Serialize};
use std::{io, time::Duration};

pub(crate) const LOCK: &str = "lock";
const CLAIMS: &str = "claims/";
/// Seconds for which a lease lasts that is not renewed.
const LASTS: i64 = 120;
/// Seconds after which it is renewed before anything else is written.
const STALE: i64 = 60;
/// How often a run renews it.
pub const RENEWED: Duration = Duration::from_secs(30);
/// How long something is watched that looks abandoned.
const WATCHED: Duration = Duration::from_secs(45);
/// After so long a claim that was put is seen by everybody.
pub(crate) const VISIBLE: Duration = Duration::from_secs(10);

/// What the object says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Content {
    /// Drawn by who holds it; empty where nobody does.
    holder: String,
    /// Who that is, as the store writes it.
    #[serde(default)]
    pub note: Option<serde_json::Value>,
    /// When it was last renewed.
    renewed: String,
    /// The operation whose journal was opened last for writing.
    #[serde(default)]
    pub operation: Option<String>,
    /// Whether it was taken away from its holder, who may not know yet.
    #[serde(default)]
    broken: bool,
}

/// What is held.
#[derive(Debug)]
pub(crate) struct Lease {
    key: String,
    tag: String,
    pub content: Content,
    conditional: bool,
    lost: bool,
}

/// What taking the lock came to.
pub(crate) enum Taken {
    /// It is ours; these operations may have been left open by writers that are gone.
    Ours(Lease, Vec<String>),
    /// Somebody else has it, who says this.
    Theirs(Option<serde_json::Value>),
}

/// What taking it away came to.
pub(crate) type Broken = Option<Option<serde_json::Value>>;

pub(crate) struct Locks<'a> {
    pub place: &'a Place,
    pub keys: &'a Keys,
    /// Drawn for this process.
    pub nonce: &'a str,
    pub conditional: bool,
}

impl Content {
    fn age(&self, now: Timestamp) -> i64 {
        self.renewed.parse::<Timestamp>().map_or(i64::MAX, |t| now.as_second() - t.as_second())
    }
}

impl Locks<'_> {
    fn read(&self, key: &str) -> io::Result<Option<(Content, String)>> {
        let Some(object) = self.place.get(key)? else { return Ok(None) };
        let text = self.keys.open(self.place.0.name(), key, &object.bytes)?;
        Ok(Some((serde_json::from_slice(&text).map_err(io::Error::other)?, object.tag)))
    }

    fn write(&self, key: &str, content: &Content, when: When<'_>) -> io::Result<Put> {
        let text = serde_json::to_vec(content).map_err(io::Error::other)?;
        self.place.put(key, &self.keys.close(&text)?, when)
    }

    fn mine(&self, note: &serde_json::Value, operation: Option<String>) -> Content {
        let (renewed, mut note) = (self.place.0.now().to_string(), note.clone());
        if let Some(note) = note.as_object_mut() {
            note.insert("since".into(), renewed.as_str().into());
        }
        Content { holder: self.nonce.into(), note: Some(note), renewed, operation, broken: false }
    }

    /// Whether somebody who looks abandoned stays so while being watched.
    fn abandoned(&self, key: &str, tag: &str) -> io::Result<bool> {
        self.place.0.pause(WATCHED);
        Ok(self.read(key)?.is_none_or(|(_, now)| now == tag))
    }

    /// Takes the lock, unless somebody else has it.
    pub fn take(&self, note: &serde_json::Value) -> io::Result<Taken> {
        if self.conditional { self.take_lock(note) } else { self.claim(note) }
    }

    fn take_lock(&self, note: &serde_json::Value) -> io::Result<Taken> {
        let mut theirs = None;
        for _ in 0..4 {
            let found = self.read(LOCK)?;
            let (when, open, operation) = match &found {
                None => (When::Absent, false, None),
                Some((c, tag)) if c.holder.is_empty() => (When::Same(tag), c.broken, c.operation.clone()),
                // Ours: an answer was lost, and so was the way back to it.
                Some((c, tag)) if c.holder == self.nonce => (When::Same(tag), true, c.operation.clone()),
                Some((c, tag)) => {
                    theirs.clone_from(&c.note);
                    if c.age(self.place.0.now()) < LASTS || !self.abandoned(LOCK, tag)? {
                        return Ok(Taken::Theirs(theirs));
                    }
                    (When::Same(tag), true, c.operation.clone())
                }
            };
            let content = self.mine(note, operation.clone());
            let Put::Stored(tag) = self.write(LOCK, &content, when)? else { continue };
            // A place that answers everybody alike is found out here, if not before.
            if self.read(LOCK)?.is_some_and(|(now, at)| now == content && at == tag) {
                let lease = Lease { key: LOCK.into(), tag, content, conditional: true, lost: false };
                return Ok(Taken::Ours(lease, operation.filter(|_| open).into_iter().collect()));
            }
        }
        Ok(Taken::Theirs(theirs))
    }

    fn claim(&self, note: &serde_json::Value) -> io::Result<Taken> {
        let mut left = Vec::new();
        for (key, content, tag) in self.others()? {
            if content.age(self.place.0.now()) < LASTS || !self.abandoned(&key, &tag)? {
                return Ok(Taken::Theirs(content.note));
            }
            left.extend(content.operation);
            self.place.remove(&key)?;
        }
        left.extend(self.read(LOCK)?.and_then(|(c, _)| c.operation.filter(|_| c.broken)));
        let (key, begun) = (format!("{CLAIMS}{}", self.nonce), self.place.0.now());
        let content = self.mine(note, None);
        let Put::Stored(tag) = self.write(&key, &content, When::Always)? else { return Ok(Taken::Theirs(None)) };
        self.place.0.pause(VISIBLE);
        let other = self.others()?.into_iter().next();
        // Who took longer over this than a lease lasts has lost it before it began.
        if other.is_some() || self.place.0.now().as_second() - begun.as_second() >= LASTS {
            self.place.remove(&key)?;
            return Ok(Taken::Theirs(other.and_then(|(_, c, _)| c.note)));
        }
        Ok(Taken::Ours(Lease { key, tag, content, conditional: false, lost: false }, left))
    }

    /// Everybody else's claims.
    fn others(&self) -> io::Result<Vec<(String, Content, String)>> {
        let own = format!("{CLAIMS}{}", self.nonce);
        let keys = self.place.list(CLAIMS)?.into_iter().map(|l| l.key).filter(|k| *k != own);
        keys.filter_map(|key| match self.read(&key) {
            Ok(found) => found.map(|(content, tag)| Ok((key, content, tag))),
            Err(e) => Some(Err(e)),
        })
        .collect()
    }

    /// Who has the lock now; none where nobody has.
    pub fn holder(&self) -> io::Result<Broken> {
        if self.conditional {
            return Ok(self.read(LOCK)?.filter(|(c, _)| !c.holder.is_empty()).map(|(c, _)| c.note));
        }
        Ok(self.others()?.into_iter().next().map(|(_, c, _)| c.note))
    }

    /// Takes the lock away from whoever has it, and tells who that was; none where nobody has it.
    pub fn take_away(&self) -> io::Result<Broken> {
        let free = |operation| Content { operation, broken: true, ..Content::default() };
        if self.conditional {
            let Some((c, tag)) = self.read(LOCK)?.filter(|(c, _)| !c.holder.is_empty()) else { return Ok(None) };
            return match self.write(LOCK, &free(c.operation), When::Same(&tag))? {
                Put::Stored(_) => Ok(Some(c.note)),
                Put::Refused => Err(lost("the lock moved while it was being taken away")),
            };
        }
        let mut broken = None;
        for (key, c, _) in self.others()? {
            // Whoever comes next has to know what to seal.
            self.write(LOCK, &free(c.operation), When::Always)?;
            self.place.remove(&key)?;
            broken = Some(c.note);
        }
        Ok(broken)
    }
}

impl Lease {
    /// Says what changed, and that the holder lives.
    ///
    /// # Errors
    /// Where the lease is not ours any more, or nobody knows.
    pub fn renew(&mut self, locks: &Locks<'_>, change: impl FnOnce(&mut Content)) -> io::Result<()> {
        let gone = || lost(format!("{}: the lock was taken over by somebody else", locks.place.0.name()));
        if self.lost {
            return Err(gone());
        }
        let mut content = self.content.clone();
        change(&mut content);
        content.renewed = locks.place.0.now().to_string();
        let when = if self.conditional { When::Same(&self.tag) } else { When::Always };
        if !self.conditional && locks.read(&self.key)?.is_none_or(|(c, _)| c.holder != self.content.holder) {
            self.lost = true;
            return Err(gone());
        }
        match locks.write(&self.key, &content, when)? {
            Put::Stored(tag) => {
                (self.tag, self.content) = (tag, content);
                Ok(())
            }
            Put::Refused => {
                self.lost = true;
                Err(gone())
            }
        }
    }

    /// Makes sure that the lease is still ours, before something is written.
    pub fn check(&mut self, locks: &Locks<'_>) -> io::Result<()> {
        // Without conditions nothing else would stop us: then the claim itself is looked at.
        if self.lost || !self.conditional || self.content.age(locks.place.0.now()) >= STALE {
            return self.renew(locks, |_| ());
        }
        Ok(())
    }

    /// Gives it back.
    pub fn release(&mut self, locks: &Locks<'_>) -> io::Result<()> {
        if self.lost {
            return Ok(());
        }
        if self.conditional {
            return self.renew(locks, |c| (c.holder, c.note) = (String::new(), None));
        }
        locks.place.remove(&self.key)
    }
}
