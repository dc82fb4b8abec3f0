//! RabbitMQ, by its two operators: one runs brokers, the other their virtual hosts, users and permissions.
//!
//! Both publish their objects as one file and no chart. The second has a webhook with a certificate, so it needs
//! cert-manager.

mod queue;

use super::{Site, access, scrapes::Scrape, write::workload};
use access::MESSAGING;
use pontoon_core::content::{Capability, Component, Party, Piece, Place, Strictness};
use pontoon_spec::sections::queues::{Queue, Rabbitmq};

/// The namespace of both operators. Source: their releases.
pub const NAMESPACE: &str = "rabbitmq-system";
const GROUP: &str = "rabbitmq.com";
const CLUSTER_OPERATOR: &str = "https://github.com/rabbitmq/cluster-operator/releases/download/v2.22.5/cluster-operator.yml";
const TOPOLOGY_OPERATOR: &str = "https://github.com/rabbitmq/messaging-topology-operator/releases/download/v1.19.3/messaging-topology-operator-with-certmanager.yaml";
/// The webhook that judges virtual hosts, users and permissions.
const WEBHOOK: &str = "rabbitmq-topology";
/// The broker's own interface, through which the second operator works.
const MANAGEMENT: u16 = 15672;
const METRICS: u16 = 15692;

fn queues<'a>(site: &Site<'a>) -> impl Iterator<Item = (&'a str, &'a Rabbitmq)> {
    site.spec.queues.iter().map(|(name, queue)| match &queue.value {
        Queue::RabbitmqOperator(rabbit) => (name.as_str(), rabbit),
    })
}

/// Where there is a queue.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    let Some(first) = site.spec.queues.values().next() else { return Vec::new() };
    let mut all = vec![cluster_operator(first.trace()), topology_operator(first.trace())];
    all.extend(queues(site).flat_map(|(name, rabbit)| queue::build(site, name, rabbit)));
    all
}

fn cluster_operator(origin: pontoon_core::platform::Origin) -> Component {
    let pods = Party::pods(NAMESPACE, "app.kubernetes.io/name", "rabbitmq-cluster-operator");
    let mut c = Component::new("rabbitmq-operator", "messaging", "RabbitMQ's cluster operator", origin)
        .namespace(NAMESPACE, Strictness::Baseline)
        .defines(GROUP, &["RabbitmqCluster"])
        .opening(pods, Party::ApiServer, &[])
        .workload(workload("rabbitmq-cluster-operator", Place::System, 1, 200, 500));
    c.pieces.push(Piece::Published {
        name: "rabbitmq-cluster-operator".into(),
        url: CLUSTER_OPERATOR.into(),
        namespace: NAMESPACE.into(),
    });
    c
}

fn topology_operator(origin: pontoon_core::platform::Origin) -> Component {
    let pods = || Party::pods(NAMESPACE, "app.kubernetes.io/name", "messaging-topology-operator");
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
        .opening(pods(), Party::namespace(MESSAGING), &[MANAGEMENT])
        .workload(workload("messaging-topology-operator", Place::System, 1, 100, 512));
    c.pieces.push(Piece::Published {
        name: "rabbitmq-topology-operator".into(),
        url: TOPOLOGY_OPERATOR.into(),
        namespace: NAMESPACE.into(),
    });
    c
}

/// The metrics of each broker.
pub fn scrapes(site: &Site<'_>) -> Vec<Scrape> {
    let one = |name: &str| Scrape::new(&format!("queue-{name}"), MESSAGING, &[("app.kubernetes.io/name", name)], METRICS);
    queues(site).map(|(name, _)| one(name)).collect()
}
