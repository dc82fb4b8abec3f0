//! Commits as Git objects.

use super::{caller, filled, message, person, writable};
use crate::github::ask::Ask;
use crate::github::git::{Commit, Kind};
use crate::github::problem::{Problem, document};
use crate::github::render;
use crate::github::routes::Op;
use crate::{Cx, Reply};

pub(crate) const OPS: &[Op] = &[
    Op { method: "POST", path: "/repos/{owner}/{repo}/git/commits", needs: "contents:write", run: create },
    Op { method: "GET", path: "/repos/{owner}/{repo}/git/commits/{commit_sha}", needs: "contents:read", run: read },
];

fn create(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let git = writable(cx, ask)?;
    let (message, tree) = (message(ask)?, ask.text("tree")?.to_owned());
    if git.kind(cx, &tree) != Some(Kind::Tree) {
        return Err(Problem::unprocessable("Tree SHA does not exist"));
    }
    let parents = ask.texts("parents")?.unwrap_or_default();
    if parents.iter().any(|p| git.kind(cx, p) != Some(Kind::Commit)) {
        return Err(Problem::unprocessable("Parent SHA does not exist or is not a commit object"));
    }
    let author = person(ask, "author", &caller(cx, ask))?;
    let committer = person(ask, "committer", &author)?;
    let commit = Commit { tree, parents, author, committer, message };
    let id = git.put(cx, Kind::Commit, &commit.write());
    let shown = render::git_commit(ask, &id, &commit);
    let url = ask.url(&format!("/git/commits/{id}"));
    Ok(document(201, &shown).with("location", url))
}

fn read(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let git = filled(cx, ask)?;
    let id = ask.param("commit_sha");
    let commit = git.commit(cx, id).ok_or_else(Problem::not_found)?;
    Ok(document(200, &render::git_commit(ask, id, &commit)))
}
