//! Files that only their owner reads, written whole or not at all.

use std::{fs, io, io::Write, path::Path};

/// Writes a file in place of an earlier one, with the folders that it is in.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        let mut folders = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folders, 0o700);
        folders.recursive(true).create(folder)?;
    }
    let draft = path.with_extension("draft");
    // What a killed run left may be readable to others.
    let _ = fs::remove_file(&draft);
    let mut options = fs::OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.write(true).create_new(true).open(&draft)?;
    file.write_all(bytes)?;
    file.sync_data()?;
    fs::rename(draft, path)
}
