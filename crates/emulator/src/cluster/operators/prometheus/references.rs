//! Selected objects whose Secrets are missing: the operator leaves them out, and says so in an event.

use crate::cluster::Objects;
use crate::cluster::controllers::fields::{items, name, namespace, text};
use crate::cluster::controllers::select::fits;
use serde_json::Value;

/// Looks through what a Prometheus selects; nothing of it can stop the Prometheus itself but its own references.
pub(super) fn selected(objects: &mut Objects, prometheus: &Value) -> Option<String> {
    let home = namespace(prometheus);
    let own = &prometheus["spec"]["additionalScrapeConfigs"];
    if let (Some(secret), Some(key)) = (own["name"].as_str(), own["key"].as_str())
        && own["optional"] != true
        && objects.get("secrets", home, secret).is_none_or(|s| s["data"][key].is_null())
    {
        return Some(format!(
            "creating config failed: loading additional scrape configs from Secret failed: secrets \"{secret}\" not found"
        ));
    }
    for (resource, field) in [
        ("servicemonitors.monitoring.coreos.com", "serviceMonitorSelector"),
        ("podmonitors.monitoring.coreos.com", "podMonitorSelector"),
        ("scrapeconfigs.monitoring.coreos.com", "scrapeConfigSelector"),
    ] {
        refuse(objects, resource, &prometheus["spec"][field], "Prometheus");
    }
    None
}

/// The same for the routes of an Alertmanager.
pub(super) fn routes(objects: &mut Objects, alertmanager: &Value) {
    let selector = &alertmanager["spec"]["alertmanagerConfigSelector"];
    refuse(objects, "alertmanagerconfigs.monitoring.coreos.com", selector, "Alertmanager");
}

/// Tells of every selected object that names a Secret or a key that is not there.
fn refuse(objects: &mut Objects, resource: &str, selector: &Value, by: &str) {
    let mut refused = Vec::new();
    for object in objects.list(resource).into_iter().filter(|o| fits(selector, &o["metadata"]["labels"])) {
        let mut named = Vec::new();
        references(&object["spec"], &mut named);
        let missing = named.into_iter().find_map(|(secret, key)| missing(objects, namespace(object), &secret, &key));
        if let Some(why) = missing {
            refused.push((object.clone(), why));
        }
    }
    for (object, why) in refused {
        let message = format!(
            "{} \"{}/{}\" was rejected due to invalid configuration: {why} ({by})",
            text(&object["kind"]),
            namespace(&object),
            name(&object)
        );
        objects.event(&object, "Warning", "InvalidConfiguration", &message);
    }
}

fn missing(objects: &Objects, home: &str, secret: &str, key: &str) -> Option<String> {
    match objects.get("secrets", home, secret) {
        None => Some(format!("unable to get secret \"{secret}\": secrets \"{secret}\" not found")),
        Some(found) if found["data"][key].is_null() => Some(format!("key \"{key}\" in secret \"{secret}\" not found")),
        Some(_) => None,
    }
}

/// Fields that select a Secret's key, wherever they stand: by their names, since a ConfigMap's look the same.
const SELECTS: &[&str] = &[
    "username",
    "password",
    "bearerTokenSecret",
    "credentials",
    "clientSecret",
    "keySecret",
    "secret",
    "apiURL",
    "routingKey",
    "serviceKey",
    "url",
    "urlSecret",
    "webhookURL",
    "botToken",
    "apiKey",
    "authPassword",
    "authSecret",
    "token",
    "userKey",
];

fn references(value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (field, inner) in fields {
                if SELECTS.contains(&field.as_str())
                    && inner["optional"] != true
                    && let (Some(name), Some(key)) = (inner["name"].as_str(), inner["key"].as_str())
                {
                    found.push((name.to_owned(), key.to_owned()));
                } else {
                    references(inner, found);
                }
            }
        }
        Value::Array(_) => items(value).iter().for_each(|v| references(v, found)),
        _ => {}
    }
}
