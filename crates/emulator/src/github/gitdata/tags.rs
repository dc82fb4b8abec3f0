//! Annotated tags, and the list of tags.

use super::{caller, filled, message, person, text_of, writable};
use crate::github::ask::Ask;
use crate::github::git::{Kind, Tag};
use crate::github::page;
use crate::github::problem::{Problem, document};
use crate::github::render::{self, node};
use crate::github::routes::Op;
use crate::{Cx, Reply};
use serde_json::{Value, json};

pub(crate) const OPS: &[Op] = &[
    Op { method: "POST", path: "/repos/{owner}/{repo}/git/tags", needs: "contents:write", run: create },
    Op { method: "GET", path: "/repos/{owner}/{repo}/git/tags/{tag_sha}", needs: "contents:read", run: read },
    Op { method: "GET", path: "/repos/{owner}/{repo}/tags", needs: "metadata:read", run: list },
];

fn shown(ask: &Ask, id: &str, tag: &Tag) -> Value {
    let tagger = tag.tagger.as_ref().map_or_else(|| json!({ "name": "", "email": "", "date": "" }), render::person);
    json!({
        "node_id": node("Tag", format!("{}:{id}", ask.repo_id())), "sha": id, "url": ask.url(&format!("/git/tags/{id}")),
        "tagger": tagger, "tag": tag.tag, "message": tag.message,
        "object": {
            "sha": tag.object, "type": tag.kind.name(), "url": ask.url(&format!("/git/{}s/{}", tag.kind.name(), tag.object)),
        },
        "verification": {
            "verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null,
        },
    })
}

fn create(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let git = writable(cx, ask)?;
    let object = ask.text("object")?.to_owned();
    let kind = Kind::named(ask.text("type")?).ok_or_else(|| Problem::unprocessable("type is not a valid object type"))?;
    if git.kind(cx, &object) != Some(kind) {
        return Err(Problem::unprocessable("Object does not exist"));
    }
    let tagger = person(ask, "tagger", &caller(cx, ask))?;
    let tag = Tag { object, kind, tag: ask.text("tag")?.to_owned(), tagger: Some(tagger), message: message(ask)? };
    let id = git.put(cx, Kind::Tag, &tag.write());
    Ok(document(201, &shown(ask, &id, &tag)))
}

fn read(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let git = filled(cx, ask)?;
    let id = ask.param("tag_sha");
    let tag = git.tag(cx, id).ok_or_else(Problem::not_found)?;
    Ok(document(200, &shown(ask, id, &tag)))
}

fn list(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let git = crate::github::git::Git::of(&ask.repo_id());
    let mut all = git.references(cx, "refs/tags/");
    all.reverse();
    let tags = all.into_iter().filter_map(|(name, id)| {
        let name = name.strip_prefix("refs/tags/")?.to_owned();
        let commit = git.peel(cx, &id)?;
        Some(json!({
            "name": name, "zipball_url": ask.url(&format!("/zipball/refs/tags/{name}")),
            "tarball_url": ask.url(&format!("/tarball/refs/tags/{name}")),
            "commit": { "sha": commit, "url": ask.url(&format!("/commits/{commit}")) },
            "node_id": node("Ref", format!("{}:refs/tags/{name}", ask.repo_id())),
        }))
    });
    let mut tags: Vec<Value> = tags.collect();
    tags.sort_by(|a, b| text_of(b, "name").cmp(text_of(a, "name")));
    Ok(page::list(ask, tags))
}
