//! The place, as the disk that the store asks for.

use super::{
    about::{self, About, Locking},
    lease::{LOCK, Lease, Locks, Taken},
    mirror::{Mirror, batch_key, is_journal},
    place::Place,
    probe,
    sealed::Keys,
    trouble::{lost, trouble},
};
use crate::{
    disk::{Disk, Held, Tail},
    error::StoreError,
    lock::Who,
};
use pontoon_engine::objects::{Objects, Put, When};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    rc::Rc,
};

/// A bucket as a disk. Cheap to clone.
#[derive(Clone)]
pub struct RemoteDisk(Rc<Inner>);

struct Inner {
    place: Place,
    root: PathBuf,
    platform: String,
    who: serde_json::Value,
    nonce: String,
    keys: RefCell<Keys>,
    about: RefCell<Option<About>>,
    mirror: RefCell<Mirror>,
    /// Files that are written and have not got their names yet: they never leave.
    unnamed: RefCell<BTreeMap<String, Vec<u8>>>,
    lease: RefCell<Option<Lease>>,
    /// Who has the lock, as far as it was looked at.
    holder: RefCell<Option<serde_json::Value>>,
    taken: Cell<u32>,
}

impl RemoteDisk {
    /// Opens a store and reads what is in it; one that is not there is empty, and made by the first
    /// writer. `nonce` tells this process from all others.
    ///
    /// # Errors
    /// Where it cannot be read, is another platform's, or is closed to others.
    pub fn open(objects: Box<dyn Objects>, keys: Keys, platform: &str, who: &Who, nonce: &str) -> Result<RemoteDisk, StoreError> {
        let root = PathBuf::from(objects.name());
        let disk = RemoteDisk(Rc::new(Inner {
            place: Place(objects),
            root: root.clone(),
            platform: platform.into(),
            who: serde_json::to_value(who).unwrap_or_default(),
            nonce: nonce.into(),
            keys: RefCell::new(keys),
            about: RefCell::new(None),
            mirror: RefCell::default(),
            unnamed: RefCell::default(),
            lease: RefCell::new(None),
            holder: RefCell::new(None),
            taken: Cell::new(0),
        }));
        disk.0.find()?;
        disk.0.look().map_err(StoreError::disk("read it", &root))?;
        Ok(disk)
    }

    /// Where it is, as the store's directory.
    pub fn root(&self) -> &Path {
        &self.0.root
    }

    /// Reads what others have written since; nothing while we are the one who writes.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn refresh(&self) -> Result<(), StoreError> {
        if self.0.lease.borrow().is_some() {
            return Ok(());
        }
        self.0.find()?;
        self.0.look().map_err(StoreError::disk("read it", &self.0.root))
    }

    /// How it is locked; none where there is no store yet.
    pub fn locking(&self) -> Option<Locking> {
        self.0.about.borrow().as_ref().map(|a| a.locking)
    }
}

impl Inner {
    fn find(&self) -> Result<(), StoreError> {
        let failed = StoreError::disk("read it", &self.root);
        let at = self.place.0.name();
        let own = self.keys.borrow().own();
        let found = || -> io::Result<Option<(About, Keys)>> {
            let Some(object) = self.place.get(about::KEY)? else { return Ok(None) };
            let about = About::read(at, &object.bytes)?;
            let recipients = about.recipients(at, &own)?;
            Ok(Some((about, self.keys.borrow().clone().with(recipients))))
        };
        let Some((about, keys)) = found().map_err(failed)? else { return Ok(()) };
        if about.platform != self.platform {
            let found = about.platform;
            return Err(StoreError::ForeignPlatform { path: self.root.clone(), found, ours: self.platform.clone() });
        }
        *self.keys.borrow_mut() = keys;
        *self.about.borrow_mut() = Some(about);
        Ok(())
    }

    fn look(&self) -> io::Result<()> {
        self.mirror.borrow_mut().look(&self.place, &self.keys.borrow())
    }

