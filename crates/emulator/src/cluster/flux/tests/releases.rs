//! HelmReleases: published charts, charts in the repository, and what is said when they fail.

use super::{lab, push, ready};
use crate::cluster::controllers::tests::{Lab, namespace};
use crate::cluster::flux::conditions::condition;
use crate::cluster::flux::kinds::{HELM_CHARTS, HELM_RELEASES, HELM_REPOSITORIES};
use serde_json::{Value, json};

const CHART: &str = "apiVersion: v2\nname: shop\nversion: 0.1.0\n";
const WEB: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: {{ .Release.Name }}}\nspec:\n  replicas: {{ .Values.replicas }}\n  selector: {matchLabels: {app: shop}}\n  template:\n    metadata: {labels: {app: shop}}\n    spec: {containers: [{name: web, image: 'docker.io/library/nginx:{{ .Values.tag }}', envFrom: [{{ with .Values.envFrom }}{secretRef: {name: {{ . }}}}{{ end }}]}]}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: settings}\nstringData: {url: {{ .Values.url | quote }}}\n";

fn repository(name: &str, url: &str) -> Value {
    json!({ "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "HelmRepository", "metadata": { "name": name, "namespace": "flux-system" }, "spec": { "interval": "1h", "url": url } })
}

fn release(name: &str, chart: Value, with: Value) -> Value {
    let mut object = json!({
        "apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": { "name": name, "namespace": "apps" },
        "spec": { "interval": "1h", "chart": { "spec": chart } },
    });
    for (key, value) in with.as_object().into_iter().flatten() {
        object["spec"][key.as_str()] = value.clone();
    }
    object
}

fn published(chart: &str, version: &str, repository: &str) -> Value {
    json!({ "chart": chart, "version": version, "sourceRef": { "kind": "HelmRepository", "name": repository, "namespace": "flux-system" } })
}

fn folder() -> Value {
    json!({ "chart": "./charts/shop", "reconcileStrategy": "Revision", "sourceRef": { "kind": "GitRepository", "name": "platform", "namespace": "flux-system" } })
}

fn said(lab: &mut Lab, name: &str) -> (String, String, String) {
    ready(&lab.get(HELM_RELEASES, "apps", name))
}

fn shop(replicas: u32) -> Value {
    json!({ "charts/shop/Chart.yaml": CHART, "charts/shop/values.yaml": format!("replicas: {replicas}\ntag: '1.29'\nurl: ''\n"), "charts/shop/templates/web.yaml": WEB })
}

#[test]
fn a_published_chart_is_installed_with_its_definitions_hooks_and_record() {
    let mut lab = lab("", json!({}));
    lab.apply(&[namespace("apps"), repository("jetstack", "https://charts.jetstack.io"), release("cert-manager", published("cert-manager", "1.21.x", "jetstack"), json!({
        "values": { "crds": { "enabled": true } }, "install": { "crds": "CreateReplace", "remediation": { "retries": 3 } },
    }))]);
    lab.pass(200);
    assert_eq!(
        said(&mut lab, "cert-manager"),
        (
            "True".into(),
            "InstallSucceeded".into(),
            "Helm install succeeded for release apps/cert-manager.v1 with chart cert-manager@v1.21.1".into()
        )
    );
    let chart = lab.get(HELM_CHARTS, "flux-system", "apps-cert-manager");
    assert_eq!(ready(&chart).2, "pulled 'cert-manager' chart with version 'v1.21.1'");
    assert_eq!(lab.get("deployments.apps", "apps", "cert-manager-webhook")["status"]["readyReplicas"], 1);
    assert_eq!(lab.get("secrets", "apps", "sh.helm.release.v1.cert-manager.v1")["metadata"]["labels"]["status"], "deployed");
    // The check ran, and went as its policy says.
    assert!(lab.names("jobs.batch", "apps").is_empty());
    lab.k8s(|o| o.delete(HELM_RELEASES, "apps", "cert-manager"));
    lab.pass(60);
    assert!(
        lab.get(HELM_RELEASES, "apps", "cert-manager").is_null()
            && lab.get(HELM_CHARTS, "flux-system", "apps-cert-manager").is_null()
    );
    assert_eq!(lab.names("deployments.apps", "apps"), [""; 0]);
    assert_eq!(lab.names("secrets", "apps").iter().filter(|n| n.starts_with("sh.helm")).count(), 0);
    // Definitions stay: they say so.
    assert!(!lab.get("customresourcedefinitions.apiextensions.k8s.io", "", "certificates.cert-manager.io").is_null());
}

#[test]
fn a_chart_of_the_repository_follows_it_and_takes_values_from_secrets() {
    let mut lab = lab("", shop(1));
    lab.apply(&[namespace("apps"), release("shop", folder(), json!({
        "valuesFrom": [{ "kind": "Secret", "name": "database", "valuesKey": "uri", "targetPath": "url" }], "driftDetection": { "mode": "enabled" },
    }))]);
    lab.pass(30);
    assert_eq!(
        said(&mut lab, "shop").2,
        "could not resolve Secret chart values reference 'apps/database' with key 'uri': secrets \"database\" not found"
    );
    lab.apply(&[json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "database", "namespace": "apps" }, "stringData": { "uri": "postgres://a" } })]);
    lab.pass(150);
    assert_eq!(said(&mut lab, "shop").0, "True", "{:?}", said(&mut lab, "shop"));
    assert_eq!(lab.get("secrets", "apps", "settings")["data"]["url"], "cG9zdGdyZXM6Ly9h");
    push(&mut lab, shop(2));
    lab.pass(150);
    let (_, reason, message) = said(&mut lab, "shop");
    assert_eq!(reason, "UpgradeSucceeded");
    assert!(message.starts_with("Helm upgrade succeeded for release apps/shop.v2 with chart shop@0.1.0+"), "{message}");
    assert_eq!(lab.get("deployments.apps", "apps", "shop")["status"]["readyReplicas"], 2);
    assert_eq!(lab.get("secrets", "apps", "sh.helm.release.v1.shop.v1")["metadata"]["labels"]["status"], "superseded");
    // Drift is put back at the next interval.
    lab.k8s(|o| o.edit("deployments.apps", "apps", "shop", |d| d["spec"]["replicas"] = 1.into()));
    lab.pass(3700);
    assert_eq!(lab.get("deployments.apps", "apps", "shop")["spec"]["replicas"], 2);
}

