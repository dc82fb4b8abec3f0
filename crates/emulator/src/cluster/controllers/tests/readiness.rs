//! Each thing that a pod needs, missing once.

use super::*;
use crate::cluster::logins;

fn service(namespace: &str, name: &str, port: u16) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": { "name": name, "namespace": namespace },
        "spec": { "selector": { "app": name }, "clusterIP": "10.245.9.9", "ports": [{ "port": port, "targetPort": port }] },
    })
}

fn policy(namespace: &str, name: &str, spec: Value) -> Value {
    json!({ "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": { "name": name, "namespace": namespace }, "spec": spec })
}

fn cilium(namespace: &str, name: &str, spec: Value) -> Value {
    json!({ "apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "metadata": { "name": name, "namespace": namespace }, "spec": spec })
}

fn env(value: &str) -> Value {
    json!({ "env": [{ "name": "DATABASE_URL", "value": value }] })
}

/// What the only pod says of itself when it is not Ready; empty when it is.
fn complaint(lab: &mut Lab, name: &str) -> String {
    lab.complaint("shop", name)
}

fn waiting(lab: &mut Lab, name: &str) -> (String, String) {
    let pod = lab.pods("shop", name).pop().unwrap();
    let waiting = pod["status"]["containerStatuses"][0]["state"]["waiting"].clone();
    (waiting["reason"].as_str().unwrap_or("").to_owned(), waiting["message"].as_str().unwrap_or("").to_owned())
}

/// A shop with a database `db` that is up, and an app that wants it.
fn shop() -> Lab {
    let mut lab = Lab::small();
    lab.apply(&[namespace("shop"), service("shop", "db", 5432), deployment("shop", "db", 1, json!({}))]);
    lab.pass(60);
    lab.apply(&[deployment("shop", "app", 1, env("postgresql://app:secret@db:5432/app"))]);
    lab
}

#[test]
fn a_missing_secret_or_key_keeps_a_container_from_being_made() {
    let mut lab = Lab::small();
    let wants = json!({ "env": [{ "name": "P", "valueFrom": { "secretKeyRef": { "name": "db", "key": "password" } } }] });
    lab.apply(&[namespace("shop"), deployment("shop", "app", 1, wants)]);
    lab.pass(60);
    assert_eq!(waiting(&mut lab, "app"), ("CreateContainerConfigError".to_owned(), "secret \"db\" not found".to_owned()));
    assert!(lab.events("Failed").contains(&"Error: secret \"db\" not found".to_owned()));
    let secret = |data: Value| json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "db", "namespace": "shop" }, "data": data });
    lab.apply(&[secret(json!({ "other": "eA==" }))]);
    lab.pass(30);
    assert_eq!(waiting(&mut lab, "app").1, "couldn't find key password in Secret shop/db");
    lab.apply(&[secret(json!({ "password": "eA==" }))]);
    lab.pass(30);
    assert_eq!(complaint(&mut lab, "app"), "");
}

#[test]
fn a_missing_mount_keeps_a_pod_from_being_made() {
    let mut lab = Lab::small();
    let mut object = deployment("shop", "app", 1, json!({}));
    object["spec"]["template"]["spec"]["volumes"] = json!([{ "name": "conf", "configMap": { "name": "settings" } }]);
    lab.apply(&[namespace("shop"), object]);
    lab.pass(60);
    assert_eq!(waiting(&mut lab, "app").0, "ContainerCreating");
    assert_eq!(lab.events("FailedMount"), ["MountVolume.SetUp failed for volume \"conf\" : configmap \"settings\" not found"]);
}

#[test]
fn images_come_from_registries_that_let_the_namespace_pull() {
    let mut lab = Lab::new(
        "[clusters]\nimages = ['acme/web:1.*']\n",
        json!([{ "name": "work", "size": "s-2vcpu-4gb", "count": 1 }]),
        json!({}),
    );
    lab.call("POST", "/v2/registry", json!({ "name": "acme", "subscription_tier_slug": "basic" }));
    let image = |name: &str, image: &str| deployment("shop", name, 1, json!({ "image": image }));
    lab.apply(&[
        namespace("shop"),
        image("own", "registry.digitalocean.com/acme/web:1.4"),
        image("absent", "registry.digitalocean.com/acme/web:2.0"),
        image("moved", "docker.io/bitnami/redis:7.2"),
        image("wrong", "Not An Image"),
    ]);
    lab.pass(60);
    let (reason, message) = waiting(&mut lab, "own");
    assert_eq!(reason, "ImagePullBackOff");
    assert!(message.contains("failed to authorize") && message.ends_with("401 Unauthorized"), "{message}");
    assert_eq!(waiting(&mut lab, "wrong").0, "InvalidImageName");
    assert!(waiting(&mut lab, "moved").1.ends_with("docker.io/bitnami/redis:7.2: not found"));
    let cluster = lab.cluster.clone();
    lab.call("POST", "/v2/kubernetes/registry", json!({ "cluster_uuids": [cluster] }));
    lab.pass(60);
    assert_eq!(complaint(&mut lab, "own"), "");
    assert!(waiting(&mut lab, "absent").1.ends_with("registry.digitalocean.com/acme/web:2.0: not found"));
}

