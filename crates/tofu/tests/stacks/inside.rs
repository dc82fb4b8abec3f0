//! What runs in the clusters of the examples: the stacks that bring it, the modules that they call, and what the tools make of
//! both, compared with what the engine applies.

use crate::{EXAMPLES, specs, tool::Tool};
use pontoon_catalog::components::Site;
use pontoon_compiler::{Options, compile, contents::contents};
use pontoon_core::{
    address::Scope,
    content::{Chart, Contents},
    platform::Platform,
};
use pontoon_render::{Follower as Tree_, argo, argo_units, flux, tree::overlay_folder, units, yaml};
use pontoon_spec::{Spec, sections::delivery::Gitops};
use pontoon_tofu::{Backend, Follower, Inside, Part, Tree, Unit, tree};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// A document with everything that its stacks are written from.
pub struct Case {
    pub name: String,
    pub environments: Vec<(Spec, Platform, Contents)>,
    pub units: Vec<(String, Vec<pontoon_render::Unit>)>,
    pub files: BTreeMap<String, String>,
}

/// Every example.
pub fn cases() -> Vec<Case> {
    EXAMPLES.iter().map(|name| case(name)).collect()
}

pub fn case(name: &str) -> Case {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name).join("platform.yaml");
    let specs = specs(&std::fs::read(path).expect("the example can be read"));
    let lock = BTreeMap::new();
    let (mut environments, mut all) = (Vec::new(), Vec::new());
    let mut follower = Tree_::Flux { encrypted: true };
    for spec in &specs {
        let site = Site { vault_ca: Some("a certificate\n".into()), ..Site::new(spec, &lock) };
        let (inside, _) = contents(&site).expect("an order");
        let argo = *spec.delivery.gitops == Gitops::Argocd;
        let of = if argo { argo_units } else { units };
        all.push((spec.environment.to_string(), of(&inside, site.has_store())));
        if argo {
            follower = Tree_::Argo(git());
        }
        let platform = compile(&specs, spec.environment.as_str(), Options { shared: true });
        environments.push((spec.clone(), platform, inside));
    }
    let files = pontoon_render::tree(name, &all, &follower).files;
    Case { name: name.into(), environments, units: all, files }
}

fn git() -> argo::Git {
    argo::Git { url: "ssh://git@github.com/a/b.git".into(), branch: "main".into() }
}

impl Case {
    /// The stacks of all environments, and their modules.
    pub fn tree(&self, backend: &Backend) -> Tree {
        let mut parts = Vec::new();
        for (at, (spec, platform, contents)) in self.environments.iter().enumerate() {
            let scope = Scope::environment(spec.environment.as_str());
            if at == 0 {
                parts.push(Part { platform, scope: Scope::shared(), backend: backend.clone(), inside: None, record: None });
            }
            let inside = Some(self.inside(spec, contents, &self.units[at]));
            parts.push(Part { platform, scope, backend: backend.clone(), inside, record: None });
        }
        tree(&parts)
    }

    fn inside<'a>(
        &'a self,
        spec: &Spec,
        contents: &'a Contents,
        (environment, units): &'a (String, Vec<pontoon_render::Unit>),
    ) -> Inside<'a> {
        let one = |unit: &'a pontoon_render::Unit| Unit {
            name: &unit.name,
            concern: &unit.concern,
            title: &unit.title,
            folder: overlay_folder(environment, unit)[format!("clusters/{environment}/").len()..].to_owned(),
            after: &unit.after,
            objects: unit.objects.iter().filter(|o| o["kind"] != "HelmRelease").collect(),
            releases: contents.component(&unit.name).into_iter().flat_map(|c| c.releases()).collect(),
            secrets: &unit.secrets,
            elsewhere: unit.published.iter().map(|(_, url, _)| url.as_str()).collect(),
        };
        let follower = match (*spec.delivery.gitops, &spec.delivery.repository) {
            (_, None) => Follower::Nobody,
            (Gitops::Argocd, _) => Follower::Argo {
                root: yaml::documents(&argo::root(&git(), environment)),
                values: yaml::document(&argo::chart_values()),
                repository: git().url,
            },
            _ => Follower::Flux { root: yaml::documents(&flux::root(&git().url, "main", environment, true)), encrypted: true },
        };
        Inside { environment, units: units.iter().map(one).collect(), follower, tree: &self.files }
    }

    /// Whether a repository brings what runs in the clusters.
    pub fn is_followed(&self) -> bool {
        self.environments[0].0.delivery.repository.is_some()
    }
}

/// The folders of a tree that hold files of the tools: of stacks and modules.
pub fn folders(tree: &Tree) -> BTreeSet<&str> {
    tree.files.keys().filter(|p| p.ends_with(".tf")).filter_map(|p| Some(p.rsplit_once('/')?.0)).collect()
}

/// What is applied by the stack of a folder, as the tool's own state says.
fn state(tool: &Tool, stack: &Path) -> Vec<Value> {
    let shown: Value = serde_json::from_str(&tool.good(stack, &["show", "-json", "-no-color"])).expect("JSON");
    let mut resources = Vec::new();
    gather(&shown["values"]["root_module"], &mut resources);
    resources
}

fn gather(module: &Value, into: &mut Vec<Value>) {
    into.extend(module["resources"].as_array().into_iter().flatten().filter(|r| r["mode"] == "managed").cloned());
    module["child_modules"].as_array().into_iter().flatten().for_each(|m| gather(m, into));
}

