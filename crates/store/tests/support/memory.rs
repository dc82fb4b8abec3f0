//! A disk in memory that fails, tears and forgets.
//!
//! What was written is *volatile* until it is synced: contents by file, names by directory. After a
//! loss of power only what is durable is left, of unsynced writes any part, and each directory is as it
//! was at any moment since it was last synced, whatever its neighbours are.

use pontoon_store::disk::{Disk, Held, Tail};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Component, Path, PathBuf},
    rc::Rc,
};

type Inode = usize;
type Names = BTreeMap<String, Inode>;

#[derive(Clone, PartialEq)]
enum Node {
    File {
        now: Vec<u8>,
        durable: Vec<u8>,
    },
    /// As it was at each moment since it was last synced; the last is now.
    Dir(Vec<Names>),
}

/// What happens at the chosen operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The disk is full: a write leaves this many of its bytes; from now on every write fails.
    Full(usize),
    /// Nothing more can be done, as after `kill -9`: a write leaves this many of its bytes.
    Killed(usize),
    /// The disk has become read-only.
    ReadOnly,
}

#[derive(Default)]
struct State {
    nodes: Vec<Node>,
    locked: BTreeSet<PathBuf>,
    /// Operations that change something, so far.
    count: usize,
    /// Which of them fails, and how.
    fault: Option<(usize, Fault)>,
    log: Vec<String>,
}

#[derive(Clone)]
pub struct MemoryDisk(Rc<RefCell<State>>);

fn error(kind: io::ErrorKind) -> io::Error {
    io::Error::from(kind)
}

impl Default for MemoryDisk {
    fn default() -> Self {
        let root = Node::Dir(vec![Names::new()]);
        MemoryDisk(Rc::new(RefCell::new(State { nodes: vec![root], ..State::default() })))
    }
}

impl MemoryDisk {
    /// Lets the `at`-th operation from now that changes something fail, counted from 0.
    pub fn fail(&self, at: usize, fault: Fault) {
        let mut s = self.0.borrow_mut();
        s.fault = Some((s.count + at, fault));
    }
    /// Makes the disk work again.
    pub fn heal(&self) {
        self.0.borrow_mut().fault = None;
    }
    /// How many operations have changed something.
    pub fn count(&self) -> usize {
        self.0.borrow().count
    }
    pub fn log(&self) -> Vec<String> {
        self.0.borrow().log.clone()
    }
    /// The disk as the next process finds it when this one was killed: everything that was written.
    pub fn after_kill(&self) -> MemoryDisk {
        let s = self.0.borrow();
        MemoryDisk(Rc::new(RefCell::new(State { nodes: s.nodes.clone(), ..State::default() })))
    }
    /// The disk after a loss of power. `keep` chooses, for the n-th thing that is not durable, how much
    /// of it is there nevertheless: that many bytes of a file, that many changes of a directory (modulo).
    pub fn after_power_loss(&self, mut keep: impl FnMut(usize) -> usize) -> MemoryDisk {
        let s = self.0.borrow();
        let mut nodes = s.nodes.clone();
        let mut n = 0;
        for node in &mut nodes {
            match node {
                Node::File { now, durable } => {
                    if now != durable {
                        let more = keep(n);
                        n += 1;
                        let survived = match now.strip_prefix(durable.as_slice()) {
                            Some(tail) => [durable.as_slice(), &tail[..more.min(tail.len())]].concat(),
                            // Cut: as it was, or cut.
                            None if durable.starts_with(now) => [&*durable, &*now][more % 2].clone(),
                            // Rewritten: the old, the new, or a part of the new.
                            None if more == 0 => durable.clone(),
                            None => now[..more.min(now.len())].to_vec(),
                        };
                        *now = survived.clone();
                        *durable = survived;
                    }
                }
                Node::Dir(moments) => {
                    let moment = if moments.len() == 1 { 0 } else { keep(n) % moments.len() };
                    n += usize::from(moments.len() > 1);
                    *moments = vec![moments[moment].clone()];
                }
            }
        }
        MemoryDisk(Rc::new(RefCell::new(State { nodes, ..State::default() })))
    }
    /// Whether two disks hold the same.
    pub fn is_same(&self, other: &MemoryDisk) -> bool {
        self.0.borrow().nodes == other.0.borrow().nodes
    }
    /// Changes a file behind the store's back.
    pub fn put(&self, path: &Path, bytes: &[u8]) {
        let inode = self.0.borrow().find(path).unwrap();
        self.0.borrow_mut().nodes[inode] = Node::File { now: bytes.to_vec(), durable: bytes.to_vec() };
    }
    /// Removes a file behind the store's back.
    pub fn remove(&self, path: &Path) {
        let mut s = self.0.borrow_mut();
        let (dir, name) = s.place(path).unwrap();
        let mut names = s.names(dir).clone();
        names.remove(&name);
        s.nodes[dir] = Node::Dir(vec![names]);
    }
    pub fn bytes(&self, path: &Path) -> Option<Vec<u8>> {
        self.read(path).unwrap()
    }
}

