//! VPCs: private networks of a region, their members, and why one cannot be deleted.

use crate::route::EventHandler;
use crate::{Cx, Refusal, Reply, Req, Route};
use ipnet::Ipv4Net;
use serde_json::{Value, json};

/// Operations.
pub const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/v2/vpcs", scope: "vpc:read", run: list },
    Route { method: "POST", path: "/v2/vpcs", scope: "vpc:create", run: create },
    Route { method: "GET", path: "/v2/vpcs/{vpc_id}", scope: "vpc:read", run: read },
    Route { method: "PUT", path: "/v2/vpcs/{vpc_id}", scope: "vpc:update", run: replace },
    Route { method: "PATCH", path: "/v2/vpcs/{vpc_id}", scope: "vpc:update", run: patch },
    Route { method: "DELETE", path: "/v2/vpcs/{vpc_id}", scope: "vpc:delete", run: delete },
    Route { method: "GET", path: "/v2/vpcs/{vpc_id}/members", scope: "vpc:read", run: members },
];

/// Events.
pub const EVENTS: &[(&str, EventHandler)] = &[("vpc_member_forgotten", forget)];

/// Collection of VPCs, by id.
const VPCS: &str = "vpcs";
/// Members, by URN: `{urn, name, created_at, _vpc, _gone}`. A member that is gone blocks deletion for minutes.
const MEMBERS: &str = "_vpc_members";

/// Ranges that DigitalOcean keeps for itself. Source: the vendor's VPC documentation, "IP ranges".
const RESERVED: [&str; 3] = ["10.244.0.0/16", "10.245.0.0/16", "10.246.0.0/24"];

/// Records that something lives in a VPC; `urn` such as `do:droplet:1`.
pub fn join(cx: &mut Cx, vpc: &str, urn: &str, name: &str) {
    let doc = json!({ "urn": urn, "name": name, "created_at": cx.stamp(), "_vpc": vpc, "_gone": false });
    cx.put_settled(MEMBERS, urn, doc);
}

/// Records that it is gone; for minutes yet the VPC's deletion is refused (DigitalOcean documentation, VPC).
pub fn leave(cx: &mut Cx, urn: &str) {
    if let Some(member) = cx.edit(MEMBERS, urn) {
        member["_gone"] = Value::from(true);
        let wait = cx.draw("vpc_members_forgotten");
        cx.after(wait, "vpc_member_forgotten", json!({ "urn": urn }));
    }
}

fn forget(cx: &mut Cx, args: &Value) {
    if let Some(urn) = args.get("urn").and_then(Value::as_str)
        && cx.get(MEMBERS, urn).is_some_and(|m| m["_gone"] == true)
    {
        cx.remove_settled(MEMBERS, urn);
    }
}

/// The VPC that a new object of `region` goes into: `wanted`, which must exist there, or the region's default, which
/// is made when there is none.
///
/// # Errors
/// 422 when `wanted` is unknown or of another region.
pub fn place(cx: &mut Cx, region: &str, wanted: Option<&str>) -> Result<String, Refusal> {
    if let Some(id) = wanted.filter(|id| !id.is_empty()) {
        let vpc = cx.get(VPCS, id).ok_or_else(|| Refusal::unprocessable("vpc_uuid is invalid"))?;
        if vpc["region"] != region {
            return Err(Refusal::unprocessable(format!("the VPC is not in region {region}")));
        }
        return Ok(id.to_owned());
    }
    let existing = cx
        .list(VPCS)
        .into_iter()
        .find(|v| v["region"] == region && v["default"] == true)
        .and_then(|v| v["id"].as_str())
        .map(str::to_owned);
    match existing {
        Some(id) => Ok(id),
        None => {
            let range = free_range(cx)?;
            Ok(insert(cx, &format!("default-{region}"), region, &range, "", true))
        }
    }
}

/// The range of a VPC.
#[must_use]
pub fn range_of(cx: &Cx, id: &str) -> Option<Ipv4Net> {
    cx.get(VPCS, id)?["ip_range"].as_str()?.parse().ok()
}

/// Every range in use by a VPC of the account.
pub fn ranges(cx: &Cx) -> Vec<Ipv4Net> {
    cx.list(VPCS).into_iter().filter_map(|v| v["ip_range"].as_str()?.parse().ok()).collect()
}

/// The next private address of a VPC.
pub fn address_in(cx: &mut Cx, id: &str) -> String {
    let Some(range) = range_of(cx, id) else {
        return String::new();
    };
    let next = cx.ordinal(&format!("vpc {id}"));
    let size = 1u64 << (32 - u32::from(range.prefix_len()));
    // The vendor keeps the first addresses of a range for itself.
    let offset = 2 + next % size.saturating_sub(3).max(1);
    let base = u32::from(range.network());
    let address = base.wrapping_add(u32::try_from(offset).unwrap_or(2));
    std::net::Ipv4Addr::from(address).to_string()
}

fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    Reply::page(req, "vpcs", cx.visible(VPCS))
}

fn create(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let name = checked_name(cx, req.text("name")?, None)?.to_owned();
    let region = super::regions::checked(req.text("region")?)?.to_owned();
    let description = req.opt_text("description")?.unwrap_or("").to_owned();
    let range = match req.opt_text("ip_range")?.filter(|r| !r.is_empty()) {
        Some(text) => checked_range(cx, text)?,
        None => free_range(cx)?,
    };
    // DigitalOcean documentation, VPC: the first one made in a region becomes its default.
    let default = !cx.list(VPCS).into_iter().any(|v| v["region"] == region.as_str());
    let id = insert(cx, &name, &region, &range, &description, default);
    let doc = cx.get(VPCS, &id).cloned().unwrap_or_default();
    Ok(Reply::created("vpc", doc))
}

fn insert(cx: &mut Cx, name: &str, region: &str, range: &str, description: &str, default: bool) -> String {
    let id = cx.uuid();
    let doc = json!({
        "id": id,
        "urn": format!("do:vpc:{id}"),
        "name": name,
        "description": description,
        "region": region,
        "ip_range": range,
        "created_at": cx.stamp(),
        "default": default,
    });
    cx.put(VPCS, &id, doc);
    id
}

fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    Ok(Reply::ok("vpc", cx.find(VPCS, req.param("vpc_id"))?))
}

fn replace(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    req.text("name")?;
    patch(cx, req)
}

fn patch(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = req.param("vpc_id");
    let mut doc = cx.find(VPCS, id)?;
    if let Some(name) = req.opt_text("name")? {
        doc["name"] = checked_name(cx, name, Some(id))?.into();
    }
    if let Some(description) = req.opt_text("description")? {
        doc["description"] = description.into();
    }
    if let Some(wanted) = req.opt_flag("default")? {
        if !wanted && doc["default"] == true {
            return Err(Refusal::unprocessable("a default VPC can only be replaced by another one"));
        }
        if wanted {
            let region = doc["region"].clone();
            let others: Vec<String> = cx
                .list(VPCS)
                .into_iter()
                .filter(|v| v["region"] == region)
                .filter_map(|v| v["id"].as_str().map(str::to_owned))
                .collect();
            for other in others {
                if let Some(vpc) = cx.edit(VPCS, &other) {
                    vpc["default"] = Value::from(false);
                }
            }
            doc["default"] = Value::from(true);
        }
    }
    cx.put(VPCS, id, doc.clone());
    Ok(Reply::ok("vpc", doc))
}

fn delete(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = req.param("vpc_id");
    let doc = cx.find(VPCS, id)?;
    if doc["default"] == true {
        return Err(Refusal::forbidden("Can not delete default VPC"));
    }
    let members: Vec<&Value> = cx.list(MEMBERS).into_iter().filter(|m| m["_vpc"] == id).collect();
    if members.iter().any(|m| m["_gone"] == false) {
        return Err(Refusal::forbidden("Can not delete VPC with members"));
    }
    if !members.is_empty() {
        return Err(Refusal::conflict("Can not delete VPC with members"));
    }
    cx.remove(VPCS, id);
    Ok(Reply::no_content())
}

fn members(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = req.param("vpc_id");
    cx.find(VPCS, id)?;
    let kind = req.query("resource_type").filter(|k| !k.is_empty());
    let docs = cx
        .list(MEMBERS)
        .into_iter()
        .filter(|m| m["_vpc"] == id && m["_gone"] == false)
        .filter(|m| kind.is_none_or(|k| m["urn"].as_str().is_some_and(|u| u.split(':').nth(1) == Some(k))))
        .cloned()
        .collect();
    Reply::page(req, "members", docs)
}

/// Letters, digits, `.` and `-`, and no other VPC of that name. Source: the contract's `vpc_updatable.name`.
fn checked_name<'a>(cx: &Cx, name: &'a str, own: Option<&str>) -> Result<&'a str, Refusal> {
    let fits = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.');
    if !fits {
        return Err(Refusal::unprocessable("name must contain only alphanumeric characters, dashes and periods"));
    }
    if cx.list(VPCS).into_iter().any(|v| v["name"] == name && v["id"].as_str() != own) {
        return Err(Refusal::unprocessable("VPC name is already in use"));
    }
    Ok(name)
}

