//! Files that are written whole or not at all: a draft beside the file, on the disk, then in its place.

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

/// Who reads a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Nobody but who runs this.
    Owner,
    /// Whoever the system lets.
    Anybody,
}

/// Writes a file into a folder that is there.
///
/// What is there and is no plain file (a pipe, a terminal) is written to as it is.
///
/// # Errors
/// Where the system refuses; what was there before is there still.
pub fn write(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    put_whole(path, bytes, readers, true)
}

/// Writes a file that can be made again at any time, with the folders that it is in; nobody waits until the disk has it.
///
/// # Errors
/// Where the system refuses; what was there before is there still.
pub fn rendered(path: &Path, text: &str) -> io::Result<()> {
    let put = || put_whole(path, text.as_bytes(), Readers::Anybody, false);
    match (put(), path.parent()) {
        // Most folders are there already.
        (Err(e), Some(folder)) if e.kind() == io::ErrorKind::NotFound => fs::create_dir_all(folder).and_then(|()| put()),
        (written, _) => written,
    }
}

fn put_whole(path: &Path, bytes: &[u8], readers: Readers, durable: bool) -> io::Result<()> {
    // A link stays one: what it leads to is replaced. Nearly everything is a plain file, or not there yet.
    let plain = !fs::symlink_metadata(path).is_ok_and(|found| !found.is_file());
    if !plain && fs::metadata(path).is_ok_and(|m| !m.is_file()) {
        return fs::write(path, bytes);
    }
    let linked = if plain { None } else { fs::canonicalize(path).ok() };
    let path = linked.as_deref().unwrap_or(path);
    let draft = draft(path);
    let written = put(&draft, bytes, readers, durable).or_else(|e| match e.kind() {
        // What a killed run left.
        io::ErrorKind::AlreadyExists => fs::remove_file(&draft).and_then(|()| put(&draft, bytes, readers, durable)),
        _ => Err(e),
    });
    let written = written.and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        let _ = fs::remove_file(&draft);
    }
    written
}

/// Adds to the end of a file that only its owner reads.
///
/// # Errors
/// Where the system refuses.
pub fn append(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.create(true).append(true).open(path)?.write_all(bytes)
}

fn draft(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.draft"))
}

fn put(path: &Path, bytes: &[u8], readers: Readers, durable: bool) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if readers == Readers::Owner { 0o600 } else { 0o644 });
    let mut file = options.write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    if durable { file.sync_all() } else { Ok(()) }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_is_replaced_whole_with_its_readers_and_nothing_stays_beside_it() {
        let folder = std::env::temp_dir().join(format!("pontoon-files-{}", std::process::id()));
        let path = folder.join("deep/file");
        let mode = |p: &Path| fs::metadata(p).unwrap().permissions().mode() & 0o777;
        assert!(write(&path, b"one", Readers::Anybody).is_err(), "a folder that was mistyped is not made");
        rendered(&path, "one").unwrap();
        // A draft of a killed run, readable to all.
        fs::write(draft(&path), "half").unwrap();
        write(&path, b"two", Readers::Owner).unwrap();
        assert_eq!((fs::read(&path).unwrap(), mode(&path)), (b"two".to_vec(), 0o600));
        let link = folder.join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        write(&link, b"three", Readers::Owner).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&path).unwrap(), b"three");
        // Where the new one cannot be put in its place, the old one stays, and no draft.
        fs::create_dir(draft(&path)).unwrap();
        assert!(write(&path, b"four", Readers::Owner).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"three");
        fs::remove_dir(draft(&path)).unwrap();
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        let log = folder.join("log");
        append(&log, b"a").unwrap();
        append(&log, b"b").unwrap();
        assert_eq!((fs::read(&log).unwrap(), mode(&log)), (b"ab".to_vec(), 0o600));
        fs::remove_dir_all(folder).unwrap();
    }
}
