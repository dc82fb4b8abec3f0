//! Keys of object storage: what they may do, and their secret, which is shown once.
//!
//! Object storage itself reads this collection: `grants`, and `_secret_key`.

use crate::request::wrong_type;
use crate::route::EventHandler;
use crate::spaces::store::Bucket;
use crate::{Cx, Refusal, Reply, Req, Route};
use serde_json::{Value, json};

/// Operations.
pub const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/v2/spaces/keys", scope: "spaces_key:read", run: list },
    Route { method: "POST", path: "/v2/spaces/keys", scope: "spaces_key:create_credentials", run: create },
    Route { method: "GET", path: "/v2/spaces/keys/{access_key}", scope: "spaces_key:read", run: read },
    Route { method: "DELETE", path: "/v2/spaces/keys/{access_key}", scope: "spaces_key:delete", run: delete },
    Route { method: "PUT", path: "/v2/spaces/keys/{access_key}", scope: "spaces_key:update", run: replace },
    Route { method: "PATCH", path: "/v2/spaces/keys/{access_key}", scope: "spaces_key:update", run: patch },
];

/// Events.
pub const EVENTS: &[(&str, EventHandler)] = &[];

/// Keys, by access key.
const KEYS: &str = "spaces_keys";

const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const SECRET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The newest first unless asked otherwise. Source: the contract's `sort` and `sort_direction`.
fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let given = |name: &str| req.query(name).filter(|v| !v.is_empty());
    let sort = match given("sort") {
        None => "created_at",
        Some(field @ ("created_at" | "name")) => field,
        Some(other) => return Err(Refusal::bad_request(format!("cannot sort by {other}"))),
    };
    let mut docs = cx.visible(KEYS);
    if let Some(name) = given("name") {
        docs.retain(|k| k["name"] == name);
    }
    for (query, field) in [("bucket", "bucket"), ("permission", "permission")] {
        if let Some(wanted) = given(query) {
            docs.retain(|k| k["grants"].as_array().is_some_and(|g| g.iter().any(|g| g[field] == wanted)));
        }
    }
    if sort == "name" {
        docs.sort_by(|a, b| a["name"].as_str().cmp(&b["name"].as_str()));
    }
    if given("sort_direction") != Some("asc") {
        docs.reverse();
    }
    Reply::page(req, "keys", docs)
}

fn create(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let name = checked_name(req.opt_text("name")?.unwrap_or(""))?.to_owned();
    let grants = grants(cx, req)?.unwrap_or_default();
    if cx.count(KEYS) >= cx.limits().spaces_keys {
        // 412: the Terraform provider takes it as final, and retries the rest.
        return Err(Refusal::precondition_failed("the limit of Spaces keys for your account has been reached"));
    }
    let access_key = format!("DO00{}", cx.random_text(LETTERS, 16));
    let secret = cx.random_text(SECRET, 43);
    let doc = json!({
        "name": name,
        "grants": grants,
        "access_key": access_key,
        "created_at": cx.stamp(),
        "_secret_key": secret,
    });
    cx.put(KEYS, &access_key, doc.clone());
    let mut shown = cx.public(&doc);
    shown["secret_key"] = secret.into();
    Ok(Reply::created("key", shown))
}

/// One key. The contract's schema calls it `keys`; its example and the vendor's Go client call it `key`, and they are
/// followed here.
fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    Ok(Reply::ok("key", cx.find(KEYS, req.param("access_key"))?))
}

fn replace(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    checked_name(req.opt_text("name")?.unwrap_or(""))?;
    patch(cx, req)
}

/// Name, and the grants of a scoped key; full access is never taken or given. Source: the contract's description; the
/// Terraform provider's test of changed grants.
fn patch(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let key = req.param("access_key");
    let mut doc = cx.find(KEYS, key)?;
    if let Some(name) = req.opt_text("name")? {
        doc["name"] = checked_name(name)?.into();
    }
    if let Some(grants) = grants(cx, req)? {
        let before = doc["grants"].as_array().cloned().unwrap_or_default();
        if is_full(&before) != is_full(&grants) {
            return Err(Refusal::bad_request("a fullaccess key cannot be converted to a scoped key or vice versa"));
        }
        doc["grants"] = grants.into();
    }
    cx.put(KEYS, key, doc.clone());
    Ok(Reply::ok("key", doc))
}

fn delete(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    cx.find(KEYS, req.param("access_key"))?;
    cx.remove(KEYS, req.param("access_key"));
    Ok(Reply::no_content())
}

fn checked_name(name: &str) -> Result<&str, Refusal> {
    let fits = !name.trim().is_empty() && name.chars().count() <= 255;
    if fits { Ok(name) } else { Err(Refusal::bad_request("name must have 1 to 255 characters")) }
}

fn is_full(grants: &[Value]) -> bool {
    grants.iter().any(|g| g["permission"] == "fullaccess")
}

