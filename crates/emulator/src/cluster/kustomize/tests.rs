//! Trees of files, and what is built from them.

use super::{Files, Source, build};
use serde_json::{Value, json};

fn files(all: &[(&str, &str)]) -> Files {
    all.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
}

fn built(all: &[(&str, &str)], path: &str) -> Result<Vec<Value>, String> {
    let fetch = |url: &str| {
        (url == "https://example.com/one.yaml").then(|| "kind: Thing\napiVersion: x.io/v1\nmetadata: {name: far}\n".to_owned())
    };
    build(&Source { files: &files(all), fetch: &fetch }, path, &json!({}))
}

const WEB: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  replicas: 1\n  template:\n    spec:\n      containers:\n        - {name: main, image: 'reg/web:1', env: [{name: A, value: '1'}], args: [x]}\n        - {name: side, image: 'side:2'}\n";

#[test]
fn an_overlay_patches_its_base() {
    let all = [
        ("base/kustomization.yaml", "resources: [web.yaml]\n"),
        ("base/web.yaml", WEB),
        (
            "env/kustomization.yaml",
            "resources: [../base, 'https://example.com/one.yaml']\npatches:\n  - path: web.yaml\n  - target: {kind: Deployment, name: 'w.*'}\n    patch: |\n      - {op: replace, path: /spec/replicas, value: 3}\nimages: [{name: reg/web, newTag: '2'}]\nlabels: [{pairs: {a: b}}]\n",
        ),
        (
            "env/web.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  template:\n    spec:\n      containers:\n        - {name: main, env: [{name: B, value: '2'}], args: [y]}\n        - {name: side, $patch: delete}\n        - {name: new, image: n}\n",
        ),
    ];
    let want = json!([{
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": { "name": "web", "namespace": "shop", "labels": { "a": "b" } },
        "spec": { "replicas": 3, "template": { "spec": { "containers": [
            { "name": "main", "image": "reg/web:2", "env": [{ "name": "B", "value": "2" }, { "name": "A", "value": "1" }], "args": ["y"] },
            { "name": "new", "image": "n" },
        ] } } },
    }, { "kind": "Thing", "apiVersion": "x.io/v1", "metadata": { "name": "far", "labels": { "a": "b" } } }]);
    assert_eq!(built(&all, "./env").map(Value::from), Ok(want));
}

#[test]
fn a_folder_without_a_kustomization_takes_everything_below_it() {
    let all = [
        ("deploy/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n"),
        ("deploy/README.md", "hello"),
        ("deploy/sub/kustomization.yaml", "namespace: elsewhere\nresources: [b.yaml]\n"),
        ("deploy/sub/b.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n"),
        ("deploy/sub/unused.yaml", "not: used\n"),
    ];
    let names: Vec<String> = built(&all, "deploy").expect("built").iter().map(super::named).collect();
    assert_eq!(names, ["ConfigMap.v1.[noGrp]/a.[noNs]", "ConfigMap.v1.[noGrp]/b.elsewhere"]);
}

#[test]
fn generated_names_end_in_a_hash_that_pods_follow() {
    let all = [
        (
            "kustomization.yaml",
            "resources: [pod.yaml]\nconfigMapGenerator:\n  - {name: settings, literals: [A=1], files: [f.txt]}\nsecretGenerator:\n  - {name: plain, literals: [k=v], options: {disableNameSuffixHash: true}}\n",
        ),
        ("f.txt", "hello\n"),
        (
            "pod.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, envFrom: [{configMapRef: {name: settings}}]}]}\n",
        ),
    ];
    let objects = built(&all, ".").expect("built");
    let name = objects[1]["metadata"]["name"].as_str().expect("name");
    // What kustomize 5 names it.
    assert_eq!(name, "settings-mbg92d622k");
    assert_eq!(objects[0]["spec"]["containers"][0]["envFrom"][0]["configMapRef"]["name"], name);
    assert_eq!(objects[1]["data"], json!({ "A": "1", "f.txt": "hello\n" }));
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "plain" }, "type": "Opaque", "data": { "k": "dg==" },
    });
    assert_eq!(objects[2], secret);
}

#[test]
fn a_component_changes_what_its_user_has() {
    let all = [
        ("kustomization.yaml", "resources: [web.yaml]\ncomponents: [more]\n"),
        ("web.yaml", WEB),
        (
            "more/kustomization.yaml",
            "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nreplicas: [{name: web, count: 5}]\n",
        ),
    ];
    assert_eq!(built(&all, ".").expect("built")[0]["spec"]["replicas"], 5);
}

#[test]
fn what_cannot_be_built_says_why() {
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[("kustomization.yaml", "resorces: []\n")], "invalid Kustomization: json: unknown field \"resorces\""),
        (
            &[("kustomization.yaml", "namePrefix: x-\n")],
            "invalid Kustomization: the embedded kustomize does not have the field \"namePrefix\"",
        ),
        (
            &[("kustomization.yaml", "resources: [none.yaml]\n")],
            "accumulating resources: accumulation err='accumulating resources from 'none.yaml': open /none.yaml: no such file or directory': must build at directory: not a valid directory: evalsymlink failure on '/none.yaml' : lstat /none.yaml: no such file or directory",
        ),
        (&[("kustomization.yaml", "resources: [a.yaml]\n"), ("a.yaml", "a: [\n")], "MalformedYAMLError"),
        (
            &[("kustomization.yaml", "resources: [a.yaml, b.yaml]\n"), ("a.yaml", WEB), ("b.yaml", WEB)],
            "may not add resource with an already registered id: Deployment.v1.apps/web.shop",
        ),
        (
            &[
                ("kustomization.yaml", "resources: [a.yaml]\npatches: [{path: p.yaml}]\n"),
                ("a.yaml", WEB),
                ("p.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\n"),
            ],
            "no resource matches strategic merge patch \"Deployment.v1.apps/api.[noNs]\": no matches for Id Deployment.v1.apps/api.[noNs]; failed to find unique target for patch Deployment.v1.apps/api.[noNs]",
        ),
        (&[("kustomization.yaml", "resources: ['https://example.com/two.yaml']\n")], "HTTP Error: status code 404 (Not Found)"),
        (&[("x.yaml", "a: 1\n")], "failed to decode Kubernetes YAML from x.yaml: missing Resource metadata"),
    ];
    for (files, want) in cases {
        let error = built(files, ".").expect_err(want);
        assert!(error.contains(want), "{error}\n does not say\n{want}");
    }
}
