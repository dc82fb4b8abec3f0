//! What a sync does: waves, pruning, healing, hooks, charts.

use super::{REPOSITORY, RESTORED, WELL, application, lab, said};
use crate::cluster::argo::kinds::APPLICATIONS;
use crate::cluster::controllers::tests::Lab;
use crate::cluster::flux::tests::push;
use crate::cluster::yaml;
use serde_json::{Value, json};

const SHOP: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";

fn config(name: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{a: '1'}}\n")
}

fn web(image: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata: {{labels: {{app: web}}}}\n    spec: {{containers: [{{name: web, image: '{image}'}}]}}\n"
    )
}

/// A root with two Applications, the second of which comes a wave later.
fn waves(settings: Value) -> Lab {
    let first = yaml::write(&application("first", "first", 1, json!({})));
    let second = yaml::write(&application("second", "second", 2, json!({})));
    let mut lab = lab(
        settings,
        json!({
            "root/namespace.yaml": SHOP, "root/first.yaml": first, "root/second.yaml": second,
            "first/web.yaml": web("docker.io/library/nginx:1.29"), "second/one.yaml": config("one"),
        }),
    );
    lab.apply(&[application("root", "root", 0, json!({}))]);
    lab
}

/// Whether the second Application was made while the first was not healthy.
fn overtaken(lab: &mut Lab) -> bool {
    for _ in 0..120 {
        lab.pass(1);
        let second = !lab.get(APPLICATIONS, "argocd", "second").is_null();
        let [sync, health, _] = said(lab, "first");
        if second {
            return (sync.as_str(), health.as_str()) != ("Synced", "Healthy");
        }
    }
    panic!("the second never came: {}", lab.get(APPLICATIONS, "argocd", "root")["status"]);
}

#[test]
fn a_wave_of_applications_waits_only_where_their_health_is_known() {
    let mut blind = waves(json!({}));
    assert!(overtaken(&mut blind), "without the script Argo CD judges no Application");
    let mut sees = waves(json!({ "resource.customizations.health.argoproj.io_Application": RESTORED }));
    assert!(!overtaken(&mut sees));
    sees.pass(120);
    for name in ["root", "first", "second"] {
        assert_eq!(said(&mut sees, name), WELL, "{name}");
    }
    let state = sees.get(APPLICATIONS, "argocd", "root")["status"]["operationState"].clone();
    assert_eq!(state["message"], "successfully synced (all tasks run)");
}

#[test]
fn a_folder_is_applied_followed_healed_and_pruned() {
    let mut lab =
        lab(json!({}), json!({ "shop/namespace.yaml": SHOP, "shop/one.yaml": config("one"), "shop/two.yaml": config("two") }));
    lab.apply(&[application("shop", "shop", 0, json!({}))]);
    lab.pass(60);
    assert_eq!(said(&mut lab, "shop"), WELL);
    let one = lab.get("configmaps", "shop", "one");
    assert_eq!(one["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"], "shop:/ConfigMap:shop/one");
    // What a person changes is put back at once.
    lab.k8s(|o| o.edit("configmaps", "shop", "one", |c| c["data"]["a"] = "by hand".into()));
    lab.pass(20);
    assert_eq!(lab.get("configmaps", "shop", "one")["data"]["a"], "1");
    // A commit is seen when it is asked for, or after the interval; what left goes.
    let commit = push(&mut lab, json!({ "shop/namespace.yaml": SHOP, "shop/one.yaml": config("one") }));
    lab.k8s(|o| {
        o.edit(APPLICATIONS, "argocd", "shop", |a| a["metadata"]["annotations"]["argocd.argoproj.io/refresh"] = "normal".into())
    });
    lab.pass(20);
    assert_eq!(lab.names("configmaps", "shop"), ["kube-root-ca.crt", "one"]);
    assert_eq!(lab.get(APPLICATIONS, "argocd", "shop")["status"]["sync"]["revision"], commit);
    assert_eq!(said(&mut lab, "shop"), WELL);
    lab.pass(200);
    let beats = lab.pass(600);
    assert!(beats < 80, "{beats} events in ten minutes");
    // With its finalizer an Application takes everything with it.
    lab.k8s(|o| o.delete(APPLICATIONS, "argocd", "shop"));
    lab.pass(60);
    assert!(lab.get("namespaces", "", "shop").is_null() && lab.get(APPLICATIONS, "argocd", "shop").is_null());
}