    /// Makes the store, or makes sure that it is still what it says.
    fn found(&self) -> io::Result<()> {
        self.known()?;
        let about = self.about.borrow().clone();
        let at = self.place.0.name();
        if let Some(about) = about {
            let is_refused = || Ok::<_, io::Error>(self.place.put(about::KEY, &about.write()?, When::Absent)? == Put::Refused);
            if about.locking == Locking::Lease || is_refused()? {
                return Ok(());
            }
            return Err(trouble(
                format!("{at} was locked by conditions, and does not honour them any more"),
                format!("let nobody write, then remove {at}/{}: the next run finds out anew how to lock it", about::KEY),
            ));
        }
        let honours = probe::honours_conditions(&self.place, &self.nonce)?;
        let locking = if honours { Locking::Conditional } else { Locking::Lease };
        let own = self.keys.borrow().own();
        let about = About::new(&self.platform, &own, locking);
        self.place.put(about::KEY, &about.write()?, if honours { When::Absent } else { When::Always })?;
        if !honours {
            // Somebody else may be doing the same.
            self.place.0.pause(super::RENEWED);
        }
        // Whoever was first has said how it is done.
        self.known()
    }

    /// Finds out how it is locked, if that is not known yet.
    fn known(&self) -> io::Result<()> {
        if self.about.borrow().is_some() {
            return Ok(());
        }
        self.find().map_err(|e| match e {
            StoreError::Disk { source, .. } => source,
            e => io::Error::other(e),
        })
    }

    fn conditional(&self) -> bool {
        self.about.borrow().as_ref().is_none_or(|a| a.locking == Locking::Conditional)
    }