#[test]
fn a_server_must_exist_and_answer() {
    let mut lab = shop();
    lab.pass(60);
    assert_eq!(complaint(&mut lab, "app"), "");
    lab.apply(&[deployment("shop", "db", 0, json!({}))]);
    lab.pass(60);
    assert_eq!(
        complaint(&mut lab, "app"),
        "cannot connect to db:5432: connection refused (no ready endpoints for service shop/db)"
    );
    let said = lab.events("Unhealthy");
    assert!(said.iter().any(|m| m.contains("connection refused (no ready endpoints for service shop/db)")), "{said:?}");
    lab.apply(&[
        deployment("shop", "other", 1, env("postgresql://db2:5432/x")),
        deployment("shop", "third", 1, env("redis://db:6379")),
    ]);
    lab.pass(60);
    assert_eq!(complaint(&mut lab, "other"), "cannot connect to db2:5432: lookup db2 on 10.245.0.10:53: no such host");
    assert_eq!(
        complaint(&mut lab, "third"),
        "cannot connect to db:6379: connection timed out (service shop/db has no port 6379)"
    );
}

#[test]
fn logins_are_checked() {
    let mut lab = shop();
    let login = |password: &str, database: &str| json!({ "protocol": "postgres", "users": { "app": password }, "databases": [database], "tls": true });
    lab.k8s(|o| logins::set(o, "db.shop.svc.cluster.local", 5432, login("other", "app")));
    lab.pass(40);
    let pod = lab.pods("shop", "app").pop().unwrap();
    let status = &pod["status"]["containerStatuses"][0];
    assert_eq!(status["state"]["waiting"]["reason"], "CrashLoopBackOff", "{status}");
    assert_eq!(
        status["lastState"]["terminated"]["message"],
        "cannot connect to db:5432: password authentication failed for user \"app\""
    );
    lab.k8s(|o| logins::set(o, "db.shop.svc.cluster.local", 5432, login("secret", "shop")));
    lab.pass(40);
    assert_eq!(complaint(&mut lab, "app"), "cannot connect to db:5432: database \"app\" does not exist");
    lab.k8s(|o| logins::set(o, "db.shop.svc.cluster.local", 5432, login("secret", "app")));
    lab.pass(40);
    assert_eq!(complaint(&mut lab, "app"), "");
}

#[test]
fn policies_shut_and_open_every_step_of_the_way() {
    let mut lab = shop();
    lab.pass(60);
    let all = json!({ "podSelector": {}, "policyTypes": ["Ingress", "Egress"] });
    lab.apply(&[policy("shop", "default-deny", all)]);
    lab.pass(30);
    let lookup = "cannot connect to db:5432: lookup db on 10.245.0.10:53: i/o timeout (egress to kube-system/kube-dns denied by policy shop/default-deny)";
    assert_eq!(complaint(&mut lab, "app"), lookup);
    let dns = json!({
        "podSelector": {}, "policyTypes": ["Egress"],
        "egress": [{
            "to": [{ "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": "kube-system" } }, "podSelector": { "matchLabels": { "k8s-app": "kube-dns" } } }],
            "ports": [{ "port": 53, "protocol": "UDP" }],
        }],
    });
    lab.apply(&[policy("shop", "dns", dns)]);
    lab.pass(30);
    assert_eq!(
        complaint(&mut lab, "app"),
        "cannot connect to db:5432: connection timed out (egress denied by policy shop/default-deny)"
    );
    let out = json!({
        "podSelector": { "matchLabels": { "app": "app" } }, "policyTypes": ["Egress"],
        "egress": [{ "to": [{ "podSelector": { "matchLabels": { "app": "db" } } }], "ports": [{ "port": 5432 }] }],
    });
    lab.apply(&[policy("shop", "app", out)]);
    lab.pass(30);
    assert_eq!(
        complaint(&mut lab, "app"),
        "cannot connect to db:5432: connection timed out (ingress denied by policy shop/default-deny)"
    );
    let inward = json!({
        "podSelector": { "matchLabels": { "app": "db" } }, "policyTypes": ["Ingress"],
        "ingress": [{ "from": [{ "podSelector": { "matchLabels": { "app": "app" } } }], "ports": [{ "port": 5432 }] }],
    });
    lab.apply(&[policy("shop", "db", inward)]);
    lab.pass(30);
    assert_eq!(complaint(&mut lab, "app"), "");
    lab.apply(&[cilium(
        "shop",
        "no",
        json!({
            "endpointSelector": { "matchLabels": { "app": "app" } },
            "egressDeny": [{ "toEndpoints": [{ "matchLabels": { "app": "db" } }] }],
            "enableDefaultDeny": { "egress": false },
        }),
    )]);
    lab.pass(30);
    assert_eq!(complaint(&mut lab, "app"), "cannot connect to db:5432: connection timed out (egress denied by policy shop/no)");
}

