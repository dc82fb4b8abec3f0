//! The few things that the store asks of a disk, so that tests can break each of them.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Seek, Write},
    path::{Path, PathBuf},
};

/// A disk.
///
/// Every path is as the store was given its directory; every error is the operating system's.
pub trait Disk {
    /// The whole file; none where there is no such file.
    ///
    /// # Errors
    /// Where it exists and cannot be read.
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>>;
    /// Whether a file or directory exists.
    ///
    /// # Errors
    /// Where that cannot be found out.
    fn exists(&self, path: &Path) -> io::Result<bool>;
    /// The names in a directory, sorted; none where there is no such directory.
    ///
    /// # Errors
    /// Where it exists and cannot be read.
    fn list(&self, dir: &Path) -> io::Result<Vec<String>>;
    /// Makes a directory and its parents, readable for the owner alone. Durable on return.
    ///
    /// # Errors
    /// Where it could not be made; nothing if it exists.
    fn make_dir(&self, dir: &Path) -> io::Result<()>;
    /// Makes or empties a file, readable for the owner alone, and writes to it. The content, not the
    /// name, is durable on return.
    ///
    /// # Errors
    /// Where some of it was not written; the file then holds anything.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Gives a file another name, at once. Durable after [`Disk::sync_dir`].
    ///
    /// # Errors
    /// Where it keeps its name.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Makes the names in a directory durable.
    ///
    /// # Errors
    /// Where that is not certain.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
    /// Opens an existing file for appending, cut to `len` bytes first.
    ///
    /// # Errors
    /// Where it could not be opened or cut.
    fn append_to(&self, path: &Path, len: u64) -> io::Result<Box<dyn Tail>>;
    /// Takes the lock on a file, which is made if need be; none where somebody has it. The lock ends
    /// when the value is dropped or the process ends, in whatever way.
    ///
    /// # Errors
    /// Where the file cannot be opened, or locks do not work here.
    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn Held>>>;
    /// What the holder of a lock says of itself; none where nobody has it, or that cannot be told
    /// without taking it.
    ///
    /// # Errors
    /// Where that cannot be found out.
    fn holder(&self, _path: &Path) -> io::Result<Option<Vec<u8>>> {
        Ok(None)
    }
    /// Says that the holder of the lock lives, where locks end otherwise.
    ///
    /// # Errors
    /// Where the lock is held by somebody else now, or that is not certain.
    fn renew(&self) -> io::Result<()> {
        Ok(())
    }
    /// Takes a lock away from whoever has it, and returns what that one says of itself; none where
    /// nobody has it, or locks end with the process.
    ///
    /// # Errors
    /// Where it may still be held.
    fn take_away(&self, _path: &Path) -> io::Result<Option<Vec<u8>>> {
        Ok(None)
    }
}

/// The end of a file.
pub trait Tail {
    /// Appends.
    ///
    /// # Errors
    /// Where some of it was not written.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Makes everything that was appended durable.
    ///
    /// # Errors
    /// Where that is not certain.
    fn sync(&mut self) -> io::Result<()>;
}

/// A lock that is held.
pub trait Held {
    /// Replaces what the lock's file says.
    ///
    /// # Errors
    /// Where it could not be written.
    fn note(&mut self, text: &[u8]) -> io::Result<()>;
}

/// The operating system's disk.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealDisk;

fn absent<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(v) => Ok(Some(v)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// The parent, where a bare name's parent is the current directory.
fn parent(path: &Path) -> Option<PathBuf> {
    let parent = path.parent()?;
    Some(if parent.as_os_str().is_empty() { PathBuf::from(".") } else { parent.to_path_buf() })
}

impl Disk for RealDisk {
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        absent(std::fs::read(path))
    }
    fn exists(&self, path: &Path) -> io::Result<bool> {
        std::fs::exists(path)
    }
    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let Some(entries) = absent(std::fs::read_dir(dir))? else { return Ok(Vec::new()) };
        let mut names = Vec::new();
        for entry in entries {
            // A name that is not UTF-8 is not one of ours.
            names.extend(entry?.file_name().into_string());
        }
        names.sort();
        Ok(names)
    }
    fn make_dir(&self, dir: &Path) -> io::Result<()> {
        if dir.is_dir() {
            return Ok(());
        }
        let parent = parent(dir);
        if let Some(parent) = &parent {
            self.make_dir(parent)?;
        }
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        match builder.create(dir) {
            Err(e) if !(e.kind() == io::ErrorKind::AlreadyExists && dir.is_dir()) => Err(e),
            _ => parent.map_or(Ok(()), |p| self.sync_dir(&p)),
        }
    }
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = private().write(true).create(true).truncate(true).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }
    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        // Elsewhere a directory cannot be opened, and names are durable with their files.
        if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
    }
    fn append_to(&self, path: &Path, len: u64) -> io::Result<Box<dyn Tail>> {
        let mut file = OpenOptions::new().write(true).open(path)?;
        if file.metadata()?.len() != len {
            file.set_len(len)?;
        }
        file.seek(io::SeekFrom::End(0))?;
        Ok(Box::new(RealTail(file)))
    }
    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn Held>>> {
        let file = private().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Box::new(RealLock(file)))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(e)) => Err(e),
        }
    }
}

struct RealTail(File);

impl Tail for RealTail {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }
    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }
}

struct RealLock(File);

impl Held for RealLock {
    fn note(&mut self, text: &[u8]) -> io::Result<()> {
        self.0.set_len(0)?;
        self.0.rewind()?;
        self.0.write_all(text)
    }
}

impl Drop for RealLock {
    fn drop(&mut self) {
        // Nobody reads the note of a lock that nobody holds; emptying it only tidies up.
        let _ = self.0.set_len(0);
    }
}