/// Private, /16 to /28, aligned, and free in the account. Source: DigitalOcean documentation, VPC.
fn checked_range(cx: &Cx, text: &str) -> Result<String, Refusal> {
    let invalid = || Refusal::unprocessable("This range/size is not valid.");
    let range: Ipv4Net = text.parse().map_err(|_| invalid())?;
    if !range.network().is_private() || !(16..=28).contains(&range.prefix_len()) || range.addr() != range.network() {
        return Err(invalid());
    }
    let reserved = RESERVED.iter().filter_map(|r| r.parse::<Ipv4Net>().ok());
    if reserved.into_iter().any(|r| overlap(&r, &range)) {
        return Err(Refusal::unprocessable("This range/size overlaps with a reserved range."));
    }
    if ranges(cx).iter().any(|r| overlap(r, &range)) || super::kubernetes::ranges(cx).iter().any(|r| overlap(r, &range)) {
        return Err(Refusal::unprocessable("This range/size overlaps with another VPC network in your account."));
    }
    Ok(range.to_string())
}

/// True when the two ranges share an address.
#[must_use]
pub fn overlap(a: &Ipv4Net, b: &Ipv4Net) -> bool {
    a.contains(&b.network()) || b.contains(&a.network())
}

/// The first free /20 of 10.100.0.0 and following, as the vendor chooses for a VPC without a range.
fn free_range(cx: &Cx) -> Result<String, Refusal> {
    let mut used = ranges(cx);
    used.extend(super::kubernetes::ranges(cx));
    (100u8..240)
        .flat_map(|second| (0u8..=240).step_by(16).map(move |third| (second, third)))
        .filter_map(|(second, third)| Ipv4Net::new(std::net::Ipv4Addr::new(10, second, third, 0), 20).ok())
        .find(|range| !used.iter().any(|u| overlap(u, range)))
        .map(|range| range.to_string())
        .ok_or_else(|| Refusal::unprocessable("There is no free range left."))
}

#[cfg(test)]
mod tests {
    use super::super::tests::*;
    use serde_json::json;

    #[tokio::test(start_paused = true)]
    async fn the_first_of_a_region_is_its_default_and_stays() {
        let cloud = cloud();
        let (status, first) = post(&cloud, "/v2/vpcs", json!({ "name": "a", "region": "fra1" })).await;
        assert_eq!(status, 201);
        assert_eq!(first["vpc"]["default"], true);
        let (_, second) = post(&cloud, "/v2/vpcs", json!({ "name": "b", "region": "fra1", "ip_range": "10.20.0.0/16" })).await;
        assert_eq!(second["vpc"]["default"], false);
        let path = |doc: &serde_json::Value| format!("/v2/vpcs/{}", doc["vpc"]["id"].as_str().unwrap());
        assert_eq!(delete(&cloud, &path(&first)).await.0, 403);
        assert_eq!(delete(&cloud, &path(&second)).await.0, 204);
        assert_eq!(get(&cloud, &path(&second)).await.0, 404);
        assert_eq!(cloud.objects()["vpcs"].as_array().unwrap().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn ranges_are_private_and_overlap_nothing() {
        let cloud = cloud();
        let mut statuses = Vec::new();
        for (name, range) in [
            ("a", "10.20.0.0/16"),
            ("b", "10.20.4.0/24"),
            ("c", "8.8.0.0/16"),
            ("d", "10.30.0.0/15"),
            ("e", "10.245.0.0/20"),
            ("f", "10.30.0.0/16"),
            ("f", "10.31.0.0/16"),
        ] {
            let body = json!({ "name": name, "region": "nyc3", "ip_range": range });
            statuses.push(post(&cloud, "/v2/vpcs", body).await.0);
        }
        assert_eq!(statuses, [201, 422, 422, 422, 422, 201, 422]);
    }

    #[tokio::test(start_paused = true)]
    async fn members_block_deletion_for_minutes_after_they_are_gone() {
        let cloud = cloud();
        post(&cloud, "/v2/vpcs", json!({ "name": "default", "region": "fra1" })).await;
        let (_, made) = post(&cloud, "/v2/vpcs", json!({ "name": "a", "region": "fra1" })).await;
        let id = made["vpc"]["id"].as_str().unwrap();
        let path = format!("/v2/vpcs/{id}");
        let wanted = json!({
            "name": "d", "region": "fra1", "size": "s-1vcpu-1gb", "image": "ubuntu-24-04-x64", "vpc_uuid": id,
        });
        let (_, droplet) = post(&cloud, "/v2/droplets", wanted).await;
        assert_eq!(get(&cloud, &format!("{path}/members")).await.1["members"][0]["name"], "d");
        assert_eq!(delete(&cloud, &path).await.0, 403);
        delete(&cloud, &format!("/v2/droplets/{}", droplet["droplet"]["id"])).await;
        assert_eq!(get(&cloud, &format!("{path}/members")).await.1["meta"]["total"], 0);
        assert_eq!(delete(&cloud, &path).await.0, 409);
        pass(180).await;
        assert_eq!(delete(&cloud, &path).await.0, 204);
    }
}
