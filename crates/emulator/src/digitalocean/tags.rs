//! Tags: names on droplets, volumes, snapshots, images, databases and clusters.
//!
//! A tag comes into being with its first use and outlives it; only `DELETE /v2/tags/…` ends it. One that was made by
//! `POST /v2/tags` is in the collection `tags`, one that came by use is a trace the vendor keeps, in `_tags`.

use crate::{Cx, Refusal, Reply, Req, Route};
use serde_json::{Value, json};

/// Operations.
pub const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/v2/tags", scope: "tag:read", run: list },
    Route { method: "POST", path: "/v2/tags", scope: "tag:create", run: create },
    Route { method: "GET", path: "/v2/tags/{tag_id}", scope: "tag:read", run: read },
    Route { method: "DELETE", path: "/v2/tags/{tag_id}", scope: "tag:delete", run: delete },
    Route { method: "POST", path: "/v2/tags/{tag_id}/resources", scope: "tag:create", run: attach },
    Route { method: "DELETE", path: "/v2/tags/{tag_id}/resources", scope: "tag:delete", run: detach },
];

const MADE: &str = "tags";
const USED: &str = "_tags";

/// Collections with tags: name in a tag's `resources`, collection, path of its objects. `imgages` is the contract's
/// own spelling of what the vendor answers as `images`; neither is required, so images are counted in the total only.
const TAGGED: &[(&str, &str, &str)] = &[
    ("droplets", "droplets", "/v2/droplets/"),
    ("volumes", "volumes", "/v2/volumes/"),
    ("volume_snapshots", "snapshots", "/v2/snapshots/"),
    ("databases", "databases", "/v2/databases/"),
];

/// Makes the tags that a new or changed object carries.
///
/// # Errors
/// 422 for a name that is no tag.
pub fn touch(cx: &mut Cx, tags: &[String]) -> Result<(), Refusal> {
    for tag in tags {
        checked(tag)?;
        if cx.get(MADE, tag).is_none() && cx.get(USED, tag).is_none() {
            cx.put_settled(USED, tag, json!({ "name": tag }));
        }
    }
    Ok(())
}

/// True when the document carries the tag.
#[must_use]
pub fn carries(doc: &Value, tag: &str) -> bool {
    doc["tags"].as_array().is_some_and(|tags| tags.iter().any(|t| t == tag))
}

/// Letters, digits, `:`, `-`, `_`, at most 255. Source: the contract's `tags` schema.
fn checked(name: &str) -> Result<&str, Refusal> {
    let fits =
        !name.is_empty() && name.len() <= 255 && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '-' | '_'));
    if fits { Ok(name) } else { Err(Refusal::unprocessable(format!("tag {name:?} is invalid"))) }
}

fn document(cx: &Cx, name: &str) -> Value {
    let mut resources = json!({ "count": 0 });
    let mut total = 0;
    for (kind, collection, path) in TAGGED {
        let carriers: Vec<&Value> = cx
            .list(collection)
            .into_iter()
            .filter(|d| carries(d, name) && (*kind != "volume_snapshots" || d["resource_type"] == "volume"))
            .collect();
        total += carriers.len();
        resources[*kind] = json!({ "count": carriers.len() });
        if let Some(last) = carriers.last() {
            let id = &last["id"];
            let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
            let uri = format!("https://api.digitalocean.com{path}{id}");
            resources[*kind]["last_tagged_uri"] = uri.clone().into();
            resources["last_tagged_uri"] = uri.into();
        }
    }
    resources["count"] = total.into();
    json!({ "name": name, "resources": resources })
}

fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let names: Vec<String> =
        cx.visible(MADE).into_iter().chain(cx.visible(USED)).filter_map(|t| t["name"].as_str().map(str::to_owned)).collect();
    let docs = names.iter().map(|name| document(cx, name)).collect();
    Reply::page(req, "tags", docs)
}