/// The grants of the body. Full access has an empty bucket and cannot be mixed, and a bucket with a policy takes no scoped
/// key (DigitalOcean documentation, Spaces).
fn grants(cx: &Cx, req: &Req) -> Result<Option<Vec<Value>>, Refusal> {
    let Some(items) = req.opt_array("grants")? else {
        return Ok(None);
    };
    let mut grants = Vec::new();
    for item in items {
        let text = |field: &str| item[field].as_str().ok_or_else(|| wrong_type(&format!("grants.{field}"), "a string"));
        let (bucket, permission) = (text("bucket")?, text("permission")?);
        match permission {
            "fullaccess" if !bucket.is_empty() => {
                return Err(Refusal::bad_request("a fullaccess grant cannot name a bucket"));
            }
            "fullaccess" => {}
            "read" | "readwrite" if bucket.is_empty() => {
                return Err(Refusal::bad_request(format!("a {permission} grant needs a bucket")));
            }
            "read" | "readwrite" => {}
            other => return Err(Refusal::bad_request(format!("invalid permission '{other}'"))),
        }
        if !bucket.is_empty() && has_policy(cx, bucket) {
            return Err(Refusal::bad_request(format!("bucket {bucket} has a bucket policy, which excludes scoped keys")));
        }
        grants.push(json!({ "bucket": bucket, "permission": permission }));
    }
    if is_full(&grants) && grants.len() > 1 {
        return Err(Refusal::bad_request("a fullaccess permission cannot be mixed with other permissions"));
    }
    Ok(Some(grants))
}

fn has_policy(cx: &Cx, bucket: &str) -> bool {
    Bucket::get(cx, bucket).is_some_and(|b| b.team == cx.team_id() && b.policy.is_some())
}

#[cfg(test)]
mod tests {
    use super::super::tests::*;
    use serde_json::{Value, json};

    fn grant(bucket: &str, permission: &str) -> Value {
        json!({ "bucket": bucket, "permission": permission })
    }

    #[tokio::test(start_paused = true)]
    async fn the_secret_is_shown_once() {
        let cloud = cloud();
        let (status, made) = post(&cloud, "/v2/spaces/keys", json!({ "name": "a", "grants": [grant("", "fullaccess")] })).await;
        assert_eq!(status, 201);
        let secret = made["key"]["secret_key"].as_str().unwrap().to_owned();
        assert_eq!(secret.len(), 43);
        let path = format!("/v2/spaces/keys/{}", made["key"]["access_key"].as_str().unwrap());
        let (_, one) = get(&cloud, &path).await;
        assert_eq!(one["key"]["grants"], json!([grant("", "fullaccess")]));
        let (_, list) = get(&cloud, "/v2/spaces/keys").await;
        let (_, renamed) = put(&cloud, &path, json!({ "name": "b" })).await;
        assert_eq!(renamed["key"]["name"], "b");
        for seen in [one, list, renamed, cloud.objects()] {
            assert!(!seen.to_string().contains(&secret));
        }
        assert_eq!(delete(&cloud, &path).await.0, 204);
        assert_eq!(get(&cloud, &path).await.0, 404);
    }

    #[tokio::test(start_paused = true)]
    async fn full_access_stands_alone_and_stays() {
        let cloud = cloud();
        for grants in [
            json!([grant("", "fullaccess"), grant("b", "read")]),
            json!([grant("b", "fullaccess")]),
            json!([grant("", "read")]),
            json!([grant("b", "write")]),
        ] {
            assert_eq!(post(&cloud, "/v2/spaces/keys", json!({ "name": "a", "grants": grants })).await.0, 400);
        }
        let body = json!({ "name": "a", "grants": [grant("b", "read"), grant("c", "readwrite")] });
        let (_, made) = post(&cloud, "/v2/spaces/keys", body).await;
        let path = format!("/v2/spaces/keys/{}", made["key"]["access_key"].as_str().unwrap());
        let patch = async |grants: Value| call(&cloud, "PATCH", &path, json!({ "grants": grants })).await.0;
        assert_eq!(patch(json!([grant("", "fullaccess")])).await, 400);
        assert_eq!(patch(json!([grant("b", "read")])).await, 200);
        assert_eq!(get(&cloud, &path).await.1["key"]["grants"], json!([grant("b", "read")]));
    }

    #[tokio::test(start_paused = true)]
    async fn the_newest_come_first_and_there_is_a_limit() {
        let cloud = world("[[teams]]\nuuid = 't'\nlimits = { spaces_keys = 3 }\n[[tokens]]\ntoken = 'pontoon-local-token'\n");
        for name in ["a", "c", "b"] {
            assert_eq!(post(&cloud, "/v2/spaces/keys", json!({ "name": name })).await.0, 201);
        }
        assert_eq!(post(&cloud, "/v2/spaces/keys", json!({ "name": "d" })).await.0, 412);
        let names = async |query: &str| {
            let (_, list) = get(&cloud, &format!("/v2/spaces/keys{query}")).await;
            list["keys"].as_array().unwrap().iter().map(|k| k["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names("").await, ["b", "c", "a"]);
        assert_eq!(names("?sort=name&sort_direction=asc").await, ["a", "b", "c"]);
        assert_eq!(names("?name=c").await, ["c"]);
    }
}
