//! The Barman Cloud plugin of CloudNativePG; it speaks with the operator by certificates of cert-manager.
//!
//! Source: the plugin-barman-cloud chart.

use super::common::{account, image};
use crate::cluster::helm::object::{cluster_role, cluster_role_binding, config_map, object, role, role_binding, rule, service};
use crate::cluster::helm::{Chart, Definition, Release, Version, Workload};
use serde_json::{Value, json};

const GROUP: &str = "barmancloud.cnpg.io";

/// The chart.
pub(crate) const CHART: Chart = Chart {
    name: "plugin-barman-cloud",
    repository: "https://cloudnative-pg.github.io/charts",
    versions: &[Version { chart: "0.7.0", app: "v0.13.0" }, Version { chart: "0.6.0", app: "v0.12.0" }],
    definitions: &[],
    refuses: |_| None,
    render,
};

const DEFINITION: Definition = Definition::new(GROUP, "ObjectStore", "objectstores", &["v1"]);

fn render(release: &Release) -> Vec<Value> {
    let values = release.values();
    let (full, labels, selector) = (release.full(), release.labels(""), release.selector(""));
    let mut all = Vec::new();
    if values.flag("crds.create", true) {
        let mut definition = DEFINITION.object();
        definition["metadata"]["annotations"]["helm.sh/resource-policy"] = "keep".into();
        all.push(definition);
    }
    let (name, made) = account(release, values.at("serviceAccount"), &labels);
    all.extend(made);
    let rights = json!([
        rule(&[""], &["secrets"], &["create", "get", "list", "watch", "delete"]),
        rule(&[GROUP], &["*"], &["*"]),
        rule(&["postgresql.cnpg.io"], &["backups", "clusters/finalizers"], &["get", "list", "watch", "update"]),
        rule(&["rbac.authorization.k8s.io"], &["roles", "rolebindings"], &["*"]),
    ]);
    all.push(cluster_role(&full, &labels, rights));
    all.push(cluster_role_binding(&full, &labels, &full, &release.namespace, &name));
    let election = format!("{full}-leader-election");
    all.push(role(&election, &labels, json!([rule(&["coordination.k8s.io"], &["leases"], &["*"])])));
    all.push(role_binding(&election, &labels, &election, &release.namespace, &name));
    let sidecar = image(values.at("sidecarImage"), "ghcr.io", "cloudnative-pg/plugin-barman-cloud-sidecar", release.version.app);
    all.push(config_map(&format!("{full}-config"), &labels, json!({ "SIDECAR_IMAGE": sidecar })));
    let port = values.number("service.port", 9090);
    let tls = |what: &str| format!("{full}-{what}-tls");
    let mut offered =
        service(&values.text("service.name", "barman-cloud"), &labels, &selector, "ClusterIP", &[("grpc", port, json!(9090))]);
    offered["metadata"]["labels"]["cnpg.io/pluginName"] = "barman-cloud.cloudnative-pg.io".into();
    offered["metadata"]["annotations"] = json!({
        "cnpg.io/pluginClientSecret": tls("client"), "cnpg.io/pluginServerSecret": tls("server"), "cnpg.io/pluginPort": port.to_string(),
    });
    all.push(offered);
    all.push(
        Workload::deployment(
            &full,
            labels.clone(),
            &selector,
            &image(values.at("image"), "ghcr.io", "cloudnative-pg/plugin-barman-cloud", release.version.app),
        )
        .container("barman-cloud")
        .account(&name)
        .args([
            "operator",
            "--server-cert=/server/tls.crt",
            "--server-key=/server/tls.key",
            "--client-cert=/client/tls.crt",
            "--leader-elect",
        ])
        .port("grpc", 9090)
        .env("SIDECAR_IMAGE", &sidecar)
        .volume("server", "/server", json!({ "secret": { "secretName": tls("server") } }))
        .volume("client", "/client", json!({ "secret": { "secretName": tls("client") } }))
        .restricted()
        .pod_security(values.at("podSecurityContext").0)
        .container_security(values.at("containerSecurityContext").0)
        .needs_api()
        .values(values)
        .build(),
    );
    let own = format!("{full}-selfsigned-issuer");
    let issuer = values.text("certificate.issuerName", &own);
    for what in ["client", "server"] {
        let switch = format!("certificate.create{}Certificate", if what == "client" { "Client" } else { "Server" });
        if values.flag(&switch, true) {
            all.push(object(
                "cert-manager.io/v1",
                "Certificate",
                &format!("{full}-{what}"),
                &labels,
                json!({ "spec": {
                    "commonName": format!("barman-cloud-{what}"), "dnsNames": [format!("barman-cloud-{what}"), "barman-cloud"],
                    "duration": values.text("certificate.duration", "2160h"), "renewBefore": values.text("certificate.renewBefore", "360h"),
                    "isCA": false, "issuerRef": { "group": "cert-manager.io", "kind": "Issuer", "name": issuer }, "secretName": tls(what),
                    "usages": [format!("{what} auth")],
                } }),
            ));
        }
    }
    if values.flag("certificate.createIssuer", true) {
        all.push(object("cert-manager.io/v1", "Issuer", &own, &labels, json!({ "spec": { "selfSigned": {} } })));
    }
    all
}
