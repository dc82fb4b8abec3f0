//! Reading a store. Needs no lock: every file is replaced at once or only grows.

use crate::{
    disk::{Disk, RealDisk},
    envelope::{self, from_backup},
    error::StoreError,
    id::plain,
    journal,
    lock::{self, Holder, Who},
    operations::{OperationSummary, PLAN, SUMMARY, StoredOperation},
    rescue::{self, Rescue},
    snapshot::Snapshot,
    writer::Writer,
};
use jiff::Timestamp;
use pontoon_core::{address::Scope, operation::Operation, plan::Plan, record::Record};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    rc::Rc,
};

const RECORD: &str = ".json";

/// A store, for reading. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) disk: Rc<dyn Disk>,
    pub(crate) dir: PathBuf,
    pub(crate) platform: String,
}

impl Store {
    /// The store in a directory of this computer. A directory that is not there is an empty store;
    /// it is made by the first write.
    ///
    /// # Errors
    /// Where the path is something else than a directory.
    pub fn open(dir: &Path, platform: &str) -> Result<Store, StoreError> {
        Store::on(Rc::new(RealDisk), dir, platform)
    }

    /// The store in a directory of any disk.
    ///
    /// # Errors
    /// Where the path is something else than a directory.
    pub fn on(disk: Rc<dyn Disk>, dir: &Path, platform: &str) -> Result<Store, StoreError> {
        disk.list(dir).map_err(StoreError::disk("read it as a directory", dir))?;
        Ok(Store { disk, dir: dir.into(), platform: platform.into() })
    }

    /// Where it is.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Takes the lock; the writer holds it until it and its journals are dropped.
    ///
    /// # Errors
    /// Where somebody else writes (the error says who), everything has moved elsewhere, or the directory
    /// cannot be written.
    pub fn lock(&self, who: Who, now: Timestamp) -> Result<Writer, StoreError> {
        if let Some(to) = self.moved()? {
            return Err(StoreError::Moved { path: self.dir.clone(), to });
        }
        self.lock_again(who, now)
    }

    /// The same, also where everything has moved elsewhere: for moving it back.
    ///
    /// # Errors
    /// Where somebody else writes, or the directory cannot be written.
    pub fn lock_again(&self, who: Who, now: Timestamp) -> Result<Writer, StoreError> {
        self.disk.make_dir(&self.dir).map_err(StoreError::disk("make it", &self.dir))?;
        let guard = lock::take(&*self.disk, &self.dir.join("lock"), who, now)?;
        Ok(Writer::new(self.clone(), guard))
    }

    /// Who holds the lock, seen from a computer of this name; none where nobody does, or where that
    /// cannot be told without taking it.
    ///
    /// # Errors
    /// Where it cannot be found out.
    pub fn holder(&self, host: &str, now: Timestamp) -> Result<Option<Holder>, StoreError> {
        let path = self.dir.join("lock");
        let note = self.disk.holder(&path).map_err(StoreError::disk("read it", &path))?;
        Ok(note.map(|n| Holder::read(&n, host, now)))
    }

    /// Takes the lock away from whoever holds it, and says who that was. A lock of this computer ends
    /// with its process and cannot be taken away.
    ///
    /// # Errors
    /// Where it may still be held.
    pub fn break_lock(&self, host: &str, now: Timestamp) -> Result<Option<Holder>, StoreError> {
        let path = self.dir.join("lock");
        let note = self.disk.take_away(&path).map_err(StoreError::disk("take it away", &path))?;
        Ok(note.map(|n| Holder::read(&n, host, now)))
    }

    /// Says that whoever holds the lock through this store lives. Has to be called every
    /// [`crate::remote::RENEWED`] by a run that takes longer.
    ///
    /// # Errors
    /// Where the lock was lost, or nobody knows; the next write says the same.
    pub fn renew(&self) -> Result<(), StoreError> {
        self.disk.renew().map_err(StoreError::disk("renew it", &self.dir.join("lock")))
    }

