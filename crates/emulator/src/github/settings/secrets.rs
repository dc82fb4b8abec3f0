//! Actions secrets of a repository and of its environments: sealed by the client, never readable again.

use super::sealed::Keys;
use super::{environments, stored_name};
use crate::github::ask::Ask;
use crate::github::page;
use crate::github::problem::{Problem, document};
use crate::github::routes::Op;
use crate::{Cx, Reply};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

pub(crate) const OPS: &[Op] = &[
    Op { method: "GET", path: "/repos/{owner}/{repo}/actions/secrets", needs: "secrets:read", run: list },
    Op { method: "GET", path: "/repos/{owner}/{repo}/actions/secrets/public-key", needs: "secrets:read", run: public_key },
    Op { method: "GET", path: "/repos/{owner}/{repo}/actions/secrets/{secret_name}", needs: "secrets:read", run: read },
    Op { method: "PUT", path: "/repos/{owner}/{repo}/actions/secrets/{secret_name}", needs: "secrets:write", run: write },
    Op { method: "DELETE", path: "/repos/{owner}/{repo}/actions/secrets/{secret_name}", needs: "secrets:write", run: delete },
    Op {
        method: "GET",
        path: "/repos/{owner}/{repo}/environments/{environment_name}/secrets",
        needs: "environments:read",
        run: list,
    },
    Op {
        method: "GET",
        path: "/repos/{owner}/{repo}/environments/{environment_name}/secrets/public-key",
        needs: "environments:read",
        run: public_key,
    },
    Op {
        method: "GET",
        path: "/repos/{owner}/{repo}/environments/{environment_name}/secrets/{secret_name}",
        needs: "environments:read",
        run: read,
    },
    Op {
        method: "PUT",
        path: "/repos/{owner}/{repo}/environments/{environment_name}/secrets/{secret_name}",
        needs: "environments:write",
        run: write,
    },
    Op {
        method: "DELETE",
        path: "/repos/{owner}/{repo}/environments/{environment_name}/secrets/{secret_name}",
        needs: "environments:write",
        run: delete,
    },
];

/// No secret is larger. Source: GitHub documentation, secrets reference: 48 KB.
const LARGEST: usize = 48 << 10;
/// No place has more. Source: the same.
const MOST: usize = 100;

fn keys(cx: &Cx, ask: &Ask) -> Result<Keys, Problem> {
    Ok(Keys::of(cx.world().seed, &ask.repo_id(), &environments::of_path(cx, ask)?))
}

/// Where a secret is stored: environment (empty for none), a slash, name.
fn place(cx: &Cx, ask: &Ask) -> Result<String, Problem> {
    Ok(format!("{}/{}", environments::of_path(cx, ask)?, ask.param("secret_name").to_ascii_uppercase()))
}

fn public_key(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let keys = keys(cx, ask)?;
    Ok(document(200, &json!({ "key_id": keys.id, "key": keys.public() })))
}

fn public(doc: &Value) -> Value {
    crate::reply::public(doc)
}

fn all(cx: &Cx, ask: &Ask) -> Result<Vec<Value>, Problem> {
    let prefix = format!("{}/", environments::of_path(cx, ask)?);
    let collection = ask.within("secrets");
    let own = cx.pairs(&collection).filter(|(key, _)| key.starts_with(&prefix)).map(|(_, doc)| public(doc));
    let mut own: Vec<Value> = own.collect();
    own.sort_by_key(|s| s["name"].as_str().unwrap_or_default().to_owned());
    Ok(own)
}

fn list(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    Ok(page::counted(ask, "secrets", all(cx, ask)?))
}

fn read(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let place = place(cx, ask)?;
    let secret = cx.get(&ask.within("secrets"), &place).ok_or_else(Problem::not_found)?;
    Ok(document(200, &public(secret)))
}

fn write(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let name = stored_name("Secret", ask.param("secret_name"))?;
    let place = place(cx, ask)?;
    let keys = keys(cx, ask)?;
    let (sealed, key_id) = (ask.text("encrypted_value")?, ask.text("key_id")?);
    if key_id != keys.id {
        return Err(Problem::unprocessable("Public key mismatch: key_id is not that of this repository's current public key"));
    }
    let value =
        keys.open(sealed).ok_or_else(|| Problem::unprocessable("Bad request - encrypted_value could not be decrypted"))?;
    if value.len() > LARGEST {
        return Err(Problem::unprocessable("Secret value is too large: at most 48 KB"));
    }
    let now = cx.stamp();
    let collection = ask.within("secrets");
    let known = cx.get(&collection, &place).map(|s| s["created_at"].clone());
    if known.is_none() && all(cx, ask)?.len() >= MOST {
        return Err(Problem::unprocessable("Failed to add secret: at most 100 secrets are allowed."));
    }
    let fresh = known.is_none();
    let created = known.unwrap_or_else(|| now.clone().into());
    let doc = json!({ "name": name, "created_at": created, "updated_at": now, "_value": STANDARD.encode(value) });
    cx.put_settled(&collection, &place, doc);
    Ok(if fresh { document(201, &json!({})) } else { Reply::no_content() })
}

fn delete(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let place = place(cx, ask)?;
    cx.remove_settled(&ask.within("secrets"), &place).ok_or_else(Problem::not_found)?;
    Ok(Reply::no_content())
}
