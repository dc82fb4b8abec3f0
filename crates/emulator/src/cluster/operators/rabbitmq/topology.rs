//! What is to be in a cluster: virtual hosts, users, permissions, queues and the rest.

use super::CLUSTERS;
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{condition, conditioned, items, name, namespace, text};
use crate::cluster::operators::own::{make, password, secret, secret_text};
use serde_json::{Value, json};

const VHOSTS: &str = "vhosts.rabbitmq.com";
const USERS: &str = "users.rabbitmq.com";
/// Everything else, which needs its virtual host.
const WITHIN: &[&str] = &[
    "permissions.rabbitmq.com",
    "topicpermissions.rabbitmq.com",
    "policies.rabbitmq.com",
    "operatorpolicies.rabbitmq.com",
    "exchanges.rabbitmq.com",
    "queues.rabbitmq.com",
    "bindings.rabbitmq.com",
    "federations.rabbitmq.com",
    "shovels.rabbitmq.com",
    "schemareplications.rabbitmq.com",
    "superstreams.rabbitmq.com",
];

/// Looks at all of it.
pub(super) fn run(objects: &mut Objects) {
    objects.each_live("topology", VHOSTS, |objects, vhost| {
        let answer = reach(objects, vhost).map(|_| ());
        write(objects, VHOSTS, vhost, answer);
    });
    objects.each_live("topology", USERS, |objects, user| {
        let answer = reach(objects, user).and_then(|_| credentials(objects, user));
        write(objects, USERS, user, answer);
    });
    for resource in WITHIN {
        objects.each_live("topology", resource, |objects, object| {
            let answer = reach(objects, object).and_then(|cluster| within(objects, &cluster, object));
            write(objects, resource, object, answer);
        });
    }
}

/// The cluster that an object names: it must be there, allow the namespace, and answer.
fn reach(objects: &Objects, object: &Value) -> Result<Value, String> {
    let reference = &object["spec"]["rabbitmqClusterReference"];
    let (own, home) = (text(&reference["name"]), reference["namespace"].as_str().unwrap_or(namespace(object)));
    let cluster = objects.get(CLUSTERS, home, own);
    let cluster =
        cluster.ok_or_else(|| format!("failed to get RabbitmqCluster: RabbitmqCluster.rabbitmq.com \"{own}\" not found"))?;
    let allowed = text(&cluster["metadata"]["annotations"]["rabbitmq.com/topology-allowed-namespaces"]);
    if home != namespace(object) && !allowed.split(',').any(|n| n.trim() == namespace(object) || n.trim() == "*") {
        return Err("Resource is not allowed to reference defined cluster reference. Check the namespace of the resource is allowed as part of the cluster's `rabbitmq.com/topology-allowed-namespaces` annotation".to_owned());
    }
    if condition(cluster, "ClusterAvailable") != "True" {
        let (scheme, port) = if cluster["spec"]["tls"]["secretName"].is_string() { ("https", 15671) } else { ("http", 15672) };
        return Err(format!("Get \"{scheme}://{own}.{home}.svc:{port}/api/overview\": dial tcp: connect: connection refused"));
    }
    Ok(cluster.clone())
}

/// The label that lets the operator see a Secret that it did not make.
/// Source: rabbitmq/messaging-topology-operator, release 1.20, pull request 1205.
const WATCHED: &str = "rabbitmq.com/topology-operator";