#[test]
fn the_api_server_and_host_names_need_policies_of_cilium() {
    let mut lab = Lab::small();
    let mut object = deployment("shop", "app", 1, json!({}));
    object["spec"]["template"]["spec"]["_connects"] =
        json!([{ "to": "kubernetes" }, { "to": "api.digitalocean.com:443", "tls": true }]);
    lab.apply(&[namespace("shop"), object]);
    lab.pass(60);
    assert_eq!(complaint(&mut lab, "app"), "");
    let deny = json!({ "endpointSelector": {}, "egress": [{}] });
    lab.apply(&[cilium("shop", "deny", deny)]);
    lab.pass(30);
    assert_eq!(
        complaint(&mut lab, "app"),
        "cannot connect to kubernetes.default.svc:443: connection timed out (egress denied by policy shop/deny)"
    );
    lab.apply(&[cilium("shop", "api", json!({ "endpointSelector": {}, "egress": [{ "toEntities": ["kube-apiserver"] }] }))]);
    lab.pass(30);
    assert!(
        complaint(&mut lab, "app").starts_with("cannot connect to api.digitalocean.com:443: lookup api.digitalocean.com on"),
        "{}",
        complaint(&mut lab, "app")
    );
    let dns = |rules: Value| {
        json!({ "endpointSelector": {}, "egress": [{
            "toEndpoints": [{ "matchLabels": { "k8s:io.kubernetes.pod.namespace": "kube-system", "k8s-app": "kube-dns" } }],
            "toPorts": [{ "ports": [{ "port": "53", "protocol": "ANY" }], "rules": { "dns": rules } }],
        }] })
    };
    lab.apply(&[
        cilium("shop", "dns", dns(json!([{ "matchName": "other.example.com" }]))),
        cilium("shop", "do", json!({ "endpointSelector": {}, "egress": [{ "toFQDNs": [{ "matchName": "api.digitalocean.com" }], "toPorts": [{ "ports": [{ "port": "443", "protocol": "TCP" }] }] }] })),
    ]);
    lab.pass(30);
    assert!(complaint(&mut lab, "app").contains("server misbehaving"), "{}", complaint(&mut lab, "app"));
    lab.apply(&[cilium("shop", "dns", dns(json!([{ "matchPattern": "*" }])))]);
    lab.pass(30);
    assert_eq!(complaint(&mut lab, "app"), "");
}

#[test]
fn a_job_ends_well_or_is_tried_as_often_as_it_may() {
    let mut lab = shop();
    let job = |name: &str, url: &str| {
        json!({
            "apiVersion": "batch/v1", "kind": "Job", "metadata": { "name": name, "namespace": "shop" },
            "spec": { "backoffLimit": 1, "template": { "spec": {
                "restartPolicy": "Never",
                "containers": [{ "name": "main", "image": "docker.io/library/postgres:17", "command": ["migrate", url] }],
            } } },
        })
    };
    lab.apply(&[job("good", "postgresql://db:5432/app"), job("bad", "postgresql://none:5432/app")]);
    lab.pass(200);
    let good = lab.get("jobs.batch", "shop", "good");
    assert_eq!(good["status"]["succeeded"], 1, "{good}");
    let bad = lab.get("jobs.batch", "shop", "bad");
    assert_eq!(
        (&bad["status"]["failed"], &bad["status"]["conditions"][1]["reason"]),
        (&json!(2), &json!("BackoffLimitExceeded")),
        "{bad}"
    );
    assert!(lab.events("BackoffLimitExceeded").contains(&"Job has reached the specified backoff limit".to_owned()));
}