#[test]
fn charts_take_values_from_another_source_and_hooks_run_around_them() {
    let hook = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: before\n  annotations: {helm.sh/hook: 'pre-install,pre-upgrade', helm.sh/hook-delete-policy: 'before-hook-creation,hook-succeeded'}\nspec:\n  template:\n    spec: {restartPolicy: Never, containers: [{name: x, image: 'docker.io/library/busybox:1.37'}]}\n";
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Release.Name }}'}\ndata: {a: '{{ .Values.a }}', b: '{{ .Values.b }}'}\n";
    let mut lab = lab(
        json!({}),
        json!({
            "namespace/namespace.yaml": SHOP,
            "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n", "chart/values.yaml": "a: none\nb: none\n",
            "chart/templates/hook.yaml": hook, "chart/templates/text.yaml": text,
            "values/metrics.yaml": "replicas: 2\n", "values/shop.yaml": "a: some\n",
        }),
    );
    let git = |more: Value| {
        let mut source = json!({ "repoURL": REPOSITORY, "targetRevision": "main" });
        for (key, value) in more.as_object().into_iter().flatten() {
            source[key.as_str()] = value.clone();
        }
        source
    };
    let parameter = json!([{ "name": "b", "value": "$ARGOCD_APP_REVISION" }]);
    let shop = json!({ "source": null, "sources": [
        git(json!({ "ref": "values" })), git(json!({ "path": "namespace" })),
        git(json!({ "path": "chart", "helm": { "releaseName": "shop", "valueFiles": ["$values/values/shop.yaml"], "parameters": parameter } })),
    ]});
    let metrics = json!({ "source": null, "destination": { "server": "https://kubernetes.default.svc", "namespace": "kube-system" }, "sources": [
        git(json!({ "ref": "values" })),
        { "repoURL": "https://kubernetes-sigs.github.io/metrics-server", "chart": "metrics-server", "targetRevision": "*",
          "helm": { "releaseName": "metrics-server", "valueFiles": ["$values/values/metrics.yaml"] } },
    ]});
    lab.apply(&[application("shop", "", 0, shop), application("metrics", "", 0, metrics)]);
    // The hook comes before its namespace: it is tried again once somebody made that.
    lab.apply(&[json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "shop" } })]);
    lab.pass(180);
    let commit = lab.get(APPLICATIONS, "argocd", "shop")["status"]["sync"]["revisions"][0].clone();
    assert_eq!(said(&mut lab, "shop"), WELL);
    assert_eq!(lab.get("configmaps", "shop", "shop")["data"], json!({ "a": "some", "b": commit }));
    assert!(lab.get("jobs.batch", "shop", "before").is_null(), "it went when it was done");
    assert_eq!(said(&mut lab, "metrics"), WELL);
    assert_eq!(lab.get("deployments.apps", "kube-system", "metrics-server")["spec"]["replicas"], 2);
}

#[test]
fn what_does_not_become_healthy_holds_the_next_wave_and_is_mended_by_a_commit() {
    let settings = json!({ "resource.customizations.health.argoproj.io_Application": RESTORED, "timeout.reconciliation": "60s" });
    let mut lab = waves(settings);
    let first = yaml::write(&application("first", "first", 1, json!({})));
    let second = yaml::write(&application("second", "second", 2, json!({})));
    let broken = web("docker.io/library/nginx:1.29").replace("image:", "envFrom: [{secretRef: {name: none}}], image:");
    let files = |web: &str| {
        json!({
            "root/namespace.yaml": SHOP, "root/first.yaml": first, "root/second.yaml": second, "first/web.yaml": web,
            "second/one.yaml": config("one"),
        })
    };
    push(&mut lab, files(&broken));
    lab.pass(240);
    assert_eq!(said(&mut lab, "first")[1], "Progressing");
    assert!(lab.get(APPLICATIONS, "argocd", "second").is_null());
    let state = lab.get(APPLICATIONS, "argocd", "root")["status"]["operationState"].clone();
    assert_eq!(state["message"], "waiting for healthy state of argoproj.io/Application/first");
    push(&mut lab, files(&web("docker.io/library/nginx:1.29")));
    lab.pass(420);
    assert_eq!(said(&mut lab, "second"), WELL);
}
