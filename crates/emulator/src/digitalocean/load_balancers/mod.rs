//! Load balancers: one address in front of droplets, named or found by a tag.

mod settings;

use super::{projects, regions, tags, vpcs};
use crate::route::EventHandler;
use crate::{Cx, Moment, Refusal, Reply, Req, Route};
use serde_json::{Value, json};
use std::time::Duration;

/// Operations.
pub const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/v2/load_balancers", scope: "load_balancer:read", run: list },
    Route { method: "POST", path: "/v2/load_balancers", scope: "load_balancer:create", run: create },
    Route { method: "GET", path: "/v2/load_balancers/{lb_id}", scope: "load_balancer:read", run: read },
    Route { method: "PUT", path: "/v2/load_balancers/{lb_id}", scope: "load_balancer:update", run: update },
    Route { method: "DELETE", path: "/v2/load_balancers/{lb_id}", scope: "load_balancer:delete", run: delete },
    Route { method: "DELETE", path: "/v2/load_balancers/{lb_id}/cache", scope: "load_balancer:delete", run: purge },
    Route { method: "POST", path: "/v2/load_balancers/{lb_id}/droplets", scope: "load_balancer:update", run: add_droplets },
    Route { method: "DELETE", path: "/v2/load_balancers/{lb_id}/droplets", scope: "load_balancer:update", run: remove_droplets },
    Route { method: "POST", path: "/v2/load_balancers/{lb_id}/forwarding_rules", scope: "load_balancer:update", run: add_rules },
    Route {
        method: "DELETE",
        path: "/v2/load_balancers/{lb_id}/forwarding_rules",
        scope: "load_balancer:update",
        run: remove_rules,
    },
];

/// Events.
pub const EVENTS: &[(&str, EventHandler)] = &[("load_balancer_active", active)];

/// Collection of balancers, by id: `{…, _sized}`, with the droplets of a tag left out.
const BALANCERS: &str = "load_balancers";

/// A size can change once in this time. Source: DigitalOcean documentation, Load Balancers.
const BETWEEN_SIZES: Duration = Duration::from_secs(3600);

/// The balancer as clients see it: with the droplets that its tag selects.
fn shown(cx: &Cx, mut doc: Value) -> Value {
    if let Some(tag) = doc["tag"].as_str().filter(|t| !t.is_empty()) {
        doc["droplet_ids"] = cx.list("droplets").into_iter().filter(|d| tags::carries(d, tag)).map(|d| d["id"].clone()).collect();
    }
    let urn = urn(&doc);
    doc["project_id"] = projects::of(cx, &urn).into();
    doc
}

fn urn(doc: &Value) -> String {
    format!("do:loadbalancer:{}", doc["id"].as_str().unwrap_or(""))
}

fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let docs = cx.visible(BALANCERS);
    let docs = docs.into_iter().map(|d| shown(cx, d)).collect();
    Reply::page(req, "load_balancers", docs)
}

fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let doc = cx.find(BALANCERS, req.param("lb_id"))?;
    Ok(Reply::ok("load_balancer", shown(cx, doc)))
}

fn create(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    if cx.count(BALANCERS) >= cx.limits().load_balancers {
        return Err(Refusal::unprocessable("creating this load balancer will exceed your load balancer limit"));
    }
    let region = regions::checked(req.text("region")?)?;
    let kind = req.opt_filled("type")?.unwrap_or("REGIONAL");
    let network = req.opt_filled("network")?.unwrap_or("EXTERNAL");
    let stack = req.opt_filled("network_stack")?.unwrap_or("IPV4");
    settings::checked_kind(kind, network, stack)?;
    let vpc = vpcs::place(cx, region, req.opt_text("vpc_uuid")?)?;
    let id = cx.uuid();
    let mut doc = json!({
        "id": id,
        "name": req.text("name")?,
        "ip": "",
        "status": "new",
        "created_at": cx.stamp(),
        "region": regions::region(region),
        "vpc_uuid": vpc,
        "type": kind,
        "network": network,
        "network_stack": stack,
        "_sized": cx.stamp(),
    });
    settings::apply(cx, req, &mut doc)?;
    cx.put(BALANCERS, &id, doc.clone());
    let project = req.opt_text("project_id")?;
    projects::enrol(cx, &urn(&doc), &format!("/v2/load_balancers/{id}"), project)?;
    vpcs::join(cx, &vpc, &urn(&doc), req.text("name")?);
    let fails = cx.creation_fails();
    let wait = cx.draw("load_balancer");
    cx.after(wait, "load_balancer_active", json!({ "id": id, "fails": fails }));
    Ok(Reply::accepted("load_balancer", shown(cx, doc)))
}