/// What the stacks of an environment without a repository apply is what the engine applies: every chart, every object, every
/// Secret.
pub fn applied_is_what_the_engine_applies(tool: &Tool, case: &Case, root: &Path) {
    let (environment, units) = &case.units[0];
    let (mut charts, mut objects, mut secrets) = (Vec::new(), Vec::new(), BTreeSet::new());
    for stack in ["2-cluster", "3-environment"] {
        for resource in state(tool, &root.join(format!("clusters/{environment}/{stack}"))) {
            let values = &resource["values"];
            let given = yaml::read(values["values"][0].as_str().expect("values")).expect("YAML");
            if values["chart"].as_str().is_some_and(|c| c.ends_with("/objects/chart")) {
                let texts = given["manifests"].as_object().expect("manifests");
                objects.extend(texts.values().map(|t| yaml::read(t.as_str().expect("a text")).expect("YAML")));
                for sealed in values["set_sensitive"].as_array().into_iter().flatten() {
                    let text = String::from_utf8(decoded(sealed["value"].as_str().expect("a text"))).expect("UTF-8");
                    for object in text.split("\n---\n").map(|t| yaml::read(t).expect("YAML")) {
                        assert!(object["stringData"].as_object().is_some_and(|d| d.values().all(Value::is_string)), "{object}");
                        secrets.insert(pontoon_render::units::key(&object));
                    }
                }
                continue;
            }
            let set = values["set_sensitive"].as_array().into_iter().flatten().map(|s| s["name"].clone()).collect::<Vec<_>>();
            charts.push(json!([
                values["name"],
                values["namespace"],
                values["repository"],
                values["chart"],
                values["version"],
                given,
                set,
                values["timeout"]
            ]));
        }
    }
    let contents = &case.environments[0].2;
    let releases = units.iter().filter_map(|u| contents.component(&u.name)).flat_map(|c| c.releases());
    let wanted = releases.map(|r| {
        let Chart::Published { name, repository, version } = &r.chart else { panic!("{} is no published chart", r.name) };
        let set: Vec<&str> = r.values_from.iter().map(|v| v.target.as_str()).collect();
        json!([r.name, r.namespace, repository, name, version, r.values, set, r.minutes * 60])
    });
    assert_eq!(lines(charts), lines(wanted.collect()), "charts of {}", case.name);
    let flux = |o: &Value| o["apiVersion"].as_str().is_some_and(|v| v.contains(".toolkit.fluxcd.io/"));
    let wanted = units.iter().flat_map(|u| &u.objects).filter(|o| !flux(o)).cloned().collect();
    assert_eq!(lines(objects), lines(wanted), "objects of {}", case.name);
    let wanted = units.iter().flat_map(|u| &u.secrets).map(|s| format!("Secret/{}/{}", s.namespace, s.name)).collect();
    assert_eq!(secrets, wanted, "Secrets of {}", case.name);
}

fn lines(all: Vec<Value>) -> String {
    let mut lines: Vec<String> = all.into_iter().map(|v| serde_json::to_string_pretty(&sorted(v)).expect("JSON")).collect();
    lines.sort();
    lines.join("\n")
}

/// With keys in the order of the alphabet, and numbers as one text each.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(all) => all.into_iter().map(|(k, v)| (k, sorted(v))).collect::<BTreeMap<_, _>>().into_iter().collect(),
        Value::Array(all) => all.into_iter().map(sorted).collect(),
        Value::Number(n) => json!(n.as_f64()),
        other => other,
    }
}

fn decoded(text: &str) -> Vec<u8> {
    let digit = |c: u8| match c {
        b'A'..=b'Z' => u32::from(c - b'A'),
        b'a'..=b'z' => u32::from(c - b'a') + 26,
        b'0'..=b'9' => u32::from(c - b'0') + 52,
        b'+' => 62,
        _ => 63,
    };
    let mut out = Vec::new();
    for four in text.trim_end_matches('=').as_bytes().chunks(4) {
        let bits = four.iter().fold(0, |all, c| all << 6 | digit(*c)) << (6 * (4 - four.len()));
        out.extend(&bits.to_be_bytes()[1..four.len()]);
    }
    out
}

/// What the modules render of an environment is the GitOps tree, byte by byte.
pub fn rendered_is_the_tree(tool: &Tool, case: &Case, root: &Path) {
    let mut rendered: BTreeMap<String, String> = BTreeMap::new();
    for (environment, _) in &case.units {
        let stack = root.join(format!("clusters/{environment}/2-cluster"));
        if !stack.join("terraform.tfstate").exists() {
            continue;
        }
        let said = tool.good(&stack, &["output", "-json", "-no-color", "rendered_manifests"]);
        rendered.extend(serde_json::from_str::<BTreeMap<String, String>>(&said).expect("texts"));
    }
    let environments: Vec<String> = case.units.iter().map(|(name, _)| format!("clusters/{name}/")).collect();
    let applied = |path: &str| {
        path != "README.md" && environments.iter().all(|e| !path.starts_with(e) || rendered.keys().any(|p| p.starts_with(e)))
    };
    let wanted: BTreeMap<&String, &String> = case.files.iter().filter(|(path, _)| applied(path)).collect();
    assert!(wanted.len() > 50, "{}: only {} files", case.name, wanted.len());
    let names = |files: &BTreeMap<&String, &String>| files.keys().map(|p| (*p).clone()).collect::<Vec<_>>();
    let rendered: BTreeMap<&String, &String> = rendered.iter().collect();
    assert_eq!(names(&rendered), names(&wanted), "{}", case.name);
    assert!(rendered == wanted, "{}: a file's bytes differ", case.name);
}
