//! A module of one concern: each chart a release, the objects beside it a release of their own, in the order of the units.

use crate::{
    hcl::{Body, Expr},
    inside::{Follower, Inside, Unit, is_built_in},
    names::local,
};
use pontoon_core::content::{Chart, Object, Release};
use std::collections::{BTreeMap, BTreeSet};

/// What a module consists of.
pub struct Shape {
    /// `main.tf`.
    pub main: Body,
    /// Whether it can only render: with Argo CD the versions of charts stand in Applications, which install them.
    pub rendered: bool,
    /// Whether charts take values that are secret.
    pub sensitive: bool,
    /// What of a unit it cannot apply.
    pub left_out: Vec<(String, String)>,
}

/// The blocks of a unit that others of the module may have to wait for.
struct Written {
    body: Body,
    last: Vec<String>,
}

/// Writes what a module applies.
pub fn shape(units: &BTreeMap<&str, &Unit<'_>>, insides: &[&Inside<'_>]) -> Shape {
    let rendered = insides.iter().any(|i| matches!(i.follower, Follower::Argo { .. }));
    let mut shape = Shape { main: head(units, !rendered), rendered, sensitive: false, left_out: Vec::new() };
    if rendered {
        return shape;
    }
    // In the order of the environments' units, so that what comes first stands first.
    let mut order: Vec<&Unit<'_>> = Vec::new();
    for unit in insides.iter().flat_map(|i| &i.units) {
        if units.contains_key(unit.name) && !order.iter().any(|u| u.name == unit.name) {
            order.push(unit);
        }
    }
    let mut last: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for unit in order {
        let after: BTreeSet<String> = unit.after.iter().filter_map(|a| last.get(a.as_str())).flatten().cloned().collect();
        let written = one(unit, &after, insides, &mut shape);
        shape.main = std::mem::take(&mut shape.main).and(written.body);
        // Who waits for a unit that applies nothing waits for what that one waits for.
        last.insert(unit.name, if written.last.is_empty() { after.into_iter().collect() } else { written.last });
    }
    shape
}

/// What every module begins with.
fn head(units: &BTreeMap<&str, &Unit<'_>>, applied: bool) -> Body {
    let folders: BTreeSet<&str> = units.values().map(|u| u.folder.as_str()).collect();
    // A folder that stands in another one is in its pattern already.
    let inner = |f: &str| folders.iter().any(|o| f.strip_prefix(o).is_some_and(|rest| rest.starts_with('/')));
    let outer = folders.iter().filter(|f| !inner(f)).map(|f| Expr::from(format!("{f}/**"))).collect();
    let overlay = "setunion([for at in local.folders : fileset(var.manifests, at)]...)";
    let applied = applied.then(|| Expr::path("var.mode == \"apply\" ? var.units : toset([])"));
    let locals = Body::new()
        .maybe("applied", applied)
        .set("folders", Expr::List(outer))
        .set("base", Expr::path("fileset(\"${path.module}/manifests\", \"**\")"))
        .set("overlay", Expr::path(overlay));
    Body::new().block("locals", &[], locals)
}

/// The blocks of a unit.
fn one(unit: &Unit<'_>, after: &BTreeSet<String>, insides: &[&Inside<'_>], shape: &mut Shape) -> Written {
    let name = local(unit.name);
    for address in &unit.elsewhere {
        shape.left_out.push((
            unit.name.into(),
            format!("the objects of {address}, which are no chart: kubectl apply --server-side -f, or -k, brings them"),
        ));
    }
    let mut body = Body::new();
    let mut before: BTreeSet<String> = after.clone();
    let mut last = Vec::new();
    let (first, later): (Vec<&Object>, Vec<&Object>) = unit.objects.iter().copied().partition(|o| is_built_in(o));
    let charts: Vec<(&Release, Option<String>)> = unit.releases.iter().map(|r| (*r, file_of(unit, r, insides))).collect();
    let some_chart = charts.iter().any(|(_, file)| file.is_some());
    let mut objects = |body: Body, suffix: &str, kinds: &str, before: &BTreeSet<String>| {
        let call = format!("{name}{suffix}");
        last = vec![format!("module.{call}")];
        body.block("module", &[&call], objects_of(unit, suffix, kinds, before))
    };
    body = body.comment(if unit.name == unit.title { unit.title.to_owned() } else { format!("{}: {}", unit.name, unit.title) });
    if !some_chart {
        if !unit.objects.is_empty() {
            body = objects(body, "", "all", &before);
        }
    } else {
        if !first.is_empty() {
            body = objects(body, "_before", "built-in", &before);
            before = BTreeSet::from([format!("module.{name}_before")]);
        }
        let mut releases = Vec::new();
        for (release, file) in &charts {
            let Some(file) = file else { continue };
            let label = local(&release.name);
            shape.sensitive |= !release.values_from.is_empty();
            body = body.block("resource", &["helm_release", &label], chart(unit, release, file, &before));
            releases.push(format!("helm_release.{label}"));
        }
        last = releases;
        if !later.is_empty() {
            let before: BTreeSet<String> = last.iter().cloned().collect();
            let call = format!("{name}_after");
            body = body.block("module", &[&call], objects_of(unit, "_after", "custom", &before));
            last = vec![format!("module.{call}")];
        }
    }
    for (release, file) in &charts {
        if file.is_none() {
            shape.left_out.push((
                unit.name.into(),
                format!(
                    "the chart of {}, which stands beside platform.yaml or is not the same in every environment",
                    release.name
                ),
            ));
        }
    }
    if last.is_empty() {
        body = Body::new();
    }
    Written { body, last }
}

