//! What can be reached from where: ancestors, merge bases, and the objects that a fetch needs.

use super::object::Kind;
use super::store::Git;
use crate::Cx;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A commit and all before it, newest first: by the committer's time, children before parents.
pub(crate) fn log(cx: &Cx, git: &Git, from: &str) -> Vec<String> {
    let mut commits = BTreeMap::new();
    let mut queue = vec![from.to_owned()];
    while let Some(id) = queue.pop() {
        if commits.contains_key(&id) {
            continue;
        }
        let Some(commit) = git.commit(cx, &id) else { continue };
        queue.extend(commit.parents.iter().cloned());
        commits.insert(id, commit);
    }
    let mut children: BTreeMap<&str, usize> = BTreeMap::new();
    for parent in commits.values().flat_map(|c| &c.parents) {
        *children.entry(parent).or_default() += 1;
    }
    let mut ready: Vec<&str> = vec![from];
    let mut out = Vec::new();
    while !ready.is_empty() {
        // The newest of those whose children are all out.
        ready.sort_by_key(|id| (commits.get(*id).map(|c| c.committer.seconds), *id));
        let Some(id) = ready.pop() else { break };
        let Some(commit) = commits.get(id) else { continue };
        out.push(id.to_owned());
        for parent in &commit.parents {
            if let Some(left) = children.get_mut(parent.as_str()) {
                *left -= 1;
                if *left == 0 {
                    ready.push(parent);
                }
            }
        }
    }
    out
}

/// A commit and all before it.
pub(crate) fn ancestors(cx: &Cx, git: &Git, from: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut queue = vec![from.to_owned()];
    while let Some(id) = queue.pop() {
        if let Some(commit) = git.commit(cx, &id)
            && seen.insert(id)
        {
            queue.extend(commit.parents);
        }
    }
    seen
}

/// True when `old` is `new` or before it: moving from one to the other loses nothing.
pub(crate) fn leads(cx: &Cx, git: &Git, old: &str, new: &str) -> bool {
    old == new || ancestors(cx, git, new).contains(old)
}

/// The nearest commit that both have.
pub(crate) fn merge_base(cx: &Cx, git: &Git, a: &str, b: &str) -> Option<String> {
    let of_a = ancestors(cx, git, a);
    let mut queue = VecDeque::from([b.to_owned()]);
    let mut seen = BTreeSet::new();
    while let Some(id) = queue.pop_front() {
        if of_a.contains(&id) {
            return Some(id);
        }
        if seen.insert(id.clone()) {
            queue.extend(git.commit(cx, &id).map(|c| c.parents).unwrap_or_default());
        }
    }
    None
}

/// What a fetch sends.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// Objects, sorted.
    pub objects: BTreeSet<String>,
    /// Commits whose parents stay behind.
    pub shallow: BTreeSet<String>,
    /// Commits whose parents the client lacked, and gets now.
    pub deepened: BTreeSet<String>,
}

/// What a client says that it has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held<'a> {
    /// Commits, with all before them.
    pub haves: &'a [String],
    /// Commits before which it has nothing.
    pub shallow: &'a [String],
}

/// Everything that is reached from `wants` and is not held; with `depth`, only so many commits down.
pub(crate) fn wanted(cx: &Cx, git: &Git, wants: &[String], held: Held, depth: Option<usize>) -> Wanted {
    let mut known = BTreeSet::new();
    let mut queue: Vec<String> = held.haves.to_vec();
    while let Some(id) = queue.pop() {
        if let Some(commit) = git.commit(cx, &id)
            && !known.contains(&id)
        {
            objects(cx, git, &commit.tree, &mut known);
            if !held.shallow.contains(&id) {
                queue.extend(commit.parents);
            }
            known.insert(id);
        }
    }
    let mut out = Wanted::default();
    let mut queue: VecDeque<(String, usize)> = VecDeque::new();
    for want in wants {
        match git.kind(cx, want) {
            Some(Kind::Commit) => queue.push_back((want.clone(), 1)),
            Some(Kind::Tag) => {
                out.objects.insert(want.clone());
                queue.extend(git.peel(cx, want).map(|id| (id, 1)));
            }
            Some(_) => objects(cx, git, want, &mut out.objects),
            None => {}
        }
    }
    let mut seen = BTreeSet::new();
    while let Some((id, level)) = queue.pop_front() {
        if !seen.insert(id.clone()) {
            continue;
        }
        let Some(commit) = git.commit(cx, &id) else { continue };
        // A deeper fetch of what is there already still says where it ends.
        let cut = depth.is_some_and(|d| level >= d);
        if cut && !commit.parents.is_empty() {
            out.shallow.insert(id.clone());
        } else if depth.is_some() && held.shallow.contains(&id) {
            out.deepened.insert(id.clone());
        }
        if !known.contains(&id) {
            objects(cx, git, &commit.tree, &mut out.objects);
            out.objects.insert(id);
        } else if depth.is_none() {
            continue;
        }
        if !cut {
            queue.extend(commit.parents.into_iter().map(|p| (p, level + 1)));
        }
    }
    if depth.is_none() {
        out.objects.retain(|id| !known.contains(id));
    }
    out
}

/// A tree or blob with all below it.
fn objects(cx: &Cx, git: &Git, id: &str, out: &mut BTreeSet<String>) {
    let Some(kind) = git.kind(cx, id) else { return };
    if out.insert(id.to_owned()) && kind == Kind::Tree {
        for entry in git.tree(cx, id).unwrap_or_default() {
            objects(cx, git, &entry.id, out);
        }
    }
}
