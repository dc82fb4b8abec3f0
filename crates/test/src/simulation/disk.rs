//! A disk in memory that can be full, tear what it writes, lose what was not synced, and lie about locks.

use pontoon_store::disk::{Disk, Held, Tail};
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
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

#[derive(Clone, Default)]
struct File {
    durable: Vec<u8>,
    now: Vec<u8>,
}

#[derive(Clone)]
enum Renaming {
    Made(PathBuf, usize),
    Moved(PathBuf, PathBuf),
}

#[derive(Clone, Default)]
struct State {
    files: Vec<File>,
    names: BTreeMap<PathBuf, usize>,
    durable: BTreeMap<PathBuf, usize>,
    /// Changes of names that are not durable yet, in their order.
    pending: Vec<Renaming>,
    dirs: BTreeSet<PathBuf>,
    locked: BTreeSet<PathBuf>,
    trouble: Trouble,
    /// How many writes there were since the trouble was set.
    writes: u32,
    /// How many there were at all, each half of a torn one as well.
    changes: u64,
}

/// What a disk holds at one moment, wherever its folder is.
#[derive(Clone)]
pub struct Image(State);

impl Image {
    /// Whether anything of it goes when the power does.
    pub fn has_unsynced(&self) -> bool {
        let State { files, names, durable, .. } = &self.0;
        names != durable || files.iter().any(|f| f.now != f.durable)
    }
}

/// Told after everything that changes what the disk holds.
type Watcher = Arc<dyn Fn(&str) + Send + Sync>;

/// The disk. Clones are the same one.
#[derive(Clone, Default)]
pub struct MemoryDisk {
    state: Arc<Mutex<State>>,
    watcher: Arc<Mutex<Option<Watcher>>>,
    /// Whether a lock is given to everybody who asks.
    pub without_locks: bool,
    /// Whether a sync only says that it was done.
    pub without_sync: bool,
}

impl MemoryDisk {
    /// From now on; counted from here.
    pub fn trouble(&self, trouble: Trouble) {
        let mut state = self.state();
        (state.trouble, state.writes) = (trouble, 0);
    }

    /// The power fails: what was not synced is gone, but for as much as `keep` (0 to 1) of it.
    pub fn power_loss(&self, keep: f64) {
        let mut state = self.state();
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
        let state = self.state();
        state.names.iter().filter_map(|(path, at)| Some((path.clone(), state.files.get(*at)?.now.clone()))).collect()
    }

    /// What it holds below `root`, without what is locked: whoever held a lock is gone.
    pub fn image(&self, root: &Path) -> Image {
        let state = self.state().clone();
        Image(State { locked: BTreeSet::new(), trouble: Trouble::None, ..state.moved(root, Path::new("")) })
    }

    /// A disk that holds this below `root`.
    pub fn of(image: &Image, root: &Path) -> MemoryDisk {
        let mut state = image.0.clone().moved(Path::new(""), root);
        state.dirs.extend(root.ancestors().map(Path::to_path_buf));
        MemoryDisk { state: Arc::new(Mutex::new(state)), ..MemoryDisk::default() }
    }

    /// Another number whenever what it holds was changed.
    pub fn changes(&self) -> u64 {
        self.state().changes
    }