    fn with_locks<T>(&self, ask: impl FnOnce(&Locks<'_>) -> T) -> T {
        let nonce = format!("{}-{}", self.nonce, self.taken.get());
        let keys = self.keys.borrow();
        ask(&Locks { place: &self.place, keys: &keys, nonce: &nonce, conditional: self.conditional() })
    }

    fn with_lease<T>(&self, ask: impl FnOnce(&mut Lease, &Locks<'_>) -> io::Result<T>) -> io::Result<T> {
        let mut lease = self.lease.borrow_mut();
        let Some(lease) = lease.as_mut() else {
            return Err(lost(format!("{}: nothing is written without its lock", self.place.0.name())));
        };
        self.with_locks(|locks| ask(lease, locks))
    }

    fn key(&self, path: &Path) -> io::Result<String> {
        let within = path.strip_prefix(&self.root).map_err(io::Error::other)?;
        Ok(within.to_string_lossy().into_owned())
    }

    /// Replaces an object, if it is still what we know.
    fn replace(&self, key: &str, bytes: &[u8]) -> io::Result<()> {
        self.with_lease(|lease, locks| lease.check(locks))?;
        let (keys, mut mirror) = (self.keys.borrow(), self.mirror.borrow_mut());
        let moved = || lost(format!("{}/{key} was changed by somebody else meanwhile", self.place.0.name()));
        let closed = keys.close(bytes)?;
        let known = mirror.tag(key).map(str::to_owned);
        let when = if self.conditional() {
            known.as_deref().map_or(When::Absent, When::Same)
        } else {
            // What is shown may be an earlier version of ours; anything else is somebody else's.
            if self.place.get(key)?.is_some_and(|o| !mirror.knows(key, &o.tag)) {
                return Err(moved());
            }
            When::Always
        };
        let Put::Stored(tag) = self.place.put(key, &closed, when)? else { return Err(moved()) };
        mirror.learn(key, tag, bytes.to_vec());
        Ok(())
    }

    fn release(&self) {
        let lease = self.lease.borrow_mut().take();
        if let Some(mut lease) = lease {
            // One that cannot be given back ends by itself.
            drop(self.with_locks(|locks| lease.release(locks)));
        }
    }
}

impl Disk for RemoteDisk {
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        let key = self.0.key(path)?;
        if key == LOCK {
            return Ok(self.0.holder.borrow().as_ref().map(|n| n.to_string().into_bytes()));
        }
        let (keys, mut mirror) = (self.0.keys.borrow(), self.0.mirror.borrow_mut());
        if is_journal(&key) {
            return mirror.journal(&self.0.place, &keys, &key);
        }
        Ok(mirror.content(&self.0.place, &keys, &key)?.map(|bytes| bytes.to_vec()))
    }
    fn exists(&self, path: &Path) -> io::Result<bool> {
        let (key, mirror) = (self.0.key(path)?, self.0.mirror.borrow());
        Ok(mirror.has(&key) || mirror.has(&batch_key(&key, 0)))
    }
    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        Ok(self.0.mirror.borrow().names(&self.0.key(dir)?))
    }
    fn make_dir(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.0.unnamed.borrow_mut().insert(self.0.key(path)?, bytes.to_vec());
        Ok(())
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let (from, to) = (self.0.key(from)?, self.0.key(to)?);
        let unnamed = self.0.unnamed.borrow_mut().remove(&from);
        if let Some(bytes) = unnamed {
            // A journal begins with its first batch.
            return self.0.replace(&if is_journal(&to) { batch_key(&to, 0) } else { to }, &bytes);
        }
        let known = self.0.mirror.borrow_mut().content(&self.0.place, &self.0.keys.borrow(), &from)?;
        let bytes = known.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        self.0.replace(&to, &bytes)?;
        self.0.place.remove(&from)?;
        self.0.mirror.borrow_mut().forget(&from);
        Ok(())
    }
    fn sync_dir(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
    fn append_to(&self, path: &Path, len: u64) -> io::Result<Box<dyn Tail>> {
        let journal = self.0.key(path)?;
        let is_whole = self.read(path)?.is_some_and(|bytes| u64::try_from(bytes.len()).is_ok_and(|l| l == len));
        if !is_whole {
            // Batches are written at once or not at all.
            let what = format!("{}/{journal} is not as it was written", self.0.place.0.name());
            return Err(trouble(what, "see what is readable: pontoon op log"));
        }
        let operation = journal.split('/').nth(1).map(str::to_owned);
        self.0.with_lease(|lease, locks| {
            // Whoever takes over has to know what to seal.
            if lease.content.operation == operation {
                lease.check(locks)
            } else {
                lease.renew(locks, |c| c.operation = operation)
            }
        })?;
        Ok(Box::new(RemoteTail { inner: self.0.clone(), journal, batch: Vec::new() }))
    }
    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn Held>>> {
        if self.0.key(path)? != LOCK {
            return Err(io::Error::from(io::ErrorKind::Unsupported));
        }
        if self.0.lease.borrow().is_some() {
            *self.0.holder.borrow_mut() = Some(self.0.who.clone());
            return Ok(None);
        }
        self.0.found()?;
        self.0.taken.set(self.0.taken.get() + 1);
        match self.0.with_locks(|locks| locks.take(&self.0.who))? {
            Taken::Theirs(note) => {
                *self.0.holder.borrow_mut() = note;
                Ok(None)
            }
            Taken::Ours(lease, open) => {
                *self.0.lease.borrow_mut() = Some(lease);
                let held = RemoteHeld(self.0.clone());
                // Only now nobody else writes: what was read before may be old.
                self.0.look()?;
                for operation in open {
                    let (keys, mut mirror) = (self.0.keys.borrow(), self.0.mirror.borrow_mut());
                    mirror.seal(&self.0.place, &keys, &operation, self.0.conditional())?;
                }
                Ok(Some(Box::new(held)))
            }
        }
    }
    fn holder(&self, _: &Path) -> io::Result<Option<Vec<u8>>> {
        self.0.known()?;
        let note = self.0.with_locks(|locks| locks.holder())?;
        Ok(note.map(|note| note.unwrap_or_default().to_string().into_bytes()))
    }
    fn renew(&self) -> io::Result<()> {
        if self.0.lease.borrow().is_none() { Ok(()) } else { self.0.with_lease(|lease, locks| lease.renew(locks, |_| ())) }
    }
    fn take_away(&self, _: &Path) -> io::Result<Option<Vec<u8>>> {
        self.0.known()?;
        let note = self.0.with_locks(|locks| locks.take_away())?;
        Ok(note.map(|note| note.unwrap_or_default().to_string().into_bytes()))
    }
}

struct RemoteTail {
    inner: Rc<Inner>,
    journal: String,
    batch: Vec<u8>,
}

impl Tail for RemoteTail {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.batch.extend_from_slice(bytes);
        Ok(())
    }
    fn sync(&mut self) -> io::Result<()> {
        if self.batch.is_empty() {
            return Ok(());
        }
        self.inner.with_lease(|lease, locks| lease.check(locks))?;
        let (keys, mut mirror) = (self.inner.keys.borrow(), self.inner.mirror.borrow_mut());
        mirror.add(&self.inner.place, &keys, &self.journal, &self.batch, self.inner.conditional())?;
        self.batch.clear();
        Ok(())
    }
}

struct RemoteHeld(Rc<Inner>);

impl Held for RemoteHeld {
    fn note(&mut self, text: &[u8]) -> io::Result<()> {
        let note = serde_json::from_slice(text).map_err(io::Error::other)?;
        self.0.with_lease(|lease, locks| lease.renew(locks, |c| c.note = Some(note)))
    }
}

impl Drop for RemoteHeld {
    fn drop(&mut self) {
        self.0.release();
    }
}
