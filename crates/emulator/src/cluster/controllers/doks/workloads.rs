//! What runs in kube-system. Requests are those that nodes of a fresh cluster show.

use crate::cluster::Objects;
use serde_json::{Value, json};

/// A container: image, processors, memory.
fn container(name: &str, image: &str, cpu: &str, memory: &str) -> Value {
    let mut requests = json!({});
    if !cpu.is_empty() {
        requests["cpu"] = cpu.into();
    }
    if !memory.is_empty() {
        requests["memory"] = memory.into();
    }
    json!({ "name": name, "image": image, "resources": { "requests": requests } })
}

fn meta(name: &str, app: &str) -> Value {
    json!({
        "name": name, "namespace": "kube-system",
        "labels": { "k8s-app": app, "doks.digitalocean.com/managed": "true" },
    })
}

fn daemon(objects: &mut Objects, name: &str, app: &str, container: Value) {
    let labels = json!({ "k8s-app": app, "doks.digitalocean.com/managed": "true" });
    objects.put(
        "daemonsets.apps",
        json!({
            "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": meta(name, app),
            "spec": {
                "selector": { "matchLabels": { "k8s-app": app } },
                "template": {
                    "metadata": { "labels": labels },
                    "spec": {
                        "containers": [container], "hostNetwork": true, "priorityClassName": "system-node-critical",
                        "restartPolicy": "Always",
                        "serviceAccountName": name, "tolerations": [{ "operator": "Exists" }],
                    },
                },
                "updateStrategy": { "type": "RollingUpdate", "rollingUpdate": { "maxUnavailable": "10%" } },
            },
        }),
    );
    account(objects, name);
}

fn account(objects: &mut Objects, name: &str) {
    let object =
        json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": name, "namespace": "kube-system" } });
    objects.put("serviceaccounts", object);
}

pub(super) fn begin(objects: &mut Objects, cluster: &Value) {
    daemon(objects, "cilium", "cilium", container("cilium-agent", "docker.io/digitalocean/cilium:v1.18.4", "300m", "300Mi"));
    daemon(
        objects,
        "csi-do-node",
        "csi-do-node",
        container("csi-do-plugin", "docker.io/digitalocean/do-csi-plugin:v4.15.0", "", ""),
    );
    daemon(
        objects,
        "do-node-agent",
        "do-node-agent",
        container("do-node-agent", "docker.io/digitalocean/do-agent:3.18.0", "102m", "80Mi"),
    );
    daemon(
        objects,
        "konnectivity-agent",
        "konnectivity-agent",
        container("konnectivity-agent", "docker.io/digitalocean/konnectivity-agent:v0.33.0", "", ""),
    );
    for (name, value, description) in [
        (
            "system-node-critical",
            2_000_001_000_i64,
            "Used for system critical pods that must not be moved from their current node.",
        ),
        (
            "system-cluster-critical",
            2_000_000_000,
            "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
        ),
    ] {
        objects.put(
            "priorityclasses.scheduling.k8s.io",
            json!({
                "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": { "name": name },
                "value": value, "description": description, "preemptionPolicy": "PreemptLowerPriority",
            }),
        );
    }
    operator(objects);
    dns(objects, cluster);
    let first = service_address(cluster, 1);
    objects.put(
        "services",
        json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": { "name": "kubernetes", "namespace": "default", "labels": { "component": "apiserver", "provider": "kubernetes" } },
            "spec": {
                "clusterIP": first, "clusterIPs": [first], "type": "ClusterIP", "sessionAffinity": "None",
                "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack", "internalTrafficPolicy": "Cluster",
                "ports": [{ "name": "https", "port": 443, "protocol": "TCP", "targetPort": 443 }],
            },
            "status": { "loadBalancer": {} },
        }),
    );
}

/// An address of the range of services, counted from its beginning.
fn service_address(cluster: &Value, n: u32) -> String {
    let range: Option<ipnet::Ipv4Net> = cluster["service_subnet"].as_str().and_then(|r| r.parse().ok());
    let base = range.map_or(std::net::Ipv4Addr::new(10, 245, 0, 0), |r| r.network());
    std::net::Ipv4Addr::from(u32::from(base).wrapping_add(n)).to_string()
}

fn operator(objects: &mut Objects) {
    objects.put(
        "deployments.apps",
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta("cilium-operator", "cilium-operator"),
            "spec": {
                "replicas": 1, "selector": { "matchLabels": { "k8s-app": "cilium-operator" } },
                "template": {
                    "metadata": { "labels": { "k8s-app": "cilium-operator", "doks.digitalocean.com/managed": "true" } },
                    "spec": {
                        "containers": [container("cilium-operator", "docker.io/digitalocean/cilium-operator:v1.18.4", "", "")],
                        "hostNetwork": true, "priorityClassName": "system-cluster-critical", "restartPolicy": "Always",
                        "serviceAccountName": "cilium-operator", "tolerations": [{ "operator": "Exists" }],
                    },
                },
            },
        }),
    );
    account(objects, "cilium-operator");
}

/// CoreDNS tolerates `CriticalAddonsOnly` and control planes alone: where every pool has a taint it stays pending.
/// Source: DOKS issue 31.
fn dns(objects: &mut Objects, cluster: &Value) {
    let labels = json!({ "k8s-app": "kube-dns", "doks.digitalocean.com/managed": "true" });
    objects.put(
        "deployments.apps",
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta("coredns", "kube-dns"),
            "spec": {
                "replicas": 2, "selector": { "matchLabels": { "k8s-app": "kube-dns" } },
                "strategy": { "type": "RollingUpdate", "rollingUpdate": { "maxUnavailable": 1 } },
                "template": {
                    "metadata": { "labels": labels },
                    "spec": {
                        "containers": [container("coredns", "docker.io/coredns/coredns:1.12.4", "100m", "150M")],
                        "priorityClassName": "system-cluster-critical", "serviceAccountName": "coredns", "restartPolicy": "Always",
                        "dnsPolicy": "Default",
                        "tolerations": [
                            { "key": "CriticalAddonsOnly", "operator": "Exists" },
                            { "key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule" },
                        ],
                        "topologySpreadConstraints": [{
                            "maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway",
                            "labelSelector": { "matchLabels": { "k8s-app": "kube-dns" } },
                        }],
                    },
                },
            },
        }),
    );
    account(objects, "coredns");
    let corefile = ".:53 {\n    errors\n    health {\n        lameduck 5s\n    }\n    ready\n    kubernetes cluster.local in-addr.arpa ip6.arpa {\n        pods insecure\n        fallthrough in-addr.arpa ip6.arpa\n    }\n    prometheus :9153\n    forward . /etc/resolv.conf\n    cache 30\n    loop\n    reload\n    loadbalance\n    import custom/*.override\n}\nimport custom/*.server\n";
    objects.put(
        "configmaps",
        json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": meta("coredns", "kube-dns"), "data": { "Corefile": corefile } }),
    );
    let address = service_address(cluster, 10);
    let port =
        |name: &str, port: u16, protocol: &str| json!({ "name": name, "port": port, "protocol": protocol, "targetPort": port });
    objects.put(
        "services",
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": meta("kube-dns", "kube-dns"),
            "spec": {
                "clusterIP": address, "clusterIPs": [address], "type": "ClusterIP", "sessionAffinity": "None",
                "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack", "internalTrafficPolicy": "Cluster",
                "selector": { "k8s-app": "kube-dns" },
                "ports": [port("dns", 53, "UDP"), port("dns-tcp", 53, "TCP"), port("metrics", 9153, "TCP")],
            },
            "status": { "loadBalancer": {} },
        }),
    );
}
