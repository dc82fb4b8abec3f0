//! A repository as a controller in a cluster reads it, without a socket in between.

use crate::Cx;
use std::collections::BTreeMap;

/// The commit id and the files (path → contents) of a repository at `reference`: a branch, a tag, `refs/…` or a commit
/// id; empty is the default branch.
///
/// `url` is `ssh://git@github.com/o/r.git`, `git@github.com:o/r` or `https://github.com/o/r`. `credential` is an SSH
/// private key in OpenSSH's PEM form, whose public half must be a deploy key of the repository or a key that reads it,
/// or, over HTTPS, a token; empty is nobody.
///
/// # Errors
/// What `git fetch` would have said.
pub fn read_tree(
    _cx: &Cx,
    url: &str,
    _reference: &str,
    _credential: &str,
) -> Result<(String, BTreeMap<String, Vec<u8>>), String> {
    Err(format!("repository '{url}' not found"))
}
