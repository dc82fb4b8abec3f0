//! Merging a pull request: whether it may be, and the three ways of doing it.

use super::{end, ends, own_commits, reviews, stored};
use crate::github::ask::Ask;
use crate::github::git::{Commit, Git, Kind, Person, history, tree};
use crate::github::gitdata::{branches, caller, refs};
use crate::github::guard::{self, Move};
use crate::github::problem::{Problem, document};
use crate::github::routes::Op;
use crate::{Cx, Reply};
use serde_json::{Value, json};

pub(crate) const OPS: &[Op] = &[
    Op { method: "GET", path: "/repos/{owner}/{repo}/pulls/{pull_number}/merge", needs: "pull_requests:read", run: is_merged },
    Op { method: "PUT", path: "/repos/{owner}/{repo}/pulls/{pull_number}/merge", needs: "contents:write", run: merge },
    Op {
        method: "PUT",
        path: "/repos/{owner}/{repo}/pulls/{pull_number}/update-branch",
        needs: "pull_requests:write",
        run: update_branch,
    },
];

/// Whether it could be merged, and GitHub's word for how things stand.
pub(super) fn mergeable(cx: &Cx, ask: &Ask, pull: &Value) -> (Option<bool>, &'static str) {
    if pull["_open"] != true {
        return (None, "unknown");
    }
    let git = Git::of(&ask.repo_id());
    let (base, head) = ends(cx, ask, pull);
    if branches::joined(cx, &git, &base, &head).is_err() {
        return (Some(false), "dirty");
    }
    let name = format!("refs/heads/{}", pull["_base"].as_str().unwrap_or_default());
    let approvals = reviews::approvals(cx, ask, pull);
    let step = Move { name: &name, old: Some(&base), new: Some(&head), merge: Some((&head, approvals)) };
    let state = if pull["_draft"] == true {
        "draft"
    } else if !guard::violations(cx, ask, step).is_empty() {
        "blocked"
    } else {
        "clean"
    };
    (Some(true), state)
}

fn is_merged(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    if stored(cx, ask)?["_merged_at"].is_null() { Err(Problem::not_found()) } else { Ok(Reply::no_content()) }
}

/// GitHub itself, as the one who commits a merge.
pub(crate) fn web_flow(at: &Person) -> Person {
    Person { name: "GitHub".to_owned(), email: "noreply@github.com".to_owned(), ..at.clone() }
}

fn merge(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let mut pull = stored(cx, ask)?;
    let git = Git::of(&ask.repo_id());
    if pull["_open"] != true || pull["_draft"] == true {
        let text = if pull["_draft"] == true { "Pull Request is still a draft" } else { "Pull Request is not mergeable" };
        return Err(Problem::new(405, text));
    }
    let (base, head) = ends(cx, ask, &pull);
    if ask.opt("sha")?.is_some_and(|sha| sha != head) {
        return Err(Problem::conflict("Head branch was modified. Review and try the merge again."));
    }
    let method = ask.opt("merge_method")?.unwrap_or("merge").to_owned();
    let allowed = match method.as_str() {
        "merge" => "allow_merge_commit",
        "squash" => "allow_squash_merge",
        "rebase" => "allow_rebase_merge",
        other => return Err(Problem::unprocessable(format!("Invalid request.\n\n{other} is not a merge method."))),
    };
    if ask.repo[allowed] == false {
        let text = match method.as_str() {
            "merge" => "Merge commits are not allowed on this repository.",
            "squash" => "Squash merges are not allowed on this repository.",
            _ => "Rebase merges are not allowed on this repository.",
        };
        return Err(Problem::new(405, text));
    }
    let files = branches::joined(cx, &git, &base, &head).map_err(|_| Problem::new(405, "Pull Request is not mergeable"))?;
    let branch = pull["_base"].as_str().unwrap_or_default().to_owned();
    let (name, number) = (format!("refs/heads/{branch}"), pull["number"].to_string());
    let title = cx.get(&ask.within("issues"), &number).and_then(|i| i["title"].as_str()).unwrap_or_default().to_owned();
    let author = caller(cx, ask);
    let committer = web_flow(&author);
    let owner = ask.repo["owner"].as_str().unwrap_or_default();
    let from = pull["_head"].as_str().unwrap_or_default();
    let (default_title, default_body) = match method.as_str() {
        "merge" => (format!("Merge pull request #{number} from {owner}/{from}"), title),
        _ => (format!("{title} (#{number})"), String::new()),
    };
    let subject = ask.opt("commit_title")?.map_or(default_title, str::to_owned);
    let body = ask.opt("commit_message")?.map_or(default_body, str::to_owned);
    let message = if body.is_empty() { subject } else { format!("{subject}\n\n{body}") };
    let new = if method == "rebase" {
        rebased(cx, ask, &git, &pull, &base, &committer)?
    } else {
        let tree = tree::build(cx, &git, &files);
        let parents = if method == "merge" { vec![base.clone(), head.clone()] } else { vec![base.clone()] };
        git.put(cx, Kind::Commit, &Commit { tree, parents, author, committer, message }.write())
    };
    let approvals = reviews::approvals(cx, ask, &pull);
    let step = Move { name: &name, old: Some(&base), new: Some(&new), merge: Some((&head, approvals)) };
    guard::refuse(405, &guard::violations(cx, ask, step))?;
    let now = cx.stamp();
    pull["_merged_at"] = now.into();
    pull["_merged_by"] = ask.login().into();
    pull["_merge_sha"] = new.clone().into();
    end(cx, ask, &mut pull);
    refs::settle(cx, ask, &name, Some(&new));
    if ask.repo["delete_branch_on_merge"] == true {
        let head_name = format!("refs/heads/{}", pull["_head"].as_str().unwrap_or_default());
        git.unpoint(cx, &head_name);
    }
    Ok(document(200, &json!({ "sha": new, "merged": true, "message": "Pull Request successfully merged" })))
}

