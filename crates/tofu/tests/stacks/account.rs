//! An account as the requests that make it: what the engine sends for a platform, and what the provider sends for its
//! stacks, each in the vendor's own words.
//!
//! The provider's half is written from its published source, one function a resource; it shares nothing with the code that
//! writes the stacks. What either leaves to the vendor's default is dropped on both sides: nothing, empty lists, and the
//! tags by which each knows its own.

use crate::evaluate::{Stack, id};
use hcl::Body;
use pontoon_catalog::{Args, find};
use pontoon_core::{
    address::{Address, Scope},
    platform::Platform,
    value,
};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What the engine sends for a scope, in no order.
pub fn native(platform: &Platform, scope: &Scope) -> Vec<Value> {
    let mut requests = Vec::new();
    let mut embedded = BTreeSet::new();
    let own: Vec<_> = platform.resources.values().filter(|r| r.address.scope() == scope).collect();
    for resource in &own {
        let kind = find(resource.address.kind()).expect("a kind of the catalog");
        let Some(embed) = kind.embed else { continue };
        // Which of the children goes along is the provider's choice: the one that the stack has inside of the cluster.
        let inside = first_pool(platform, &resource.address);
        embedded.extend(inside.map(|r| (r.address.clone(), resource.address.clone(), embed.body)));
    }
    for resource in own {
        if embedded.iter().any(|(child, ..)| *child == resource.address) {
            continue;
        }
        let kind = find(resource.address.kind()).expect("a kind of the catalog");
        let parent = resource.parent.as_ref().map_or(value::Value::Null, |p| known_id(platform, p));
        let mut args = Args::new(value::Value::Null, parent, &resource.attributes);
        for (child, _, body) in embedded.iter().filter(|(_, parent, _)| *parent == resource.address) {
            args.embedded.push(body(&Args::new(value::Value::Null, value::Value::Null, &platform.resources[child].attributes)));
        }
        let call = (kind.create.call)(&args).resolve(&|r| match r.field.as_str() {
            "id" => Some(known_id(platform, &r.address)),
            field => platform.resources.get(&r.address)?.attributes.get(field).cloned(),
        });
        let query: Vec<&str> = call.query.iter().map(|(key, _)| key.as_str()).collect();
        let mut body = call.body.map_or(Value::Null, |b| b.to_json());
        match resource.address.kind() {
            // Sent by the engine at the creation, and named as missing in the stacks.
            "digitalocean.database" => remove(&mut body, "rules"),
            // The provider attaches the account's only registry, without naming it.
            "digitalocean.registry_attachment" => remove(&mut body, "registries"),
            _ => {}
        }
        let path = call.path.as_text().expect("a known path").to_owned();
        requests.push(request(&call.method, &path, &query.join("&"), call.region.as_deref(), body));
    }
    requests
}

/// The pool for the platform's own components, or the first by name.
fn first_pool<'a>(platform: &'a Platform, cluster: &Address) -> Option<&'a pontoon_core::platform::Resource> {
    let pools =
        || platform.resources.values().filter(|r| r.parent.as_ref() == Some(cluster) && r.address.kind().ends_with("node_pool"));
    let role = |r: &pontoon_core::platform::Resource| {
        r.attributes.get("labels")?.as_map()?.get("pontoon.dev/role")?.as_text().map(str::to_owned)
    };
    pools().find(|r| role(r).as_deref() == Some("system")).or_else(|| pools().next())
}

/// The provider's name for the kinds that others refer to.
const REFERRED: &[(&str, &str)] = &[
    ("digitalocean.vpc", "digitalocean_vpc"),
    ("digitalocean.cluster", "digitalocean_kubernetes_cluster"),
    ("digitalocean.database", "digitalocean_database_cluster"),
    ("digitalocean.project", "digitalocean_project"),
];

fn known_id(platform: &Platform, address: &Address) -> value::Value {
    let name = platform.resources[address].attributes["name"].as_text().expect("a name");
    let provider = REFERRED.iter().find(|(kind, _)| *kind == address.kind());
    provider.map_or_else(|| name.into(), |(_, provider)| id(provider, name).into())
}

fn remove(body: &mut Value, field: &str) {
    body.as_object_mut().and_then(|b| b.remove(field));
}

