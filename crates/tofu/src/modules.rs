//! Modules by concern, which the stacks of all environments call: `infra/modules/<module>/`.
//!
//! Each has two modes. `apply` installs what it is about with OpenTofu. `render` gives the files of the GitOps tree, by path:
//! the module holds what is the same everywhere, the stack what its environment puts on top, both as they stand in the tree.
//! So there is one text of everything, and both modes read it.

mod concern;

use crate::{
    LeftOut, Tree,
    frame::{self, HELM},
    hcl::Body,
    inside::{Follower, Inside, Unit},
    names::local,
    readme,
};
use pontoon_core::address::Scope;
use std::collections::{BTreeMap, BTreeSet};

/// The folder of all modules.
pub const FOLDER: &str = "modules";
/// The module that installs Flux.
pub const FLUXCD: &str = "fluxcd";
/// The module that installs Argo CD.
pub const ARGOCD: &str = "argocd";
/// The module of namespaces, which comes before every other.
pub const NAMESPACES: &str = "namespaces";
/// The module that all others apply objects with.
const OBJECTS: &str = "objects";

/// Files that are the same for every platform.
const FIXED: &[(&str, &[(&str, &str)])] = &[
    (
        OBJECTS,
        &[
            ("main.tf", include_str!("modules/objects/main.tf")),
            ("variables.tf", include_str!("modules/objects/variables.tf")),
            ("chart/Chart.yaml", include_str!("modules/objects/chart/Chart.yaml")),
            ("chart/templates/objects.yaml", include_str!("modules/objects/chart/templates/objects.yaml")),
        ],
    ),
    (
        FLUXCD,
        &[
            ("main.tf", include_str!("modules/fluxcd/main.tf")),
            ("variables.tf", include_str!("modules/fluxcd/variables.tf")),
            ("outputs.tf", include_str!("modules/fluxcd/outputs.tf")),
        ],
    ),
    (
        ARGOCD,
        &[
            ("main.tf", include_str!("modules/argocd/main.tf")),
            ("variables.tf", include_str!("modules/argocd/variables.tf")),
            ("outputs.tf", include_str!("modules/argocd/outputs.tf")),
        ],
    ),
];

/// Which units each module is about, by module and then by name; of several environments' the first one's.
pub type Modules<'a> = BTreeMap<String, BTreeMap<&'a str, &'a Unit<'a>>>;

/// The module of a unit. Operators give their concern's module its name where they are there.
pub fn module_of(unit: &Unit<'_>, all: &BTreeSet<&str>) -> String {
    let named = |operator: &str, module: &str| if all.contains(operator) { module.into() } else { local(unit.concern) };
    match unit.concern {
        "sources" => FLUXCD.into(),
        "dns" => named("external-dns", "external_dns"),
        "databases" => named("cloudnative-pg", "cloudnative_pg"),
        "cache" => named("valkey-operator", "valkey_operator"),
        "messaging" => named("rabbitmq-operator", "rabbitmq_operator"),
        // Of the stores outside, Vault alone is brought.
        "secrets" if all.contains("secret-store") => "vault_eso".into(),
        "secrets" => named("external-secrets", "external_secrets"),
        concern => local(concern),
    }
}

/// The names of all units of all environments.
pub fn names<'a>(insides: &[&'a Inside<'a>]) -> BTreeSet<&'a str> {
    insides.iter().flat_map(|i| i.units.iter().map(|u| u.name)).collect()
}

/// The units of all environments by module.
pub fn modules<'a>(insides: &[&'a Inside<'a>]) -> Modules<'a> {
    let all = names(insides);
    let mut modules = Modules::new();
    for unit in insides.iter().flat_map(|i| &i.units) {
        modules.entry(module_of(unit, &all)).or_default().entry(unit.name).or_insert(unit);
    }
    modules
}

/// Writes the modules that some environment uses.
pub fn write(insides: &[&Inside<'_>], tree: &mut Tree) {
    let Some(first) = insides.first() else { return };
    let own = |follower: &Follower| match follower {
        Follower::Nobody => None,
        Follower::Flux { .. } => Some(FLUXCD),
        Follower::Argo { .. } => Some(ARGOCD),
    };
    let follower = insides.iter().find_map(|i| own(&i.follower));
    for (name, files) in FIXED.iter().filter(|(name, _)| *name == OBJECTS || Some(*name) == follower) {
        for (file, text) in *files {
            put(tree, name, file, (*text).to_owned());
        }
        put(tree, name, "versions.tf", versions());
        put(tree, name, "README.md", readme::fixed_module(name));
    }
    for (name, units) in &modules(insides) {
        for unit in units.values() {
            for (path, text) in below(first.tree, &unit.base(), units.values().map(|u| u.base())) {
                put(tree, name, &format!("manifests/{path}"), text.to_owned());
            }
        }
        if name == FLUXCD {
            continue;
        }
        let shape = concern::shape(units, insides);
        for (unit, what) in &shape.left_out {
            let scopes = insides.iter().filter(|i| i.follower == Follower::Nobody && i.units.iter().any(|u| u.name == *unit));
            tree.left_out.extend(scopes.map(|i| LeftOut {
                scope: Scope::environment(i.environment),
                path: (*unit).to_owned(),
                what: what.clone(),
            }));
        }
        put(tree, name, "main.tf", shape.main.text());
        put(tree, name, "variables.tf", concern::variables(&shape).text());
        put(tree, name, "outputs.tf", concern::outputs().text());
        put(tree, name, "versions.tf", versions());
        put(tree, name, "README.md", readme::module(name, units, shape.rendered, &shape.left_out));
    }
}

/// The files of a folder of the tree that belong to no other of `folders` below it.
pub fn below<'t>(
    tree: &'t BTreeMap<String, String>,
    folder: &str,
    folders: impl Iterator<Item = String>,
) -> Vec<(&'t str, &'t str)> {
    let at = format!("{folder}/");
    let inner: Vec<String> = folders.filter(|f| f.starts_with(&at)).map(|f| format!("{f}/")).collect();
    let own = tree.range(at.clone()..).take_while(|(path, _)| path.starts_with(&at));
    own.filter(|(path, _)| !inner.iter().any(|i| path.starts_with(i))).map(|(p, t)| (p.as_str(), t.as_str())).collect()
}

fn put(tree: &mut Tree, module: &str, file: &str, text: String) {
    tree.files.insert(format!("{FOLDER}/{module}/{file}"), text);
}

fn versions() -> String {
    Body::new().block("terraform", &[], frame::requirements(&[HELM], false)).text()
}
