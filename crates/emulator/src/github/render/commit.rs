//! Commits: as Git data, and as the repository's history.

use super::super::ask::Ask;
use super::super::git::{Commit, Person};
use super::{node, user};
use crate::Cx;
use crate::clock::Moment;
use serde_json::{Value, json};

/// Who and when, as the API shows it.
pub(crate) fn person(person: &Person) -> Value {
    let when = Moment(person.seconds.saturating_mul(1000)).rfc3339();
    json!({ "name": person.name, "email": person.email, "date": when })
}

fn unsigned() -> Value {
    json!({ "verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null })
}

/// A commit of `/git/commits`.
pub(crate) fn git_commit(ask: &Ask, id: &str, commit: &Commit) -> Value {
    let parents: Vec<Value> = commit
        .parents
        .iter()
        .map(|p| json!({ "sha": p, "url": ask.url(&format!("/git/commits/{p}")), "html_url": ask.html(&format!("/commit/{p}")) }))
        .collect();
    json!({
        "sha": id, "node_id": node("Commit", format!("{}:{id}", ask.repo_id())), "url": ask.url(&format!("/git/commits/{id}")),
        "html_url": ask.html(&format!("/commit/{id}")), "author": person(&commit.author), "committer": person(&commit.committer),
        "tree": { "sha": commit.tree, "url": ask.url(&format!("/git/trees/{}", commit.tree)) },
        "message": commit.message, "parents": parents, "verification": unsigned(),
    })
}

/// The account behind an address of GitHub's own kind; nothing for any other address.
fn account(cx: &Cx, ask: &Ask, person: &Person) -> Value {
    let local = person.email.strip_suffix("@users.noreply.github.com").map(|l| l.rsplit('+').next().unwrap_or(l));
    local.map_or(Value::Null, |login| user(cx, &ask.api(), login))
}

/// A commit of `/commits`.
pub(crate) fn commit(cx: &Cx, ask: &Ask, id: &str, commit: &Commit) -> Value {
    let parents: Vec<Value> = commit
        .parents
        .iter()
        .map(|p| json!({ "sha": p, "url": ask.url(&format!("/commits/{p}")), "html_url": ask.html(&format!("/commit/{p}")) }))
        .collect();
    json!({
        "sha": id, "node_id": node("Commit", format!("{}:{id}", ask.repo_id())),
        "commit": {
            "author": person(&commit.author), "committer": person(&commit.committer), "message": commit.message,
            "tree": { "sha": commit.tree, "url": ask.url(&format!("/git/trees/{}", commit.tree)) },
            "url": ask.url(&format!("/git/commits/{id}")), "comment_count": 0, "verification": unsigned(),
        },
        "url": ask.url(&format!("/commits/{id}")), "html_url": ask.html(&format!("/commit/{id}")),
        "comments_url": ask.url(&format!("/commits/{id}/comments")),
        "author": account(cx, ask, &commit.author), "committer": account(cx, ask, &commit.committer), "parents": parents,
    })
}