/// The pull request's commits, each made anew upon the base.
fn rebased(cx: &mut Cx, ask: &Ask, git: &Git, pull: &Value, base: &str, committer: &Person) -> Result<String, Problem> {
    let mut tip = base.to_owned();
    for id in own_commits(cx, ask, pull) {
        let Some(commit) = git.commit(cx, &id) else { continue };
        if commit.parents.len() > 1 {
            return Err(Problem::new(405, "This branch can't be rebased"));
        }
        let files = |cx: &Cx, id: &str| git.commit(cx, id).map(|c| tree::files(cx, git, &c.tree)).unwrap_or_default();
        let before = commit.parents.first().map(|p| files(cx, p)).unwrap_or_default();
        let joined = crate::github::git::merge::merge(&before, &files(cx, &tip), &files(cx, &id));
        let joined = joined.map_err(|_| Problem::new(405, "This branch can't be rebased"))?;
        let tree = tree::build(cx, git, &joined);
        let next = Commit { tree, parents: vec![tip], committer: committer.clone(), ..commit };
        tip = git.put(cx, Kind::Commit, &next.write());
    }
    Ok(tip)
}

fn update_branch(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let pull = stored(cx, ask)?;
    let git = Git::of(&ask.repo_id());
    let (base, head) = ends(cx, ask, &pull);
    if ask.opt("expected_head_sha")?.is_some_and(|sha| sha != head) {
        return Err(Problem::unprocessable("expected head sha didn’t match current head ref."));
    }
    if history::leads(cx, &git, &base, &head) {
        return Err(Problem::unprocessable("There are no new commits on the base branch."));
    }
    let files =
        branches::joined(cx, &git, &head, &base).map_err(|_| Problem::unprocessable("merge conflict between base and head"))?;
    let (author, tree) = (caller(cx, ask), tree::build(cx, &git, &files));
    let (to, from) = (pull["_head"].as_str().unwrap_or_default().to_owned(), pull["_base"].as_str().unwrap_or_default());
    let message = format!("Merge branch '{from}' into {to}");
    let commit = Commit { tree, parents: vec![head, base], committer: web_flow(&author), author, message };
    let id = git.put(cx, Kind::Commit, &commit.write());
    refs::settle(cx, ask, &format!("refs/heads/{to}"), Some(&id));
    let url = ask.url(&format!("/pulls/{}", pull["number"]));
    Ok(document(202, &json!({ "message": "Updating pull request branch.", "url": url })))
}
