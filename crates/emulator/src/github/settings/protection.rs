//! Branch protection, the older way to guard one branch.

use super::rulesets;
use crate::github::ask::{Ask, mistyped};
use crate::github::git::Git;
use crate::github::guard;
use crate::github::problem::{Problem, document};
use crate::github::routes::Op;
use crate::{Cx, Reply};
use serde_json::{Value, json};

pub(crate) const OPS: &[Op] = &[
    Op { method: "GET", path: "/repos/{owner}/{repo}/branches/{branch*}/protection", needs: "administration:read", run: read },
    Op { method: "PUT", path: "/repos/{owner}/{repo}/branches/{branch*}/protection", needs: "administration:write", run: write },
    Op {
        method: "DELETE",
        path: "/repos/{owner}/{repo}/branches/{branch*}/protection",
        needs: "administration:write",
        run: delete,
    },
];

/// Flags that a body may set, each shown as `{"enabled": …}`.
const FLAGS: &[&str] = &[
    "required_linear_history",
    "allow_force_pushes",
    "allow_deletions",
    "block_creations",
    "required_conversation_resolution",
    "lock_branch",
    "allow_fork_syncing",
];

fn branch(cx: &Cx, ask: &Ask) -> Result<String, Problem> {
    rulesets::paid(cx, ask)?;
    let name = ask.param("branch").to_owned();
    let known = Git::of(&ask.repo_id()).reference(cx, &format!("refs/heads/{name}")).is_some();
    if known { Ok(name) } else { Err(Problem::new(404, "Branch not found")) }
}

fn shown(ask: &Ask, name: &str, doc: &Value) -> Value {
    let url = ask.url(&format!("/branches/{name}/protection"));
    let mut out = json!({
        "url": url, "enforce_admins": { "url": format!("{url}/enforce_admins"), "enabled": doc["enforce_admins"] == true },
        "required_signatures": { "url": format!("{url}/required_signatures"), "enabled": false },
    });
    for flag in FLAGS {
        out[*flag] = json!({ "enabled": doc[*flag] == true });
    }
    let checks = &doc["required_status_checks"];
    if checks.is_object() {
        let contexts = guard::wanted_checks(checks);
        let list: Vec<Value> = contexts.iter().map(|c| json!({ "context": c, "app_id": null })).collect();
        out["required_status_checks"] = json!({
            "url": format!("{url}/required_status_checks"), "strict": checks["strict"] == true, "contexts": contexts,
            "contexts_url": format!("{url}/required_status_checks/contexts"), "checks": list,
        });
    }
    let reviews = &doc["required_pull_request_reviews"];
    if reviews.is_object() {
        out["required_pull_request_reviews"] = json!({
            "url": format!("{url}/required_pull_request_reviews"), "dismiss_stale_reviews": reviews["dismiss_stale_reviews"] == true,
            "require_code_owner_reviews": reviews["require_code_owner_reviews"] == true,
            "require_last_push_approval": reviews["require_last_push_approval"] == true,
            "required_approving_review_count": reviews["required_approving_review_count"].as_u64().unwrap_or(1),
        });
    }
    out
}

fn read(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let name = branch(cx, ask)?;
    let missing = || Problem::new(404, "Branch not protected");
    let doc = cx.get(&ask.within("protection"), &name).ok_or_else(missing)?;
    Ok(document(200, &shown(ask, &name, doc)))
}

fn write(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let name = branch(cx, ask)?;
    let mut doc = json!({});
    // Each of these must be said, null to switch it off.
    for field in ["required_status_checks", "enforce_admins", "required_pull_request_reviews", "restrictions"] {
        if !ask.has(field) {
            return Err(Problem::unprocessable(format!("Invalid request.\n\n\"{field}\" wasn't supplied.")));
        }
        let value = ask.body[field].clone();
        let fits = value.is_null() || if field == "enforce_admins" { value.is_boolean() } else { value.is_object() };
        if !fits {
            return Err(mistyped(field, &value, "object"));
        }
        doc[field] = value;
    }
    if doc["restrictions"].is_object() && ask.repo["owner"] == ask.login() {
        let text = "Only organization repositories can have users and team restrictions";
        return Err(Problem::unprocessable("Validation Failed").and(text.into()));
    }
    for flag in FLAGS {
        doc[*flag] = ask.flag(flag)?.unwrap_or(false).into();
    }
    cx.put_settled(&ask.within("protection"), &name, doc.clone());
    Ok(document(200, &shown(ask, &name, &doc)))
}

fn delete(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let name = branch(cx, ask)?;
    let missing = || Problem::new(404, "Branch not protected");
    cx.remove_settled(&ask.within("protection"), &name).ok_or_else(missing)?;
    Ok(Reply::no_content())
}
