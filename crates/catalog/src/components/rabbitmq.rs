//! RabbitMQ, by its two operators: one runs brokers, the other their virtual hosts, users and permissions.
//!
//! Both publish their objects as one file and no chart. The second has a webhook with a certificate, so it needs
//! cert-manager.

mod queue;

use super::{
    Site, access,
    scrapes::Scrape,
    site::PRIVATE_ISSUER,
    write::{object, published, resources, workload},
};
use access::MESSAGING;
use pontoon_core::content::{Capability, Component, Object, Party, Piece, Place, Strictness};
use pontoon_spec::sections::queues::{Queue, Rabbitmq};
use serde_json::json;

/// The namespace of both operators. Source: their releases.
pub const NAMESPACE: &str = "rabbitmq-system";
const GROUP: &str = "rabbitmq.com";
const CLUSTER_OPERATOR: &str = "https://github.com/rabbitmq/cluster-operator/releases/download/v2.22.5/cluster-operator.yml";
/// The label without which the operator neither takes a Secret with a user's password nor follows another one.
/// Source: RabbitMQ documentation, "Using the Messaging Topology Operator", provided usernames and passwords (1.20).
const WATCHED: &str = "rabbitmq.com/topology-operator";
const TOPOLOGY_OPERATOR: &str = "https://github.com/rabbitmq/messaging-topology-operator/releases/download/v1.20.2/messaging-topology-operator-with-certmanager.yaml";
/// The webhook that judges virtual hosts, users and permissions.
const WEBHOOK: &str = "rabbitmq-topology";
/// The broker's own interface, through which the second operator works.
const MANAGEMENT: u16 = 15672;
/// The same over TLS: the second operator takes it as soon as the broker has a certificate.
const MANAGEMENT_TLS: u16 = 15671;
/// The Secret with the platform's own authority, beside the second operator.
const AUTHORITY: &str = "private-authority";
const METRICS: u16 = 15692;

fn queues<'a>(site: &Site<'a>) -> impl Iterator<Item = (&'a str, &'a Rabbitmq)> {
    site.spec.queues.iter().map(|(name, queue)| match &queue.value {
        Queue::RabbitmqOperator(rabbit) => (name.as_str(), rabbit),
    })
}

/// Where there is a queue.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    let Some(first) = site.spec.queues.values().next() else { return Vec::new() };
    let mut all = vec![cluster_operator(site, first.trace()), topology_operator(site, first.trace())];
    all.extend(queues(site).flat_map(|(name, rabbit)| queue::build(site, name, rabbit)));
    all
}

fn cluster_operator(site: &Site<'_>, origin: pontoon_core::platform::Origin) -> Component {
    let pods = Party::pods(NAMESPACE, "app.kubernetes.io/name", "rabbitmq-cluster-operator");
    let mut c = Component::new("rabbitmq-operator", "messaging", "RabbitMQ's cluster operator", origin)
        .namespace(NAMESPACE, Strictness::Baseline)
        .defines(GROUP, &["RabbitmqCluster"])
        .opening(pods, Party::ApiServer, &[])
        .workload(workload("rabbitmq-cluster-operator", Place::System, 1, 100, 256));
    let container = json!({ "name": "operator", "resources": resources(100, 256) });
    c.pieces.push(published(site, CLUSTER_OPERATOR, NAMESPACE, "rabbitmq-cluster-operator", container));
    c
}

fn topology_operator(site: &Site<'_>, origin: pontoon_core::platform::Origin) -> Component {
    let pods = || Party::pods(NAMESPACE, "app.kubernetes.io/name", "messaging-topology-operator");
    let trusts = queues(site).any(|(_, rabbit)| *rabbit.tls);
    let kinds = [
        "Binding",
        "Exchange",
        "Federation",
        "OperatorPolicy",
        "Permission",
        "Policy",
        "Queue",
        "SchemaReplication",
        "Shovel",
        "SuperStream",
        "TopicPermission",
        "User",
        "Vhost",
    ];
    let mut c = Component::new("rabbitmq-topology-operator", "messaging", "RabbitMQ's topology operator", origin)
        .namespace(NAMESPACE, Strictness::Baseline)
        .needs(Capability::definition("Certificate", "cert-manager.io"))
        .needs(Capability::definition("Issuer", "cert-manager.io"))
        .needs(Capability::Webhook("cert-manager".into()))
        .defines(GROUP, &kinds)
        .provides(Capability::Webhook(WEBHOOK.into()))
        .opening(pods(), Party::ApiServer, &[])
        .opening(Party::ApiServer, pods(), &[9443])
        .opening(pods(), Party::namespace(MESSAGING), &[MANAGEMENT, MANAGEMENT_TLS])
        .workload(workload("messaging-topology-operator", Place::System, 1, 50, 256));
    let mut container = json!({ "name": "manager", "resources": resources(50, 256) });
    if trusts {
        // Where the image's programs look for whom they trust.
        let file = format!("/etc/ssl/certs/{AUTHORITY}.crt");
        container["volumeMounts"] = json!([{ "name": AUTHORITY, "mountPath": file, "subPath": "ca.crt", "readOnly": true }]);
    }
    let mut piece = published(site, TOPOLOGY_OPERATOR, NAMESPACE, "messaging-topology-operator", container);
    if let Piece::Published { patches, .. } = &mut piece
        && let Some(deployment) = patches.last_mut()
        && trusts
    {
        deployment["spec"]["template"]["spec"]["volumes"] = json!([{ "name": AUTHORITY, "secret": { "secretName": AUTHORITY } }]);
        c = c.needs(Capability::Issuer(PRIVATE_ISSUER.into())).object(authority());
    }
    c.pieces.push(piece);
    c
}

/// A certificate that nobody serves: beside it comes the authority that signed it, which is what is wanted.
fn authority() -> Object {
    let spec = json!({
        "secretName": AUTHORITY,
        "dnsNames": [format!("messaging-topology-operator.{NAMESPACE}.svc")],
        "issuerRef": { "name": PRIVATE_ISSUER, "kind": "ClusterIssuer", "group": "cert-manager.io" },
    });
    object("cert-manager.io/v1", "Certificate", NAMESPACE, AUTHORITY, json!({ "spec": spec }))
}

/// The metrics of each broker.
pub fn scrapes(site: &Site<'_>) -> Vec<Scrape> {
    let one = |name: &str| Scrape::new(&format!("queue-{name}"), MESSAGING, &[("app.kubernetes.io/name", name)], METRICS);
    queues(site).map(|(name, _)| one(name)).collect()
}
