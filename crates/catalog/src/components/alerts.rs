//! Who is told of what: the document's routes as Alertmanager's, by severity, their keys in a Secret.

use super::{
    Site, access,
    prometheus::{ROUTES, WEBHOOK, own_secret},
    write::{merged, object},
};
use access::OBSERVABILITY;
use pontoon_core::content::{Capability, Component, Field, Party};
use pontoon_spec::sections::observability::{AlertRoute, Receiver};
use serde_json::{Value, json};

/// The Secret with the routes' keys, each under the name that the document gives it.
const KEYS: &str = "alert-routes";
/// What everybody reads first.
const TITLE: &str = "{{ .CommonLabels.alertname }} ({{ .CommonLabels.severity }}, {{ .CommonLabels.environment }})";
const TEXT: &str = "{{ range .Alerts }}{{ .Annotations.summary }}{{ .Annotations.description }}\n{{ end }}";

/// Where metrics are collected and somebody wants to be told.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    let routes = &site.spec.observability.alerts.routes;
    let sent: Vec<(&str, &AlertRoute)> =
        routes.iter().map(|(n, r)| (n.as_str(), &r.value)).filter(|(_, r)| *r.to != Receiver::Email).collect();
    if !site.has_metrics() || routes.is_empty() {
        return Vec::new();
    }
    let mut component = Component::new("alerts", "observability", "routes of alerts", site.spec.observability.alerts.trace())
        .needs(Capability::Namespace(OBSERVABILITY.into()))
        .needs(Capability::Webhook(WEBHOOK.into()));
    for (name, _) in routes.iter().filter(|(_, r)| *r.to == Receiver::Email) {
        component = component.fact(&format!("The route {name} tells nobody yet: sending mail from the cluster is not built."));
    }
    if sent.is_empty() {
        return vec![component];
    }
    let keys = || sent.iter().filter_map(|(_, r)| r.secret.as_ref().map(|s| s.to_string()));
    let mut secret = own_secret(KEYS, []);
    secret.owner = "platform".into();
    secret.fields = keys().map(|k| (k.clone(), Field::Given(k))).collect();
    let mut spec = json!({
        "route": {
            "receiver": "nobody",
            "groupBy": ["alertname", "namespace"],
            "groupWait": "30s",
            "groupInterval": "5m",
            "repeatInterval": "4h",
            "routes": sent.iter().map(|(name, r)| route(name, r)).collect::<Vec<_>>(),
        },
        "receivers": [{ "name": "nobody" }],
    });
    if let Some(receivers) = spec["receivers"].as_array_mut() {
        receivers.extend(sent.iter().map(|(name, r)| receiver(name, r)));
    }
    let config = object("monitoring.coreos.com/v1alpha1", "AlertmanagerConfig", OBSERVABILITY, "routes", json!({ "spec": spec }));
    component = component.secret(secret).object(merged(config, json!({ "metadata": { "labels": { ROUTES: "true" } } })));
    for (_, r) in &sent {
        let to = match *r.to {
            Receiver::Slack => Party::host("hooks.slack.com"),
            Receiver::Pagerduty => Party::host("events.pagerduty.com"),
            // The address is in the Secret, so nobody can say here where it leads.
            Receiver::Webhook | Receiver::Email => Party::World,
        };
        component = component.opening(Party::pods(OBSERVABILITY, "app.kubernetes.io/name", "alertmanager"), to, &[443]);
    }
    vec![component]
}

/// One alert may go several ways.
fn route(name: &str, r: &AlertRoute) -> Value {
    let severities: Vec<String> = r.severity.iter().map(|s| s.to_string()).collect();
    json!({
        "receiver": name,
        "continue": true,
        "matchers": [{ "name": "severity", "matchType": "=~", "value": severities.join("|") }],
    })
}

fn receiver(name: &str, r: &AlertRoute) -> Value {
    let key = json!({ "name": KEYS, "key": r.secret.as_ref().map(|s| s.to_string()).unwrap_or_default() });
    match *r.to {
        Receiver::Slack => {
            let mut slack = json!({ "apiURL": key, "sendResolved": true, "title": TITLE, "text": TEXT });
            if let Some(channel) = &r.channel {
                slack["channel"] = channel.to_string().into();
            }
            json!({ "name": name, "slackConfigs": [slack] })
        }
        Receiver::Pagerduty => {
            let pagerduty = json!({
                "routingKey": key,
                "sendResolved": true,
                "description": TITLE,
                "severity": "{{ .CommonLabels.severity }}",
            });
            json!({ "name": name, "pagerdutyConfigs": [pagerduty] })
        }
        Receiver::Webhook | Receiver::Email => {
            json!({ "name": name, "webhookConfigs": [{ "urlSecret": key, "sendResolved": true }] })
        }
    }
}
