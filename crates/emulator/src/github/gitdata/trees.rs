//! Trees: written with contents inline and upon another tree, read with all below.

use super::{filled, writable};
use crate::github::ask::Ask;
use crate::github::git::tree::{self, DIRECTORY, EXECUTABLE, FILE, Files, LINK, SUBMODULE};
use crate::github::git::{Git, Kind};
use crate::github::guard;
use crate::github::problem::{Problem, document};
use crate::github::routes::Op;
use crate::{Cx, Reply};
use serde_json::{Value, json};

pub(crate) const OPS: &[Op] = &[
    Op { method: "POST", path: "/repos/{owner}/{repo}/git/trees", needs: "contents:write", run: create },
    Op { method: "GET", path: "/repos/{owner}/{repo}/git/trees/{tree_sha*}", needs: "contents:read", run: read },
];

fn create(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let git = writable(cx, ask)?;
    let entries = ask.array("tree")?.ok_or_else(|| Problem::unprocessable("Invalid tree info"))?;
    let paths: Vec<&str> = entries.iter().filter_map(|e| e["path"].as_str()).collect();
    guard::workflows(ask, paths)?;
    let mut files = match ask.opt("base_tree")? {
        None => Files::new(),
        Some(base) => tree::files(cx, &git, &tree_of(cx, &git, base).ok_or_else(Problem::not_found)?),
    };
    for entry in entries {
        place(cx, &git, entry, &mut files)?;
    }
    if files.is_empty() {
        return Err(Problem::unprocessable("Invalid tree info"));
    }
    let id = tree::build(cx, &git, &files);
    Ok(document(201, &shown(cx, ask, &git, &id, false)))
}

/// The tree that is meant by the id of a tree or of a commit.
fn tree_of(cx: &Cx, git: &Git, id: &str) -> Option<String> {
    match git.kind(cx, id) {
        Some(Kind::Tree) => Some(id.to_owned()),
        _ => git.commit(cx, &git.peel(cx, id)?).map(|c| c.tree),
    }
}

/// Puts one entry of the request into the directory.
fn place(cx: &mut Cx, git: &Git, entry: &Value, files: &mut Files) -> Result<(), Problem> {
    let Some(path) = entry["path"].as_str() else {
        return Err(Problem::unprocessable("Invalid tree info"));
    };
    let path = path.strip_prefix('/').unwrap_or(path);
    if !tree::legal(path) {
        return Err(Problem::unprocessable(format!("tree.path contains a malformed path component: {path}")));
    }
    // What lies at or below the path is replaced by what comes.
    let below = format!("{path}/");
    let clear = |files: &mut Files| files.retain(|p, _| p != path && !p.starts_with(&below));
    let mode = entry["mode"].as_str().unwrap_or(FILE);
    if let Some(content) = entry["content"].as_str() {
        if entry["sha"].is_string() {
            return Err(Problem::unprocessable("Must supply either tree.sha or tree.content, not both"));
        }
        if ![FILE, EXECUTABLE, LINK].contains(&mode) {
            return Err(Problem::unprocessable("Must supply a valid tree.mode"));
        }
        let blob = git.put(cx, Kind::Blob, content.as_bytes());
        clear(files);
        files.insert(path.to_owned(), (mode.to_owned(), blob));
        return Ok(());
    }
    if entry.get("sha") == Some(&Value::Null) {
        let before = files.len();
        clear(files);
        return if files.len() < before { Ok(()) } else { Err(Problem::unprocessable("GitRPC::BadObjectState")) };
    }
    let Some(id) = entry["sha"].as_str() else {
        return Err(Problem::unprocessable("Must supply tree.sha or tree.content"));
    };
    match (mode, git.kind(cx, id)) {
        (DIRECTORY, Some(Kind::Tree)) => {
            clear(files);
            for (inner, file) in tree::files(cx, git, id) {
                files.insert(format!("{path}/{inner}"), file);
            }
        }
        (FILE | EXECUTABLE | LINK, Some(Kind::Blob)) | (SUBMODULE, _) => {
            clear(files);
            files.insert(path.to_owned(), (mode.to_owned(), id.to_owned()));
        }
        (FILE | EXECUTABLE | LINK | DIRECTORY, _) => {
            return Err(Problem::unprocessable(format!("tree.sha {id} is not a valid blob")));
        }
        _ => return Err(Problem::unprocessable("Must supply a valid tree.mode")),
    }
    Ok(())
}

fn read(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let git = filled(cx, ask)?;
    let name = ask.param("tree_sha");
    let id = match git.kind(cx, name) {
        Some(Kind::Tree) => Some(name.to_owned()),
        _ => git.resolve(cx, name).and_then(|c| git.commit(cx, &c)).map(|c| c.tree),
    };
    let id = id.ok_or_else(Problem::not_found)?;
    Ok(document(200, &shown(cx, ask, &git, &id, ask.query("recursive").is_some())))
}

fn shown(cx: &Cx, ask: &Ask, git: &Git, id: &str, recursive: bool) -> Value {
    let mut entries = Vec::new();
    collect(cx, ask, git, id, "", recursive, &mut entries);
    json!({ "sha": id, "url": ask.url(&format!("/git/trees/{id}")), "tree": entries, "truncated": false })
}

fn collect(cx: &Cx, ask: &Ask, git: &Git, id: &str, prefix: &str, recursive: bool, out: &mut Vec<Value>) {
    for entry in git.tree(cx, id).unwrap_or_default() {
        let path = format!("{prefix}{}", entry.name);
        let kind = entry.kind();
        let mut doc = json!({ "path": path, "mode": entry.mode, "type": kind.name(), "sha": entry.id });
        if kind == Kind::Blob {
            doc["size"] = git.blob(cx, &entry.id).map_or(0, |data| data.len()).into();
        }
        if kind != Kind::Commit {
            doc["url"] = ask.url(&format!("/git/{}s/{}", kind.name(), entry.id)).into();
        }
        out.push(doc);
        if recursive && kind == Kind::Tree {
            collect(cx, ask, git, &entry.id, &format!("{path}/"), true, out);
        }
    }
}