/// Event: the balancer has an address and works, or never will.
fn active(cx: &mut Cx, args: &Value) {
    let id = args["id"].as_str().unwrap_or("").to_owned();
    let Some(vpc) = cx.get(BALANCERS, &id).and_then(|b| b["vpc_uuid"].as_str()).map(str::to_owned) else {
        return;
    };
    let internal = cx.get(BALANCERS, &id).is_some_and(|b| b["network"] == "INTERNAL");
    let address = if internal { vpcs::address_in(cx, &vpc) } else { cx.public_address() };
    if let Some(doc) = cx.edit(BALANCERS, &id) {
        if args["fails"] == true {
            doc["status"] = "errored".into();
        } else {
            doc["status"] = "active".into();
            doc["ip"] = address.into();
        }
    }
}

fn update(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = req.param("lb_id");
    let mut doc = cx.find(BALANCERS, id)?;
    // DigitalOcean documentation, Load Balancers: fixed for life.
    for field in ["type", "network", "network_stack", "vpc_uuid"] {
        if let Some(wanted) = req.opt_filled(field)?
            && doc[field] != wanted
        {
            return Err(Refusal::unprocessable(format!("{field} cannot be changed")));
        }
    }
    if let Some(region) = req.opt_filled("region")?
        && doc["region"]["slug"] != region
    {
        return Err(Refusal::unprocessable("region cannot be changed"));
    }
    doc["name"] = req.text("name")?.into();
    let before = doc["size_unit"].clone();
    settings::apply(cx, req, &mut doc)?;
    if doc["size_unit"] != before {
        let since = doc["_sized"].as_str().and_then(Moment::parse).map(|m| cx.now().since(m));
        if since.is_some_and(|s| s < BETWEEN_SIZES) {
            return Err(Refusal::unprocessable("Load Balancer can only be resized once every hour"));
        }
        doc["_sized"] = cx.stamp().into();
    }
    cx.put(BALANCERS, id, doc.clone());
    if let Some(project) = req.opt_text("project_id")?.filter(|p| !p.is_empty()) {
        projects::enrol(cx, &urn(&doc), &format!("/v2/load_balancers/{id}"), Some(project))?;
    }
    Ok(Reply::ok("load_balancer", shown(cx, doc)))
}

fn delete(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = req.param("lb_id");
    cx.find(BALANCERS, id)?;
    destroy(cx, id);
    Ok(Reply::no_content())
}

/// Ends a balancer.
pub fn destroy(cx: &mut Cx, id: &str) {
    if let Some(doc) = cx.remove(BALANCERS, id) {
        let urn = urn(&doc);
        projects::withdraw(cx, &urn);
        vpcs::leave(cx, &urn);
    }
}

/// Ids of the balancers that Kubernetes of `cluster` made: its cloud controller selects nodes by `k8s:<cluster>`.
#[must_use]
pub fn of_cluster(cx: &Cx, cluster: &str) -> Vec<String> {
    let tag = format!("k8s:{cluster}");
    cx.list(BALANCERS)
        .into_iter()
        .filter(|b| b["tag"] == tag.as_str())
        .filter_map(|b| b["id"].as_str().map(str::to_owned))
        .collect()
}

fn purge(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    cx.find(BALANCERS, req.param("lb_id"))?;
    Ok(Reply::no_content())
}