fn request(method: &str, path: &str, query: &str, region: Option<&str>, body: Value) -> Value {
    json!({"method": method, "path": path, "query": query, "region": region, "body": plain(body)})
}

/// Without what says nothing, by name.
fn plain(value: Value) -> Value {
    match value {
        Value::Object(all) => {
            let all: BTreeMap<String, Value> = all.into_iter().map(|(k, v)| (k, plain(v))).filter(|(_, v)| !nothing(v)).collect();
            all.into_iter().collect::<Map<_, _>>().into()
        }
        Value::Array(all) => all.into_iter().map(plain).collect(),
        other => other,
    }
}

fn nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

/// What the provider sends for the blocks of a stack, in no order.
pub fn described(body: &Body) -> Vec<Value> {
    let stack = Stack(body);
    let mut requests = Vec::new();
    for block in body.blocks().filter(|b| b.identifier() == "resource") {
        let all = Value::Object(stack.body(block.body()));
        provider(block.labels()[0].as_str(), &all, &mut |method, path, query, region, body| {
            requests.push(request(method, path, query, region, body));
        });
    }
    requests
}

/// These fields under the vendor's names.
fn fields(all: &Value, names: &[(&str, &str)]) -> Value {
    names.iter().map(|(ours, theirs)| ((*theirs).to_owned(), all[ours].clone())).collect::<Map<_, _>>().into()
}

fn same(all: &Value, names: &[&str]) -> Value {
    fields(all, &names.iter().map(|n| (*n, *n)).collect::<Vec<_>>())
}

fn text<'a>(all: &'a Value, field: &str) -> &'a str {
    all[field].as_str().unwrap_or_else(|| panic!("{field} is not a text: {all}"))
}

fn provider(kind: &str, all: &Value, send: &mut impl FnMut(&str, &str, &str, Option<&str>, Value)) {
    let under = |what: &str| format!("/v2/databases/{}/{what}", text(all, "cluster_id"));
    match kind {
        "digitalocean_vpc" => send("POST", "/v2/vpcs", "", None, same(all, &["name", "region", "ip_range", "description"])),
        "digitalocean_kubernetes_cluster" => cluster(kind, all, send),
        "digitalocean_kubernetes_node_pool" => {
            send("POST", &format!("/v2/kubernetes/clusters/{}/node_pools", text(all, "cluster_id")), "", None, pool(all));
        }
        "digitalocean_database_cluster" => {
            let names = ["name", "engine", "version", "region", "size", "private_network_uuid", "tags"];
            let mut body = same(all, &names);
            body["num_nodes"] = all["node_count"].clone();
            send("POST", "/v2/databases", "", None, body);
            let own = format!("/v2/databases/{}", id(kind, text(all, "name")));
            if let Some(window) = all["maintenance_window"].get(0) {
                send("PUT", &format!("{own}/maintenance"), "", None, same(window, &["day", "hour"]));
            }
            if !all["eviction_policy"].is_null() {
                send("PUT", &format!("{own}/eviction_policy"), "", None, same(all, &["eviction_policy"]));
            }
        }
        "digitalocean_database_firewall" => {
            let rules: Value = all["rule"].as_array().expect("rules").iter().map(|r| same(r, &["type", "value"])).collect();
            send("PUT", &under("firewall"), "", None, json!({ "rules": rules }));
        }
        "digitalocean_database_db" => send("POST", &under("dbs"), "", None, same(all, &["name"])),
        "digitalocean_database_user" => send("POST", &under("users"), "", None, same(all, &["name"])),
        "digitalocean_database_connection_pool" => {
            let names = [("name", "name"), ("mode", "mode"), ("size", "size"), ("db_name", "db"), ("user", "user")];
            send("POST", &under("pools"), "", None, fields(all, &names));
        }
        "digitalocean_database_valkey_config" => {
            send("PATCH", &under("config"), "", None, json!({ "config": fields(all, &[("persistence", "valkey_persistence")]) }));
        }
        "digitalocean_spaces_bucket" => bucket(all, send),
        "digitalocean_spaces_bucket_cors_configuration" => {
            let names = [
                ("allowed_origins", "AllowedOrigin"),
                ("allowed_methods", "AllowedMethod"),
                ("allowed_headers", "AllowedHeader"),
                ("max_age_seconds", "MaxAgeSeconds"),
            ];
            let rules: Value = all["cors_rule"].as_array().expect("rules").iter().map(|r| fields(r, &names)).collect();
            let body = json!({ "CORSConfiguration": { "CORSRule": rules } });
            send("PUT", &format!("/{}", text(all, "bucket")), "cors", all["region"].as_str(), body);
        }
        "digitalocean_cdn" => send("POST", "/v2/cdn/endpoints", "", None, same(all, &["origin", "ttl", "custom_domain"])),
        "digitalocean_spaces_key" => {
            let grants: Value =
                all["grant"].as_array().expect("grants").iter().map(|g| same(g, &["bucket", "permission"])).collect();
            send("POST", "/v2/spaces/keys", "", None, json!({ "name": all["name"], "grants": grants }));
        }
        "digitalocean_project" => {
            send("POST", "/v2/projects", "", None, same(all, &["name", "description", "purpose", "environment"]));
        }
        "digitalocean_project_resources" => {
            send("POST", &format!("/v2/projects/{}/resources", text(all, "project")), "", None, same(all, &["resources"]));
        }
        "digitalocean_domain" => send("POST", "/v2/domains", "", None, same(all, &["name"])),
        "digitalocean_container_registries" => {
            send("POST", "/v2/registries", "", None, same(all, &["name", "subscription_tier_slug", "region"]));
        }
        other => panic!("nothing is known of {other}"),
    }
}

