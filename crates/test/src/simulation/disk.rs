//! A disk in memory that can be full, tear what it writes, lose what was not synced, and lie about locks.

use pontoon_store::disk::{Disk, Held, Tail};
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
    rc::Rc,
};

/// What happens to the writes of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// Nothing.
    #[default]
    None,
    /// From this write on, the disk is full.
    Full(u32),
    /// Half of this write arrives; from then on, the disk is full.
    Torn(u32),
}

#[derive(Default)]
struct File {
    durable: Vec<u8>,
    now: Vec<u8>,
}

enum Renaming {
    Made(PathBuf, usize),
    Moved(PathBuf, PathBuf),
}

#[derive(Default)]
struct State {
    files: Vec<File>,
    names: BTreeMap<PathBuf, usize>,
    durable: BTreeMap<PathBuf, usize>,
    /// Changes of names that are not durable yet, in their order.
    pending: Vec<Renaming>,
    dirs: BTreeSet<PathBuf>,
    locked: BTreeSet<PathBuf>,
}

/// The disk. Clones are the same one.
#[derive(Clone, Default)]
pub struct MemoryDisk {
    state: Rc<RefCell<State>>,
    trouble: Rc<Cell<Trouble>>,
    writes: Rc<Cell<u32>>,
    /// Whether a lock is given to everybody who asks.
    pub without_locks: bool,
    /// Whether a sync only says that it was done.
    pub without_sync: bool,
}

impl MemoryDisk {
    /// From now on; counted from here.
    pub fn trouble(&self, trouble: Trouble) {
        self.trouble.set(trouble);
        self.writes.set(0);
    }

    /// The power fails: what was not synced is gone, but for as much as `keep` (0 to 1) of it.
    pub fn power_loss(&self, keep: f64) {
        let mut state = self.state.borrow_mut();
        let part = |n: usize| (n as f64 * keep) as usize;
        for file in &mut state.files {
            let common = file.durable.len().min(file.now.len());
            let appended = file.now.len() - common;
            file.now.truncate(common + part(appended));
            file.durable.clone_from(&file.now);
        }
        let kept = part(state.pending.len());
        let pending: Vec<Renaming> = state.pending.drain(..).take(kept).collect();
        let mut names = std::mem::take(&mut state.durable);
        pending.iter().for_each(|r| rename(&mut names, r));
        state.names.clone_from(&names);
        state.durable = names;
    }

    /// All that is written anywhere.
    pub fn bytes(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let state = self.state.borrow();
        state.names.iter().filter_map(|(path, at)| Some((path.clone(), state.files.get(*at)?.now.clone()))).collect()
    }

    /// Counts a write; how many of its `len` bytes arrive.
    fn room(&self, len: usize) -> (usize, io::Result<()>) {
        let n = self.writes.replace(self.writes.get() + 1);
        let full = || Err(io::Error::from(io::ErrorKind::StorageFull));
        match self.trouble.get() {
            Trouble::Full(from) if n >= from => (0, full()),
            Trouble::Torn(from) if n > from => (0, full()),
            Trouble::Torn(from) if n == from => (len / 2, full()),
            _ => (len, Ok(())),
        }
    }
}

fn rename(names: &mut BTreeMap<PathBuf, usize>, renaming: &Renaming) {
    match renaming {
        Renaming::Made(path, at) => drop(names.insert(path.clone(), *at)),
        Renaming::Moved(from, to) => {
            if let Some(at) = names.remove(from) {
                names.insert(to.clone(), at);
            }
        }
    }
}

impl Disk for MemoryDisk {
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        let state = self.state.borrow();
        Ok(state.names.get(path).and_then(|at| state.files.get(*at)).map(|f| f.now.clone()))
    }
    fn exists(&self, path: &Path) -> io::Result<bool> {
        let state = self.state.borrow();
        Ok(state.names.contains_key(path) || state.dirs.contains(path))
    }
    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let state = self.state.borrow();
        let inside = |p: &&PathBuf| p.parent() == Some(dir);
        let all = state.names.keys().chain(&state.dirs).filter(inside);
        let names: BTreeSet<String> = all.filter_map(|p| Some(p.file_name()?.to_str()?.to_owned())).collect();
        Ok(names.into_iter().collect())
    }
    fn make_dir(&self, dir: &Path) -> io::Result<()> {
        self.room(0).1?;
        let mut state = self.state.borrow_mut();
        state.dirs.extend(dir.ancestors().map(Path::to_path_buf));
        Ok(())
    }
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let (arrived, result) = self.room(bytes.len());
        let mut state = self.state.borrow_mut();
        let part = bytes[..arrived].to_vec();
        let file = File { durable: part.clone(), now: part };
        let at = state.files.len();
        state.files.push(file);
        let made = Renaming::Made(path.to_path_buf(), at);
        rename(&mut state.names, &made);
        state.pending.push(made);
        result
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.room(0).1?;
        let mut state = self.state.borrow_mut();
        if !state.names.contains_key(from) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let moved = Renaming::Moved(from.to_path_buf(), to.to_path_buf());
        rename(&mut state.names, &moved);
        state.pending.push(moved);
        Ok(())
    }
    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut state = self.state.borrow_mut();
        let of = |r: &Renaming| match r {
            Renaming::Made(path, _) | Renaming::Moved(_, path) => path.parent() == Some(dir),
        };
        let (settled, pending): (Vec<_>, Vec<_>) = std::mem::take(&mut state.pending).into_iter().partition(of);
        settled.iter().for_each(|r| rename(&mut state.durable, r));
        state.pending = pending;
        Ok(())
    }
    fn append_to(&self, path: &Path, len: u64) -> io::Result<Box<dyn Tail>> {
        let mut state = self.state.borrow_mut();
        let at = *state.names.get(path).ok_or(io::ErrorKind::NotFound)?;
        let len = usize::try_from(len).map_err(io::Error::other)?;
        if let Some(file) = state.files.get_mut(at) {
            file.now.truncate(len);
        }
        Ok(Box::new(End { disk: self.clone(), at }))
    }
    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn Held>>> {
        let is_free = self.state.borrow_mut().locked.insert(path.to_path_buf());
        if !is_free && !self.without_locks {
            return Ok(None);
        }
        Ok(Some(Box::new(Lock { disk: self.clone(), path: path.to_path_buf() })))
    }
}

struct End {
    disk: MemoryDisk,
    at: usize,
}

impl Tail for End {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let (arrived, result) = self.disk.room(bytes.len());
        if let Some(file) = self.disk.state.borrow_mut().files.get_mut(self.at) {
            file.now.extend(&bytes[..arrived]);
        }
        result
    }
    fn sync(&mut self) -> io::Result<()> {
        if !self.disk.without_sync
            && let Some(file) = self.disk.state.borrow_mut().files.get_mut(self.at)
        {
            file.durable.clone_from(&file.now);
        }
        Ok(())
    }
}

struct Lock {
    disk: MemoryDisk,
    path: PathBuf,
}

impl Held for Lock {
    fn note(&mut self, _: &[u8]) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.disk.state.borrow_mut().locked.remove(&self.path);
    }
}