fn create(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let name = checked(req.text("name")?)?.to_owned();
    cx.remove_settled(USED, &name);
    // Making one that exists is answered as if it were new.
    cx.put(MADE, &name, json!({ "name": name }));
    Ok(Reply::created("tag", document(cx, &name)))
}

fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let name = req.param("tag_id");
    cx.find(MADE, name).or_else(|_| cx.find(USED, name))?;
    Ok(Reply::ok("tag", document(cx, name)))
}

fn delete(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let name = req.param("tag_id");
    if cx.remove(MADE, name).is_none() && cx.remove(USED, name).is_none() {
        return Err(Refusal::not_found());
    }
    for (_, collection, _) in TAGGED {
        let keys: Vec<String> = cx.pairs(collection).filter(|(_, d)| carries(d, name)).map(|(key, _)| key.to_owned()).collect();
        for key in keys {
            untag(cx, collection, &key, name);
        }
    }
    Ok(Reply::no_content())
}

fn targets(req: &Req) -> Result<Vec<(&'static str, String)>, Refusal> {
    let Some(items) = req.opt_array("resources")? else {
        return Err(Refusal::unprocessable("resources is required"));
    };
    items
        .iter()
        .map(|item| {
            let id = item["resource_id"].as_str().unwrap_or("").to_owned();
            let collection = match item["resource_type"].as_str() {
                Some("droplet") => "droplets",
                Some("volume") => "volumes",
                Some("volume_snapshot") => "snapshots",
                Some("database") => "databases",
                Some("image") => "images",
                _ => return Err(Refusal::unprocessable("resource_type is invalid")),
            };
            Ok((collection, id))
        })
        .collect()
}

fn attach(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let name = req.param("tag_id");
    cx.find(MADE, name).or_else(|_| cx.find(USED, name))?;
    for (collection, id) in targets(req)? {
        let doc = cx.edit(collection, &id).ok_or_else(Refusal::not_found)?;
        if !carries(doc, name)
            && let Some(tags) = doc["tags"].as_array_mut()
        {
            tags.push(name.into());
        }
    }
    Ok(Reply::no_content())
}

fn detach(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let name = req.param("tag_id");
    cx.find(MADE, name).or_else(|_| cx.find(USED, name))?;
    for (collection, id) in targets(req)? {
        cx.get(collection, &id).ok_or_else(Refusal::not_found)?;
        untag(cx, collection, &id, name);
    }
    Ok(Reply::no_content())
}

fn untag(cx: &mut Cx, collection: &str, key: &str, name: &str) {
    if let Some(tags) = cx.edit(collection, key).and_then(|d| d["tags"].as_array_mut()) {
        tags.retain(|t| t != name);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::*;
    use serde_json::json;

    #[tokio::test(start_paused = true)]
    async fn a_tag_outlives_its_use_and_its_end_untags() {
        let cloud = cloud();
        let volume = json!({ "name": "a", "region": "fra1", "size_gigabytes": 1, "tags": ["x:y"] });
        let (_, volume) = post(&cloud, "/v2/volumes", volume).await;
        let path = format!("/v2/volumes/{}", volume["volume"]["id"].as_str().unwrap());
        let (_, tag) = get(&cloud, "/v2/tags/x:y").await;
        assert_eq!(tag["tag"]["resources"]["volumes"]["count"], 1);
        assert_eq!(delete(&cloud, "/v2/tags/x:y").await.0, 204);
        assert_eq!(get(&cloud, &path).await.1["volume"]["tags"], json!([]));
        assert_eq!(get(&cloud, "/v2/tags/x:y").await.0, 404);
        assert_eq!(post(&cloud, "/v2/tags", json!({ "name": "no spaces" })).await.0, 422);
        assert_eq!(post(&cloud, "/v2/tags", json!({ "name": "kept" })).await.0, 201);
        assert_eq!(cloud.objects()["tags"][0]["name"], "kept");
    }
}
