//! The world's log: every transaction is one line of JSON, written before its reply leaves.
//!
//! Opening reads the newest generation and writes the next one as a single line (all that exists), so a log never grows
//! over several lives. A torn last line is a transaction that nobody was told of, and is dropped. Lines are handed to
//! the operating system, not synced: a killed process loses nothing, a power cut may.

use crate::clock::Moment;
use crate::random::Random;
use crate::state::{Event, Slot, State};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// One change within a transaction.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Op {
    Put(String, String, Slot),
    Remove(String, String),
    Plan(i64, u64, Event),
    Done(i64, u64),
}

/// One line of the log.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    /// Virtual milliseconds.
    pub t: i64,
    pub random: Random,
    pub next: u64,
    pub number: u64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hits: BTreeMap<usize, u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ops: Vec<Op>,
}

impl Line {
    pub(crate) fn of(state: &State, now: Moment, ops: Vec<Op>) -> Self {
        Self { t: now.0, random: state.random, next: state.next, number: state.number, hits: state.hits.clone(), ops }
    }

    fn apply(self, state: &mut State) {
        state.random = self.random;
        state.next = self.next;
        state.number = self.number;
        state.hits = self.hits;
        for op in self.ops {
            match op {
                Op::Put(collection, key, slot) => {
                    let place = state.docs.open(&collection);
                    state.docs.at_mut(place).set(&key, slot);
                }
                Op::Remove(collection, key) => {
                    if let Some(place) = state.docs.place(&collection) {
                        state.docs.at_mut(place).take(&key);
                    }
                }
                Op::Plan(at, seq, event) => {
                    state.events.insert((at, seq), event);
                }
                Op::Done(at, seq) => {
                    state.events.remove(&(at, seq));
                }
            }
        }
    }
}

/// Why a world's directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// Another process has it open.
    #[error("{0}: in use by another process")]
    Busy(PathBuf),
    /// A line in the middle cannot be read: the file was changed by something else.
    #[error("{path}: line {line} cannot be read")]
    Corrupt {
        /// The log.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What the reader says.
        source: serde_json::Error,
    },
    /// The operating system refused.
    #[error("{path}: cannot be used")]
    Io {
        /// File or directory.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}

/// An open log.
#[derive(Debug)]
pub(crate) struct Log {
    dir: PathBuf,
    generation: u64,
    file: File,
    length: u64,
    /// Held while the world is open; the operating system lets go of it when the process ends, however it ends.
    _lock: File,
}

impl Log {
    /// Opens `dir`, giving the state that was saved there and its virtual time; `None` for a fresh one.
    pub(crate) fn open(dir: &Path) -> Result<(Self, Option<(State, Moment)>), StorageError> {
        let io_error = |path: &Path| {
            let path = path.to_owned();
            move |source| StorageError::Io { path, source }
        };
        // Its secrets open nothing else, and are nobody else's business either.
        let mut folders = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folders, 0o700);
        folders.recursive(true).create(dir).map_err(io_error(dir))?;
        let lock_path = dir.join("lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&lock_path).map_err(io_error(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StorageError::Busy(dir.to_owned())),
            Err(TryLockError::Error(source)) => {
                return Err(StorageError::Io { path: lock_path, source });
            }
        }
        let generations = generations(dir).map_err(io_error(dir))?;
        let newest = generations.last().copied();
        let saved = match newest {
            Some(generation) => read(&path(dir, generation))?,
            None => None,
        };
        let generation = newest.unwrap_or(0) + 1;
        let (state, time) = saved.clone().unwrap_or_default();
        let (file, length) =
            start(dir, generation, saved.is_some().then_some((&state, time))).map_err(io_error(&path(dir, generation)))?;
        for old in generations {
            // Left over it would only be read if a newer one were missing.
            let _ = std::fs::remove_file(path(dir, old));
        }
        let log = Self { dir: dir.to_owned(), generation, file, length, _lock: lock };
        Ok((log, saved))
    }

    /// Appends one transaction. On an error the log is as before, and the transaction must not be acknowledged.
    pub(crate) fn append(&mut self, line: &Line) -> io::Result<()> {
        let bytes = encode(line)?;
        match self.file.write_all(&bytes) {
            Ok(()) => {
                self.length += bytes.len() as u64;
                Ok(())
            }
            Err(error) => {
                self.file.set_len(self.length)?;
                Err(error)
            }
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) -> io::Result<()> {
        let (file, length) = start(&self.dir, self.generation + 1, None)?;
        let old = path(&self.dir, self.generation);
        self.file = file;
        self.length = length;
        self.generation += 1;
        std::fs::remove_file(old)
    }
}

fn path(dir: &Path, generation: u64) -> PathBuf {
    dir.join(format!("world-{generation}.log"))
}

fn generations(dir: &Path) -> io::Result<Vec<u64>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let name = entry?.file_name();
        let number: Option<u64> = name
            .to_str()
            .and_then(|n| n.strip_prefix("world-"))
            .and_then(|n| n.strip_suffix(".log"))
            .and_then(|n| n.parse().ok());
        found.extend(number);
    }
    found.sort_unstable();
    Ok(found)
}

fn read(path: &Path) -> Result<Option<(State, Moment)>, StorageError> {
    let bytes = std::fs::read(path).map_err(|source| StorageError::Io { path: path.to_owned(), source })?;
    let mut state = State::default();
    let mut time = None;
    let lines: Vec<&[u8]> = bytes.split_inclusive(|b| *b == b'\n').collect();
    let count = lines.len();
    for (index, bytes) in lines.into_iter().enumerate() {
        let whole = bytes.ends_with(b"\n");
        match serde_json::from_slice::<Line>(bytes) {
            Ok(line) if whole => {
                time = Some(Moment(line.t));
                line.apply(&mut state);
            }
            _ if index + 1 == count && !whole => break,
            Ok(_) => break,
            Err(source) => {
                return Err(StorageError::Corrupt { path: path.to_owned(), line: index + 1, source });
            }
        }
    }
    Ok(time.map(|t| (state, t)))
}

/// Writes a new generation under another name first, so that it appears whole or not at all.
fn start(dir: &Path, generation: u64, saved: Option<(&State, Moment)>) -> io::Result<(File, u64)> {
    let temporary = dir.join("world.new");
    let mut bytes = Vec::new();
    if let Some((state, time)) = saved {
        bytes = encode(&Line::of(state, time, everything(state)))?;
    }
    std::fs::write(&temporary, &bytes)?;
    let target = path(dir, generation);
    std::fs::rename(&temporary, &target)?;
    let file = OpenOptions::new().append(true).open(&target)?;
    Ok((file, bytes.len() as u64))
}

fn everything(state: &State) -> Vec<Op> {
    let docs = state.docs.iter().flat_map(|(name, collection)| {
        collection.iter().map(|(key, slot)| Op::Put(name.to_owned(), key.to_owned(), slot.clone()))
    });
    let events = state.events.iter().map(|((at, seq), event)| Op::Plan(*at, *seq, event.clone()));
    docs.chain(events).collect()
}

fn encode(line: &Line) -> io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(line)?;
    bytes.push(b'\n');
    Ok(bytes)
}
