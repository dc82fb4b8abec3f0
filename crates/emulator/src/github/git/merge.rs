//! Merging by file: a file that one side alone changed is taken from there, one that both changed differently is a
//! conflict. Lines within a file are not merged.

use super::tree::Files;
use std::collections::BTreeSet;

/// The files after both sides' changes since `base`, or the paths in conflict.
pub(crate) fn merge(base: &Files, ours: &Files, theirs: &Files) -> Result<Files, Vec<String>> {
    let paths: BTreeSet<&String> = base.keys().chain(ours.keys()).chain(theirs.keys()).collect();
    let mut merged = Files::new();
    let mut conflicts = Vec::new();
    for path in paths {
        let (b, o, t) = (base.get(path), ours.get(path), theirs.get(path));
        let taken = if o == t || t == b {
            o
        } else if o == b {
            t
        } else {
            conflicts.push(path.clone());
            continue;
        };
        if let Some(file) = taken {
            merged.insert(path.clone(), file.clone());
        }
    }
    if conflicts.is_empty() { Ok(merged) } else { Err(conflicts) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(all: &[(&str, &str)]) -> Files {
        all.iter().map(|(path, id)| ((*path).to_owned(), ("100644".to_owned(), (*id).to_owned()))).collect()
    }

    #[test]
    fn changes_of_different_files_join_and_of_one_file_conflict() {
        let base = files(&[("a", "1"), ("b", "1"), ("c", "1")]);
        let ours = files(&[("a", "2"), ("b", "1")]);
        let theirs = files(&[("a", "1"), ("b", "3"), ("c", "1"), ("d", "1")]);
        assert_eq!(merge(&base, &ours, &theirs), Ok(files(&[("a", "2"), ("b", "3"), ("d", "1")])));
        assert_eq!(merge(&base, &files(&[("a", "2")]), &files(&[("a", "3"), ("b", "1"), ("c", "1")])), Err(vec!["a".to_owned()]));
    }
}
