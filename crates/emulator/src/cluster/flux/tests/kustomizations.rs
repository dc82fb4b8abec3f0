//! Kustomizations: what they apply, wait for, prune, and what they say when they cannot.

use super::{KUSTOMIZATIONS, kustomization, lab, push, ready};
use crate::cluster::controllers::tests::Lab;
use crate::cluster::flux::kinds::GIT_REPOSITORIES;
use serde_json::json;

const SHOP: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";

fn config(name: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: shop}}\ndata: {{a: '${{ANSWER:=1}}'}}\n")
}

fn said(lab: &mut Lab, name: &str) -> (String, String, String) {
    ready(&lab.get(KUSTOMIZATIONS, "flux-system", name))
}

#[test]
fn a_folder_is_applied_followed_and_pruned() {
    let files = json!({ "shop/namespace.yaml": SHOP, "shop/one.yaml": config("one"), "shop/two.yaml": config("two") });
    let mut lab = lab("", files);
    lab.apply(&[kustomization("shop", "./shop", json!({ "postBuild": { "substitute": { "ANSWER": "forty" } } }))]);
    lab.pass(60);
    let revision =
        lab.get(GIT_REPOSITORIES, "flux-system", "platform")["status"]["artifact"]["revision"].as_str().unwrap_or("").to_owned();
    assert_eq!(
        said(&mut lab, "shop"),
        ("True".into(), "ReconciliationSucceeded".into(), format!("Applied revision: {revision}"))
    );
    assert_eq!(lab.get("configmaps", "shop", "one")["data"]["a"], "forty");
    let inventory = lab.get(KUSTOMIZATIONS, "flux-system", "shop")["status"]["inventory"]["entries"].clone();
    assert_eq!(
        inventory,
        json!([{ "id": "_shop__Namespace", "v": "v1" }, { "id": "shop_one__ConfigMap", "v": "v1" }, { "id": "shop_two__ConfigMap", "v": "v1" }])
    );
    // What a person changes is put back, and what leaves the repository goes.
    push(&mut lab, json!({ "shop/namespace.yaml": SHOP, "shop/one.yaml": config("one") }));
    lab.pass(90);
    assert_eq!(lab.names("configmaps", "shop"), ["kube-root-ca.crt", "one"]);
    lab.k8s(|o| o.edit("configmaps", "shop", "one", |c| c["data"]["a"] = "by hand".into()));
    lab.pass(700);
    assert_eq!(lab.get("configmaps", "shop", "one")["data"]["a"], "forty");
    lab.k8s(|o| o.delete(KUSTOMIZATIONS, "flux-system", "shop"));
    lab.pass(120);
    assert!(lab.get("namespaces", "", "shop").is_null());
}

#[test]
fn a_quiet_cluster_comes_to_rest() {
    let mut lab = lab("", json!({ "shop/namespace.yaml": SHOP }));
    lab.apply(&[kustomization("shop", "./shop", json!({ "wait": true }))]);
    lab.pass(120);
    // An interval of a minute is left, of ten minutes another.
    let beats = lab.pass(600);
    assert!(beats < 80, "{beats} events in ten minutes");
}

#[test]
fn one_waits_for_the_other_and_for_health() {
    let web = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, image: 'docker.io/library/nginx:1.29'}]}\n";
    let mut lab = lab("", json!({ "base/namespace.yaml": SHOP, "base/web.yaml": web, "app/one.yaml": config("one") }));
    lab.apply(&[
        kustomization("app", "./app", json!({ "dependsOn": [{ "name": "base" }] })),
        kustomization("base", "./base", json!({ "wait": true })),
    ]);
    lab.pass(8);
    assert_eq!(said(&mut lab, "app").2, "dependency 'flux-system/base' is not ready");
    lab.pass(120);
    assert_eq!(said(&mut lab, "base").0, "True");
    assert_eq!(said(&mut lab, "app").0, "True");
    assert!(lab.events("ReconciliationSucceeded").iter().any(|m| m.starts_with("Health check passed in ")));
}

