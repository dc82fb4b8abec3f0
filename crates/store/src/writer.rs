//! Writing to a store, which takes its lock.
//!
//! An operation goes through
//!
//! ```text
//! begin   what others left is folded · bases are compared · records exist, with their lineage · plan · journal
//! append, sync …                      (the engine)
//! commit  each record, then the summary
//! ```
//!
//! Lineage and team are durable before the first effect: after a crash, the marks of what was made
//! are still ours. A crash anywhere leaves what the journal holds, and the next writer folds it in.
//! Before an operation adds frames, those of all others are folded in, so that what a record shows is
//! always in the order in which it happened.

use crate::{
    envelope,
    error::StoreError,
    id::plain,
    journal::{self, OpenJournal},
    lock::Guard,
    operations::{PLAN, SUMMARY, StoredOperation},
    rescue::{self, Rescue},
    snapshot::Snapshot,
    store::Store,
};
use jiff::Timestamp;
use pontoon_core::{
    address::Scope,
    operation::{Ending, Entries, Frame, StepEvent, StepStatus},
    plan::{Base, Plan, StepId},
};
use std::{collections::BTreeSet, ops::Deref, path::Path, rc::Rc};

/// A store and its lock. Reads like the store.
pub struct Writer {
    store: Store,
    lock: Rc<Guard>,
}

impl Deref for Writer {
    type Target = Store;
    fn deref(&self) -> &Store {
        &self.store
    }
}

/// What a person found out about a stalled step.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// It had its effect: what to record.
    Adopted(Entries),
    /// It had none.
    Absent,
}

impl Writer {
    pub(crate) fn new(store: Store, guard: Guard) -> Writer {
        Writer { store, lock: Rc::new(guard) }
    }

    /// Stores the plan and begins a journal for it. Every record that the plan was made from has to be
    /// at the plan's lineage and serial; records that do not exist yet are made, empty, with the
    /// plan's lineage and team.
    ///
    /// # Errors
    /// Where the plan is stale or of another platform, or something could not be written: then
    /// nothing has begun.
    pub fn begin(&mut self, id: &str, plan: &Plan) -> Result<OpenJournal, StoreError> {
        plain(id, "an operation")?;
        if plan.platform != self.platform {
            let (found, ours) = (plan.platform.clone(), self.platform.clone());
            return Err(StoreError::ForeignPlatform { path: self.dir.clone(), found, ours });
        }
        if self.store.stored(id)?.is_some() {
            return Err(StoreError::Exists { id: id.into() });
        }
        let open = self.fold_all()?;
        let records = plan.bases.iter().map(|base| self.compare(base, plan, &open)).collect::<Result<Vec<_>, _>>()?;
        for (scope, record) in records {
            if let Some(record) = record {
                self.store_record(&scope, record)?;
            }
        }
        // What an earlier process wrote may be in memory only; the operation builds on it.
        self.sync(&self.dir.join("records"))?;
        let dir = self.path(id, "");
        self.disk.make_dir(&dir).map_err(StoreError::disk("make it", &dir))?;
        let (plan_path, journal_path) = (self.path(id, "plan.json"), self.path(id, "journal"));
        self.seal(PLAN, &plan_path, plan)?;
        let blank = journal::blank(&journal_path)?;
        envelope::replace(&*self.disk, &journal_path, &blank)?;
        self.sync(&dir)?;
        OpenJournal::open(&*self.disk, id, journal_path, (blank.len() as u64, 0), self.lock.clone())
    }

    /// Goes on with the journal of an operation that has not ended; a torn tail is cut off.
    ///
    /// # Errors
    /// Where it has ended, does not exist, or cannot be written.
    pub fn resume(&mut self, id: &str) -> Result<OpenJournal, StoreError> {
        if self.known(id)?.operation.closed.is_some() {
            return Err(StoreError::Ended { id: id.into() });
        }
        self.fold_all()?;
        self.reopen(id)
    }

    /// Folds an operation into the records of its scopes, each at once, and once it is closed marks
    /// it as folded. Folding one again changes nothing; neither does a crash in between.
    ///
    /// # Errors
    /// Where a record could not be written: nothing is lost, and the next writer folds again.
    pub fn commit(&mut self, id: &str) -> Result<(), StoreError> {
        plain(id, "an operation")?;
        let is_known = self.is_folded(id)? || self.fold_all()?.iter().any(|o| o.id == id) || self.is_folded(id)?;
        if is_known { Ok(()) } else { Err(StoreError::NoOperation { id: id.into(), dir: self.dir.clone() }) }
    }

    /// Takes a person's answer for a stalled step. Closes the operation and folds it in when that was
    /// the last thing to find out; returns how it stands then.
    ///
    /// # Errors
    /// Where the step does not wait for an answer, or does not touch what the answer is about.
    pub fn resolve(&mut self, id: &str, step: StepId, answer: Answer, now: Timestamp) -> Result<StoredOperation, StoreError> {
        let stored = self.operation(id)?;
        let id = stored.id.clone();
        let planned = stored.plan.step(step).ok_or_else(|| StoreError::NoStep { id: id.clone(), step })?;
        let status = stored.operation.status(step);
        if status != StepStatus::Stalled {
            return Err(StoreError::NotStalled { id, step, status });
        }
        let event = match answer {
            Answer::Absent => StepEvent::Absent,
            Answer::Adopted(entries) => {
                let touches = |a| planned.outcomes.iter().any(|(touched, _)| touched == a);
                if let Some(address) = entries.keys().find(|a| !touches(*a)) {
                    return Err(StoreError::NotOfStep { id, step, address: address.clone() });
                }
                StepEvent::Adopted { entries }
            }
        };
        let mut journal = self.resume(&id)?;
        journal.add(&Frame::Step { step, event })?;
        journal.flush()?;
        let mut stored = self.known(&id)?;
        if stored.is_settled() {
            journal.add(&Frame::Closed { ending: Ending::Recovered, at: now.to_string() })?;
            journal.flush()?;
            stored = self.known(&id)?;
        }
        drop(journal);
        self.fold_all()?;
        Ok(stored)
    }

