//! Managed databases as pods meet them: who is let in, from where, and with which rights.

use super::super::fields::{items, text};
use super::address::{Address, Protocol};
use super::links::Failure;
use super::sql;
use crate::Cx;
use crate::cluster::Objects;
use crate::digitalocean::kubernetes::{CLUSTERS, NODES};
use crate::digitalocean::tags;
use ipnet::Ipv4Net;
use serde_json::Value;
use std::net::Ipv4Addr;

/// Ports. Source: DigitalOcean documentation, managed databases.
const SQL: u16 = 25060;
const POOL: u16 = 25061;
const METRICS: u16 = 9273;

/// Whether a pod of this cluster gets in; `creates` when it makes tables of its own.
pub(super) fn enter(objects: &Objects, database: &Value, private: bool, wanted: &Address, creates: bool) -> Result<(), Failure> {
    let cx = objects.world();
    let cluster = cx.get(CLUSTERS, objects.cluster()).unwrap_or(&Value::Null);
    if matches!(text(&database["status"]), "creating" | "forking") {
        return Err(Failure::link(format!(
            "connection refused (database cluster {} is {})",
            text(&database["name"]),
            text(&database["status"])
        )));
    }
    if private && cluster["vpc_uuid"] != database["private_network_uuid"] {
        return Err(Failure::link("connection timed out (the host's private network is another VPC than the cluster's)"));
    }
    let id = text(&database["cluster_uuid"]);
    let id = if id.is_empty() { text(&database["id"]) } else { id };
    if !trusted(cx, objects.cluster(), id) {
        return Err(Failure::link(format!(
            "connection timed out (database cluster {} does not trust this cluster: its trusted sources name neither the cluster nor its nodes)",
            text(&database["name"])
        )));
    }
    let valkey = database["engine"] == "valkey";
    match (valkey, wanted.port) {
        (_, METRICS) => return Ok(()),
        (true, POOL) | (false, SQL | POOL) => {}
        _ => return Err(Failure::link("connection timed out (nothing listens on that port)")),
    }
    if wanted.tls == Some(false) {
        let why = if valkey {
            "connection reset by peer (the server speaks TLS only)"
        } else {
            "no pg_hba.conf entry for host, no encryption"
        };
        return Err(Failure::login(why));
    }
    if wanted.user.is_empty() && wanted.password.is_empty() {
        return Ok(());
    }
    login(cx, id, valkey, wanted, creates)
}

fn login(cx: &Cx, id: &str, valkey: bool, wanted: &Address, creates: bool) -> Result<(), Failure> {
    let user = match wanted.user.as_str() {
        "" if valkey => "default",
        other => other,
    };
    let known = cx.get("database_users", &format!("{id}/{user}"));
    if known.is_none_or(|u| u["_password"] != wanted.password.as_str()) {
        return Err(Failure::login(if valkey {
            "WRONGPASS invalid username-password pair or user is disabled.".to_owned()
        } else {
            format!("password authentication failed for user \"{user}\"")
        }));
    }
    if valkey || wanted.protocol == Protocol::Redis {
        return Ok(());
    }
    let mut database = if wanted.database.is_empty() { user } else { wanted.database.as_str() };
    if wanted.port == POOL {
        let Some(pool) = cx.get("database_pools", &format!("{id}/{database}")) else {
            return Err(Failure::login(format!("FATAL: no such database: {database}")));
        };
        database = text(&pool["db"]);
    }
    if cx.get("database_dbs", &format!("{id}/{database}")).is_none() {
        return Err(Failure::login(format!("database \"{database}\" does not exist")));
    }
    // A user made by the API owns nothing. Source: DigitalOcean documentation, PostgreSQL users and privileges.
    if creates && user != "doadmin" && !sql::granted(cx, id, database, user) {
        return Err(Failure::login("permission denied for schema public"));
    }
    Ok(())
}

/// Whether the trusted sources let the cluster in: by its id, or a tag, an address or the id of each of its nodes. An
/// empty list lets everybody in.
fn trusted(cx: &Cx, cluster: &str, database: &str) -> bool {
    let rules: Vec<&Value> = cx.list("database_rules").into_iter().filter(|r| r["cluster_uuid"] == database).collect();
    if rules.is_empty() || rules.iter().any(|r| r["type"] == "k8s" && r["value"] == cluster) {
        return true;
    }
    let nodes: Vec<&Value> = cx.list(NODES).into_iter().filter(|n| n["_cluster"] == cluster).collect();
    let droplets: Vec<&Value> = nodes.iter().filter_map(|n| cx.get("droplets", text(&n["droplet_id"]))).collect();
    let lets = |rule: &Value, droplet: &Value| {
        let value = text(&rule["value"]);
        match text(&rule["type"]) {
            "tag" => tags::carries(droplet, value),
            "droplet" => droplet["id"].as_i64().is_some_and(|id| value.parse() == Ok(id)),
            "ip_addr" => items(&droplet["networks"]["v4"]).iter().any(|n| covers(value, text(&n["ip_address"]))),
            _ => false,
        }
    };
    !droplets.is_empty() && droplets.iter().all(|d| rules.iter().any(|r| lets(r, d)))
}

fn covers(range: &str, address: &str) -> bool {
    range == address || range.parse::<Ipv4Net>().ok().zip(address.parse::<Ipv4Addr>().ok()).is_some_and(|(r, a)| r.contains(&a))
}
