//! One broker, and who may do what in it.

use super::{GROUP, MANAGEMENT, MESSAGING, WATCHED, WEBHOOK};
use crate::components::{
    Site,
    access::queue_password,
    site::{PRIVATE_ISSUER, ROLE_LABEL},
    write::{budget, object, resources, secret, stateful},
};
use pontoon_core::content::{Capability, Component, Field, Object, Party, Place, Strictness};
use pontoon_spec::sections::queues::Rabbitmq;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const API: &str = "rabbitmq.com/v1beta1";
/// Thousandths of a core and MiB of each instance; the operator's own defaults are 1000 and 2048.
const INSTANCE: (u32, u32) = (200, 1024);
/// Seconds that an instance has to stop; the operator's own default is a week.
const GRACE: u32 = 300;
/// Ports by which instances find each other and talk. Source: RabbitMQ, "Networking".
const BETWEEN: [u16; 2] = [4369, 25672];

/// The broker, then what is in it: the second waits for the first to answer.
pub fn build(site: &Site<'_>, name: &str, rabbit: &Rabbitmq) -> [Component; 2] {
    [broker(site, name, rabbit), contents(site, name, rabbit)]
}

fn origin(site: &Site<'_>, name: &str) -> pontoon_core::platform::Origin {
    site.spec.queues.get(name).map(|q| q.trace()).unwrap_or_default()
}

fn broker(site: &Site<'_>, name: &str, rabbit: &Rabbitmq) -> Component {
    let pods = || Party::pods(MESSAGING, "app.kubernetes.io/name", name);
    let (count, size) = (rabbit.instances.get(), rabbit.storage.size.in_gibibytes());
    let mut c = Component::new(&format!("queue-{name}"), "messaging", &format!("RabbitMQ {name}"), origin(site, name))
        .namespace(MESSAGING, Strictness::Baseline)
        .provides(Capability::endpoint(MESSAGING, name, MANAGEMENT))
        .opening(pods(), Party::ApiServer, &[])
        .opening(pods(), pods(), &BETWEEN)
        .workload(stateful(&format!("queue-{name}"), Place::Data, count, INSTANCE.0, INSTANCE.1, size))
        .object(cluster(site, name, rabbit));
    c.needs.extend(site.class_need(&rabbit.storage));
    if *rabbit.tls {
        c = c
            .needs(Capability::Issuer(PRIVATE_ISSUER.into()))
            .needs(Capability::Webhook("cert-manager".into()))
            .object(certificate(name));
    }
    if count > 1 {
        c = c.object(budget(MESSAGING, name, json!({ "app.kubernetes.io/name": name })));
    }
    c
}

fn cluster(site: &Site<'_>, name: &str, rabbit: &Rabbitmq) -> Object {
    let mut affinity = json!({ "podAntiAffinity": { "preferredDuringSchedulingIgnoredDuringExecution": [{
        "weight": 100,
        "podAffinityTerm": {
            "topologyKey": "kubernetes.io/hostname",
            "labelSelector": { "matchLabels": { "app.kubernetes.io/name": name } },
        },
    }]}});
    // The definition has no selector of nodes.
    if let Some(role) = site.selector(Place::Data).get(ROLE_LABEL) {
        let term = json!({ "matchExpressions": [{ "key": ROLE_LABEL, "operator": "In", "values": [role] }] });
        affinity["nodeAffinity"] = json!({ "requiredDuringSchedulingIgnoredDuringExecution": { "nodeSelectorTerms": [term] } });
    }
    let mut spec = json!({
        "replicas": rabbit.instances.get(),
        "persistence": {
            "storage": format!("{}Gi", rabbit.storage.size.in_gibibytes()),
            "storageClassName": site.class(&rabbit.storage),
        },
        "resources": resources(INSTANCE.0, INSTANCE.1),
        "terminationGracePeriodSeconds": GRACE,
        "affinity": affinity,
        "rabbitmq": { "additionalConfig": "cluster_partition_handling = pause_minority\n" },
    });
    if let Some(tolerations) = site.placement(Place::Data).remove("tolerations") {
        spec["tolerations"] = tolerations;
    }
    if let Some(version) = &rabbit.version {
        spec["image"] = format!("docker.io/library/rabbitmq:{}-management", **version).into();
    }
    if *rabbit.tls {
        // The listener without TLS stays, and the policies let nobody to it.
        spec["tls"] = json!({ "secretName": format!("{name}-tls") });
    }
    object(API, "RabbitmqCluster", MESSAGING, name, json!({ "spec": spec }))
}

fn certificate(name: &str) -> Object {
    let host = format!("{name}.{MESSAGING}.svc");
    let inside = format!("*.{name}-nodes.{MESSAGING}.svc");
    let spec = json!({
        "secretName": format!("{name}-tls"),
        "dnsNames": [name, host, format!("{host}.cluster.local"), inside, format!("{inside}.cluster.local")],
        "issuerRef": { "name": PRIVATE_ISSUER, "kind": "ClusterIssuer", "group": "cert-manager.io" },
    });
    object("cert-manager.io/v1", "Certificate", MESSAGING, &format!("{name}-tls"), json!({ "spec": spec }))
}

/// Virtual hosts, users and permissions.
fn contents(site: &Site<'_>, name: &str, rabbit: &Rabbitmq) -> Component {
    let of = json!({ "name": name });
    let port = if *rabbit.tls { 5671 } else { 5672 };
    let mut c = Component::new(
        &format!("queue-{name}-access"),
        "messaging",
        &format!("virtual hosts and users of RabbitMQ {name}"),
        origin(site, name),
    )
    .namespace(MESSAGING, Strictness::Baseline)
    .needs(Capability::Webhook(WEBHOOK.into()))
    .needs(Capability::definition("User", GROUP))
    .needs(Capability::endpoint(MESSAGING, name, MANAGEMENT))
    .provides(Capability::endpoint(MESSAGING, name, port));
    let users: BTreeSet<&str> = rabbit.vhosts.values().flat_map(|v| v.users.keys().map(|u| u.as_str())).collect();
    for user in &users {
        let credentials = format!("{name}-{user}");
        let fields = [("username", Field::Text((*user).to_owned())), ("password", queue_password(name, user))];
        let spec = json!({ "rabbitmqClusterReference": of, "importCredentialsSecret": { "name": credentials } });
        let mut seen = secret(MESSAGING, &credentials, MESSAGING, fields);
        seen.labels.insert(WATCHED.into(), "true".into());
        c = c.secret(seen).object(object(API, "User", MESSAGING, &credentials, json!({ "spec": spec })));
    }
    for (vhost, declared) in rabbit.vhosts.iter() {
        let spec = json!({ "name": vhost.to_string(), "rabbitmqClusterReference": of, "defaultQueueType": queue_type(rabbit) });
        c = c.object(object(API, "Vhost", MESSAGING, &format!("{name}-{vhost}"), json!({ "spec": spec })));
        for (user, may) in declared.users.iter() {
            let spec = json!({
                "vhost": vhost.to_string(),
                "userReference": { "name": format!("{name}-{user}") },
                "permissions": { "configure": may.configure.to_string(), "write": may.write.to_string(), "read": may.read.to_string() },
                "rabbitmqClusterReference": of,
            });
            c = c.object(object(API, "Permission", MESSAGING, &format!("{name}-{vhost}-{user}"), json!({ "spec": spec })));
        }
    }
    c
}

/// With a majority, what is queued survives an instance.
fn queue_type(rabbit: &Rabbitmq) -> Value {
    if rabbit.instances.get() >= 3 { "quorum".into() } else { "classic".into() }
}