fn objects_of(unit: &Unit<'_>, suffix: &str, kinds: &str, before: &BTreeSet<String>) -> Body {
    let there = |folder: String| Expr::Join(vec![Expr::path("path.module"), format!("/manifests/{folder}").into()]);
    let body = Body::new()
        .set("source", "../objects")
        .set("count", present(unit))
        .gap()
        .set("name", format!("{}{}", unit.name, suffix.replace('_', "-")))
        .set("base", there(unit.base()))
        .set("overlay", Expr::Join(vec![Expr::path("var.manifests"), format!("/{}", unit.folder).into()]))
        .maybe("kinds", (kinds != "all").then(|| kinds.into()));
    waits(body, before)
}

fn present(unit: &Unit<'_>) -> Expr {
    Expr::path(format!("contains(local.applied, \"{}\") ? 1 : 0", unit.name))
}

fn waits(body: Body, before: &BTreeSet<String>) -> Body {
    if before.is_empty() {
        return body;
    }
    body.gap().set("depends_on", Expr::List(before.iter().map(Expr::path).collect()))
}

/// A chart: where it comes from stands here, its version and values are the environment's.
fn chart(unit: &Unit<'_>, release: &Release, file: &str, before: &BTreeSet<String>) -> Body {
    let (chart, repository) = match &release.chart {
        Chart::Published { name, repository, .. } => (name.as_str(), repository.as_str()),
        Chart::Folder { path } => (path.as_str(), ""),
    };
    let said = |path: &str| format!("yamldecode(file(\"${{var.manifests}}/{}/{file}\")).spec.{path}", unit.folder);
    let mut body = Body::new()
        .set("count", present(unit))
        .gap()
        .set("name", release.name.as_str())
        .set("namespace", release.namespace.as_str())
        .set("repository", repository)
        .set("chart", chart)
        .set("version", Expr::path(said("chart.spec.version")))
        .set("values", Expr::path(format!("[yamlencode(try({}, {{}}))]", said("values"))))
        .set("timeout", Expr::Number((u64::from(release.minutes) * 60).into()));
    if !release.values_from.is_empty() {
        // Helm reads commas and braces of such a value as lists. Source: its `strvals` package.
        let each = format!(
            "[\n    for at, value in lookup(var.sensitive_values, \"{}\", {{}}) :\n    \
             {{ name = at, value = replace(value, \"/[,{{}}\\\\\\\\]/\", \"\\\\$0\"), type = \"string\" }}\n  ]",
            release.name
        );
        body = body.set("set_sensitive", Expr::path(each));
    }
    waits(body, before)
}

/// The file of an environment's folder that says a chart's version and values; none where it is not the same everywhere.
fn file_of(unit: &Unit<'_>, release: &Release, insides: &[&Inside<'_>]) -> Option<String> {
    let Chart::Published { .. } = release.chart else { return None };
    let own = format!("helmrelease-{}.yaml", release.name);
    let names = ["values.yaml".to_owned(), own.clone(), format!("patch-{own}")];
    let having = || insides.iter().filter(|i| i.units.iter().any(|u| u.name == unit.name));
    let said = |inside: &Inside<'_>, file: &str| {
        let text = inside.tree.get(&format!("clusters/{}/{}/{file}", inside.environment, unit.folder));
        text.is_some_and(|t| t.contains("kind: HelmRelease") && t.contains(&format!("name: {}\n", release.name)))
    };
    names.into_iter().find(|file| having().all(|i| said(i, file)))
}

/// What a module is told.
pub fn variables(shape: &Shape) -> Body {
    let variable = |text: &str, kind: &str| Body::new().set("description", text).set("type", Expr::path(kind));
    let (condition, message, text) = if shape.rendered {
        ("var.mode == \"render\"", "mode is render: Argo CD installs this.", "render gives the files of the GitOps tree.")
    } else {
        let text = "apply installs it; render only gives the files of the GitOps tree.";
        ("contains([\"apply\", \"render\"], var.mode)", "mode is apply or render.", text)
    };
    let modes = Body::new().set("condition", Expr::path(condition)).set("error_message", message);
    let mode = variable(text, "string");
    let mut body = Body::new()
        .block("variable", &["environment"], variable("Which environment the cluster is.", "string"))
        .block("variable", &["mode"], mode.block("validation", &[], modes))
        .block("variable", &["manifests"], variable("The folder of what this environment puts on top.", "string"));
    if !shape.rendered {
        let units = variable("The parts that this environment has, where they are applied.", "set(string)");
        body = body.block("variable", &["units"], units.set("default", Expr::List(vec![])));
    }
    if shape.sensitive {
        let text = "Values of charts that are secret, by release and then by their place among the values.";
        let secret = variable(text, "map(map(string))").set("default", Expr::Map(vec![])).set("sensitive", true);
        body = body.block("variable", &["sensitive_values"], secret);
    }
    body
}

/// What a module tells.
pub fn outputs() -> Body {
    let each = |from: &str| format!("file(\"{from}/${{file}}\")");
    let value = format!(
        "var.mode != \"render\" ? {{}} : merge(\n    {{ for file in local.base : file => {} }},\n    {{ for file in local.overlay : \"clusters/${{var.environment}}/${{file}}\" => {} }},\n  )",
        each("${path.module}/manifests"),
        each("${var.manifests}")
    );
    let text = "In the mode render: the files of the GitOps tree, by their path in it.";
    Body::new().block("output", &["rendered_manifests"], Body::new().set("description", text).set("value", Expr::path(value)))
}