fn pool(all: &Value) -> Value {
    let names = [
        ("name", "name"),
        ("size", "size"),
        ("node_count", "count"),
        ("auto_scale", "auto_scale"),
        ("min_nodes", "min_nodes"),
        ("max_nodes", "max_nodes"),
        ("labels", "labels"),
        ("tags", "tags"),
        ("taint", "taints"),
    ];
    fields(all, &names)
}

fn cluster(kind: &str, all: &Value, send: &mut impl FnMut(&str, &str, &str, Option<&str>, Value)) {
    let names = [
        "name",
        "region",
        "version",
        "vpc_uuid",
        "cluster_subnet",
        "service_subnet",
        "ha",
        "surge_upgrade",
        "auto_upgrade",
        "tags",
    ];
    let mut body = same(all, &names);
    for one in ["maintenance_policy", "control_plane_firewall", "routing_agent"] {
        body[one] = all[one].get(0).cloned().unwrap_or_default();
    }
    body["node_pools"] = all["node_pool"].as_array().expect("a pool").iter().map(pool).collect();
    send("POST", "/v2/kubernetes/clusters", "", None, body);
    if all["registry_integration"] == json!(true) {
        send("POST", "/v2/kubernetes/registries", "", None, json!({ "cluster_uuids": [id(kind, text(all, "name"))] }));
    }
}

fn bucket(all: &Value, send: &mut impl FnMut(&str, &str, &str, Option<&str>, Value)) {
    let (path, region) = (format!("/{}", text(all, "name")), all["region"].as_str());
    send("PUT", &path, "", region, Value::Null);
    if let Some(versioning) = all["versioning"].get(0) {
        let status = if versioning["enabled"] == json!(true) { "Enabled" } else { "Suspended" };
        send("PUT", &path, "versioning", region, json!({ "VersioningConfiguration": { "Status": status } }));
    }
    let rules = all["lifecycle_rule"].as_array().into_iter().flatten().map(|rule| {
        let days = |block: &str, field: &str| json!({ field: rule[block][0]["days"] });
        let status = if rule["enabled"] == json!(true) { "Enabled" } else { "Disabled" };
        json!({
            "ID": rule["id"],
            "Status": status,
            "Filter": { "Prefix": rule["prefix"] },
            "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": rule["abort_incomplete_multipart_upload_days"] },
            "Expiration": days("expiration", "Days"),
            "NoncurrentVersionExpiration": days("noncurrent_version_expiration", "NoncurrentDays"),
        })
    });
    let rules: Vec<Value> = rules.collect();
    if !rules.is_empty() {
        send("PUT", &path, "lifecycle", region, json!({ "LifecycleConfiguration": { "Rule": rules } }));
    }
}
