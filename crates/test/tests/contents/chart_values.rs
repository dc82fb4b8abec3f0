//! Every value that the examples' trees give to a chart is one that the chart has, and one that `helm` takes.

use super::built::{Built, built};
use pontoon_catalog::components::charts::PINS;
use pontoon_test::{
    charts::Chart,
    gitops::{is, title},
    judges::{contracts_or_skip, run, tool_or_skip},
};
use serde_json::{Value, json};
use std::path::Path;

/// Values that a chart has although its defaults show them as comments only: chart, path, and where it says so.
const COMMENTED: &[(&str, &str, &str)] = &[
    ("traefik", "service.spec.externalTrafficPolicy", "values.schema.json: entries of `service.spec` are added to the Service's"),
    ("kong", "proxy.externalTrafficPolicy", "README of the chart: SVC.externalTrafficPolicy"),
    (
        "influxdb2",
        "adminUser.existingSecret",
        "values.yaml of the chart: the Secret with the keys admin-password and admin-token",
    ),
];

/// Every HelmRelease of an example, with the environment.
fn releases(built: &Built) -> impl Iterator<Item = (&String, &Value)> {
    let all = built.layers.iter().flat_map(|(e, layers)| layers.iter().flat_map(move |l| l.objects.iter().map(move |o| (e, o))));
    all.filter(|(_, o)| is(o, "helm.toolkit.fluxcd.io", "HelmRelease"))
}

/// What is wrong with a release's values.
fn judge(charts: &Path, helm: &Path, tree: &Path, release: &Value) -> Vec<String> {
    let spec = &release["spec"];
    let (from, values) = (&spec["chart"]["spec"], &spec["values"]);
    let name = from["chart"].as_str().unwrap_or_default();
    if from["sourceRef"]["kind"] == "GitRepository" {
        return in_repository(helm, &tree.join(name), values);
    }
    let Some(chart) = Chart::read(charts, name) else {
        // The chart of an app, which a document names: what it takes is a person's own affair.
        let ours = PINS.iter().any(|p| p.name == name);
        return if ours { vec![format!("nothing is known of a chart {name}")] } else { Vec::new() };
    };
    let mut wrong: Vec<String> = Vec::new();
    if from["version"] != chart.version() {
        wrong.push(format!("its version is {}, and what is published here is {}", from["version"], chart.version()));
    }
    let unknown = chart.unknown(values).into_iter().filter(|p| !COMMENTED.iter().any(|(c, path, _)| *c == name && path == p));
    wrong.extend(unknown.map(|path| format!("the chart has no value {path}")));
    let said = chart.judged(helm, values);
    if !said.ok || !said.err.trim().is_empty() {
        wrong.push(format!("helm: {}", said.err.trim()));
    }
    wrong
}

/// A chart that stands in the repository is whole: helm renders it.
fn in_repository(helm: &Path, chart: &Path, values: &Value) -> Vec<String> {
    let folder = pontoon_test::context::Folder::new();
    std::fs::write(folder.path().join("values.json"), values.to_string()).expect("a file can be written");
    let chart = chart.display().to_string();
    let said = run(helm, folder.path(), &[], ["template", "it", &chart, "-f", "values.json"]);
    if said.ok && said.err.trim().is_empty() { Vec::new() } else { vec![format!("helm: {}", said.err.trim())] }
}

#[test]
fn every_value_exists_and_fits() {
    let Some(charts) = contracts_or_skip("chart_values", "charts") else { return };
    let Some(helm) = tool_or_skip("chart_values", "helm") else { return };
    let mut wrong = Vec::new();
    for (example, built) in built() {
        let before = wrong.len();
        let mut count = 0;
        for (environment, release) in releases(built) {
            let found = judge(&charts, &helm, built.tree.root(), release);
            wrong.extend(found.into_iter().map(|w| format!("{example} {environment}: {}: {w}", title(release))));
            count += 1;
        }
        assert!(count > 0, "{example} has no release");
        println!("{example}: {count} releases, {} wrong values", wrong.len() - before);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The proof that values are judged at all.
#[test]
fn a_wrong_value_is_found() {
    let Some(charts) = contracts_or_skip("chart_values", "charts") else { return };
    let Some(helm) = tool_or_skip("chart_values", "helm") else { return };
    let chart = Chart::read(&charts, "cert-manager").expect("it is published");
    let good = json!({ "crds": { "enabled": true }, "replicaCount": 2, "podLabels": { "any": "thing" } });
    assert_eq!(chart.unknown(&good), Vec::<String>::new());
    assert!(chart.judged(&helm, &good).ok);
    assert_eq!(chart.unknown(&json!({ "webhook": { "replicaCounts": 2 } })), ["webhook.replicaCounts"]);
    assert!(!chart.judged(&helm, &json!({ "webhook": { "replicaCount": true } })).ok, "the schema asks for a number");
    let stack = Chart::read(&charts, "kube-prometheus-stack").expect("it is published");
    let values = json!({ "grafana": { "adminUser": "x", "admni": 1 }, "prometheus": { "prometheusSpec": { "retenton": "1d" } } });
    assert_eq!(stack.unknown(&values), ["grafana.admni", "prometheus.prometheusSpec.retenton"]);
    let said = stack.judged(&helm, &json!({ "grafana": { "resources": 3 } }));
    assert!(said.err.contains("resources"), "{said:?}");
}