    /// The scopes of which anything is recorded, in order.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn scopes(&self) -> Result<Vec<Scope>, StoreError> {
        let names = self.list(&self.dir.join("records"))?;
        let mut scopes: BTreeSet<Scope> = names.iter().filter_map(|n| n.strip_suffix(RECORD)).map(Scope::environment).collect();
        scopes.extend(self.open_operations()?.iter().flat_map(StoredOperation::scopes));
        Ok(scopes.into_iter().collect())
    }

    /// What is recorded of a scope: its record file, and what journals say that is not in it yet.
    ///
    /// # Errors
    /// Where a file is damaged, too new, or of another platform.
    pub fn load(&self, scope: &Scope) -> Result<Option<Record>, StoreError> {
        Ok(self.current(scope, &self.open_operations()?)?.map(|(snapshot, _)| snapshot.record))
    }

    /// Operations that have not ended, oldest first: cut off, unclear, or waiting for a person.
    ///
    /// # Errors
    /// Where one cannot be read.
    pub fn unfinished(&self) -> Result<Vec<StoredOperation>, StoreError> {
        let mut open = self.open_operations()?;
        open.retain(|o| o.operation.closed.is_none());
        Ok(open)
    }

    /// The operation log, newest first. A damaged operation is listed with what is wrong.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn operations(&self) -> Result<Vec<OperationSummary>, StoreError> {
        let mut found = Vec::new();
        for id in self.ids()?.iter().rev() {
            match self.summary(id)? {
                Some(summary) => found.push(summary),
                None => found.extend(self.stored(id)?.map(|o| o.summary())),
            }
        }
        Ok(found)
    }

    /// One operation, by its id or by any end or beginning of it that no other has. Where its journal
    /// is damaged, what stands before the damage.
    ///
    /// # Errors
    /// Where there is none, or its plan cannot be read.
    pub fn operation(&self, id: &str) -> Result<StoredOperation, StoreError> {
        let none = || StoreError::NoOperation { id: id.into(), dir: self.dir.clone() };
        let ids = self.ids()?;
        let matching: Vec<&String> = ids.iter().filter(|i| i.starts_with(id) || i.ends_with(id)).collect();
        let found = match (ids.iter().find(|i| *i == id), matching.as_slice()) {
            (Some(exact), _) => exact,
            (None, [only]) => only,
            (None, []) => return Err(none()),
            (None, several) => {
                return Err(StoreError::Ambiguous { id: id.into(), matching: several.iter().map(ToString::to_string).collect() });
            }
        };
        self.stored(found)?.ok_or_else(none)
    }

    pub(crate) fn list(&self, dir: &Path) -> Result<Vec<String>, StoreError> {
        self.disk.list(dir).map_err(StoreError::disk("list it", dir))
    }
    /// Every operation's id, oldest first.
    pub(crate) fn ids(&self) -> Result<Vec<String>, StoreError> {
        let mut ids = self.list(&self.dir.join("operations"))?;
        ids.retain(|id| plain(id, "an operation").is_ok());
        Ok(ids)
    }
    pub(crate) fn path(&self, operation: &str, file: &str) -> PathBuf {
        self.dir.join("operations").join(operation).join(file)
    }
    pub(crate) fn record_path(&self, scope: &Scope) -> Result<PathBuf, StoreError> {
        plain(scope.as_str(), "an environment")?;
        Ok(self.dir.join("records").join(format!("{scope}{RECORD}")))
    }
    /// Whether an operation is closed and every record file holds all of it.
    pub(crate) fn is_folded(&self, id: &str) -> Result<bool, StoreError> {
        let path = self.path(id, "summary.json");
        self.disk.exists(&path).map_err(StoreError::disk("read it", &path))
    }
    /// The summary that was stored with an operation. A damaged one is none: the journal tells the same.
    fn summary(&self, id: &str) -> Result<Option<OperationSummary>, StoreError> {
        match envelope::read(&*self.disk, SUMMARY, &self.path(id, "summary.json"), String::new) {
            Err(StoreError::Corrupt { .. }) => Ok(None),
            result => result,
        }
    }

    /// Reads an operation; none where nothing of it was ever acknowledged.
    pub(crate) fn stored(&self, id: &str) -> Result<Option<StoredOperation>, StoreError> {
        let path = self.path(id, "journal");
        let mut contents = journal::read(&*self.disk, &path, id)?;
        let rescued = self.path(id, rescue::NAME);
        if contents.damage.is_none()
            && let Some(rescue) = Rescue::read(&*self.disk, &rescued, id)?
        {
            let missing = rescue.missing(&contents.frames, &rescued)?.to_vec();
            contents.frames.extend(missing);
        }
        if contents.frames.is_empty() {
            return contents.damage.map_or(Ok(None), Err);
        }
        let (mut frames, mut damage) = (contents.frames, contents.damage);
        let impossible = |source| StoreError::Impossible { path: path.clone(), operation: id.into(), source };
        let operation = loop {
            match Operation::fold(&frames) {
                Ok(operation) => break operation,
                Err(source) if frames.len() <= 1 => return Err(impossible(source)),
                Err(source) => {
                    // The last one found is the first in the journal.
                    damage = Some(impossible(source));
                    frames.pop();
                }
            }
        };
        let plan_path = self.path(id, "plan.json");
        let Some(plan) = envelope::read::<Plan>(&*self.disk, PLAN, &plan_path, || from_backup(&plan_path))? else {
            let what = "the operation's plan is missing".into();
            return Err(StoreError::Corrupt { remedy: from_backup(&plan_path), path: plan_path, what });
        };
        if plan.version > Plan::VERSION {
            return Err(StoreError::Newer { path: plan_path, found: plan.version, known: Plan::VERSION });
        }
        Ok(Some(StoredOperation { id: id.into(), plan, operation, frames, damage }))
    }

    /// Reads an operation that something depends on: damage is an error.
    pub(crate) fn sound(&self, id: &str) -> Result<Option<StoredOperation>, StoreError> {
        match self.stored(id)? {
            Some(StoredOperation { damage: Some(damage), .. }) => Err(damage),
            sound => Ok(sound),
        }
    }

    /// Operations that are not folded completely, oldest first.
    pub(crate) fn open_operations(&self) -> Result<Vec<StoredOperation>, StoreError> {
        let mut open = Vec::new();
        for id in self.ids()? {
            if !self.is_folded(&id)? {
                open.extend(self.sound(&id)?);
            }
        }
        Ok(open)
    }

    /// A scope's record with everything folded in, and whether that is more than the file holds.
    pub(crate) fn current(&self, scope: &Scope, open: &[StoredOperation]) -> Result<Option<(Snapshot, bool)>, StoreError> {
        let path = self.record_path(scope)?;
        let mut snapshot = Snapshot::read(&*self.disk, &path, &self.platform, scope)?;
        let mut changed = false;
        for id in self.ids()? {
            let lacking;
            let stored = match open.iter().find(|o| o.id == id) {
                Some(stored) => stored,
                None if self.lacks(snapshot.as_ref(), scope, &id)? => {
                    let Some(stored) = self.sound(&id)? else { continue };
                    lacking = stored;
                    &lacking
                }
                None => continue,
            };
            if !stored.scopes().contains(scope) {
                continue;
            }
            let base = stored.plan.bases.iter().find(|b| b.scope == *scope);
            let snapshot = match (&mut snapshot, base) {
                (Some(s), Some(b)) if s.record.lineage != b.lineage => {
                    let what = format!("its lineage is {}, and operation {id} was made for {}", s.record.lineage, b.lineage);
                    return Err(StoreError::Inconsistent { path, what });
                }
                (Some(s), _) => s,
                (none, Some(b)) => none.insert(Snapshot::empty(&self.platform, scope, &b.lineage)),
                (None, None) => {
                    let what = format!("operation {id} wrote to {scope}, which its plan does not name");
                    return Err(StoreError::Inconsistent { path, what });
                }
            };
            changed |= snapshot.fold(&id, &stored.frames, &path)?;
        }
        Ok(snapshot.map(|s| (s, changed)))
    }

    /// Whether a record file lacks something of an operation that was folded into it: then it is an
    /// earlier file that somebody put back. Answered without reading the journal.
    fn lacks(&self, snapshot: Option<&Snapshot>, scope: &Scope, id: &str) -> Result<bool, StoreError> {
        if !self.is_folded(id)? {
            // It has no frames: otherwise it were among the open ones.
            return Ok(false);
        }
        let Some(snapshot) = snapshot else { return Ok(true) };
        let folded = snapshot.folded.get(id);
        if folded.is_none() && id <= snapshot.latest.as_str() {
            return Ok(false);
        }
        let summary = self.summary(id)?;
        Ok(summary.is_none_or(|s| s.scopes.contains(scope) && folded != Some(&s.frames)))
    }
}
