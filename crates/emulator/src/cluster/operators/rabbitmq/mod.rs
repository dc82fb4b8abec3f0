//! RabbitMQ: the cluster operator and the messaging topology operator.
//!
//! Source: rabbitmq/cluster-operator 2 and rabbitmq/messaging-topology-operator 1, documentation and controllers.

mod server;
mod topology;

use super::own::running;
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{condition, name, namespace, text};
use crate::cluster::operators::own::{host, secret_text};
use serde_json::{Map, Value, json};

const CLUSTERS: &str = "rabbitmqclusters.rabbitmq.com";

/// Looks at every cluster, and at what is to be in it.
pub(super) fn run(objects: &mut Objects) {
    if running(objects, &[("app.kubernetes.io/name", "rabbitmq-cluster-operator")]).is_some() {
        objects.each_live("rabbitmq", CLUSTERS, server::look);
    }
    if running(objects, &[("app.kubernetes.io/name", "messaging-topology-operator")]).is_some() {
        topology::run(objects);
    }
    objects.each_live("rabbitmq-logins", CLUSTERS, logins);
}

/// Who may log in, and into which virtual hosts: kept by the servers, whoever runs.
fn logins(objects: &mut Objects, cluster: &Value) {
    let (home, own) = (namespace(cluster), name(cluster));
    let default = format!("{own}-default-user");
    let Some(user) = secret_text(objects, home, &default, "username") else {
        return;
    };
    let mut users = Map::new();
    users.insert(user, secret_text(objects, home, &default, "password").unwrap_or_default().into());
    let mine = |o: &&Value| {
        let reference = &o["spec"]["rabbitmqClusterReference"];
        let of = reference["namespace"].as_str().unwrap_or(namespace(o));
        reference["name"] == own && of == home && condition(o, "Ready") == "True"
    };
    for object in objects.list("users.rabbitmq.com").into_iter().filter(mine) {
        let kept = text(&object["status"]["credentials"]["name"]);
        let read = |key| secret_text(objects, namespace(object), kept, key);
        if let (Some(user), Some(password)) = (read("username"), read("password")) {
            users.insert(user, password.into());
        }
    }
    let mut vhosts = vec!["/".to_owned()];
    vhosts.extend(objects.list("vhosts.rabbitmq.com").into_iter().filter(mine).map(|v| text(&v["spec"]["name"]).to_owned()));
    for (port, tls) in [(5672, false), (5671, true)] {
        let login = json!({ "protocol": "amqp", "users": users, "databases": vhosts, "tls": tls });
        crate::cluster::logins::set(objects, &host(own, home), port, login);
    }
}
