//! Grafana, with the sidecars that bring dashboards and data sources from ConfigMaps. Source: the grafana chart.

use super::common::{account, env_map, image, monitor};
use crate::cluster::helm::object::{
    annotated, claim, cluster_role, cluster_role_binding, config_map, disruption_budget, object, rule, secret, service,
};
use crate::cluster::helm::{Chart, Release, Values, Version, Workload};
use crate::cluster::yaml;
use serde_json::{Value, json};

/// The chart.
pub(crate) const CHART: Chart = Chart {
    name: "grafana",
    repository: "https://grafana-community.github.io/helm-charts",
    versions: &[Version { chart: "12.11.1", app: "13.2.0" }],
    definitions: &[],
    refuses: |_| None,
    render,
};

fn render(release: &Release) -> Vec<Value> {
    let values = release.values();
    let (full, labels, selector) = (release.full(), release.labels(""), release.selector(""));
    let (name, mut all) = account(release, values.at("serviceAccount"), &labels);
    let sidecars = values.at("sidecar");
    let beside: Vec<&str> =
        ["dashboards", "datasources"].into_iter().filter(|s| sidecars.flag(&format!("{s}.enabled"), false)).collect();
    let rights =
        if beside.is_empty() { json!([]) } else { json!([rule(&[""], &["configmaps", "secrets"], &["get", "watch", "list"])]) };
    let role = format!("{full}-clusterrole");
    all.push(cluster_role(&role, &labels, rights));
    all.push(cluster_role_binding(&format!("{full}-clusterrolebinding"), &labels, &role, &release.namespace, &name));
    let ini = values.0.get("grafana.ini").cloned().unwrap_or_else(|| json!({}));
    let mut data = json!({ "grafana.ini": yaml::write(&ini) });
    if values.has("datasources") {
        data["datasources.yaml"] = yaml::write(values.at("datasources").0).into();
    }
    all.push(config_map(&full, &labels, data));
    let admin = values.at("admin");
    let given = admin.text("existingSecret", "");
    let kept = if given.is_empty() { full.clone() } else { given.clone() };
    if given.is_empty() {
        let texts = json!({ "admin-user": values.text("adminUser", "admin"), "admin-password": values.text("adminPassword", &format!("drawn-for-{}", release.name)), "ldap-toml": "" });
        all.push(secret(&full, &labels, &texts));
    }
    let mut workload = Workload::deployment(&full, labels.clone(), &selector, &image(values.at("image"), "docker.io", "grafana/grafana", release.version.app))
        .container("grafana")
        .account(&name)
        .port("grafana", 3000)
        .port("gossip-tcp", 9094)
        .port("gossip-udp", 9094)
        .port("profiling", 6060)
        .probe("/api/health", "grafana")
        .env_secret("GF_SECURITY_ADMIN_USER", &kept, &admin.text("userKey", "admin-user"))
        .env_secret("GF_SECURITY_ADMIN_PASSWORD", &kept, &admin.text("passwordKey", "admin-password"))
        .pod("securityContext", values.or("securityContext", json!({ "runAsNonRoot": true, "runAsUser": 472, "runAsGroup": 472, "fsGroup": 472 })))
        .container_security(&values.or("containerSecurityContext", json!({ "allowPrivilegeEscalation": false, "privileged": false, "capabilities": { "drop": ["ALL"] }, "seccompProfile": { "type": "RuntimeDefault" } })));
    for part in &beside {
        workload = workload.beside(sidecar(sidecars, part));
    }
    if !beside.is_empty() {
        workload = workload.needs_api();
    }
    let stored = values.at("persistence");
    if stored.flag("enabled", false) {
        let volume = stored.text("existingClaim", &full);
        workload = workload.volume("storage", "/var/lib/grafana", json!({ "persistentVolumeClaim": { "claimName": volume } }));
        if !stored.has("existingClaim") {
            all.push(claim(&full, &labels, &stored.text("storageClassName", ""), &stored.text("size", "10Gi")));
        }
    }
    if values.has("envFromSecret") {
        let from = json!({ "secretRef": { "name": values.text("envFromSecret", "") } });
        workload = workload.values(Values(&json!({ "extraEnvFrom": [from] })));
    }
    for (variable, from) in values.map("envValueFrom") {
        workload = workload.env_item(json!({ "name": variable, "valueFrom": from }));
    }
    all.push(env_map(workload, values, "env").values(values).build());
    let port = values.text("service.portName", "service");
    let number = values.number("service.port", 80);
    all.push(service(&full, &labels, &selector, &values.text("service.type", "ClusterIP"), &[(&port, number, "grafana".into())]));
    all.extend(monitor(release, values.at("serviceMonitor"), &full, &labels, &selector, &port));
    let budget = values.at("podDisruptionBudget");
    if budget.has("minAvailable") || budget.has("maxUnavailable") {
        all.push(disruption_budget(&full, &labels, &selector, budget));
    }
    all.extend(ways_in(release, &full, &labels, number));
    all
}

