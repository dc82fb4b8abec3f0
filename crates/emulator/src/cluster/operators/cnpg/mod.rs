//! CloudNativePG: from a Cluster to PostgreSQL servers, their claims, services, users and backups.
//!
//! Source: CloudNativePG 1.30's documentation; phases, conditions and names are its own.

mod archive;
mod backups;
mod cluster;
mod cron;
mod database;
mod instances;
mod pooler;
mod recovery;
mod roles;
mod users;

use super::cert_manager::own_authority;
use super::own::{encoded, make, running};
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{items, namespace};
use serde_json::{Value, json};
use std::time::Duration;

const CLUSTERS: &str = "clusters.postgresql.cnpg.io";
const MANAGER: &str = "cloudnative-pg";
/// The plugin's own name.
const BARMAN: &str = "barman-cloud.cloudnative-pg.io";

/// Looks at everything of the group.
pub(super) fn run(objects: &mut Objects) {
    let Some(operator) = running(objects, &[("app.kubernetes.io/name", "cloudnative-pg")]).cloned() else {
        return;
    };
    webhook(objects, namespace(&operator));
    objects.each_live("cnpg", CLUSTERS, cluster::look);
    objects.each_live("cnpg", "poolers.postgresql.cnpg.io", pooler::look);
    objects.each_live("cnpg", "databaseroles.postgresql.cnpg.io", database::role);
    objects.each_live("cnpg", "databases.postgresql.cnpg.io", database::database);
    objects.each_live("cnpg", "scheduledbackups.postgresql.cnpg.io", backups::scheduled);
    objects.each_live("cnpg", "backups.postgresql.cnpg.io", backups::backup);
}

/// Whether a Cluster's servers can be written to.
fn healthy(cluster: &Value) -> bool {
    cluster["status"]["readyInstances"].as_i64().unwrap_or(0) > 0 && cluster["status"]["currentPrimary"].is_string()
}

/// The operator makes its webhook's certificate itself.
fn webhook(objects: &mut Objects, home: &str) {
    if objects.get("secrets", home, "cnpg-ca-secret").is_none() {
        let made = own_authority(objects, "cnpg-webhook-service", Duration::from_secs(90 * 86400));
        for (name, keys) in [("cnpg-ca-secret", ["ca.crt", "ca.key"]), ("cnpg-webhook-cert", ["tls.crt", "tls.key"])] {
            let object = json!({
                "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name, "namespace": home },
                "data": { keys[0]: encoded(&made.certificate), keys[1]: encoded(&made.key) },
            });
            // A namespace on its way out takes none.
            let _ = make(objects, &Value::Null, object);
        }
    }
    let Some(authority) = objects.get("secrets", home, "cnpg-ca-secret").map(|s| s["data"]["ca.crt"].clone()) else {
        return;
    };
    for sort in ["mutating", "validating"] {
        let resource = format!("{sort}webhookconfigurations.admissionregistration.k8s.io");
        objects.edit(&resource, "", &format!("cnpg-{sort}-webhook-configuration"), |w| {
            for i in 0..items(&w["webhooks"]).len() {
                w["webhooks"][i]["clientConfig"]["caBundle"] = authority.clone();
            }
        });
    }
}
