//! Trees: one level as Git writes it, and a whole directory as a map from path to file.

use super::object::{Kind, hex, unhex};
use super::store::Git;
use crate::Cx;
use std::collections::BTreeMap;

/// Modes of what a tree holds.
pub(crate) const FILE: &str = "100644";
/// A file that can be run.
pub(crate) const EXECUTABLE: &str = "100755";
/// A symbolic link.
pub(crate) const LINK: &str = "120000";
/// A directory, as the API writes it; within an object it has no leading zero.
pub(crate) const DIRECTORY: &str = "040000";
/// A commit of another repository.
pub(crate) const SUBMODULE: &str = "160000";

/// One entry of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Six digits.
    pub mode: String,
    /// Name within the directory.
    pub name: String,
    /// Id of the object.
    pub id: String,
}

impl Entry {
    /// What the entry's object is.
    pub(crate) fn kind(&self) -> Kind {
        match self.mode.as_str() {
            DIRECTORY => Kind::Tree,
            SUBMODULE => Kind::Commit,
            _ => Kind::Blob,
        }
    }
}

/// A file of a directory read as a whole: mode and id of its blob.
type File = (String, String);

/// A whole directory by path.
pub(crate) type Files = BTreeMap<String, File>;

/// The entries of a tree object; nothing when it is none.
pub(crate) fn parse(mut data: &[u8]) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    while !data.is_empty() {
        let zero = data.iter().position(|b| *b == 0)?;
        let head = String::from_utf8_lossy(&data[..zero]).into_owned();
        let (mode, name) = head.split_once(' ')?;
        let id = data.get(zero + 1..zero + 21)?;
        entries.push(Entry { mode: format!("{mode:0>6}"), name: name.to_owned(), id: hex(id) });
        data = &data[zero + 21..];
    }
    Some(entries)
}

/// A tree object of `entries`, in Git's order: directories sort as if their name ended in `/`.
pub(crate) fn write(mut entries: Vec<Entry>) -> Vec<u8> {
    entries.sort_by_key(|e| if e.mode == DIRECTORY { format!("{}/", e.name) } else { e.name.clone() });
    let mut out = Vec::new();
    for entry in entries {
        out.extend(entry.mode.trim_start_matches('0').bytes());
        out.push(b' ');
        out.extend(entry.name.bytes());
        out.push(0);
        out.extend(unhex(&entry.id).unwrap_or_default());
    }
    out
}

/// Every file below a tree.
pub(crate) fn files(cx: &Cx, git: &Git, tree: &str) -> Files {
    let mut all = Files::new();
    collect(cx, git, tree, "", &mut all);
    all
}

fn collect(cx: &Cx, git: &Git, tree: &str, prefix: &str, all: &mut Files) {
    for entry in git.tree(cx, tree).unwrap_or_default() {
        let path = format!("{prefix}{}", entry.name);
        if entry.kind() == Kind::Tree {
            collect(cx, git, &entry.id, &format!("{path}/"), all);
        } else {
            all.insert(path, (entry.mode, entry.id));
        }
    }
}

/// Writes the trees of a whole directory; the id of the outermost.
pub(crate) fn build(cx: &mut Cx, git: &Git, files: &Files) -> String {
    let all: Vec<(&str, &File)> = files.iter().map(|(path, file)| (path.as_str(), file)).collect();
    level(cx, git, &all)
}

fn level(cx: &mut Cx, git: &Git, files: &[(&str, &File)]) -> String {
    let mut entries = Vec::new();
    let mut below: BTreeMap<&str, Vec<(&str, &File)>> = BTreeMap::new();
    for (path, file) in files {
        match path.split_once('/') {
            Some((directory, rest)) => below.entry(directory).or_default().push((rest, file)),
            None => entries.push(Entry { mode: file.0.clone(), name: (*path).to_owned(), id: file.1.clone() }),
        }
    }
    for (name, inner) in below {
        let id = level(cx, git, &inner);
        entries.push(Entry { mode: DIRECTORY.to_owned(), name: name.to_owned(), id });
    }
    git.put(cx, Kind::Tree, &write(entries))
}

/// The entry at `path` below a tree.
pub(crate) fn at(cx: &Cx, git: &Git, tree: &str, path: &str) -> Option<Entry> {
    let mut here = Entry { mode: DIRECTORY.to_owned(), name: String::new(), id: tree.to_owned() };
    for part in path.split('/').filter(|p| !p.is_empty()) {
        if here.kind() != Kind::Tree {
            return None;
        }
        here = git.tree(cx, &here.id)?.into_iter().find(|e| e.name == part)?;
    }
    Some(here)
}

/// True for a path that a file of a repository can have.
pub(crate) fn legal(path: &str) -> bool {
    !path.is_empty()
        && path.len() < 4096
        && path.split('/').all(|p| !p.is_empty() && p != "." && p != ".." && !p.eq_ignore_ascii_case(".git"))
}