#[test]
fn what_goes_wrong_is_said_in_flux_words() {
    let broken = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, image: 'docker.io/library/nginx:1.29', envFrom: [{secretRef: {name: none}}]}]}\n";
    let mut lab = lab(
        "",
        json!({
            "namespace.yaml": SHOP,
            "unknown/x.yaml": "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: x, namespace: shop}\n",
            "homeless/x.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: nowhere}\n",
            "nameless/x.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n",
            "field/kustomization.yaml": "resorces: []\n",
            "sealed/x.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: x, namespace: shop}\nstringData: {a: 'ENC[AES256_GCM,data:,iv:,tag:,type:str]'}\nsops: {mac: x}\n",
            "broken/kustomization.yaml": "resources: [../namespace.yaml, web.yaml]\n",
            "broken/web.yaml": broken,
            "invalid/x.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: 'X y', namespace: shop}\n",
        }),
    );
    for (name, path, with) in [
        ("absent", "./absent", json!({})),
        ("unknown", "./unknown", json!({})),
        ("homeless", "./homeless", json!({})),
        ("nameless", "./nameless", json!({})),
        ("field", "./field", json!({})),
        ("sealed", "./sealed", json!({})),
        ("keyless", "./sealed", json!({ "decryption": { "provider": "sops", "secretRef": { "name": "sops-age" } } })),
        ("broken", "./broken", json!({ "wait": true, "timeout": "1m" })),
        ("cel", "./unknown", json!({ "healthCheckExprs": [{ "apiVersion": "v1", "kind": "X", "current": "a ==" }] })),
        ("lost", "./unknown", json!({ "sourceRef": { "kind": "GitRepository", "name": "none" } })),
        ("orphan", "./unknown", json!({ "dependsOn": [{ "name": "nobody" }] })),
        ("powerless", "./invalid", json!({ "serviceAccountName": "nobody" })),
        ("invalid", "./invalid", json!({})),
    ] {
        lab.apply(&[kustomization(name, path, with)]);
    }
    lab.pass(95);
    let want = [
        ("absent", "ArtifactFailed", "kustomization path not found: stat /tmp/kustomization/absent: no such file or directory"),
        (
            "unknown",
            "ReconciliationFailed",
            "Thing/shop/x dry-run failed: no matches for kind \"Thing\" in version \"example.com/v1\"",
        ),
        ("homeless", "ReconciliationFailed", "ConfigMap/nowhere/x not found: namespaces \"nowhere\" not found"),
        (
            "nameless",
            "ReconciliationFailed",
            "ConfigMap/x namespace not specified: the server could not find the requested resource",
        ),
        ("field", "BuildFailed", "kustomize build failed: invalid Kustomization: json: unknown field \"resorces\""),
        (
            "sealed",
            "ReconciliationFailed",
            "Secret/shop/x is SOPS encrypted, configuring decryption is required for this secret to be reconciled",
        ),
        ("keyless", "BuildFailed", "cannot get sops decryption Secret 'flux-system/sops-age': secrets \"sops-age\" not found"),
        (
            "broken",
            "HealthCheckFailed",
            "health check failed after 1m0s: timeout waiting for: [Deployment/shop/web status: 'InProgress']",
        ),
        (
            "cel",
            "InvalidCELExpression",
            "Reconciliation failed terminally due to configuration error: failed to parse the CEL expression 'a ==': the expression ends too early",
        ),
        ("lost", "ArtifactFailed", "gitrepositories.source.toolkit.fluxcd.io \"none\" not found"),
        (
            "orphan",
            "DependencyNotReady",
            "dependency 'flux-system/nobody' not found: kustomizations.kustomize.toolkit.fluxcd.io \"nobody\" not found",
        ),
    ];
    for (name, reason, message) in want {
        let (status, was, said) = said(&mut lab, name);
        assert_eq!((name, status.as_str(), was.as_str(), said.as_str()), (name, "False", reason, message));
    }
    for (name, part) in [
        ("powerless", "is forbidden: User \"system:serviceaccount:flux-system:nobody\" cannot patch resource \"configmaps\""),
        ("invalid", "ConfigMap/shop/X y dry-run failed (Invalid)"),
    ] {
        let (_, _, said) = said(&mut lab, name);
        assert!(said.contains(part), "{said}");
    }
}
