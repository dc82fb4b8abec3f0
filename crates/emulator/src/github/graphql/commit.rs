//! `createCommitOnBranch`: one commit of many files, on a branch that must be where the client believes it to be.

use super::Fault;
use super::nodes::{self, Node};
use super::parse::Field;
use crate::Cx;
use crate::github::ask::Ask;
use crate::github::git::tree::{self, FILE};
use crate::github::git::{Commit, Git, Kind};
use crate::github::gitdata::{blobs, caller, refs};
use crate::github::guard::{self, Move};
use crate::github::pulls::merge::web_flow;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("UNPROCESSABLE", message)
}

/// Owner, name and full reference of the branch that is meant.
fn branch(cx: &Cx, input: &Value) -> Result<(String, String, String), Fault> {
    let wanted = &input["branch"];
    if let Some(id) = wanted["id"].as_str() {
        // The node id of a reference is the repository's number and the name.
        let text = STANDARD.decode(id).ok().and_then(|b| String::from_utf8(b).ok()).unwrap_or_default();
        let (number, name) = text.strip_prefix("003:Ref").and_then(|t| t.split_once(':')).unwrap_or_default();
        let repo = cx.list(crate::github::repos::ALL).into_iter().find(|r| crate::github::repos::id(r) == number);
        let repo =
            repo.ok_or_else(|| Fault::new("NOT_FOUND", format!("Could not resolve to a node with the global id of '{id}'")))?;
        let text = |key: &str| repo[key].as_str().unwrap_or_default().to_owned();
        return Ok((text("owner"), text("name"), name.to_owned()));
    }
    let full = wanted["repositoryNameWithOwner"].as_str().unwrap_or_default();
    let (owner, name) = full.split_once('/').ok_or_else(|| invalid("A branch needs a repositoryNameWithOwner"))?;
    let branch = wanted["branchName"].as_str().filter(|b| !b.is_empty()).ok_or_else(|| invalid("A branch needs a branchName"))?;
    let branch = branch.strip_prefix("refs/heads/").unwrap_or(branch);
    Ok((owner.to_owned(), name.to_owned(), format!("refs/heads/{branch}")))
}

pub(super) fn create(cx: &mut Cx, ask: &Ask, field: &Field) -> Result<Value, Fault> {
    let input = field.args.get("input").cloned().unwrap_or_default();
    let (owner, name, reference) = branch(cx, &input)?;
    let Node::Repository(repo) = nodes::repository(cx, ask, &owner, &name, "write")? else {
        return Err(invalid("not a repository"));
    };
    let ask = &Ask::new(ask, ask.token.clone()).about(repo);
    if ask.repo["archived"] == true {
        return Err(Fault::new("FORBIDDEN", "Repository was archived so is read-only."));
    }
    let git = Git::of(&ask.repo_id());
    let missing =
        || Fault::new("NOT_FOUND", format!("The branch '{}' was not found", reference.trim_start_matches("refs/heads/")));
    let head = git.reference(cx, &reference).ok_or_else(missing)?;
    let Some(expected) = input["expectedHeadOid"].as_str() else {
        return Err(invalid("Variable $input was provided invalid value for expectedHeadOid (Expected value to not be null)"));
    };
    if expected != head {
        let text = format!("Expected branch to point to \"{expected}\" but it did not.  Pull and try again.");
        return Err(Fault::new("STALE_DATA", text));
    }
    let headline = input["message"]["headline"].as_str().filter(|h| !h.is_empty());
    let headline = headline.ok_or_else(|| invalid("A commit message needs a headline"))?;
    let message = match input["message"]["body"].as_str().filter(|b| !b.is_empty()) {
        Some(body) => format!("{headline}\n\n{body}"),
        None => headline.to_owned(),
    };
    let before = git.commit(cx, &head).ok_or_else(missing)?;
    let mut files = tree::files(cx, &git, &before.tree);
    let changes = &input["fileChanges"];
    let none = Vec::new();
    for deletion in changes["deletions"].as_array().unwrap_or(&none) {
        let path = path_of(ask, deletion)?;
        let below = format!("{path}/");
        let known = files.len();
        files.retain(|p, _| p != path && !p.starts_with(&below));
        if files.len() == known {
            return Err(invalid(format!(
                "A path was requested for deletion which does not exist as of commit oid `{head}`: {path}"
            )));
        }
    }
    for addition in changes["additions"].as_array().unwrap_or(&none) {
        let path = path_of(ask, addition)?;
        let contents = addition["contents"].as_str().and_then(blobs::decoded);
        let contents = contents.ok_or_else(|| invalid(format!("The contents of {path} are not valid Base64")))?;
        let blob = git.put(cx, Kind::Blob, &contents);
        let mode = files.get(path).map_or_else(|| FILE.to_owned(), |(mode, _)| mode.clone());
        files.insert(path.to_owned(), (mode, blob));
    }
    let author = caller(cx, ask);
    let tree = tree::build(cx, &git, &files);
    let commit = Commit { tree, parents: vec![head.clone()], committer: web_flow(&author), author, message };
    let id = git.put(cx, Kind::Commit, &commit.write());
    let step = Move { name: &reference, old: Some(&head), new: Some(&id), merge: None };
    guard::refuse(422, &guard::violations(cx, ask, step)).map_err(|p| invalid(p.message))?;
    refs::settle(cx, ask, &reference, Some(&id));
    let found = [("commit", Node::Object(ask.repo.clone(), id)), ("ref", Node::Ref(ask.repo.clone(), reference))];
    nodes::payload(cx, ask, &field.fields, &found, &input["clientMutationId"])
}

fn path_of<'v>(ask: &Ask, change: &'v Value) -> Result<&'v str, Fault> {
    let path = change["path"].as_str().unwrap_or_default();
    if !tree::legal(path) {
        return Err(invalid(format!("A path was requested which is invalid: {path:?}")));
    }
    guard::workflows(ask, [path]).map_err(|_| {
        let text =
            format!("refusing to allow a Personal Access Token to create or update workflow `{path}` without `workflow` scope");
        Fault::new("FORBIDDEN", text)
    })?;
    Ok(path)
}