#[test]
fn a_failed_upgrade_goes_back_and_gives_up_after_its_retries() {
    let mut lab = lab("", shop(1));
    lab.apply(&[
        namespace("apps"),
        release("shop", folder(), json!({ "timeout": "1m", "upgrade": { "remediation": { "retries": 1 } } })),
    ]);
    lab.pass(120);
    assert_eq!(said(&mut lab, "shop").0, "True");
    lab.k8s(|o| o.edit(HELM_RELEASES, "apps", "shop", |r| r["spec"]["values"] = json!({ "envFrom": "missing" })));
    lab.pass(300);
    let object = lab.get(HELM_RELEASES, "apps", "shop");
    let (status, reason, message) = ready(&object);
    assert_eq!((status.as_str(), reason.as_str()), ("False", "UpgradeFailed"));
    assert!(
        message.contains("resource Deployment/apps/shop not ready. status: InProgress, message: Available: ")
            && message.ends_with("context deadline exceeded"),
        "{message}"
    );
    assert_eq!(condition(&object, "Stalled").map(|c| c["message"].clone()), Some("Failed to upgrade after 2 attempt(s)".into()));
    assert_eq!(condition(&object, "Remediated").map(|c| c["reason"].clone()), Some("RollbackSucceeded".into()));
    assert_eq!(
        lab.get("deployments.apps", "apps", "shop")["spec"]["template"]["spec"]["containers"][0]["envFrom"]
            .as_array()
            .map_or(0, Vec::len),
        0
    );
}