fn names(path: &Path) -> Vec<String> {
    let plain = |c: Component| match c {
        Component::Normal(n) => n.to_str().map(str::to_owned),
        _ => None,
    };
    path.components().filter_map(plain).collect()
}

impl State {
    fn find(&self, path: &Path) -> Option<Inode> {
        names(path).iter().try_fold(0, |inode, name| match &self.nodes[inode] {
            Node::Dir(moments) => moments.last()?.get(name).copied(),
            Node::File { .. } => None,
        })
    }
    fn place(&self, path: &Path) -> io::Result<(Inode, String)> {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let dir = self.find(path.parent().unwrap()).ok_or_else(|| error(io::ErrorKind::NotFound))?;
        Ok((dir, name))
    }
    fn names(&self, inode: Inode) -> &Names {
        match &self.nodes[inode] {
            Node::Dir(moments) => moments.last().unwrap(),
            Node::File { .. } => panic!("not a directory"),
        }
    }
    fn change(&mut self, inode: Inode, change: impl FnOnce(&mut Names)) {
        let Node::Dir(moments) = &mut self.nodes[inode] else { panic!("not a directory") };
        let mut names = moments.last().unwrap().clone();
        change(&mut names);
        moments.push(names);
    }
    fn sync_names(&mut self, inode: Inode) {
        let Node::Dir(moments) = &mut self.nodes[inode] else { panic!("not a directory") };
        moments.drain(..moments.len() - 1);
    }
    /// Counts an operation that changes something. `Err(n)`: it fails after `n` bytes.
    fn step(&mut self, what: String, writes: bool) -> Result<(), (usize, io::Error)> {
        let n = self.count;
        self.count += 1;
        self.log.push(what);
        match self.fault {
            Some((at, Fault::Killed(left))) if n >= at => Err((if n == at { left } else { 0 }, error(io::ErrorKind::Other))),
            Some((at, Fault::ReadOnly)) if n >= at => Err((0, error(io::ErrorKind::ReadOnlyFilesystem))),
            Some((at, Fault::Full(left))) if n >= at && (writes || n == at) => {
                Err((if n == at { left } else { 0 }, error(io::ErrorKind::StorageFull)))
            }
            _ => Ok(()),
        }
    }
    fn plain(&mut self, what: String) -> io::Result<()> {
        self.step(what, false).map_err(|(_, e)| e)
    }
    /// Makes a file in a directory, or finds it.
    fn create(&mut self, path: &Path) -> io::Result<Inode> {
        let (dir, name) = self.place(path)?;
        if let Some(inode) = self.names(dir).get(&name) {
            return Ok(*inode);
        }
        self.nodes.push(Node::File { now: Vec::new(), durable: Vec::new() });
        let inode = self.nodes.len() - 1;
        self.change(dir, |names| {
            names.insert(name, inode);
        });
        Ok(inode)
    }
    fn contents(&mut self, inode: Inode) -> (&mut Vec<u8>, &mut Vec<u8>) {
        match &mut self.nodes[inode] {
            Node::File { now, durable } => (now, durable),
            Node::Dir(_) => panic!("not a file"),
        }
    }
    fn append(&mut self, inode: Inode, bytes: &[u8], what: String) -> io::Result<()> {
        let result = self.step(what, true);
        let left = result.as_ref().err().map_or(bytes.len(), |(n, _)| *n);
        self.contents(inode).0.extend_from_slice(&bytes[..left.min(bytes.len())]);
        result.map_err(|(_, e)| e)
    }
    fn sync(&mut self, inode: Inode, what: String) -> io::Result<()> {
        self.plain(what)?;
        let (now, durable) = self.contents(inode);
        *durable = now.clone();
        Ok(())
    }
}

