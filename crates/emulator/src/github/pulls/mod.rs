//! Pull requests: stored beside the issue of the same number, with the branch they are for and the one they come from.

pub(crate) mod merge;
pub(crate) mod reviews;
mod shown;

use super::ask::Ask;
use super::git::{Git, history};
use super::gitdata::log;
use super::page;
use super::problem::{Problem, document};
use super::render;
use super::routes::Op;
use super::tracker::issues;
use crate::{Cx, Reply};
use serde_json::{Value, json};

pub(crate) const OPS: &[Op] = &[
    Op { method: "GET", path: "/repos/{owner}/{repo}/pulls", needs: "pull_requests:read", run: list },
    Op { method: "POST", path: "/repos/{owner}/{repo}/pulls", needs: "pull_requests:write", run: create },
    Op { method: "GET", path: "/repos/{owner}/{repo}/pulls/{pull_number}", needs: "pull_requests:read", run: read },
    Op { method: "PATCH", path: "/repos/{owner}/{repo}/pulls/{pull_number}", needs: "pull_requests:write", run: update },
    Op { method: "GET", path: "/repos/{owner}/{repo}/pulls/{pull_number}/files", needs: "pull_requests:read", run: files },
    Op { method: "GET", path: "/repos/{owner}/{repo}/pulls/{pull_number}/commits", needs: "pull_requests:read", run: commits },
    Op { method: "GET", path: "/repos/{owner}/{repo}/commits/{commit_sha}/pulls", needs: "pull_requests:read", run: of_commit },
];

/// The pull request of the path.
fn stored(cx: &Cx, ask: &Ask) -> Result<Value, Problem> {
    cx.get(&ask.within("pulls"), ask.param("pull_number")).cloned().ok_or_else(Problem::not_found)
}

/// Where base and head are: live while the pull request is open, where they were when it ended.
fn ends(cx: &Cx, ask: &Ask, pull: &Value) -> (String, String) {
    let git = Git::of(&ask.repo_id());
    let at = |field: &str, kept: &str| {
        let name = pull[field].as_str().unwrap_or_default();
        let live = if pull["_open"] == true { git.reference(cx, &format!("refs/heads/{name}")) } else { None };
        live.unwrap_or_else(|| pull[kept].as_str().unwrap_or_default().to_owned())
    };
    (at("_base", "_base_sha"), at("_head", "_head_sha"))
}

fn all(cx: &Cx, ask: &Ask) -> Vec<Value> {
    cx.list(&ask.within("pulls")).into_iter().rev().cloned().collect()
}

fn list(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let state = ask.query("state").unwrap_or("open");
    let head = ask.query("head").map(|h| h.split_once(':').map_or(h, |(_, b)| b));
    let fits = |p: &&Value| {
        let open = p["_open"] == true;
        let stated = state == "all" || open == (state == "open");
        stated && ask.query("base").is_none_or(|b| p["_base"] == b) && head.is_none_or(|h| p["_head"] == h)
    };
    let shown: Vec<Value> = all(cx, ask).iter().filter(fits).map(|p| shown::brief(cx, ask, p)).collect();
    Ok(page::list(ask, shown))
}

fn create(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let git = Git::of(&ask.repo_id());
    let head = ask.text("head")?;
    let head = match head.split_once(':') {
        Some((owner, branch)) if ask.repo["owner"].as_str().is_some_and(|o| o.eq_ignore_ascii_case(owner)) => branch,
        // There are no forks.
        Some(_) => return Err(Problem::invalid("PullRequest", "head", "invalid")),
        None => head,
    };
    let (head, base) = (head.to_owned(), ask.text("base")?.to_owned());
    let title = ask.text("title")?.to_owned();
    let at = |branch: &str, field: &str| {
        git.reference(cx, &format!("refs/heads/{branch}")).ok_or_else(|| Problem::invalid("PullRequest", field, "invalid"))
    };
    let (base_sha, head_sha) = (at(&base, "base")?, at(&head, "head")?);
    let same = |p: &Value| p["_open"] == true && p["_head"] == *head && p["_base"] == *base;
    let owner = ask.repo["owner"].as_str().unwrap_or_default();
    if all(cx, ask).iter().any(same) {
        let text = format!("A pull request already exists for {owner}:{head}.");
        return Err(Problem::custom("PullRequest", "", text));
    }
    if history::leads(cx, &git, &head_sha, &base_sha) {
        return Err(Problem::custom("PullRequest", "", format!("No commits between {base} and {head}")));
    }
    let body = ask.opt("body")?.map(str::to_owned);
    let draft = ask.flag("draft")?.unwrap_or(false);
    let issue = issues::open(cx, ask, &title, body.as_deref())?;
    let id = cx.number();
    let pull = json!({
        "id": id, "number": issue["number"], "_open": true, "_base": base, "_head": head, "_base_sha": base_sha,
        "_head_sha": head_sha, "_draft": draft, "_merged_at": null, "_merged_by": null, "_merge_sha": null,
        "_modify": ask.flag("maintainer_can_modify")?.unwrap_or(false),
    });
    let number = issue["number"].to_string();
    cx.put_settled(&ask.within("pulls"), &number, pull.clone());
    git.point(cx, &format!("refs/pull/{number}/head"), &head_sha);
    let shown = shown::full(cx, ask, &pull);
    let url = shown["url"].as_str().unwrap_or_default().to_owned();
    Ok(document(201, &shown).with("location", url))
}

fn read(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let pull = stored(cx, ask)?;
    Ok(document(200, &shown::full(cx, ask, &pull)))
}

