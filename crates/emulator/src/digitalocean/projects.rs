//! Projects: every object that has a URN is in exactly one, at first in the default project.

use crate::{Cx, Refusal, Reply, Req, Route};
use serde_json::{Value, json};

/// Operations.
pub const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/v2/projects", scope: "project:read", run: list },
    Route { method: "POST", path: "/v2/projects", scope: "project:create", run: create },
    Route { method: "GET", path: "/v2/projects/{project_id}", scope: "project:read", run: read },
    Route { method: "PUT", path: "/v2/projects/{project_id}", scope: "project:update", run: replace },
    Route { method: "PATCH", path: "/v2/projects/{project_id}", scope: "project:update", run: patch },
    Route { method: "DELETE", path: "/v2/projects/{project_id}", scope: "project:delete", run: delete },
    Route { method: "GET", path: "/v2/projects/{project_id}/resources", scope: "project:read", run: resources },
    Route { method: "POST", path: "/v2/projects/{project_id}/resources", scope: "project:assign_resource", run: assign },
];

/// Collection of projects, by id.
const PROJECTS: &str = "projects";
/// Membership by URN: `{urn, assigned_at, links, status, _project}`.
const RESOURCES: &str = "_project_resources";

/// The default project, which every team has from the start.
pub(crate) fn begin(cx: &mut Cx) {
    if !default_id(cx).is_empty() {
        return;
    }
    let id = cx.uuid();
    let doc = document(
        cx,
        &id,
        "first-project",
        "Update your project information under Settings",
        "Just trying out DigitalOcean",
        "Development",
        true,
    );
    cx.put_settled(PROJECTS, &id, doc);
}

/// Puts a new object into `project`, or into the default one. Its URN is such as `do:kubernetes:<id>`, its address
/// such as `/v2/kubernetes/clusters/<id>`. Gives the project's id.
///
/// # Errors
/// 422 when there is no such project.
pub fn enrol(cx: &mut Cx, urn: &str, address: &str, project: Option<&str>) -> Result<String, Refusal> {
    let id = match project.filter(|p| !p.is_empty()) {
        Some(id) if cx.get(PROJECTS, id).is_some() => id.to_owned(),
        Some(_) => return Err(Refusal::unprocessable("project_id is invalid")),
        None => default_id(cx),
    };
    let doc = json!({
        "urn": urn,
        "assigned_at": cx.stamp(),
        "links": { "self": format!("https://api.digitalocean.com{address}") },
        "status": "ok",
        "_project": id,
    });
    cx.put_settled(RESOURCES, urn, doc);
    Ok(id)
}

/// Takes an object that is gone out of its project.
pub fn withdraw(cx: &mut Cx, urn: &str) {
    cx.remove_settled(RESOURCES, urn);
}

/// Id of the project that an object is in; the default one for what is in none any more.
#[must_use]
pub fn of(cx: &Cx, urn: &str) -> String {
    cx.get(RESOURCES, urn).and_then(|r| r["_project"].as_str()).map_or_else(|| default_id(cx), str::to_owned)
}

/// Id of the default project.
#[must_use]
pub fn default_id(cx: &Cx) -> String {
    cx.list(PROJECTS).into_iter().find(|p| p["is_default"] == true).and_then(|p| p["id"].as_str()).unwrap_or("").to_owned()
}

fn document(cx: &Cx, id: &str, name: &str, description: &str, purpose: &str, environment: &str, default: bool) -> Value {
    json!({
        "id": id,
        "owner_uuid": cx.team_id(),
        "owner_id": 258_992,
        "name": name,
        "description": description,
        "purpose": purpose,
        "environment": environment,
        "created_at": cx.stamp(),
        "updated_at": cx.stamp(),
        "is_default": default,
    })
}

fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    Reply::page(req, "projects", cx.visible(PROJECTS))
}

fn create(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let name = checked_name(cx, req.text("name")?, None)?.to_owned();
    let purpose = req.text("purpose")?.to_owned();
    let description = req.opt_text("description")?.unwrap_or("").to_owned();
    let environment = checked_environment(req.opt_filled("environment")?.unwrap_or("Development"))?.to_owned();
    let id = cx.uuid();
    let doc = document(cx, &id, &name, &description, &purpose, &environment, false);
    cx.put(PROJECTS, &id, doc.clone());
    Ok(Reply::created("project", doc))
}

fn id_of(cx: &Cx, req: &Req) -> String {
    match req.param("project_id") {
        "default" => default_id(cx),
        id => id.to_owned(),
    }
}

fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = id_of(cx, req);
    Ok(Reply::ok("project", cx.find(PROJECTS, &id)?))
}

fn replace(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    for field in ["name", "purpose", "environment"] {
        req.text(field)?;
    }
    if !req.has("description") || !req.has("is_default") {
        return Err(Refusal::unprocessable("description and is_default are required"));
    }
    patch(cx, req)
}