/// The Secret with a user's name and password: imported or drawn. One that carries the operator's label is read each time;
/// any other, as before release 1.20, only when the user is made.
fn credentials(objects: &mut Objects, user: &Value) -> Result<(), String> {
    let (home, own) = (namespace(user).to_owned(), name(user).to_owned());
    let kept = format!("{own}-user-credentials");
    let imported = user["spec"]["importCredentialsSecret"]["name"].as_str().map(str::to_owned);
    let (called, word) = if let Some(secret) = imported {
        if objects.get("secrets", &home, &secret).is_none() {
            return Err(format!("failed to create user credentials: secrets \"{secret}\" not found"));
        }
        let read = |key: &str| secret_text(objects, &home, &secret, key);
        let called = read("username").ok_or("could not find username in credentials secret")?;
        let watched = objects.get("secrets", &home, &secret).is_some_and(|s| s["metadata"]["labels"][WATCHED] == "true");
        if watched {
            read("password").ok_or("could not find password in credentials secret")?;
            objects.edit(USERS, &home, &own, |u| {
                u["status"]["credentials"] = json!({ "name": secret });
                u["status"]["username"] = called.into();
            });
            return Ok(());
        }
        (called, read("password").ok_or("could not find password in credentials secret")?)
    } else if let (Some(called), Some(word)) =
        (secret_text(objects, &home, &kept, "username"), secret_text(objects, &home, &kept, "password"))
    {
        (called, word)
    } else {
        (password(objects, 32), password(objects, 32))
    };
    make(objects, user, secret(&home, &kept, "Opaque", &[("username", &called), ("password", &word)])).map_err(|e| e.message)?;
    objects.edit(USERS, &home, &own, |u| {
        u["status"]["credentials"] = json!({ "name": kept });
        u["status"]["username"] = called.into();
    });
    Ok(())
}

/// The virtual host must be there, and for a permission its user.
fn within(objects: &Objects, cluster: &Value, object: &Value) -> Result<(), String> {
    let spec = &object["spec"];
    let mine = |o: &&Value| {
        let reference = &o["spec"]["rabbitmqClusterReference"];
        reference["name"] == name(cluster)
            && reference["namespace"].as_str().unwrap_or(namespace(o)) == namespace(cluster)
            && condition(o, "Ready") == "True"
    };
    let vhost = spec["vhost"].as_str().unwrap_or("/");
    let there = vhost == "/" || objects.list(VHOSTS).into_iter().filter(mine).any(|v| v["spec"]["name"] == vhost);
    if !there {
        return Err("Error: API responded with a 404 Not Found".to_owned());
    }
    if !text(&object["kind"]).ends_with("Permission") {
        return Ok(());
    }
    if let Some(reference) = spec["userReference"]["name"].as_str() {
        let user = objects.get(USERS, namespace(object), reference);
        return match user {
            None => Err(format!("failed to get User: User.rabbitmq.com \"{reference}\" not found")),
            Some(user) if condition(user, "Ready") != "True" => Err(format!("User {reference} is not ready")),
            Some(_) => Ok(()),
        };
    }
    let wanted = text(&spec["user"]);
    let known = objects.list(USERS).into_iter().filter(mine).any(|u| u["status"]["username"] == wanted);
    let default = secret_text(objects, namespace(cluster), &format!("{}-default-user", name(cluster)), "username");
    if known || default.as_deref() == Some(wanted) { Ok(()) } else { Err("Error: API responded with a 404 Not Found".to_owned()) }
}

fn write(objects: &mut Objects, resource: &str, object: &Value, answer: Result<(), String>) {
    let now = objects.world().stamp();
    let before = objects.get(resource, namespace(object), name(object)).map(|o| o["status"].clone()).unwrap_or_default();
    let made = match &answer {
        Ok(()) => conditioned(&before, "Ready", "True", "SuccessfulCreateOrUpdate", "", &now),
        Err(why) => conditioned(&before, "Ready", "False", "FailedCreateOrUpdate", why, &now),
    };
    let told = items(&before["conditions"]).first().is_some_and(|c| *c == made);
    objects.edit(resource, namespace(object), name(object), |o| {
        o["status"]["conditions"] = json!([made]);
        o["status"]["observedGeneration"] = o["metadata"]["generation"].clone();
    });
    if let (Err(why), false) = (&answer, told) {
        objects.event(object, "Warning", "FailedCreateOrUpdate", why);
    }
}
