//! Record files: what exists in one scope, and how far each operation is folded into that.
//!
//! The serial counts the frames that ever changed the record, whether they are in the file or still
//! in a journal. So equal lineage and serial mean equal content, also while an operation runs.

use crate::{
    disk::Disk,
    envelope::{self, Kind, Layout, beside},
    error::{StoreError, quoted},
};
use pontoon_core::{
    address::Scope,
    operation::{Frame, StepEvent},
    record::Record,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

const KIND: Kind = Kind { name: "record", format: 1, layout: Layout::Lines };

/// A record file's content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    /// What exists.
    pub record: Record,
    /// The latest operation that is folded in; empty for none. Operations up to it are folded in
    /// completely once they have a summary.
    pub latest: String,
    /// How many frames are folded in of the operations that had no summary when this was written.
    pub folded: BTreeMap<String, usize>,
}

impl Snapshot {
    /// The record of a scope in which nothing was ever made.
    pub fn empty(platform: &str, scope: &Scope, lineage: &str) -> Snapshot {
        let record = Record::empty(platform, scope.clone(), lineage.into());
        Snapshot { record, latest: String::new(), folded: BTreeMap::new() }
    }

    /// Folds in the frames of an operation that are not in yet. Says whether that changed anything.
    ///
    /// # Errors
    /// Where more frames are in already than there are.
    pub fn fold(&mut self, operation: &str, frames: &[Frame], path: &Path) -> Result<bool, StoreError> {
        let before = self.folded.get(operation).copied();
        let Some(new) = frames.get(before.unwrap_or(0)..) else {
            let what = format!(
                "it holds {} frames of operation {operation}, whose journal has only {}",
                before.unwrap_or(0),
                frames.len()
            );
            return Err(StoreError::Inconsistent { path: path.into(), what });
        };
        for frame in new {
            let Frame::Step { event, .. } = frame else { continue };
            self.write(event);
        }
        self.folded.insert(operation.into(), frames.len());
        if self.latest.as_str() < operation {
            self.latest = operation.into();
        }
        Ok(before != Some(frames.len()))
    }

    fn write(&mut self, event: &StepEvent) {
        let Some(entries) = event.entries() else { return };
        let mut wrote = false;
        for (address, entry) in entries.iter().filter(|(a, _)| *a.scope() == self.record.scope) {
            wrote = true;
            match entry {
                Some(recorded) => self.record.resources.insert(address.clone(), recorded.clone()),
                None => self.record.resources.remove(address),
            };
        }
        if wrote {
            self.record.serial += 1;
        }
    }

    /// Reads a record file; none where there is none.
    ///
    /// # Errors
    /// Where it cannot be read, is damaged, too new, or of another platform.
    pub fn read(disk: &dyn Disk, path: &Path, platform: &str, scope: &Scope) -> Result<Option<Snapshot>, StoreError> {
        let Some(snapshot) = envelope::read::<Snapshot>(disk, KIND, path, || remedy(disk, path))? else { return Ok(None) };
        if snapshot.record.version > Record::VERSION {
            let (found, known) = (snapshot.record.version, Record::VERSION);
            return Err(StoreError::Newer { path: path.into(), found, known });
        }
        if snapshot.record.platform != platform {
            let found = snapshot.record.platform;
            return Err(StoreError::ForeignPlatform { path: path.into(), found, ours: platform.into() });
        }
        if snapshot.record.scope != *scope {
            let what = format!("it is the record of {}, not of {scope}", snapshot.record.scope);
            return Err(StoreError::Corrupt { path: path.into(), what, remedy: remedy(disk, path) });
        }
        Ok(Some(snapshot))
    }

    /// Replaces a record file and keeps the one before as `.previous`. Durable on return.
    ///
    /// # Errors
    /// Where the old file stays, or it is not certain that the new one does.
    pub fn store(&self, disk: &dyn Disk, path: &Path) -> Result<(), StoreError> {
        let bytes = envelope::seal(KIND, self)
            .map_err(|e| StoreError::Inconsistent { path: path.into(), what: format!("the record cannot be written: {e}") })?;
        if let Some(old) = disk.read(path).map_err(StoreError::disk("read it", path))? {
            envelope::replace(disk, &previous(path), &old)?;
        }
        envelope::replace(disk, path, &bytes)?;
        let dir = path.parent().unwrap_or(path);
        disk.sync_dir(dir).map_err(StoreError::disk("make it durable", dir))
    }
}

fn previous(path: &Path) -> PathBuf {
    beside(path, ".previous")
}

/// The previous record is as good as the current one: operations that it lacks are folded in again
/// from the log. Without it the whole log is.
fn remedy(disk: &dyn Disk, path: &Path) -> String {
    let previous = previous(path);
    let usable = disk.read(&previous).ok().flatten().is_some_and(|b| envelope::unseal::<Snapshot>(KIND, &b).is_ok());
    if usable {
        format!(
            "use the one before; what was done since is taken from the operation log:\ncp {} {}",
            quoted(&previous),
            quoted(path)
        )
    } else {
        let aside = beside(path, ".damaged");
        format!(
            "put it back from a backup; or set it aside, and it is made again from the operation log:\nmv {} {}",
            quoted(path),
            quoted(&aside)
        )
    }
}
