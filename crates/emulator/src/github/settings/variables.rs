//! Actions variables of a repository and of its environments.

use super::{environments, stored_name};
use crate::github::ask::Ask;
use crate::github::page;
use crate::github::problem::{Problem, document};
use crate::github::routes::Op;
use crate::{Cx, Reply};
use serde_json::{Value, json};

pub(crate) const OPS: &[Op] = &[
    Op { method: "GET", path: "/repos/{owner}/{repo}/actions/variables", needs: "variables:read", run: list },
    Op { method: "POST", path: "/repos/{owner}/{repo}/actions/variables", needs: "variables:write", run: create },
    Op { method: "GET", path: "/repos/{owner}/{repo}/actions/variables/{name}", needs: "variables:read", run: read },
    Op { method: "PATCH", path: "/repos/{owner}/{repo}/actions/variables/{name}", needs: "variables:write", run: update },
    Op { method: "DELETE", path: "/repos/{owner}/{repo}/actions/variables/{name}", needs: "variables:write", run: delete },
    Op {
        method: "GET",
        path: "/repos/{owner}/{repo}/environments/{environment_name}/variables",
        needs: "environments:read",
        run: list,
    },
    Op {
        method: "POST",
        path: "/repos/{owner}/{repo}/environments/{environment_name}/variables",
        needs: "environments:write",
        run: create,
    },
    Op {
        method: "GET",
        path: "/repos/{owner}/{repo}/environments/{environment_name}/variables/{name}",
        needs: "environments:read",
        run: read,
    },
    Op {
        method: "PATCH",
        path: "/repos/{owner}/{repo}/environments/{environment_name}/variables/{name}",
        needs: "environments:write",
        run: update,
    },
    Op {
        method: "DELETE",
        path: "/repos/{owner}/{repo}/environments/{environment_name}/variables/{name}",
        needs: "environments:write",
        run: delete,
    },
];

fn place(cx: &Cx, ask: &Ask, name: &str) -> Result<String, Problem> {
    Ok(format!("{}/{}", environments::of_path(cx, ask)?, name.to_ascii_uppercase()))
}

fn list(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let prefix = format!("{}/", environments::of_path(cx, ask)?);
    let collection = ask.within("variables");
    let own = cx.pairs(&collection).filter(|(key, _)| key.starts_with(&prefix));
    let mut own: Vec<Value> = own.map(|(_, doc)| doc.clone()).collect();
    own.sort_by_key(|s| s["name"].as_str().unwrap_or_default().to_owned());
    Ok(page::counted(ask, "variables", own))
}

fn read(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let place = place(cx, ask, ask.param("name"))?;
    Ok(document(200, cx.get(&ask.within("variables"), &place).ok_or_else(Problem::not_found)?))
}

fn create(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let name = stored_name("Variable", ask.text("name")?)?;
    let value = ask.text("value")?.to_owned();
    let place = place(cx, ask, &name)?;
    if cx.get(&ask.within("variables"), &place).is_some() {
        return Err(Problem::conflict("Variable already exists"));
    }
    let now = cx.stamp();
    let doc = json!({ "name": name, "value": value, "created_at": now, "updated_at": now });
    cx.put_settled(&ask.within("variables"), &place, doc);
    Ok(document(201, &json!({})))
}

fn update(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let old = place(cx, ask, ask.param("name"))?;
    let mut doc = cx.remove_settled(&ask.within("variables"), &old).ok_or_else(Problem::not_found)?;
    if let Some(name) = ask.opt("name")? {
        doc["name"] = stored_name("Variable", name)?.into();
    }
    if let Some(value) = ask.opt("value")? {
        doc["value"] = value.into();
    }
    doc["updated_at"] = cx.stamp().into();
    let new = place(cx, ask, doc["name"].as_str().unwrap_or_default())?;
    if cx.get(&ask.within("variables"), &new).is_some() {
        return Err(Problem::conflict("Variable already exists"));
    }
    cx.put_settled(&ask.within("variables"), &new, doc);
    Ok(Reply::no_content())
}

fn delete(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let place = place(cx, ask, ask.param("name"))?;
    cx.remove_settled(&ask.within("variables"), &place).ok_or_else(Problem::not_found)?;
    Ok(Reply::no_content())
}