fn patch(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = id_of(cx, req);
    let mut doc = cx.find(PROJECTS, &id)?;
    if let Some(name) = req.opt_text("name")? {
        doc["name"] = checked_name(cx, name, Some(&id))?.into();
    }
    for field in ["description", "purpose"] {
        if let Some(text) = req.opt_text(field)? {
            doc[field] = text.into();
        }
    }
    if let Some(environment) = req.opt_filled("environment")? {
        doc["environment"] = checked_environment(environment)?.into();
    }
    if let Some(wanted) = req.opt_flag("is_default")? {
        let before = default_id(cx);
        if !wanted && before == id {
            return Err(Refusal::unprocessable("there must be a default project"));
        }
        if wanted && before != id {
            if let Some(other) = cx.edit(PROJECTS, &before) {
                other["is_default"] = false.into();
            }
            doc["is_default"] = true.into();
        }
    }
    doc["updated_at"] = cx.stamp().into();
    cx.put(PROJECTS, &id, doc.clone());
    Ok(Reply::ok("project", doc))
}

fn delete(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = id_of(cx, req);
    let doc = cx.find(PROJECTS, &id)?;
    if doc["is_default"] == true {
        return Err(Refusal::precondition_failed("cannot delete the default project"));
    }
    if cx.list(RESOURCES).into_iter().any(|r| r["_project"] == id.as_str()) {
        return Err(Refusal::precondition_failed("cannot delete a project with resources"));
    }
    cx.remove(PROJECTS, &id);
    Ok(Reply::no_content())
}

fn resources(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = id_of(cx, req);
    cx.find(PROJECTS, &id)?;
    let docs = cx.visible(RESOURCES).into_iter().filter(|r| r["_project"] == id.as_str()).collect();
    Reply::page(req, "resources", docs)
}

fn assign(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = id_of(cx, req);
    cx.find(PROJECTS, &id)?;
    let now = cx.stamp();
    let mut answers = Vec::new();
    for urn in req.opt_texts("resources")?.unwrap_or_default() {
        // Two names for one kind: the contract's, and the one that newer clients send.
        let urn = urn.replacen("do:reservedip:", "do:floatingip:", 1);
        let Some(mut doc) = cx.get(RESOURCES, &urn).cloned() else {
            answers.push(json!({ "urn": urn, "assigned_at": now, "links": { "self": "" }, "status": "not_found" }));
            continue;
        };
        let status = if doc["_project"] == id.as_str() { "already_assigned" } else { "assigned" };
        if status == "assigned" {
            doc["_project"] = id.clone().into();
            doc["assigned_at"] = now.clone().into();
            cx.put(RESOURCES, &urn, doc.clone());
        }
        doc["status"] = status.into();
        answers.push(doc);
    }
    Ok(Reply::ok("resources", answers.into()))
}

fn checked_name<'a>(cx: &Cx, name: &'a str, own: Option<&str>) -> Result<&'a str, Refusal> {
    if name.is_empty() || name.chars().count() > 175 {
        return Err(Refusal::unprocessable("name must have 1 to 175 characters"));
    }
    if cx.list(PROJECTS).into_iter().any(|p| p["name"] == name && p["id"].as_str() != own) {
        return Err(Refusal::conflict("name is already in use"));
    }
    Ok(name)
}

fn checked_environment(text: &str) -> Result<&str, Refusal> {
    match text {
        "Development" | "Staging" | "Production" => Ok(text),
        _ => Err(Refusal::unprocessable("environment must be Development, Staging or Production")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::*;
    use serde_json::json;

    #[tokio::test(start_paused = true)]
    async fn an_object_is_in_one_project_and_a_project_with_objects_stays() {
        let cloud = cloud();
        let (_, volume) = post(&cloud, "/v2/volumes", json!({ "name": "a", "region": "fra1", "size_gigabytes": 1 })).await;
        let urn = format!("do:volume:{}", volume["volume"]["id"].as_str().unwrap());
        let (_, made) = post(&cloud, "/v2/projects", json!({ "name": "p", "purpose": "web" })).await;
        let project = format!("/v2/projects/{}", made["project"]["id"].as_str().unwrap());
        let within = async |path: &str| get(&cloud, &format!("{path}/resources")).await.1["meta"]["total"].clone();
        assert_eq!(within("/v2/projects/default").await, 1);
        let body = json!({ "resources": [urn, "do:volume:nothing"] });
        let (_, answer) = post(&cloud, &format!("{project}/resources"), body).await;
        assert_eq!(answer["resources"][0]["status"], "assigned");
        assert_eq!(answer["resources"][1]["status"], "not_found");
        assert_eq!((within("/v2/projects/default").await, within(&project).await), (json!(0), json!(1)));
        assert_eq!(delete(&cloud, &project).await.0, 412);
        let path = format!("/v2/volumes/{}", volume["volume"]["id"].as_str().unwrap());
        assert_eq!(delete(&cloud, &path).await.0, 204);
        assert_eq!(delete(&cloud, &project).await.0, 204);
        assert_eq!(delete(&cloud, "/v2/projects/default").await.0, 412);
    }
}