#[test]
fn what_goes_wrong_is_said_in_helms_words() {
    let mut lab = lab(
        "[charts]\nunreachable = [\"https://far.example.com\"]\n",
        json!({
            "charts/shop/Chart.yaml": CHART, "charts/shop/values.yaml": "{}",
            "charts/shop/templates/x.yaml": "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: x}\n",
            "charts/bad/Chart.yaml": CHART, "charts/bad/templates/x.yaml": "a: {{ tpl .Values.x . }}",
        }),
    );
    let bad = json!({ "chart": "./charts/bad", "sourceRef": { "kind": "GitRepository", "name": "platform", "namespace": "flux-system" } });
    lab.apply(&[
        namespace("apps"),
        repository("jetstack", "https://charts.jetstack.io"),
        repository("far", "https://far.example.com/charts"),
        repository("nobody", "https://nobody.example.com"),
        release("version", published("cert-manager", "9.9.9", "jetstack"), json!({})),
        release("chart", published("cert-manger", "*", "jetstack"), json!({})),
        release("far", published("x", "*", "far"), json!({})),
        release("kind", folder(), json!({})),
        release("template", bad.clone(), json!({ "install": { "remediation": { "retries": 1 } } })),
        release("homeless", folder(), json!({ "targetNamespace": "nowhere" })),
        release("after", folder(), json!({ "dependsOn": [{ "name": "kind" }] })),
        release("alone", folder(), json!({ "dependsOn": [{ "name": "none" }] })),
    ]);
    lab.pass(150);
    let want = [
        (
            "version",
            "SourceNotReady",
            "HelmChart 'flux-system/apps-version' is not ready: invalid chart reference: failed to get chart version for remote reference: no 'cert-manager' chart with version matching '9.9.9' found",
        ),
        (
            "chart",
            "SourceNotReady",
            "HelmChart 'flux-system/apps-chart' is not ready: invalid chart reference: failed to get chart version for remote reference: no chart name found",
        ),
        (
            "far",
            "SourceNotReady",
            "HelmChart 'flux-system/apps-far' is not ready: no artifact available for HelmRepository source 'far'",
        ),
        ("after", "DependencyNotReady", "dependency 'apps/kind' is not ready"),
        (
            "alone",
            "DependencyNotReady",
            "unable to get 'apps/none' dependency: helmreleases.helm.toolkit.fluxcd.io \"none\" not found",
        ),
    ];
    for (name, reason, message) in want {
        assert_eq!((name, said(&mut lab, name)), (name, ("False".into(), reason.into(), message.into())));
    }
    let failed = [
        ("kind", "no matches for kind \"Thing\" in version \"example.com/v1\"\nensure CRDs are installed first"),
        ("template", "parse error at (shop/templates/x.yaml:1): function \"tpl\" not defined"),
        ("homeless", "create: failed to create: namespaces \"nowhere\" not found"),
    ];
    for (name, part) in failed {
        let (_, reason, message) = said(&mut lab, name);
        assert_eq!(reason, "InstallFailed", "{name}: {message}");
        assert!(message.contains("Helm install failed for release ") && message.contains(part), "{message}");
    }
    let stalled = |o: &Value| condition(o, "Stalled").map(|c| c["message"].as_str().unwrap_or("").to_owned());
    assert_eq!(stalled(&lab.get(HELM_RELEASES, "apps", "kind")).as_deref(), Some("Failed to install after 1 attempt(s)"));
    assert_eq!(stalled(&lab.get(HELM_RELEASES, "apps", "template")).as_deref(), Some("Failed to install after 2 attempt(s)"));
    let of = |lab: &mut Lab, name: &str| ready(&lab.get(HELM_REPOSITORIES, "flux-system", name)).2;
    assert_eq!(
        of(&mut lab, "far"),
        "failed to fetch Helm repository index: failed to cache index to temporary file: Get \"https://far.example.com/charts/index.yaml\": dial tcp: i/o timeout"
    );
    assert_eq!(
        of(&mut lab, "nobody"),
        "failed to fetch Helm repository index: failed to cache index to temporary file: Get \"https://nobody.example.com/index.yaml\": dial tcp: lookup nobody.example.com on 10.245.0.10:53: no such host"
    );
}
