//! Journals: reading one, and adding to one.

use crate::{
    disk::{Disk, Tail},
    error::StoreError,
    frames,
    lock::Guard,
    rescue::{self, Rescue},
};
use pontoon_core::operation::Frame;
use pontoon_engine::ports::{Journal, JournalError};
use serde::{Deserialize, Serialize};
use std::{
    path::{Path, PathBuf},
    rc::Rc,
};

const FORMAT: u32 = 1;
const NAME: &str = "journal";

/// The first frame of the file; the operation's own frames follow it.
#[derive(Serialize, Deserialize)]
struct FileHead {
    pontoon: String,
    format: u32,
}

/// The bytes of a journal in which nothing happened yet.
pub(crate) fn blank(path: &Path) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::new();
    encode(&mut bytes, &FileHead { pontoon: NAME.into(), format: FORMAT }, path)?;
    Ok(bytes)
}

fn encode<T: Serialize>(batch: &mut Vec<u8>, frame: &T, path: &Path) -> Result<(), StoreError> {
    let wrong = |what: String| StoreError::Inconsistent { path: path.into(), what };
    let text = serde_json::to_vec(frame).map_err(|e| wrong(format!("a frame cannot be written: {e}")))?;
    frames::encode(batch, &text).map_err(|e| wrong(format!("a frame is too long: {e}")))
}

/// What a journal holds.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    /// The frames, without the file's head.
    pub frames: Vec<Frame>,
    /// How many bytes of the file are good.
    pub good: u64,
    /// What is wrong after that, if it is more than a torn tail.
    pub damage: Option<StoreError>,
}

impl Contents {
    /// The frames, if there is no damage after them.
    pub fn sound(self) -> Result<Contents, StoreError> {
        match self.damage {
            Some(damage) => Err(damage),
            None => Ok(self),
        }
    }
}

/// Reads a journal; one that is not there, or whose head is torn, holds nothing.
///
/// # Errors
/// Where it cannot be read or is too new. Damage is not an error yet: see [`Contents::sound`].
pub(crate) fn read(disk: &dyn Disk, path: &Path, operation: &str) -> Result<Contents, StoreError> {
    let bytes = disk.read(path).map_err(StoreError::disk("read it", path))?.unwrap_or_default();
    let damaged = |frame: usize, offset: usize, what: String| {
        Some(StoreError::DamagedJournal { path: path.into(), operation: operation.into(), frame, offset, what })
    };
    let mut contents = Contents::default();
    let (decoded, spoilt) = match frames::decode(&bytes) {
        Ok(decoded) => (decoded, None),
        Err(s) => (frames::decode(bytes.get(..s.offset).unwrap_or_default()).unwrap_or_default(), Some(s)),
    };
    for (i, (offset, text)) in decoded.texts.iter().enumerate() {
        if i == 0 {
            match serde_json::from_slice::<FileHead>(text) {
                Ok(head) if head.format > FORMAT => {
                    return Err(StoreError::Newer { path: path.into(), found: head.format, known: FORMAT });
                }
                Ok(head) if head.pontoon == NAME => {}
                _ => {
                    contents.damage = damaged(0, *offset, "it is not the head of a journal".into());
                    return Ok(contents);
                }
            }
        } else {
            match serde_json::from_slice::<Frame>(text) {
                Ok(frame) => contents.frames.push(frame),
                Err(e) => {
                    contents.damage = damaged(i, *offset, format!("it is whole and cannot be understood: {e}"));
                    return Ok(contents);
                }
            }
        }
        contents.good = u64::try_from(offset + frames::HEAD + text.len()).unwrap_or(u64::MAX);
    }
    if let Some(s) = spoilt {
        contents.damage = damaged(s.frame, s.offset, "its checksum does not match".into());
    }
    Ok(contents)
}

/// A journal that can be added to. Holds the store's lock.
///
/// Frames are kept in memory until they are synced, and then written as one batch. After an error
/// nothing more is taken: what the disk holds is not certain any more; [`OpenJournal::rescue`] has
/// what may be missing.
pub struct OpenJournal {
    tail: Box<dyn Tail>,
    operation: String,
    path: PathBuf,
    synced: usize,
    batch: Vec<u8>,
    unsynced: Vec<Frame>,
    broken: bool,
    _lock: Rc<Guard>,
}

impl OpenJournal {
    /// Opens the journal of an operation, whose first `good` bytes hold `synced` frames.
    pub(crate) fn open(
        disk: &dyn Disk,
        operation: &str,
        path: PathBuf,
        (good, synced): (u64, usize),
        lock: Rc<Guard>,
    ) -> Result<OpenJournal, StoreError> {
        let tail = disk.append_to(&path, good).map_err(StoreError::disk("open it for writing", &path))?;
        let (batch, unsynced) = (Vec::new(), Vec::new());
        Ok(OpenJournal { tail, operation: operation.into(), path, synced, batch, unsynced, broken: false, _lock: lock })
    }

    /// Makes durable what was in the file when it was opened.
    pub(crate) fn settle(&mut self) -> Result<(), StoreError> {
        self.tail.sync().map_err(StoreError::disk("make it durable", &self.path))
    }

    /// What the disk may lack, after an error: unsynced frames, and `more` that were not taken at all.
    pub fn rescue(&self, more: &[Frame]) -> Rescue {
        Rescue {
            operation: self.operation.clone(),
            after: self.synced,
            frames: [&self.unsynced, more].concat(),
            home: self.path.with_file_name(rescue::NAME),
        }
    }

    /// Takes a frame into memory.
    ///
    /// # Errors
    /// Where an earlier write failed, or the frame cannot be written at all.
    pub fn add(&mut self, frame: &Frame) -> Result<(), StoreError> {
        if self.broken {
            return Err(StoreError::Broken { path: self.path.clone() });
        }
        encode(&mut self.batch, frame, &self.path)?;
        self.unsynced.push(frame.clone());
        Ok(())
    }

    /// Makes every frame durable that was taken.
    ///
    /// # Errors
    /// Where that is not certain.
    pub fn flush(&mut self) -> Result<(), StoreError> {
        if self.broken {
            return Err(StoreError::Broken { path: self.path.clone() });
        }
        if self.batch.is_empty() {
            return Ok(());
        }
        // Until both have succeeded the file's end is not known, and a second try could write twice.
        self.broken = true;
        self.tail.append(&self.batch).map_err(StoreError::disk("write to it", &self.path))?;
        self.tail.sync().map_err(StoreError::disk("make it durable", &self.path))?;
        self.broken = false;
        self.batch.clear();
        self.synced += self.unsynced.len();
        self.unsynced.clear();
        Ok(())
    }
}

impl Journal for OpenJournal {
    fn append(&mut self, frame: &Frame) -> Result<(), JournalError> {
        self.add(frame).map_err(|e| JournalError(Box::new(e)))
    }
    fn sync(&mut self) -> Result<(), JournalError> {
        self.flush().map_err(|e| JournalError(Box::new(e)))
    }
}