    /// From now on, tells after each change what it was; a write is told twice, once with half of it there.
    pub fn watch(&self, watcher: Option<Watcher>) {
        *self.watcher.lock().unwrap_or_else(PoisonError::into_inner) = watcher;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watcher(&self) -> Option<Watcher> {
        self.watcher.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn changed(&self, what: &str) {
        self.state().changes += 1;
        if let Some(tell) = self.watcher() {
            tell(what);
        }
    }

    /// Counts a write; how many of its `len` bytes arrive.
    fn room(&self, len: usize) -> (usize, io::Result<()>) {
        let mut state = self.state();
        let n = state.writes;
        state.writes += 1;
        let full = || Err(io::Error::from(io::ErrorKind::StorageFull));
        match state.trouble {
            Trouble::Full(from) if n >= from => (0, full()),
            Trouble::Torn(from) if n > from => (0, full()),
            Trouble::Torn(from) if n == from => (len / 2, full()),
            _ => (len, Ok(())),
        }
    }

    fn put(&self, path: &Path, part: &[u8]) {
        let mut state = self.state();
        let at = state.files.len();
        state.files.push(File { durable: part.to_vec(), now: part.to_vec() });
        let made = Renaming::Made(path.to_path_buf(), at);
        rename(&mut state.names, &made);
        state.pending.push(made);
    }
}

impl State {
    /// The same under another folder; what is not below `from` is left out.
    fn moved(self, from: &Path, to: &Path) -> State {
        let path = |p: &Path| p.strip_prefix(from).ok().map(|rest| to.join(rest));
        let names = |names: &BTreeMap<PathBuf, usize>| names.iter().filter_map(|(p, at)| Some((path(p)?, *at))).collect();
        let renaming = |r: &Renaming| match r {
            Renaming::Made(p, at) => Some(Renaming::Made(path(p)?, *at)),
            Renaming::Moved(a, b) => Some(Renaming::Moved(path(a)?, path(b)?)),
        };
        State {
            names: names(&self.names),
            durable: names(&self.durable),
            pending: self.pending.iter().filter_map(renaming).collect(),
            dirs: self.dirs.iter().filter_map(|d| path(d)).collect(),
            ..self
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
        let state = self.state();
        Ok(state.names.get(path).and_then(|at| state.files.get(*at)).map(|f| f.now.clone()))
    }
    fn exists(&self, path: &Path) -> io::Result<bool> {
        let state = self.state();
        Ok(state.names.contains_key(path) || state.dirs.contains(path))
    }
    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let state = self.state();
        let inside = |p: &&PathBuf| p.parent() == Some(dir);
        let all = state.names.keys().chain(&state.dirs).filter(inside);
        let names: BTreeSet<String> = all.filter_map(|p| Some(p.file_name()?.to_str()?.to_owned())).collect();
        Ok(names.into_iter().collect())
    }
    fn make_dir(&self, dir: &Path) -> io::Result<()> {
        self.room(0).1?;
        let mut state = self.state();
        state.dirs.extend(dir.ancestors().map(Path::to_path_buf));
        Ok(())
    }
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let (arrived, result) = self.room(bytes.len());
        if self.watcher().is_some() {
            self.put(path, &bytes[..arrived / 2]);
            self.changed(&format!("half of {}", path.display()));
        }
        self.put(path, &bytes[..arrived]);
        self.changed(&path.display().to_string());
        result
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.room(0).1?;
        {
            let mut state = self.state();
            if !state.names.contains_key(from) {
                return Err(io::ErrorKind::NotFound.into());
            }
            let moved = Renaming::Moved(from.to_path_buf(), to.to_path_buf());
            rename(&mut state.names, &moved);
            state.pending.push(moved);
        }
        self.changed(&format!("{} renamed", to.display()));
        Ok(())
    }
    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut state = self.state();
        let of = |r: &Renaming| match r {
            Renaming::Made(path, _) | Renaming::Moved(_, path) => path.parent() == Some(dir),
        };
        let (settled, pending): (Vec<_>, Vec<_>) = std::mem::take(&mut state.pending).into_iter().partition(of);
        settled.iter().for_each(|r| rename(&mut state.durable, r));
        state.pending = pending;
        drop(state);
        self.changed(&format!("names of {} synced", dir.display()));
        Ok(())
    }
    fn append_to(&self, path: &Path, len: u64) -> io::Result<Box<dyn Tail>> {
        let mut state = self.state();
        let at = *state.names.get(path).ok_or(io::ErrorKind::NotFound)?;
        let len = usize::try_from(len).map_err(io::Error::other)?;
        if let Some(file) = state.files.get_mut(at) {
            file.now.truncate(len);
        }
        Ok(Box::new(End { disk: self.clone(), at }))
    }
    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn Held>>> {
        let is_free = self.state().locked.insert(path.to_path_buf());
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
        let (first, rest) = bytes[..arrived].split_at(arrived / 2);
        self.add(first);
        if self.disk.watcher().is_some() {
            self.disk.changed("half of an entry");
        }
        self.add(rest);
        self.disk.changed("an entry");
        result
    }
    fn sync(&mut self) -> io::Result<()> {
        if !self.disk.without_sync
            && let Some(file) = self.disk.state().files.get_mut(self.at)
        {
            file.durable.clone_from(&file.now);
        }
        self.disk.changed("entries synced");
        Ok(())
    }
}

impl End {
    fn add(&self, bytes: &[u8]) {
        if let Some(file) = self.disk.state().files.get_mut(self.at) {
            file.now.extend(bytes);
        }
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
        self.disk.state().locked.remove(&self.path);
    }
}