fn edited<'c>(cx: &'c mut Cx, req: &Req, field: &str) -> Result<&'c mut Vec<Value>, Refusal> {
    let id = req.param("lb_id");
    let doc = cx.find(BALANCERS, id)?;
    if field == "droplet_ids" && doc["tag"].as_str().is_some_and(|t| !t.is_empty()) {
        return Err(Refusal::unprocessable("droplets of this load balancer are chosen by its tag"));
    }
    cx.edit(BALANCERS, id).and_then(|d| d[field].as_array_mut()).ok_or_else(Refusal::not_found)
}

fn add_droplets(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let wanted = settings::checked_droplets(cx, req)?;
    let ids = edited(cx, req, "droplet_ids")?;
    for id in wanted {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(Reply::no_content())
}

fn remove_droplets(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let unwanted = req.opt_array("droplet_ids")?.cloned().unwrap_or_default();
    edited(cx, req, "droplet_ids")?.retain(|id| !unwanted.contains(id));
    Ok(Reply::no_content())
}

fn add_rules(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let kind = cx.find(BALANCERS, req.param("lb_id"))?["type"].as_str().unwrap_or("").to_owned();
    let more = settings::checked_rules(req, &kind)?;
    let rules = edited(cx, req, "forwarding_rules")?;
    for rule in more {
        if !rules.contains(&rule) {
            rules.push(rule);
        }
    }
    Ok(Reply::no_content())
}

fn remove_rules(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let unwanted = req.opt_array("forwarding_rules")?.cloned().unwrap_or_default();
    let rules = edited(cx, req, "forwarding_rules")?;
    let same = |rule: &Value, other: &Value| {
        ["entry_protocol", "entry_port", "target_protocol", "target_port"].iter().all(|f| rule[*f] == other[*f])
    };
    rules.retain(|rule| !unwanted.iter().any(|u| same(rule, u)));
    if rules.is_empty() {
        return Err(Refusal::unprocessable("a load balancer needs at least one forwarding rule"));
    }
    Ok(Reply::no_content())
}

#[cfg(test)]
mod tests {
    use super::super::tests::*;
    use serde_json::{Value, json};

    fn body() -> Value {
        json!({
            "name": "lb", "region": "fra1", "type": "REGIONAL_NETWORK",
            "forwarding_rules": [
                { "entry_protocol": "tcp", "entry_port": 80, "target_protocol": "tcp", "target_port": 8080 },
            ],
        })
    }

    fn with(field: &str, value: Value) -> Value {
        let mut body = body();
        body[field] = value;
        body
    }

    #[tokio::test(start_paused = true)]
    async fn an_update_resets_what_it_leaves_out_but_not_what_is_fixed() {
        let cloud = cloud();
        let wanted = with("algorithm", json!("least_connections"));
        let (status, made) = post(&cloud, "/v2/load_balancers", wanted).await;
        assert_eq!((status, &made["load_balancer"]["ip"]), (202, &json!("")));
        let path = format!("/v2/load_balancers/{}", made["load_balancer"]["id"].as_str().unwrap());
        pass(180).await;
        let (_, doc) = get(&cloud, &path).await;
        assert_eq!(doc["load_balancer"]["status"], "active");
        assert_eq!(put(&cloud, &path, body()).await.0, 200);
        let (_, doc) = get(&cloud, &path).await;
        assert_eq!(doc["load_balancer"]["algorithm"], "round_robin");
        assert_eq!(put(&cloud, &path, with("type", json!("REGIONAL"))).await.0, 422);
        assert_eq!(put(&cloud, &path, with("enable_proxy_protocol", json!(true))).await.0, 422);
    }

    #[tokio::test(start_paused = true)]
    async fn its_size_changes_once_an_hour() {
        let cloud = cloud();
        let (_, made) = post(&cloud, "/v2/load_balancers", body()).await;
        let path = format!("/v2/load_balancers/{}", made["load_balancer"]["id"].as_str().unwrap());
        assert_eq!(put(&cloud, &path, with("size_unit", json!(2))).await.0, 422);
        pass(3600).await;
        assert_eq!(put(&cloud, &path, with("size_unit", json!(2))).await.0, 200);
        assert_eq!(put(&cloud, &path, body()).await.0, 422);
    }
}