impl Disk for MemoryDisk {
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        let s = self.0.borrow();
        Ok(s.find(path).and_then(|inode| match &s.nodes[inode] {
            Node::File { now, .. } => Some(now.clone()),
            Node::Dir(_) => None,
        }))
    }
    fn exists(&self, path: &Path) -> io::Result<bool> {
        Ok(self.0.borrow().find(path).is_some())
    }
    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let s = self.0.borrow();
        match s.find(dir).map(|inode| &s.nodes[inode]) {
            Some(Node::Dir(moments)) => Ok(moments.last().into_iter().flat_map(BTreeMap::keys).cloned().collect()),
            Some(Node::File { .. }) => Err(error(io::ErrorKind::NotADirectory)),
            None => Ok(Vec::new()),
        }
    }
    fn make_dir(&self, dir: &Path) -> io::Result<()> {
        let mut s = self.0.borrow_mut();
        let mut inode = 0;
        for name in names(dir) {
            if let Some(next) = s.names(inode).get(&name) {
                inode = *next;
                continue;
            }
            s.plain(format!("make {name}"))?;
            s.nodes.push(Node::Dir(vec![Names::new()]));
            let new = s.nodes.len() - 1;
            s.change(inode, |names| {
                names.insert(name, new);
            });
            s.sync_names(inode);
            inode = new;
        }
        Ok(())
    }
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut s = self.0.borrow_mut();
        s.plain(format!("create {}", path.display()))?;
        let inode = s.create(path)?;
        s.contents(inode).0.clear();
        s.append(inode, bytes, format!("write {}", path.display()))?;
        s.sync(inode, format!("sync {}", path.display()))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut s = self.0.borrow_mut();
        s.plain(format!("rename to {}", to.display()))?;
        let (from_dir, from_name) = s.place(from)?;
        let (to_dir, to_name) = s.place(to)?;
        assert_eq!(from_dir, to_dir, "a renaming across directories is not modelled");
        let inode = *s.names(from_dir).get(&from_name).ok_or_else(|| error(io::ErrorKind::NotFound))?;
        s.change(from_dir, |names| {
            names.remove(&from_name);
            names.insert(to_name, inode);
        });
        Ok(())
    }
    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut s = self.0.borrow_mut();
        s.plain(format!("sync {}", dir.display()))?;
        let inode = s.find(dir).ok_or_else(|| error(io::ErrorKind::NotFound))?;
        s.sync_names(inode);
        Ok(())
    }
    fn append_to(&self, path: &Path, len: u64) -> io::Result<Box<dyn Tail>> {
        let mut s = self.0.borrow_mut();
        let inode = s.find(path).ok_or_else(|| error(io::ErrorKind::NotFound))?;
        if s.contents(inode).0.len() as u64 != len {
            s.plain(format!("cut {}", path.display()))?;
            s.contents(inode).0.resize(len as usize, 0);
        }
        Ok(Box::new(MemoryTail { disk: self.clone(), inode, path: path.into() }))
    }
    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn Held>>> {
        let mut s = self.0.borrow_mut();
        s.plain(format!("lock {}", path.display()))?;
        s.create(path)?;
        let is_free = s.locked.insert(path.into());
        Ok(is_free.then(|| Box::new(MemoryLock { disk: self.clone(), path: path.into() }) as Box<dyn Held>))
    }
}

struct MemoryTail {
    disk: MemoryDisk,
    inode: Inode,
    path: PathBuf,
}

impl Tail for MemoryTail {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.disk.0.borrow_mut().append(self.inode, bytes, format!("append to {}", self.path.display()))
    }
    fn sync(&mut self) -> io::Result<()> {
        self.disk.0.borrow_mut().sync(self.inode, format!("sync {}", self.path.display()))
    }
}

struct MemoryLock {
    disk: MemoryDisk,
    path: PathBuf,
}

impl Held for MemoryLock {
    fn note(&mut self, text: &[u8]) -> io::Result<()> {
        let mut s = self.disk.0.borrow_mut();
        let inode = s.find(&self.path).ok_or_else(|| error(io::ErrorKind::NotFound))?;
        s.contents(inode).0.clear();
        s.append(inode, text, format!("write {}", self.path.display()))
    }
}

impl Drop for MemoryLock {
    fn drop(&mut self) {
        self.disk.0.borrow_mut().locked.remove(&self.path);
    }
}