/// Ends a pull request, keeping where its branches were.
fn end(cx: &mut Cx, ask: &Ask, pull: &mut Value) {
    let (base, head) = ends(cx, ask, pull);
    pull["_base_sha"] = base.into();
    pull["_head_sha"] = head.into();
    pull["_open"] = false.into();
    let (now, number) = (cx.stamp(), pull["number"].to_string());
    if let Some(issue) = cx.edit(&ask.within("issues"), &number) {
        issue["state"] = "closed".into();
        issue["closed_at"] = now.clone().into();
        issue["updated_at"] = now.into();
    }
    cx.put_settled(&ask.within("pulls"), &number, pull.clone());
}

fn update(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let mut pull = stored(cx, ask)?;
    let number = pull["number"].to_string();
    if let Some(base) = ask.opt("base")? {
        let known = Git::of(&ask.repo_id()).reference(cx, &format!("refs/heads/{base}")).is_some();
        if !known {
            return Err(Problem::invalid("PullRequest", "base", "invalid"));
        }
        pull["_base"] = base.into();
        cx.put_settled(&ask.within("pulls"), &number, pull.clone());
    }
    let (title, body) = (ask.opt("title")?.map(str::to_owned), ask.opt("body")?.map(str::to_owned));
    let now = cx.stamp();
    if let Some(issue) = cx.edit(&ask.within("issues"), &number) {
        if let Some(title) = title {
            issue["title"] = title.into();
        }
        if let Some(body) = body {
            issue["body"] = body.into();
        }
        issue["updated_at"] = now.into();
    }
    match ask.opt("state")? {
        Some("closed") if pull["_open"] == true => end(cx, ask, &mut pull),
        Some("open") if pull["_open"] == false => {
            let head = pull["_head"].as_str().unwrap_or_default();
            let there = Git::of(&ask.repo_id()).reference(cx, &format!("refs/heads/{head}")).is_some();
            if !pull["_merged_at"].is_null() || !there {
                return Err(Problem::custom("PullRequest", "state", "state cannot be changed."));
            }
            pull["_open"] = true.into();
            cx.put_settled(&ask.within("pulls"), &number, pull.clone());
            if let Some(issue) = cx.edit(&ask.within("issues"), &number) {
                issue["state"] = "open".into();
                issue["closed_at"] = Value::Null;
            }
        }
        Some("open" | "closed") | None => {}
        Some(_) => return Err(Problem::invalid("PullRequest", "state", "invalid")),
    }
    Ok(document(200, &shown::full(cx, ask, &pull)))
}

/// A branch moved or went: pull requests from it follow, and one whose head has arrived in its base is merged.
pub(crate) fn noticed(cx: &mut Cx, ask: &Ask, name: &str, id: Option<&str>) {
    let Some(branch) = name.strip_prefix("refs/heads/") else { return };
    let git = Git::of(&ask.repo_id());
    for mut pull in all(cx, ask) {
        if pull["_open"] != true {
            continue;
        }
        let number = pull["number"].to_string();
        if pull["_head"] == branch {
            match id {
                Some(id) => {
                    pull["_head_sha"] = id.into();
                    cx.put_settled(&ask.within("pulls"), &number, pull.clone());
                    git.point(cx, &format!("refs/pull/{number}/head"), id);
                }
                None => end(cx, ask, &mut pull),
            }
        } else if let (true, Some(id)) = (pull["_base"] == branch, id) {
            let head = ends(cx, ask, &pull).1;
            if history::leads(cx, &git, &head, id) {
                pull["_merged_at"] = cx.stamp().into();
                pull["_merged_by"] = ask.login().into();
                pull["_merge_sha"] = id.into();
                end(cx, ask, &mut pull);
            }
        }
    }
}

/// The commits that the pull request brings, oldest first.
fn own_commits(cx: &Cx, ask: &Ask, pull: &Value) -> Vec<String> {
    let git = Git::of(&ask.repo_id());
    let (base, head) = ends(cx, ask, pull);
    // After the merge the base contains the head: what it was before counts.
    let base = if pull["_merged_at"].is_null() { base } else { pull["_base_sha"].as_str().unwrap_or_default().to_owned() };
    let known = history::ancestors(cx, &git, &base);
    let mut new: Vec<String> = history::log(cx, &git, &head).into_iter().filter(|id| !known.contains(id)).collect();
    new.reverse();
    new
}

fn changed(cx: &Cx, ask: &Ask, pull: &Value) -> Vec<Value> {
    let git = Git::of(&ask.repo_id());
    let (base, head) = ends(cx, ask, pull);
    let common = history::merge_base(cx, &git, &base, &head);
    log::changed(cx, ask, &git, common.as_deref(), &head)
}

fn files(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let pull = stored(cx, ask)?;
    Ok(page::list(ask, changed(cx, ask, &pull)))
}

fn commits(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let pull = stored(cx, ask)?;
    let git = Git::of(&ask.repo_id());
    let ids = own_commits(cx, ask, &pull);
    let all = ids.iter().filter_map(|id| git.commit(cx, id).map(|c| render::commit(cx, ask, id, &c))).collect();
    Ok(page::list(ask, all))
}

fn of_commit(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let sha = ask.param("commit_sha").to_owned();
    let has = |p: &&Value| p["_merge_sha"] == *sha || own_commits(cx, ask, p).contains(&sha);
    let shown = all(cx, ask).iter().filter(has).map(|p| shown::brief(cx, ask, p)).collect();
    Ok(page::list(ask, shown))
}
