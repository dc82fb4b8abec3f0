//! Files through the API: reading them, and commits of one file each.

use super::ask::Ask;
use super::git::tree::{self, Entry, FILE, LINK};
use super::git::{Commit, Git, Kind};
use super::gitdata::{blobs, caller, message, person, refs, unlocked};
use super::guard::{self, Move};
use super::problem::{Problem, document};
use super::render;
use super::routes::Op;
use crate::{Cx, Reply};
use serde_json::{Value, json};

pub(crate) const OPS: &[Op] = &[
    Op { method: "GET", path: "/repos/{owner}/{repo}/contents", needs: "contents:read", run: read },
    Op { method: "GET", path: "/repos/{owner}/{repo}/contents/{path*}", needs: "contents:read", run: read },
    Op { method: "PUT", path: "/repos/{owner}/{repo}/contents/{path*}", needs: "contents:write", run: write },
    Op { method: "DELETE", path: "/repos/{owner}/{repo}/contents/{path*}", needs: "contents:write", run: delete },
];

fn entry(cx: &Cx, ask: &Ask, git: &Git, path: &str, entry: &Entry, reference: &str) -> Value {
    let kind = match entry.kind() {
        Kind::Tree => "dir",
        Kind::Commit => "submodule",
        _ if entry.mode == LINK => "symlink",
        _ => "file",
    };
    let size = git.blob(cx, &entry.id).map_or(0, |d| d.len());
    let url = ask.url(&format!("/contents/{path}?ref={reference}"));
    let (git_kind, html_kind) = if kind == "dir" { ("trees", "tree") } else { ("blobs", "blob") };
    let git_url = ask.url(&format!("/git/{git_kind}/{}", entry.id));
    let html = ask.html(&format!("/{html_kind}/{reference}/{path}"));
    let download = (kind == "file").then(|| format!("https://raw.githubusercontent.com/{}/{reference}/{path}", ask.full_name()));
    json!({
        "name": entry.name, "path": path, "sha": entry.id, "size": size, "url": url, "html_url": html, "git_url": git_url,
        "download_url": download, "type": kind, "_links": { "self": url, "git": git_url, "html": html },
    })
}

fn file(cx: &Cx, ask: &Ask, git: &Git, path: &str, found: &Entry, reference: &str) -> Value {
    let mut doc = entry(cx, ask, git, path, found, reference);
    let data = git.blob(cx, &found.id).unwrap_or_default();
    if found.mode == LINK {
        doc["target"] = String::from_utf8_lossy(&data).into_owned().into();
    } else if found.kind() == Kind::Commit {
        doc["submodule_git_url"] = "".into();
    } else if data.len() > 1 << 20 {
        // Above one mebibyte the contents are left to the raw form. Source: GitHub documentation, get repository content.
        doc["content"] = "".into();
        doc["encoding"] = "none".into();
    } else {
        doc["content"] = blobs::base64_lines(&data).into();
        doc["encoding"] = "base64".into();
    }
    doc
}

fn read(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let git = Git::of(&ask.repo_id());
    let path = ask.param("path").trim_matches('/').to_owned();
    if git.is_empty(cx) {
        return Err(Problem::new(404, "This repository is empty."));
    }
    let default = ask.repo["default_branch"].as_str().unwrap_or_default().to_owned();
    let reference = ask.query("ref").filter(|r| !r.is_empty()).unwrap_or(&default).to_owned();
    let missing = || Problem::new(404, format!("No commit found for the ref {reference}"));
    let commit = git.resolve(cx, &reference).and_then(|id| git.commit(cx, &id)).ok_or_else(missing)?;
    let found = tree::at(cx, &git, &commit.tree, &path).ok_or_else(Problem::not_found)?;
    let accept = ask.header("accept").unwrap_or_default();
    if found.kind() != Kind::Tree {
        if accept.contains(".raw") {
            let data = git.blob(cx, &found.id).unwrap_or_default();
            return Ok(Reply::raw(200, "application/vnd.github.raw; charset=utf-8", data));
        }
        return Ok(document(200, &file(cx, ask, &git, &path, &found, &reference)));
    }
    let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
    let inner = git.tree(cx, &found.id).unwrap_or_default();
    let entries: Vec<Value> = inner.iter().map(|e| entry(cx, ask, &git, &format!("{prefix}{}", e.name), e, &reference)).collect();
    if accept.contains(".object") {
        let mut doc = entry(cx, ask, &git, &path, &found, &reference);
        doc["entries"] = entries.into();
        return Ok(document(200, &doc));
    }
    Ok(document(200, &entries.into()))
}

