//! Alertmanager: its own configuration is a Secret, and AlertmanagerConfigs that it selects are added.

use super::instance::{Sort, keep};
use super::references;
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{name, namespace, text};
use serde_json::Value;

const ALERTMANAGER: Sort = Sort {
    word: "alertmanager",
    resource: "alertmanagers.monitoring.coreos.com",
    port: 9093,
    more: &[("tcp-mesh", 9094), ("udp-mesh", 9094)],
    data: "/alertmanager",
};

/// Looks at an Alertmanager.
pub(super) fn look(objects: &mut Objects, one: &Value) {
    let secret = match text(&one["spec"]["configSecret"]) {
        "" => format!("alertmanager-{}", name(one)),
        given => given.to_owned(),
    };
    let there = objects.get("secrets", namespace(one), &secret);
    // Without the Secret an empty configuration is made; one without the key stops everything.
    let wrong = there.filter(|s| !["alertmanager.yaml", "alertmanager.yaml.gz"].iter().any(|k| s["data"][*k].is_string())).map(|_| {
        format!("provision alertmanager configuration: failed to retrieve configuration from secret: key \"alertmanager.yaml\" could not be found in secret \"{secret}\"")
    });
    references::routes(objects, one);
    keep(objects, one, &ALERTMANAGER, wrong.as_deref());
}
