//! Deploy keys: a key opens one repository, and no other of all GitHub.

use crate::github::accounts;
use crate::github::ask::Ask;
use crate::github::page;
use crate::github::problem::{Problem, document};
use crate::github::routes::Op;
use crate::{Cx, Reply};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

pub(crate) const OPS: &[Op] = &[
    Op { method: "GET", path: "/repos/{owner}/{repo}/keys", needs: "administration:read", run: list },
    Op { method: "POST", path: "/repos/{owner}/{repo}/keys", needs: "administration:write", run: create },
    Op { method: "GET", path: "/repos/{owner}/{repo}/keys/{key_id}", needs: "administration:read", run: read },
    Op { method: "DELETE", path: "/repos/{owner}/{repo}/keys/{key_id}", needs: "administration:write", run: delete },
];

/// Every key of GitHub: its blob → `{"repository": id, "read_only": bool}`.
const TAKEN: &str = "global/_github/deploy_keys";

/// What a deploy key opens: the repository's id, and whether it may push.
pub(crate) fn opens(cx: &Cx, blob: &str) -> Option<(String, bool)> {
    let doc = cx.get(TAKEN, blob)?;
    Some((doc["repository"].to_string(), doc["read_only"] == false))
}

/// The kinds of keys that GitHub takes.
const KINDS: &[&str] = &[
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
];

/// Kind and blob of a public key's line; the blob must say the same kind.
fn parsed(line: &str) -> Option<(&str, &str)> {
    let mut words = line.split_whitespace();
    let (kind, blob) = (words.next()?, words.next()?);
    let bytes = STANDARD.decode(blob).ok()?;
    let length = usize::try_from(u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?)).ok()?;
    let inner = bytes.get(4..4 + length)?;
    (KINDS.contains(&kind) && inner == kind.as_bytes() && bytes.len() > 4 + length).then_some((kind, blob))
}

fn list(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let all = cx.list(&ask.within("keys")).into_iter().map(|key| shown(ask, key)).collect();
    Ok(page::list(ask, all))
}

fn shown(ask: &Ask, key: &Value) -> Value {
    let mut doc = key.clone();
    doc["url"] = ask.url(&format!("/keys/{}", key["id"])).into();
    doc
}

fn create(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let line = ask.text("key")?;
    let refused = |message: &str| Problem::custom("PublicKey", "key", message);
    let (kind, blob) =
        parsed(line).ok_or_else(|| refused("key is invalid. You must supply a key in OpenSSH public key format"))?;
    let owner = ask.repo["owner"].as_str().unwrap_or_default();
    if accounts::account(cx, owner).is_some_and(|a| !a.deploy_keys) {
        return Err(Problem::custom("PublicKey", "", "Deploy keys are disabled for this repository"));
    }
    if cx.get(TAKEN, blob).is_some() {
        return Err(refused("key is already in use"));
    }
    let read_only = ask.flag("read_only")?.unwrap_or(false);
    let id = cx.number();
    let doc = json!({
        "id": id, "key": format!("{kind} {blob}"), "title": ask.opt("title")?.unwrap_or_default(), "verified": true,
        "created_at": cx.stamp(), "read_only": read_only, "added_by": ask.login(), "last_used": null, "enabled": true,
    });
    let blob = blob.to_owned();
    cx.put_settled(TAKEN, &blob, json!({ "repository": ask.repo["id"], "read_only": read_only }));
    cx.put_settled(&ask.within("keys"), &id.to_string(), doc.clone());
    let shown = shown(ask, &doc);
    let url = shown["url"].as_str().unwrap_or_default().to_owned();
    Ok(document(201, &shown).with("location", url))
}

fn read(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let key = cx.get(&ask.within("keys"), ask.param("key_id")).ok_or_else(Problem::not_found)?;
    Ok(document(200, &shown(ask, key)))
}

fn delete(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let key = cx.remove_settled(&ask.within("keys"), ask.param("key_id")).ok_or_else(Problem::not_found)?;
    release(cx, &key);
    Ok(Reply::no_content())
}

fn release(cx: &mut Cx, key: &Value) {
    if let Some((_, blob)) = key["key"].as_str().and_then(|k| k.split_once(' ')) {
        cx.remove_settled(TAKEN, blob);
    }
}

/// The repository goes, and its keys can be used elsewhere.
pub(crate) fn forget_all(cx: &mut Cx, ask: &Ask) {
    let keys: Vec<Value> = cx.list(&ask.within("keys")).into_iter().cloned().collect();
    for key in keys {
        release(cx, &key);
    }
}