/// The branch that a change is for, and where it is; an empty repository has only its default branch, without commits.
fn branch(cx: &Cx, ask: &Ask, git: &Git) -> Result<(String, Option<String>), Problem> {
    let default = ask.repo["default_branch"].as_str().unwrap_or_default();
    let name = ask.opt("branch")?.unwrap_or(default);
    let full = format!("refs/heads/{}", name.strip_prefix("refs/heads/").unwrap_or(name));
    match git.reference(cx, &full) {
        Some(id) => Ok((full, Some(id))),
        None if git.is_empty(cx) => Ok((full, None)),
        None => Err(Problem::new(404, format!("Branch {name} not found"))),
    }
}

fn write(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    unlocked(ask)?;
    let git = Git::of(&ask.repo_id());
    let path = ask.param("path").to_owned();
    if !tree::legal(&path) {
        return Err(Problem::unprocessable("path contains a malformed path component"));
    }
    guard::workflows(ask, [path.as_str()])?;
    let message = message(ask)?;
    let data = blobs::decoded(ask.text("content")?).ok_or_else(|| Problem::unprocessable("content is not valid Base64"))?;
    let (name, head) = branch(cx, ask, &git)?;
    let mut files = head.as_ref().and_then(|id| git.commit(cx, id)).map(|c| tree::files(cx, &git, &c.tree)).unwrap_or_default();
    let known = files.get(&path).cloned();
    match (&known, ask.opt("sha")?) {
        (Some(_), None) => return Err(Problem::unprocessable("Invalid request.\n\n\"sha\" wasn't supplied.")),
        (Some((_, id)), Some(sha)) if id != sha => return Err(Problem::conflict(format!("{path} does not match {sha}"))),
        (None, Some(sha)) if !sha.is_empty() => return Err(Problem::conflict(format!("{path} does not match {sha}"))),
        _ => {}
    }
    let mode = known.as_ref().map_or_else(|| FILE.to_owned(), |(mode, _)| mode.clone());
    let blob = git.put(cx, Kind::Blob, &data);
    let below = format!("{path}/");
    if files.keys().any(|p| p.starts_with(&below)) {
        return Err(Problem::unprocessable("path is a directory"));
    }
    files.insert(path.clone(), (mode, blob));
    let (id, commit) = land(cx, ask, &git, &name, head, &files, message)?;
    let found = tree::at(cx, &git, &commit.tree, &path).ok_or_else(Problem::not_found)?;
    let short = name.trim_start_matches("refs/heads/");
    let body = json!({ "content": entry(cx, ask, &git, &path, &found, short), "commit": render::git_commit(ask, &id, &commit) });
    Ok(document(if known.is_some() { 200 } else { 201 }, &body))
}

fn delete(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    unlocked(ask)?;
    let git = Git::of(&ask.repo_id());
    let path = ask.param("path").to_owned();
    guard::workflows(ask, [path.as_str()])?;
    let message = message(ask)?;
    let sha = ask.text("sha")?.to_owned();
    let (name, head) = branch(cx, ask, &git)?;
    let mut files = head.as_ref().and_then(|id| git.commit(cx, id)).map(|c| tree::files(cx, &git, &c.tree)).unwrap_or_default();
    match files.remove(&path) {
        None => return Err(Problem::not_found()),
        Some((_, id)) if id != sha => return Err(Problem::conflict(format!("{path} does not match {sha}"))),
        Some(_) => {}
    }
    let (id, commit) = land(cx, ask, &git, &name, head, &files, message)?;
    Ok(document(200, &json!({ "content": null, "commit": render::git_commit(ask, &id, &commit) })))
}

/// Commits the files on the branch, if its rules allow.
fn land(
    cx: &mut Cx,
    ask: &Ask,
    git: &Git,
    name: &str,
    head: Option<String>,
    files: &tree::Files,
    message: String,
) -> Result<(String, Commit), Problem> {
    let committer = person(ask, "committer", &caller(cx, ask))?;
    let author = person(ask, "author", &committer)?;
    let tree = tree::build(cx, git, files);
    let commit = Commit { tree, parents: head.iter().cloned().collect(), author, committer, message };
    let id = git.put(cx, Kind::Commit, &commit.write());
    let step = Move { name, old: head.as_deref(), new: Some(&id), merge: None };
    guard::refuse(409, &guard::violations(cx, ask, step))?;
    refs::settle(cx, ask, name, Some(&id));
    Ok((id, commit))
}