    /// Takes in frames that the store did not take, so that the next run finds them.
    ///
    /// # Errors
    /// Where the journal went on in another way since, or this cannot be written.
    pub fn rescue(&mut self, rescue: &Rescue) -> Result<(), StoreError> {
        let path = self.path(&rescue.operation, rescue::NAME);
        let stored = self.known(&rescue.operation)?;
        rescue.missing(&stored.frames, &path).map_err(|_| StoreError::Unfit {
            path: self.path(&rescue.operation, "journal"),
            what: "somebody took over since and found out from the vendors what these frames tell; they are not needed".into(),
        })?;
        let text = rescue.text()?;
        envelope::replace(&*self.disk, &path, text.as_bytes())?;
        self.sync(&self.path(&rescue.operation, ""))
    }

    /// An operation that has to exist and be sound.
    fn known(&self, id: &str) -> Result<StoredOperation, StoreError> {
        plain(id, "an operation")?;
        self.sound(id)?.ok_or_else(|| StoreError::NoOperation { id: id.into(), dir: self.dir.clone() })
    }

    /// Opens a journal at its end, with everything in it durable that was read from it.
    fn reopen(&self, id: &str) -> Result<OpenJournal, StoreError> {
        let path = self.path(id, "journal");
        let contents = journal::read(&*self.disk, &path, id)?.sound()?;
        let good = (contents.good, contents.frames.len());
        let mut journal = OpenJournal::open(&*self.disk, id, path, good, self.lock.clone())?;
        journal.settle()?;
        let rescued = self.path(id, rescue::NAME);
        if let Some(rescue) = Rescue::read(&*self.disk, &rescued, id)? {
            for frame in rescue.missing(&contents.frames, &rescued)? {
                journal.add(frame)?;
            }
            journal.flush()?;
            let taken = envelope::beside(&rescued, ".taken");
            self.disk.rename(&rescued, &taken).map_err(StoreError::disk("rename it", &rescued))?;
        }
        Ok(journal)
    }

    /// Folds every operation that is not folded completely; returns those that stay open.
    fn fold_all(&mut self) -> Result<Vec<StoredOperation>, StoreError> {
        let open = self.open_operations()?;
        if open.is_empty() {
            return Ok(open);
        }
        // What was read may be in memory only, and a record must never know more than its journals.
        for stored in &open {
            self.reopen(&stored.id)?;
        }
        let scopes: BTreeSet<Scope> = open.iter().flat_map(StoredOperation::scopes).collect();
        for scope in &scopes {
            if let Some((snapshot, true)) = self.current(scope, &open)? {
                self.store_record(scope, snapshot)?;
            }
        }
        let (closed, open): (Vec<_>, Vec<_>) = open.into_iter().partition(|o| o.operation.closed.is_some());
        if !closed.is_empty() {
            self.sync(&self.dir.join("records"))?;
        }
        for stored in &closed {
            self.seal(SUMMARY, &self.path(&stored.id, "summary.json"), &stored.summary())?;
            self.sync(&self.path(&stored.id, ""))?;
        }
        Ok(open)
    }

    /// The record that a base needs written before the operation begins, if any.
    fn compare(&self, base: &Base, plan: &Plan, open: &[StoredOperation]) -> Result<(Scope, Option<Snapshot>), StoreError> {
        let current = self.current(&base.scope, open)?.map(|(snapshot, _)| snapshot);
        let is_new = current.is_none();
        let mut snapshot = current.unwrap_or_else(|| Snapshot::empty(&self.platform, &base.scope, &base.lineage));
        let record = &mut snapshot.record;
        if (&record.lineage, record.serial) != (&base.lineage, base.serial) {
            let place = |lineage: &str, serial: u64| format!("lineage {lineage}, serial {serial}");
            return Err(StoreError::Stale {
                scope: base.scope.clone(),
                expected: place(&base.lineage, base.serial),
                found: if is_new { "nothing".into() } else { place(&record.lineage, record.serial) },
            });
        }
        // A team is pinned by the first operation that may have made something in it.
        let pins = plan.team.is_some() && record.team != plan.team && (record.team.is_none() || record.resources.is_empty());
        if pins {
            record.team = plan.team.clone();
        }
        Ok((base.scope.clone(), (is_new || pins).then_some(snapshot)))
    }

    fn store_record(&self, scope: &Scope, mut snapshot: Snapshot) -> Result<(), StoreError> {
        let dir = self.dir.join("records");
        self.disk.make_dir(&dir).map_err(StoreError::disk("make it", &dir))?;
        // An operation leaves the list only when its summary is certain to stay.
        for id in snapshot.folded.keys().cloned().collect::<Vec<_>>() {
            if self.is_folded(&id)? {
                self.sync(&self.path(&id, ""))?;
                snapshot.folded.remove(&id);
            }
        }
        snapshot.store(&*self.disk, &self.record_path(scope)?)
    }

    fn sync(&self, dir: &Path) -> Result<(), StoreError> {
        self.disk.sync_dir(dir).map_err(StoreError::disk("make it durable", dir))
    }

    fn seal<T: serde::Serialize>(&self, kind: envelope::Kind, path: &Path, content: &T) -> Result<(), StoreError> {
        let bytes = envelope::seal(kind, content)
            .map_err(|e| StoreError::Inconsistent { path: path.into(), what: format!("it cannot be written: {e}") })?;
        envelope::replace(&*self.disk, path, &bytes)
    }
}
