//! Git over HTTP: who may fetch and push, and what a push may do.

use crate::github::access::{self, Need};
use crate::github::ask::Ask;
use crate::github::git::{Git, Kind, receive, tree, upload};
use crate::github::gitdata::refs;
use crate::github::guard::{self, Move};
use crate::github::repos;
use crate::{Cx, Reply, Req};
use flate2::read::GzDecoder;
use receive::Update;
use serde_json::Value;
use std::io::Read;

/// A body that was compressed may not become larger than this.
const LARGEST: u64 = 256 << 20;

fn text(status: u16, message: &str) -> Reply {
    Reply::raw(status, "text/plain; charset=utf-8", message.to_owned())
}

/// The request, by somebody who may do what they are about to.
fn admitted<'a>(cx: &Cx, req: &'a Req, owner: &str, name: &str, level: &'static str) -> Result<Ask<'a>, Reply> {
    let challenge = |message: &str| text(401, message).with("www-authenticate", "Basic realm=\"GitHub\"");
    let bad = |_| challenge("Invalid username or token. Password authentication is not supported for Git operations.\n");
    let token = access::token(cx, req).map_err(bad)?;
    let anonymous = token.is_none();
    let mut ask = Ask::new(req, token);
    // To nobody, what is hidden and what is not there look the same: a question for a password.
    let hidden = || if anonymous { challenge("No anonymous write access.\n") } else { text(404, "Repository not found.\n") };
    ask.repo = repos::stored(cx, owner, name).cloned().ok_or_else(hidden)?;
    access::repository(cx, &ask, Need { permission: "contents", level }).map_err(|problem| match problem.status {
        403 => text(403, &format!("Permission to {} denied to {}.\n", ask.full_name(), ask.login())),
        _ => hidden(),
    })?;
    if level == "write" && ask.repo["archived"] == true {
        return Err(text(403, "This repository was archived so it is read-only.\n"));
    }
    Ok(ask)
}

fn version(req: &Req) -> u8 {
    if req.header("git-protocol").is_some_and(|p| p.split(':').any(|p| p == "version=2")) { 2 } else { 0 }
}

fn binary(content_type: &'static str, bytes: Vec<u8>) -> Reply {
    Reply::raw(200, content_type, bytes).with("cache-control", "no-cache, max-age=0, must-revalidate").with("pragma", "no-cache")
}

fn default_branch(repo: &Value) -> &str {
    repo["default_branch"].as_str().unwrap_or("main")
}

pub(super) fn advertise(cx: &Cx, req: &Req, owner: &str, name: &str) -> Reply {
    let pushing = match req.query("service") {
        Some("git-upload-pack") => false,
        Some("git-receive-pack") => true,
        _ => return text(403, "Please upgrade your git client. GitHub does not support git over dumb-http.\n"),
    };
    let ask = match admitted(cx, req, owner, name, if pushing { "write" } else { "read" }) {
        Ok(ask) => ask,
        Err(reply) => return reply,
    };
    let git = Git::of(&ask.repo_id());
    if pushing {
        return binary("application/x-git-receive-pack-advertisement", receive::advertise(cx, &git));
    }
    let body = upload::advertise(cx, &git, default_branch(&ask.repo), version(req));
    binary("application/x-git-upload-pack-advertisement", body)
}

/// The body as it was before it was compressed.
fn plain(req: &Req) -> Option<Vec<u8>> {
    if !req.header("content-encoding").is_some_and(|e| e.contains("gzip")) {
        return Some(req.raw.to_vec());
    }
    let mut out = Vec::new();
    GzDecoder::new(req.raw.as_ref()).take(LARGEST).read_to_end(&mut out).ok()?;
    Some(out)
}

pub(super) fn upload(cx: &Cx, req: &Req, owner: &str, name: &str) -> Reply {
    let ask = match admitted(cx, req, owner, name, "read") {
        Ok(ask) => ask,
        Err(reply) => return reply,
    };
    let Some(body) = plain(req) else { return text(400, "The request's body cannot be read.\n") };
    let git = Git::of(&ask.repo_id());
    let answer = upload::answer(cx, &git, default_branch(&ask.repo), version(req), &body);
    binary("application/x-git-upload-pack-result", answer)
}

pub(super) fn receive(cx: &mut Cx, req: &Req, owner: &str, name: &str) -> Reply {
    let ask = match admitted(cx, req, owner, name, "write") {
        Ok(ask) => ask,
        Err(reply) => return reply,
    };
    let Some(body) = plain(req) else { return text(400, "The request's body cannot be read.\n") };
    let git = Git::of(&ask.repo_id());
    let mut said = String::new();
    let (unpacked, results) = match receive::read(cx, &git, &body) {
        Err(why) => (Err(why), Vec::new()),
        Ok(updates) => {
            let results = updates.iter().map(|u| (u.name.clone(), moved(cx, &ask, &git, u, &mut said))).collect();
            (Ok(()), results)
        }
    };
    binary("application/x-git-receive-pack-result", receive::report(&unpacked, &results, &said))
}

/// Carries out one move of a push, if it may be.
fn moved(cx: &mut Cx, ask: &Ask, git: &Git, update: &Update, said: &mut String) -> Result<(), String> {
    let name = &update.name;
    if !name.starts_with("refs/") || !refs::legal(name) {
        return Err("funny refname".to_owned());
    }
    if name.starts_with("refs/pull/") {
        return Err("deny updating a hidden ref".to_owned());
    }
    let old = git.reference(cx, name);
    if old != update.old {
        return Err("fetch first".to_owned());
    }
    match &update.new {
        None if name.strip_prefix("refs/heads/") == Some(default_branch(&ask.repo)) => {
            *said += &format!("error: refusing to delete the current branch: {name}\n");
            return Err("refusing to delete the current branch".to_owned());
        }
        None => {}
        Some(new) if name.starts_with("refs/heads/") && git.kind(cx, new) != Some(Kind::Commit) => {
            return Err("missing necessary objects".to_owned());
        }
        Some(new) if git.kind(cx, new).is_none() => return Err("missing necessary objects".to_owned()),
        Some(new) => {
            let files = |id: &str| git.commit(cx, id).map(|c| tree::files(cx, git, &c.tree)).unwrap_or_default();
            let (before, after) = (old.as_deref().map(files).unwrap_or_default(), files(new));
            let mut changed = after.iter().filter(|(path, file)| before.get(*path) != Some(file)).map(|(path, _)| path.as_str());
            if let Some(path) = changed.find(|path| guard::workflows(ask, [*path]).is_err()) {
                let scope = format!(
                    "refusing to allow a Personal Access Token to create or update workflow `{path}` without `workflow` scope"
                );
                return Err(scope);
            }
        }
    }
    let step = Move { name, old: old.as_deref(), new: update.new.as_deref(), merge: None };
    let violations = guard::violations(cx, ask, step);
    if !violations.is_empty() {
        let page = format!("https://github.com/{}/rules?ref={}", ask.full_name(), name.replace('/', "%2F"));
        let list: String = violations.iter().map(|v| format!("- {v}\n\n")).collect();
        *said += &format!(
            "error: GH013: Repository rule violations found for {name}.\nReview all repository rules at {page}\n\n{list}"
        );
        return Err("push declined due to repository rule violations".to_owned());
    }
    // The first branch of an empty repository becomes its default.
    if git.is_empty(cx)
        && let Some(branch) = name.strip_prefix("refs/heads/")
        && let Some(repo) = repos::edit(cx, ask)
    {
        repo["default_branch"] = branch.into();
    }
    refs::settle(cx, ask, name, update.new.as_deref());
    Ok(())
}
