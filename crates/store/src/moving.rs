//! From one store to another: everything is copied, and the old one says where it went.
//!
//! Operations first, then records, then what says that an operation is folded in: whatever is cut off,
//! the target holds a part of the same history, and the same move goes on with it. The source stays as
//! it is until its owner has read the target back; then it takes no more writers.

use crate::{
    envelope::{self, Kind, Layout, from_backup},
    error::StoreError,
    remote::MOVED,
    store::Store,
    writer::Writer,
};
use serde::{Deserialize, Serialize};
use std::path::Path;

const KIND: Kind = Kind { name: "moved", format: 1, layout: Layout::Lines };

#[derive(Serialize, Deserialize)]
struct Moved {
    /// Where to; empty where it came back.
    to: String,
}

impl Store {
    /// Where everything of this store has moved to, if it has.
    ///
    /// # Errors
    /// Where that cannot be read.
    pub fn moved(&self) -> Result<Option<String>, StoreError> {
        let path = self.dir.join(MOVED);
        let moved = envelope::read::<Moved>(&*self.disk, KIND, &path, || from_backup(&path))?;
        Ok(moved.map(|m| m.to).filter(|to| !to.is_empty()))
    }

    /// Makes sure that another store holds all that this one holds.
    ///
    /// # Errors
    /// Where it does not.
    pub fn is_in(&self, other: &Store) -> Result<(), StoreError> {
        let differs = |what: String| StoreError::Unfit { path: other.dir.clone(), what };
        for scope in self.scopes()? {
            if self.load(&scope)? != other.load(&scope)? {
                return Err(differs(format!("the record of {scope} is not what it is in {}", self.dir.display())));
            }
        }
        for id in self.ids()? {
            let frames = |store: &Store| Ok::<_, StoreError>(store.stored(&id)?.map(|o| (o.frames, o.plan)));
            if frames(self)? != frames(other)? {
                return Err(differs(format!("operation {id} is not what it is in {}", self.dir.display())));
            }
        }
        Ok(())
    }
}

impl Writer {
    /// Copies everything to another store of the same platform. Done twice it is the same.
    ///
    /// # Errors
    /// Where the other one holds another history, or a later part of this one, and where it cannot be written.
    pub fn copy_to(&self, target: &Writer) -> Result<(), StoreError> {
        for scope in target.scopes()? {
            let there = target.load(&scope)?;
            let Some(there) = there else { continue };
            let place = |lineage: &str, serial: u64| format!("lineage {lineage}, serial {serial}");
            let unfit = |here: String| StoreError::Unfit {
                path: target.record_path(&scope).unwrap_or_else(|_| target.dir.clone()),
                what: format!("the record of {scope} is at {}, and {here}", place(&there.lineage, there.serial)),
            };
            match self.load(&scope)? {
                None => return Err(unfit(format!("{} has none", self.dir.display()))),
                Some(here) if here.lineage != there.lineage || here.serial < there.serial => {
                    return Err(unfit(format!("in {} at {}", self.dir.display(), place(&here.lineage, here.serial))));
                }
                Some(_) => {}
            }
        }
        for id in self.ids()? {
            self.copy_file(target, &Path::new("operations").join(&id).join("plan.json"))?;
            self.copy_journal(target, &id)?;
            self.copy_file(target, &Path::new("operations").join(&id).join("rescued.json"))?;
        }
        for name in self.list(&self.dir.join("records"))? {
            if !name.ends_with(".new") {
                self.copy_file(target, &Path::new("records").join(name))?;
            }
        }
        for id in self.ids()? {
            self.copy_file(target, &Path::new("operations").join(&id).join("summary.json"))?;
        }
        Ok(())
    }

    /// Says where everything went; nobody writes here any more.
    ///
    /// # Errors
    /// Where that could not be written.
    pub fn leave(&self, to: &str) -> Result<(), StoreError> {
        let path = self.dir.join(MOVED);
        let inconsistent = |e: serde_json::Error| StoreError::Inconsistent { path: path.clone(), what: e.to_string() };
        let bytes = envelope::seal(KIND, &Moved { to: to.into() }).map_err(inconsistent)?;
        envelope::replace(&*self.disk, &path, &bytes)?;
        self.disk.sync_dir(&self.dir).map_err(StoreError::disk("make it durable", &self.dir))
    }

    fn copy_file(&self, target: &Writer, file: &Path) -> Result<(), StoreError> {
        let (from, to) = (self.dir.join(file), target.dir.join(file));
        let Some(bytes) = self.disk.read(&from).map_err(StoreError::disk("read it", &from))? else { return Ok(()) };
        if target.disk.read(&to).map_err(StoreError::disk("read it", &to))?.is_some_and(|there| there == bytes) {
            return Ok(());
        }
        target.place(&to, &bytes)
    }

    fn copy_journal(&self, target: &Writer, id: &str) -> Result<(), StoreError> {
        let (from, to) = (self.path(id, "journal"), target.path(id, "journal"));
        let Some(bytes) = self.disk.read(&from).map_err(StoreError::disk("read it", &from))? else { return Ok(()) };
        let Some(there) = target.disk.read(&to).map_err(StoreError::disk("read it", &to))? else {
            return target.place(&to, &bytes);
        };
        let Some(more) = bytes.strip_prefix(there.as_slice()) else {
            let what = format!("the journal of operation {id} went on in another way than in {}", self.dir.display());
            return Err(StoreError::Unfit { path: to, what });
        };
        let len = u64::try_from(there.len()).unwrap_or(u64::MAX);
        let mut tail = target.disk.append_to(&to, len).map_err(StoreError::disk("open it for writing", &to))?;
        tail.append(more).and_then(|()| tail.sync()).map_err(StoreError::disk("write to it", &to))
    }

    fn place(&self, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        let dir = path.parent().unwrap_or(path);
        self.disk.make_dir(dir).map_err(StoreError::disk("make it", dir))?;
        envelope::replace(&*self.disk, path, bytes)?;
        self.disk.sync_dir(dir).map_err(StoreError::disk("make it durable", dir))
    }
}
