//! What Git leaves out: the folder that Pontoon keeps for itself, which is of this machine.

use crate::files::{self, Readers};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The folder, as a line of a `.gitignore`.
pub const FOLDER: &str = ".pontoon/";

/// What was done about it.
pub enum Ignored {
    /// A line was added to this file.
    Added(PathBuf),
    /// This file was made, because the folder is in a repository.
    Made(PathBuf),
    /// This file says so already.
    Already(PathBuf),
    /// Nothing: there is neither a repository nor a `.gitignore`.
    Nothing,
}

impl Ignored {
    /// The file that says so, if one does.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Ignored::Added(p) | Ignored::Made(p) | Ignored::Already(p) => Some(p),
            Ignored::Nothing => None,
        }
    }
    /// One word for machines.
    pub fn word(&self) -> &'static str {
        match self {
            Ignored::Added(_) => "added",
            Ignored::Made(_) => "made",
            Ignored::Already(_) => "already",
            Ignored::Nothing => "nothing",
        }
    }
    /// A sign for people.
    pub fn sign(&self) -> &'static str {
        match self {
            Ignored::Made(_) => "+",
            Ignored::Added(_) => "~",
            Ignored::Already(_) | Ignored::Nothing => " ",
        }
    }
}

/// Leaves the folder out, where the document is in a repository or beside a `.gitignore`.
///
/// # Errors
/// The file that could not be read or written.
pub fn leave_out(folder: &Path) -> Result<Ignored, (PathBuf, io::Error)> {
    let own = super::beside(folder, ".gitignore");
    let text = read(&own)?;
    if text.as_deref().is_some_and(|t| leaves_out(t, &["/.pontoon", "/.pontoon/"])) {
        return Ok(Ignored::Already(own));
    }
    let repository = repository(folder);
    let says_so = |p: &&PathBuf| read(p).ok().flatten().is_some_and(|t| leaves_out(&t, &[]));
    if let Some(above) = repository.iter().flatten().find(says_so) {
        return Ok(Ignored::Already(above.clone()));
    }
    let write = |text: String| files::write(&own, text.as_bytes(), Readers::Anybody).map_err(|e| (own.clone(), e));
    match text {
        Some(text) => {
            let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
            write(format!("{text}{gap}{FOLDER}\n"))?;
            Ok(Ignored::Added(own))
        }
        None if repository.is_some() => {
            write(format!("{FOLDER}\n"))?;
            Ok(Ignored::Made(own))
        }
        None => Ok(Ignored::Nothing),
    }
}

fn read(path: &Path) -> Result<Option<String>, (PathBuf, io::Error)> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err((path.into(), e)),
    }
}

/// Whether a `.gitignore` names the folder wherever it is, or as one of `also`: a line that begins
/// with a slash holds beside its own file only.
fn leaves_out(text: &str, also: &[&str]) -> bool {
    let everywhere = [".pontoon", ".pontoon/", "**/.pontoon", "**/.pontoon/"];
    text.lines().map(str::trim).any(|l| everywhere.contains(&l) || also.contains(&l))
}

/// The files that Git reads for a folder, from the repository's own downwards; none outside of one.
fn repository(folder: &Path) -> Option<Vec<PathBuf>> {
    let whole = folder.canonicalize().ok()?;
    let mut found = Vec::new();
    for above in whole.ancestors() {
        found.push(above.join(".gitignore"));
        if above.join(".git").exists() {
            return Some(found);
        }
    }
    None
}