fn sidecar(sidecars: Values, part: &str) -> Value {
    let singular = part.trim_end_matches('s');
    let mut container = json!({
        "name": format!("grafana-sc-{singular}"),
        "image": image(sidecars.at("image"), "quay.io", "kiwigrid/k8s-sidecar", "2.10.1"),
        "env": [
            { "name": "LABEL", "value": sidecars.text(&format!("{part}.label"), &format!("grafana_{singular}")) },
            { "name": "LABEL_VALUE", "value": sidecars.text(&format!("{part}.labelValue"), "") },
            { "name": "FOLDER", "value": format!("/tmp/{part}") },
            { "name": "NAMESPACE", "value": sidecars.text(&format!("{part}.searchNamespace"), "") },
        ],
        "securityContext": { "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] }, "seccompProfile": { "type": "RuntimeDefault" } },
    });
    if sidecars.has("resources") {
        container["resources"] = sidecars.or("resources", json!({}));
    }
    // The singular of one of them is its own.
    if part == "datasources" {
        container["name"] = "grafana-sc-datasources".into();
    }
    container
}

/// Ingress and HTTPRoute.
fn ways_in(release: &Release, full: &str, labels: &Value, port: i64) -> Vec<Value> {
    let values = release.values();
    let mut all = Vec::new();
    let ingress = values.at("ingress");
    if ingress.flag("enabled", false) {
        let backend = json!({ "service": { "name": full, "port": { "number": port } } });
        let path =
            json!({ "path": ingress.text("path", "/"), "pathType": ingress.text("pathType", "Prefix"), "backend": backend });
        let rules: Vec<Value> = ingress.list("hosts").iter().map(|h| json!({ "host": h, "http": { "paths": [path] } })).collect();
        let mut made = object("networking.k8s.io/v1", "Ingress", full, labels, json!({ "spec": { "rules": rules } }));
        if ingress.has("ingressClassName") {
            made["spec"]["ingressClassName"] = ingress.text("ingressClassName", "").into();
        }
        if !ingress.list("tls").is_empty() {
            made["spec"]["tls"] = ingress.at("tls").0.clone();
        }
        all.push(annotated(made, ingress.at("annotations").0));
    }
    for (name, route) in values.map("route") {
        let route = Values(&route);
        if route.flag("enabled", false) {
            let called = if name == "main" { full.to_owned() } else { format!("{full}-{name}") };
            let rule = json!({ "matches": route.or("matches", json!([{ "path": { "type": "PathPrefix", "value": "/" } }])), "backendRefs": [{ "name": full, "port": port }] });
            let spec = json!({ "parentRefs": route.list("parentRefs"), "hostnames": route.list("hostnames"), "rules": [rule] });
            let made = object(
                &route.text("apiVersion", "gateway.networking.k8s.io/v1"),
                &route.text("kind", "HTTPRoute"),
                &called,
                labels,
                json!({ "spec": spec }),
            );
            all.push(annotated(made, route.at("annotations").0));
        }
    }
    all
}
