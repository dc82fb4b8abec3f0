//! Accounts, roles and bindings of Argo CD's controllers. Source: Argo CD's install manifests.

use super::{NAMESPACE, labels};
use crate::cluster::helm::object::{cluster_role, cluster_role_binding, role, role_binding, rule, service_account};
use serde_json::{Value, json};

/// Component by account.
const ACCOUNTS: &[(&str, &str)] = &[
    ("argocd-application-controller", "application-controller"),
    ("argocd-applicationset-controller", "applicationset-controller"),
    ("argocd-dex-server", "dex-server"),
    ("argocd-notifications-controller", "notifications-controller"),
    ("argocd-redis", "redis"),
    ("argocd-repo-server", "repo-server"),
    ("argocd-server", "server"),
];

/// All of them.
pub(super) fn objects() -> Vec<Value> {
    let mut all: Vec<Value> = ACCOUNTS.iter().map(|(name, component)| service_account(name, &labels(name, component))).collect();
    let read = ["get", "list", "watch"];
    let own = ["applications", "applicationsets", "appprojects"];
    let write = ["create", "get", "list", "watch", "update", "delete", "patch"];
    let roles: [(&str, Value); 6] = [
        (
            "argocd-application-controller",
            json!([
                rule(&[""], &["secrets", "configmaps"], &read),
                rule(&["argoproj.io"], &["applications", "appprojects"], &write),
                rule(&[""], &["events"], &["create", "list"]),
                rule(&["apps"], &["deployments"], &read),
            ]),
        ),
        (
            "argocd-applicationset-controller",
            json!([rule(&["argoproj.io"], &own, &write), rule(&[""], &["secrets", "configmaps"], &read)]),
        ),
        ("argocd-dex-server", json!([rule(&[""], &["secrets", "configmaps"], &read)])),
        ("argocd-notifications-controller", json!([rule(&["argoproj.io"], &own, &["get", "list", "watch", "update", "patch"])])),
        ("argocd-redis", json!([rule(&[""], &["secrets"], &["create", "get"])])),
        (
            "argocd-server",
            json!([
                rule(&[""], &["secrets", "configmaps"], &write),
                rule(&["argoproj.io"], &own, &write),
                rule(&[""], &["events"], &["create", "list"]),
            ]),
        ),
    ];
    for (name, rules) in roles {
        let component = name.trim_start_matches("argocd-");
        all.push(role(name, &labels(name, component), rules));
        // The account's namespace is the one that the binding is put into.
        let mut binding = role_binding(name, &labels(name, component), name, NAMESPACE, name);
        binding["subjects"] = json!([{ "kind": "ServiceAccount", "name": name }]);
        all.push(binding);
    }
    let everything = json!([rule(&["*"], &["*"], &["*"]), { "nonResourceURLs": ["*"], "verbs": ["*"] }]);
    let server = json!([
        rule(&["*"], &["*"], &["delete", "get", "patch"]),
        rule(&["argoproj.io"], &own, &["get", "list", "watch"]),
        rule(&[""], &["pods", "pods/log"], &["get"]),
    ]);
    let sets = json!([rule(&["argoproj.io"], &own, &write), rule(&[""], &["secrets"], &read)]);
    for (name, rules) in
        [("argocd-application-controller", everything), ("argocd-applicationset-controller", sets), ("argocd-server", server)]
    {
        let component = name.trim_start_matches("argocd-");
        all.push(cluster_role(name, &labels(name, component), rules));
        all.push(cluster_role_binding(name, &labels(name, component), name, NAMESPACE, name));
    }
    all
}
