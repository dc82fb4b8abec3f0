//! How a droplet comes to be, and what its end takes along.

use super::DROPLETS;
use crate::digitalocean::sizes::{self, Size};
use crate::digitalocean::{projects, regions, vpcs};
use crate::{Cx, Refusal};
use serde_json::{Value, json};

/// A droplet to be made; everything in it is checked.
pub struct New<'a> {
    /// Host name.
    pub name: &'a str,
    /// Region.
    pub region: &'a str,
    /// Size.
    pub size: &'static Size,
    /// The image's document.
    pub image: Value,
    /// VPC's id.
    pub vpc: &'a str,
    /// Tags.
    pub tags: &'a [String],
    /// The features that it shows.
    pub features: &'a [&'a str],
    /// Whether it gets a public address.
    pub public: bool,
    /// The kind of duration after which it is active; empty when somebody else says so.
    pub ready: &'a str,
}

/// Refuses when `more` droplets would exceed the account's limit.
///
/// # Errors
/// 422 in the vendor's words.
pub fn room(cx: &Cx, more: usize) -> Result<(), Refusal> {
    if cx.count(DROPLETS) + more > cx.limits().droplets {
        return Err(Refusal::unprocessable("creating this/these droplet(s) will exceed your droplet limit"));
    }
    Ok(())
}

/// Makes the droplet, in state `new`.
///
/// # Errors
/// When its project does not exist, which does not happen for the default one.
pub fn insert(cx: &mut Cx, new: New) -> Result<Value, Refusal> {
    let id = cx.number();
    let private = vpcs::address_in(cx, new.vpc);
    let mut v4 = vec![json!({ "ip_address": private, "netmask": "255.255.240.0", "gateway": "", "type": "private" })];
    if new.public {
        let address = cx.public_address();
        let gateway = "198.18.0.1";
        v4.push(json!({ "ip_address": address, "netmask": "255.254.0.0", "gateway": gateway, "type": "public" }));
    }
    let size = new.size;
    let window = if new.features.contains(&"backups") {
        let day = std::time::Duration::from_secs(86_400);
        json!({ "start": cx.now().plus(day).rfc3339(), "end": cx.now().plus(2 * day).rfc3339() })
    } else {
        Value::Null
    };
    let doc = json!({
        "id": id,
        "name": new.name,
        "memory": size.memory,
        "vcpus": size.vcpus,
        "disk": size.disk,
        "disk_info": [{ "type": "local", "size": { "amount": size.disk, "unit": "gib" } }],
        "locked": false,
        "status": "new",
        "kernel": null,
        "created_at": cx.stamp(),
        "features": new.features,
        "backup_ids": [],
        "next_backup_window": window,
        "snapshot_ids": [],
        "image": new.image,
        "volume_ids": [],
        "size": sizes::document(size),
        "size_slug": size.slug,
        "networks": { "v4": v4, "v6": [] },
        "region": regions::region(new.region),
        "tags": new.tags,
        "vpc_uuid": new.vpc,
    });
    let key = id.to_string();
    let urn = format!("do:droplet:{id}");
    cx.put(DROPLETS, &key, doc.clone());
    projects::enrol(cx, &urn, &format!("/v2/droplets/{id}"), None)?;
    vpcs::join(cx, new.vpc, &urn, new.name);
    if !new.ready.is_empty() {
        let wait = cx.draw(new.ready);
        cx.after(wait, "droplet_active", json!({ "id": id }));
    }
    Ok(doc)
}

/// Event: the droplet runs.
pub(super) fn active(cx: &mut Cx, args: &Value) {
    if let Some(droplet) = cx.edit(DROPLETS, &args["id"].to_string()) {
        droplet["status"] = "active".into();
    }
}

/// Ends a droplet: addresses and volumes come free, balancers and firewalls forget it, its VPC remembers it for minutes.
pub fn destroy(cx: &mut Cx, id: &str) {
    if cx.remove(DROPLETS, id).is_none() {
        return;
    }
    let urn = format!("do:droplet:{id}");
    projects::withdraw(cx, &urn);
    vpcs::leave(cx, &urn);
    let number = Value::from(id.parse::<i64>().unwrap_or_default());
    for collection in ["volumes", "load_balancers", "firewalls"] {
        let keys: Vec<String> = cx
            .pairs(collection)
            .filter(|(_, d)| d["droplet_ids"].as_array().is_some_and(|ids| ids.contains(&number)))
            .map(|(key, _)| key.to_owned())
            .collect();
        for key in keys {
            if let Some(ids) = cx.edit(collection, &key).and_then(|d| d["droplet_ids"].as_array_mut()) {
                ids.retain(|d| *d != number);
            }
        }
    }
    let addresses: Vec<String> =
        cx.pairs("reserved_ips").filter(|(_, d)| d["_droplet"] == number).map(|(key, _)| key.to_owned()).collect();
    for address in addresses {
        if let Some(doc) = cx.edit("reserved_ips", &address) {
            doc["_droplet"] = Value::Null;
        }
    }
}
