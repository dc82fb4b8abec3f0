//! What the document asks for and this version does not build, by name.

use super::Lower;
use pontoon_spec::sections::observability::{Logs, Metrics, Traces};

pub fn lower(l: &mut Lower<'_>) {
    let spec = l.spec;
    const CONTENTS: &str = "what runs in the cluster (apps, their routes, access and secrets)";
    for name in spec.apps.keys() {
        l.defer(&format!("apps.{name}"), CONTENTS);
    }
    for name in spec.queues.keys() {
        l.defer(&format!("queues.{name}"), "queues in the cluster (RabbitMQ)");
    }
    for name in spec.sites.keys() {
        l.defer(&format!("sites.{name}"), "sites on premises (Talos)");
    }
    for name in spec.links.keys() {
        l.defer(&format!("links.{name}"), "tunnels between sites (WireGuard)");
    }
    for name in spec.storage.classes.keys() {
        l.defer(&format!("storage.classes.{name}"), "storage classes");
    }
    if spec.identity.is_some() {
        l.defer("identity", "single sign-on (Keycloak)");
    }
    if spec.backups.velero.is_some() {
        l.defer("backups.velero", "backups of the cluster (Velero)");
    }
    l.defer("ingress", "the way in (controller, certificates, DNS records of hosts)");
    let o = &spec.observability;
    let watched = !matches!(o.metrics.value, Metrics::None(_))
        || !matches!(o.logs.value, Logs::None(_))
        || !matches!(o.traces.value, Traces::None(_))
        || !o.slos.is_empty();
    if watched {
        l.defer("observability", "metrics, logs, traces, alerts and SLOs");
    }
}
