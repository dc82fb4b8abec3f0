//! The account: team and limits, SSH keys, balance.

use crate::{Cx, Refusal, Reply, Req, Route};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use md5::{Digest, Md5};
use serde_json::{Value, json};

/// Operations.
pub const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/v2/account", scope: "account:read", run: account },
    Route { method: "GET", path: "/v2/account/keys", scope: "ssh_key:read", run: keys },
    Route { method: "POST", path: "/v2/account/keys", scope: "ssh_key:create", run: create_key },
    Route { method: "GET", path: "/v2/account/keys/{key}", scope: "ssh_key:read", run: read_key },
    Route { method: "PUT", path: "/v2/account/keys/{key}", scope: "ssh_key:update", run: rename_key },
    Route { method: "DELETE", path: "/v2/account/keys/{key}", scope: "ssh_key:delete", run: delete_key },
    Route { method: "GET", path: "/v2/customers/my/balance", scope: "billing:read", run: balance },
];

/// SSH keys, by id.
const KEYS: &str = "ssh_keys";

fn account(cx: &mut Cx, _req: &Req) -> Result<Reply, Refusal> {
    let team = cx.team().ok_or_else(Refusal::unauthorized)?;
    Ok(Reply::ok(
        "account",
        json!({
            "droplet_limit": team.limits.droplets,
            "floating_ip_limit": team.limits.reserved_ips,
            "email": team.email,
            "name": team.name,
            "uuid": team.uuid,
            "email_verified": true,
            "status": "active",
            "status_message": "",
            "team": { "uuid": team.uuid, "name": team.name },
        }),
    ))
}

fn balance(cx: &mut Cx, _req: &Req) -> Result<Reply, Refusal> {
    let zero = "0.00";
    Ok(Reply::json(
        200,
        json!({
            "month_to_date_balance": zero,
            "account_balance": zero,
            "month_to_date_usage": zero,
            "generated_at": cx.stamp(),
        }),
    ))
}

fn keys(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    Reply::page(req, "ssh_keys", cx.visible(KEYS))
}

fn create_key(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let name = req.text("name")?.to_owned();
    let public_key = req.text("public_key")?.trim().to_owned();
    let fingerprint = fingerprint(&public_key)
        .ok_or_else(|| Refusal::unprocessable("Key invalid, key should be of the format `type key [comment]`"))?;
    if cx.list(KEYS).into_iter().any(|k| k["fingerprint"] == fingerprint.as_str()) {
        return Err(Refusal::unprocessable("SSH Key is already in use on your account"));
    }
    let id = cx.number();
    let doc = json!({ "id": id, "fingerprint": fingerprint, "public_key": public_key, "name": name });
    cx.put(KEYS, &id.to_string(), doc.clone());
    Ok(Reply::created("ssh_key", doc))
}

/// The key's id, from its id or its fingerprint.
fn key_id(cx: &Cx, given: &str) -> String {
    cx.list(KEYS).into_iter().find(|k| k["fingerprint"] == given).map_or_else(|| given.to_owned(), |k| k["id"].to_string())
}

fn read_key(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = key_id(cx, req.param("key"));
    Ok(Reply::ok("ssh_key", cx.find(KEYS, &id)?))
}

fn rename_key(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = key_id(cx, req.param("key"));
    let mut doc = cx.find(KEYS, &id)?;
    doc["name"] = req.text("name")?.into();
    cx.put(KEYS, &id, doc.clone());
    Ok(Reply::ok("ssh_key", doc))
}

fn delete_key(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = key_id(cx, req.param("key"));
    cx.find(KEYS, &id)?;
    cx.remove(KEYS, &id);
    Ok(Reply::no_content())
}

/// True when the account has the key, given by id or fingerprint.
#[must_use]
pub fn has_key(cx: &Cx, given: &Value) -> bool {
    let text = given.as_str().map_or_else(|| given.to_string(), str::to_owned);
    cx.get(KEYS, &key_id(cx, &text)).is_some()
}

/// MD5 of the key's bytes, the form that the API shows; `None` when it is no public key.
fn fingerprint(public_key: &str) -> Option<String> {
    let mut parts = public_key.split_whitespace();
    let kind = parts.next()?;
    if !kind.starts_with("ssh-") && !kind.starts_with("ecdsa-") && !kind.starts_with("sk-") {
        return None;
    }
    let bytes = STANDARD.decode(parts.next()?).ok()?;
    let digest = Md5::digest(bytes);
    let pairs: Vec<String> = digest.iter().map(|b| format!("{b:02x}")).collect();
    Some(pairs.join(":"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::*;
    use serde_json::json;

    #[tokio::test(start_paused = true)]
    async fn the_account_says_its_team_and_limit() {
        let (_, doc) = get(&cloud(), "/v2/account").await;
        assert_eq!(doc["account"]["team"]["uuid"], crate::world::DEFAULT_TEAM);
        assert_eq!(doc["account"]["droplet_limit"], 100);
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_is_found_by_id_and_fingerprint_and_not_made_twice() {
        let cloud = cloud();
        // `AAAA` is three bytes of zero; MD5 of those.
        let key = json!({ "name": "k", "public_key": "ssh-ed25519 AAAA me" });
        let (status, made) = post(&cloud, "/v2/account/keys", key.clone()).await;
        assert_eq!(status, 201);
        let fingerprint = made["ssh_key"]["fingerprint"].as_str().unwrap();
        assert_eq!(fingerprint, "69:3e:9a:f8:4d:3d:fc:c7:1e:64:0e:00:5b:dc:5e:2e");
        let path = format!("/v2/account/keys/{fingerprint}");
        assert_eq!(get(&cloud, &path).await.1["ssh_key"], made["ssh_key"]);
        assert_eq!(post(&cloud, "/v2/account/keys", key).await.0, 422);
        assert_eq!(post(&cloud, "/v2/account/keys", json!({ "name": "k", "public_key": "no key" })).await.0, 422);
        assert_eq!(delete(&cloud, &path).await.0, 204);
        assert_eq!(get(&cloud, &path).await.0, 404);
    }

    #[tokio::test(start_paused = true)]
    async fn keys_can_be_listed_ten_times_a_minute() {
        let cloud = cloud();
        for _ in 0..10 {
            assert_eq!(get(&cloud, "/v2/account/keys").await.0, 200);
        }
        assert_eq!(get(&cloud, "/v2/account/keys").await.0, 429);
        assert_eq!(get(&cloud, "/v2/account").await.0, 200);
    }
}
