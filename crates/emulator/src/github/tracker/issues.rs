//! Issues and comments; a pull request is an issue too.

use crate::github::ask::Ask;
use crate::github::page;
use crate::github::problem::{Problem, document};
use crate::github::render::{self, node};
use crate::github::repos;
use crate::github::routes::Op;
use crate::{Cx, Reply};
use serde_json::{Value, json};

pub(crate) const OPS: &[Op] = &[
    Op { method: "GET", path: "/repos/{owner}/{repo}/issues", needs: "issues:read", run: list },
    Op { method: "POST", path: "/repos/{owner}/{repo}/issues", needs: "issues:write", run: create },
    Op { method: "GET", path: "/repos/{owner}/{repo}/issues/{issue_number}", needs: "issues:read", run: read },
    Op { method: "PATCH", path: "/repos/{owner}/{repo}/issues/{issue_number}", needs: "issues:write", run: update },
    Op { method: "GET", path: "/repos/{owner}/{repo}/issues/{issue_number}/comments", needs: "issues:read", run: comments },
    Op { method: "POST", path: "/repos/{owner}/{repo}/issues/{issue_number}/comments", needs: "issues:write", run: comment },
];

/// Puts an issue in under the next number; `more` is what a pull request has besides.
pub(crate) fn open(cx: &mut Cx, ask: &Ask, title: &str, body: Option<&str>) -> Result<Value, Problem> {
    let labels = ask.texts("labels")?.unwrap_or_default();
    let (number, id, now) = (repos::next_number(cx, ask), cx.number(), cx.stamp());
    let doc = json!({
        "id": id, "number": number, "state": "open", "title": title, "body": body, "_user": ask.login(), "_labels": labels,
        "locked": false, "closed_at": null, "created_at": now, "updated_at": now, "state_reason": null,
    });
    cx.put_settled(&ask.within("issues"), &number.to_string(), doc.clone());
    Ok(doc)
}

/// The labels of an issue.
pub(crate) fn labels(ask: &Ask, doc: &Value) -> Value {
    let names = doc["_labels"].as_array().map(Vec::as_slice).unwrap_or_default();
    let all = names.iter().filter_map(Value::as_str).enumerate().map(|(i, name)| {
        json!({
            "id": i + 1, "node_id": node("Label", name), "url": ask.url(&format!("/labels/{name}")), "name": name,
            "description": "", "color": "ededed", "default": false,
        })
    });
    all.collect::<Vec<_>>().into()
}

fn shown(cx: &Cx, ask: &Ask, doc: &Value) -> Value {
    let number = &doc["number"];
    let url = ask.url(&format!("/issues/{number}"));
    let pull = cx.get(&ask.within("pulls"), &number.to_string());
    let page = if pull.is_some() { "pull" } else { "issues" };
    let count = cx.list(&ask.within("comments")).iter().filter(|c| c["_issue"] == *number).count();
    let mut out = crate::reply::public(doc);
    let user = doc["_user"].as_str().unwrap_or_default();
    let more = json!({
        "node_id": node("Issue", &doc["id"]), "url": url, "repository_url": ask.url(""), "labels_url": format!("{url}/labels{{/name}}"),
        "comments_url": format!("{url}/comments"), "events_url": format!("{url}/events"),
        "html_url": ask.html(&format!("/{page}/{number}")), "user": render::user(cx, &ask.api(), user), "labels": labels(ask, doc),
        "assignee": null, "assignees": [], "milestone": null, "comments": count, "author_association": "OWNER",
    });
    if let (Some(out), Value::Object(more)) = (out.as_object_mut(), more) {
        out.extend(more);
    }
    if pull.is_some() {
        let api = ask.url(&format!("/pulls/{number}"));
        let html = ask.html(&format!("/pull/{number}"));
        out["pull_request"] =
            json!({ "url": api, "html_url": html, "diff_url": format!("{html}.diff"), "patch_url": format!("{html}.patch") });
    }
    out
}

fn list(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let state = ask.query("state").unwrap_or("open");
    let labels: Vec<&str> = ask.query("labels").map(|l| l.split(',').collect()).unwrap_or_default();
    let has = |i: &Value, label: &str| i["_labels"].as_array().is_some_and(|all| all.iter().any(|l| l == label));
    let fits = |i: &&&Value| (state == "all" || i["state"] == state) && labels.iter().all(|l| has(i, l));
    let all = cx.list(&ask.within("issues"));
    let all = all.iter().rev().filter(fits).map(|i| shown(cx, ask, i)).collect();
    Ok(page::list(ask, all))
}

fn create(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    if ask.repo["has_issues"] == false {
        return Err(Problem::new(410, "Issues has been disabled in this repository."));
    }
    let title = ask.text("title")?.to_owned();
    let body = ask.opt("body")?.map(str::to_owned);
    let doc = open(cx, ask, &title, body.as_deref())?;
    Ok(document(201, &shown(cx, ask, &doc)))
}

fn stored(cx: &Cx, ask: &Ask) -> Result<Value, Problem> {
    cx.get(&ask.within("issues"), ask.param("issue_number")).cloned().ok_or_else(Problem::not_found)
}

fn read(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let doc = stored(cx, ask)?;
    Ok(document(200, &shown(cx, ask, &doc)))
}

fn update(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let mut doc = stored(cx, ask)?;
    for field in ["title", "body"] {
        if let Some(text) = ask.opt(field)? {
            doc[field] = text.into();
        }
    }
    if let Some(labels) = ask.texts("labels")? {
        doc["_labels"] = labels.into();
    }
    let now = cx.stamp();
    match ask.opt("state")? {
        Some("closed") => {
            doc["state"] = "closed".into();
            doc["closed_at"] = now.clone().into();
        }
        Some("open") => {
            doc["state"] = "open".into();
            doc["closed_at"] = Value::Null;
        }
        Some(_) => return Err(Problem::invalid("Issue", "state", "invalid")),
        None => {}
    }
    doc["updated_at"] = now.into();
    cx.put_settled(&ask.within("issues"), ask.param("issue_number"), doc.clone());
    Ok(document(200, &shown(cx, ask, &doc)))
}

fn shown_comment(cx: &Cx, ask: &Ask, doc: &Value) -> Value {
    let (id, issue) = (&doc["id"], &doc["_issue"]);
    let mut out = crate::reply::public(doc);
    out["node_id"] = node("IssueComment", id).into();
    out["url"] = ask.url(&format!("/issues/comments/{id}")).into();
    out["html_url"] = ask.html(&format!("/issues/{issue}#issuecomment-{id}")).into();
    out["issue_url"] = ask.url(&format!("/issues/{issue}")).into();
    out["user"] = render::user(cx, &ask.api(), doc["_user"].as_str().unwrap_or_default());
    out["author_association"] = "OWNER".into();
    out
}

fn comments(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let number = stored(cx, ask)?["number"].clone();
    let own = cx.list(&ask.within("comments")).into_iter().filter(|c| c["_issue"] == number);
    let own = own.map(|c| shown_comment(cx, ask, c)).collect();
    Ok(page::list(ask, own))
}

fn comment(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let number = stored(cx, ask)?["number"].clone();
    let body = ask.text("body")?.to_owned();
    let (id, now) = (cx.number(), cx.stamp());
    let doc = json!({ "id": id, "body": body, "created_at": now, "updated_at": now, "_issue": number, "_user": ask.login() });
    cx.put_settled(&ask.within("comments"), &id.to_string(), doc.clone());
    Ok(document(201, &shown_comment(cx, ask, &doc)))
}
